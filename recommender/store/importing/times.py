"""Times as people and spreadsheets write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recommender.store.checks import UnusableError, latest, microseconds, reason

_SPREADSHEET_EPOCH = datetime(1899, 12, 30)
_SERIALS = (20_000.0, 80_000.0)
"""Days since 1899-12-30 that are taken for a date: 1954 to 2119."""
_SERIAL = re.compile(r"\d{5}(\.\d+)?")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T\s]*(.+))?")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:\s+(.+))?")
_YEAR_LAST = re.compile(r"\d{1,2}[-/]\d{1,2}[-/]\d{4}(?!\d).*")
_CLOCK = re.compile(
    r"(上午|下午)?\s*(\d{1,2})[:时点](?:(\d{1,2})[:分]?)?(?:(\d{1,2})(?:\.(\d+))?秒?)?\s*([AaPp][Mm])?\s*(Z|[+-]\d{2}:?\d{2})?"
)
_FRACTION = re.compile(r"(\.\d{6})\d+")
_LOCAL = pa.timestamp("us")
_ABSOLUTE = pa.timestamp("us", tz="UTC")


class UnclearError(UnusableError):
    """A date that two people would read differently; the text is the reason."""


def fast_times(text: pa.Array, zone: str) -> pa.Array | None:
    """All cells as int64 microseconds, where all are ISO 8601 written alike; else None."""
    try:
        return text.cast(_ABSOLUTE).cast(pa.int64())
    except pa.ArrowInvalid:
        pass
    try:
        return typed_times(text.cast(_LOCAL), zone)
    except pa.ArrowInvalid:
        return None


def typed_times(cells: pa.Array, zone: str) -> pa.Array:
    """Timestamps or dates as int64 microseconds; those without a zone are the organisation's."""
    if pa.types.is_date(cells.type):
        cells = cells.cast(_LOCAL)
    if cells.type.tz is None:
        cells = cells.cast(_LOCAL, safe=False)
        cells = pc.assume_timezone(cells, timezone=zone, ambiguous="earliest", nonexistent="latest")
    return cells.cast(_ABSOLUTE, safe=False).cast(pa.int64())


def parse_time(text: str, zone: ZoneInfo) -> int:
    """One time as microseconds since 1970 UTC.

    Raises
    ------
    UnusableError
        It is no time, or one that two people would read differently (03/05/2026).
    """
    moment = parse_moment(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return microseconds(moment.astimezone(UTC) if moment.year > 1 else moment)


def parse_moment(text: str) -> datetime:
    """One time, with a zone only where the text has one."""
    try:
        if _SERIAL.fullmatch(text):
            days = float(text)
            if not _SERIALS[0] <= days <= _SERIALS[1]:
                raise UnusableError(reason("time"))
            return _SPREADSHEET_EPOCH + timedelta(milliseconds=round(days * 86_400_000))
        shortened = _FRACTION.sub(r"\1", text)
        try:
            return datetime.fromisoformat(shortened)
        except ValueError:
            return _written(shortened)
    except UnclearError:
        raise
    except (ValueError, OverflowError) as error:
        raise UnusableError(reason("time")) from error


def _written(text: str) -> datetime:
    """2026/3/5 14:00, 2026年3月5日 下午2时, 05.03.2026."""
    found = _YEAR_FIRST.fullmatch(text)
    if found:
        year, month, day, clock = found.groups()
    else:
        found = _DAY_FIRST.fullmatch(text)
        if not found:
            if _YEAR_LAST.fullmatch(text):
                raise UnclearError(reason("order"))
            raise ValueError(text)
        day, month, year, clock = found.groups()
    date = datetime(int(year), int(month), int(day))
    return date if clock is None else _at(date, clock.strip())


def _at(date: datetime, clock: str) -> datetime:
    found = _CLOCK.fullmatch(clock)
    if not found:
        raise ValueError(clock)
    half, hour, minute, second, fraction, noon, zone = found.groups()
    hours = int(hour)
    half = {"上午": "am", "下午": "pm"}.get(half or "", (noon or "").lower())
    if half:
        hours = hours % 12 + (12 if half == "pm" else 0) if hours <= 12 else hours
    micro = int((fraction or "0").ljust(6, "0")[:6])
    out = date.replace(hour=hours, minute=int(minute or 0), second=int(second or 0), microsecond=micro)
    return out if zone is None else datetime.fromisoformat(out.isoformat() + zone)


def too_late(values: pa.Array, now: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which times lie more than a day after ``now`` (microseconds)."""
    return np.asarray(pc.fill_null(pc.greater(values, latest(now)), False))

"""Is a row usable? Scalar checks, every one derived from ``evidence.TABLES``.

The API checks rows here one by one; the importer has vectorised versions of the same checks and takes
its words from ``REASONS``, so that one mistake has one name everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from recommender.errors import Fault
from recommender.evidence import LONGEST_ID, SCALES, TABLES, Column

REASONS = {
    "missing": "missing",
    "unknown_field": "unknown field",
    "text": "not text",
    "nul": "holds a NUL or a broken character",
    "long": "longer than {limit} characters",
    "number": "not a number",
    "finite": "not a finite number",
    "integer": "not a whole number",
    "flag": "not 0 or 1",
    "time": "not a time such as 2026-03-01T09:00:00Z",
    "zone": "a time without a zone",
    "early": "before the year {year}",
    "late": "after the year {year}",
    "future": "more than a day in the future",
    "date": "not a date such as 2026-03-01",
    "order": "a date such as 05/03/2026 is two days to two readers; write year, month, day: 2026-03-05",
    "period": "not a month such as 2026-03 or a date such as 2026-03-01",
    "choice": "not one of {choices}",
    "below": "below {name} {bound}",
    "above": "above {name} {bound}",
    "scale": "{high_name} {high} is not above {low_name} {low}",
    "weights": "not weights such as listening:0.7;feedback:0.3",
    "weight": "the weight of {item} is not positive",
    "ids": "not ids such as m1;m2",
    "twice": "names {item} twice",
    "unknown": "unknown {noun} {value}",
    "cycle": "a cycle: {trail}",
    "erased": "this person was erased",
}
"""Why a row cannot be used: code to template."""

LONGEST_TEXT = 10_000
FIRST_YEAR, LAST_YEAR = 1900, 2200
_LARGEST = 2**53
"""Beyond it a float no longer holds every whole number."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_MOMENT, LAST_MOMENT = (
    (datetime(year, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
    for year in (FIRST_YEAR, LAST_YEAR + 1)
)
"""Microseconds between which times may lie: from the one on, before the other."""
AHEAD = 86_400_000_000
"""Microseconds that a time may lie after the present: clocks and zones differ by up to a day."""
_REFERENCES = {"learner_id": "learner", "competency_id": "competency", "module_id": "module"}


class UnusableError(ValueError):
    """One value cannot be used; the text is the reason."""


def reason(code: str, **values: object) -> str:
    """The reason's text; numbers are shown as briefly as they can be."""
    shown = {k: f"{v:.10g}" if isinstance(v, float) else v for k, v in values.items()}
    return REASONS[code].format(**shown)


@dataclass(frozen=True, slots=True)
class Known:
    """What rows may refer to; None where anything goes."""

    learners: Container[str] | None = None
    competencies: Container[str] | None = None
    modules: Container[str] | None = None

    def of(self, noun: str) -> Container[str] | None:
        """The ids of a noun."""
        return {"learner": self.learners, "competency": self.competencies, "module": self.modules}[noun]


def check_row(
    table: str,
    row: Mapping[str, object],
    known: Known | None = None,
    *,
    partial: bool = False,
    now: int | None = None,
) -> tuple[dict[str, Any], list[Fault]]:
    """A row as the store takes it, and everything wrong with it.

    Parameters
    ----------
    table : str
        A key of ``evidence.TABLES``.
    row : mapping
        Column name to JSON value; times are RFC 3339 texts with a zone, or aware datetimes.
    known : Known, optional
        What ``learner_id``, ``competency_id`` and ``module_id`` may be.
    partial : bool
        Only given columns are checked and returned: no defaults, and of what is required only the key
        (an upsert that merges).
    now : int, optional
        The present in microseconds since 1970 UTC; times more than ``AHEAD`` after it are refused.

    Returns
    -------
    clean : dict
        Every column of the table (those given, where ``partial``): numbers as float, flags and whole
        numbers as int, times as int microseconds since 1970 UTC, the rest as text or None.
    faults : list of Fault
        Pointers are ``/column``; ``clean`` may be used only where this is empty.
    """
    spec = TABLES[table]
    names = {c.name for c in spec.columns}
    faults = [Fault(pointer(str(k)), reason("unknown_field")) for k in row if k not in names]
    clean: dict[str, Any] = {}
    for column in spec.columns:
        if partial and column.name not in row and column.name not in spec.key:
            continue
        try:
            value = clean[column.name] = check_value(column, row.get(column.name), fill=not partial)
            if column.kind == "time" and now is not None and value is not None and value > latest(now):
                raise UnusableError(reason("future"))
        except UnusableError as error:
            faults.append(Fault(pointer(column.name), str(error)))
    if not faults:
        faults = [*_scale_faults(table, clean), *_reference_faults(clean, known or Known())]
    return clean, faults


def storable(text: str) -> bool:
    """Whether both stores can hold a text: no NUL, no half of a surrogate pair."""
    return "\0" not in text and (text.isascii() or not any("\ud800" <= ch <= "\udfff" for ch in text))


def pointer(*steps: str | int) -> str:
    """An RFC 6901 JSON pointer."""
    return "".join("/" + str(s).replace("~", "~0").replace("/", "~1") for s in steps)


def check_value(column: Column, value: object, *, fill: bool = True) -> Any:
    """One clean value, the column's default where it is missing.

    Raises
    ------
    UnusableError
        With the reason as its text.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        if column.required:
            raise UnusableError(reason("missing"))
        default = column.default
        if default is None or not (fill or column.default == ""):
            return None
        return float(default) if column.kind == "number" else default
    clean = _CLEAN[column.kind](column, value)
    if column.low is not None and clean < column.low:
        raise UnusableError(reason("below", name="the minimum", bound=column.low))
    if column.high is not None and clean > column.high:
        raise UnusableError(reason("above", name="the maximum", bound=column.high))
    return clean


def latest(now: int) -> int:
    """The last moment that a time may name at ``now``, both in microseconds since 1970 UTC."""
    return now + AHEAD


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 UTC, exactly.

    Raises
    ------
    UnusableError
        The datetime has no zone, or lies outside what anybody measured.
    """
    if moment.tzinfo is None:
        raise UnusableError(reason("zone"))
    return _within_years((moment - _EPOCH) // timedelta(microseconds=1))


def _within_years(value: int) -> int:
    if value < FIRST_MOMENT:
        raise UnusableError(reason("early", year=FIRST_YEAR))
    if value >= LAST_MOMENT:
        raise UnusableError(reason("late", year=LAST_YEAR))
    return value


def parse_weights(text: str) -> tuple[tuple[str, float], ...]:
    """(id, weight) pairs of the stored text ``listening:0.7;feedback:0.3``."""
    pairs = (part.rpartition(":") for part in text.split(";") if part)
    return tuple((name, float(weight)) for name, _, weight in pairs)


def parse_ids(text: str | None) -> tuple[str, ...]:
    """Ids of the stored text ``m1;m2``."""
    return tuple(part for part in (text or "").split(";") if part)


def _text(column: Column, value: object) -> str:
    if not isinstance(value, str):
        raise UnusableError(reason("text"))
    clean = value.strip()
    limit = LONGEST_TEXT if column.kind == "text" else LONGEST_ID
    if len(clean) > limit:
        raise UnusableError(reason("long", limit=limit))
    if not storable(clean):
        raise UnusableError(reason("nul"))
    return clean


def _id(column: Column, value: object) -> str:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return _text(column, str(value) if whole else value)


def _number(column: Column, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnusableError(reason("number"))
    if not math.isfinite(value) or abs(value) > _LARGEST:
        raise UnusableError(reason("finite"))
    return float(value)


def _integer(column: Column, value: object) -> int:
    number = _number(column, value)
    if number != int(number):
        raise UnusableError(reason("integer"))
    return int(number)


def _flag(column: Column, value: object) -> int:
    if not isinstance(value, int | float) or value not in (0, 1):
        raise UnusableError(reason("flag"))
    return int(value)


def _time(column: Column, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        # Microseconds already: a door has parsed it.
        return _within_years(value)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise UnusableError(reason("time")) from None
    if not isinstance(value, datetime):
        raise UnusableError(reason("time"))
    return microseconds(value)


def _date(column: Column, value: object) -> str:
    text = _text(column, value.isoformat() if isinstance(value, date) else value)
    try:
        return date.fromisoformat(text[:10] if len(text) > 10 and text[10] in "T " else text).isoformat()
    except ValueError:
        raise UnusableError(reason(column.kind)) from None


def _period(column: Column, value: object) -> str:
    text = _text(column, value.isoformat() if isinstance(value, date) else value)
    return _date(column, text + "-01")[:7] if len(text) == len("2026-03") else _date(column, text)


def _choice(column: Column, value: object) -> str:
    text = _text(column, value)
    if text not in column.choices:
        raise UnusableError(reason("choice", choices=", ".join(column.choices)))
    return text


def _weights(column: Column, value: object) -> str:
    """From the contract's text, or a JSON object of id to weight."""
    if isinstance(value, Mapping):
        parts = [(str(k), v) for k, v in value.items()]
    elif isinstance(value, str):
        split = (part.rpartition(":") for part in value.replace("；", ";").replace("：", ":").split(";"))
        parts = [(name or weight, weight if name else "1") for name, _, weight in split if name or weight]
    else:
        raise UnusableError(reason("weights"))
    out: dict[str, float] = {}
    for name, weight in parts:
        try:
            number = float(weight)
        except (TypeError, ValueError):
            raise UnusableError(reason("weights")) from None
        item = _member(column, name)
        if item in out:
            raise UnusableError(reason("twice", item=item))
        if not (math.isfinite(number) and number > 0):
            raise UnusableError(reason("weight", item=item))
        out[item] = number
    return ";".join(f"{name}:{number:.15g}" for name, number in out.items())


def _ids(column: Column, value: object) -> str:
    """From the contract's text, or a JSON list of ids."""
    parts = value.replace("；", ";").split(";") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        raise UnusableError(reason("ids"))
    return ";".join(dict.fromkeys(_member(column, part) for part in parts if part not in ("", None)))


def _member(column: Column, value: object) -> str:
    """One id inside a list of them, which may not hold the list's separator."""
    text = _id(column, value)
    if ";" in text or not text:
        raise UnusableError(reason(column.kind))
    return text


_CLEAN: dict[str, Callable[[Column, object], Any]] = {
    "id": _id,
    "text": _text,
    "number": _number,
    "integer": _integer,
    "flag": _flag,
    "time": _time,
    "date": _date,
    "period": _period,
    "choice": _choice,
    "weights": _weights,
    "ids": _ids,
}


def _scale_faults(table: str, clean: Mapping[str, Any]) -> list[Fault]:
    """Values outside their own scale."""
    if table not in SCALES:
        return []
    low_name, high_name, values = SCALES[table]
    low, high = clean[low_name], clean[high_name]
    if not high > low:
        text = reason("scale", high_name=high_name, high=high, low_name=low_name, low=low)
        return [Fault(pointer(high_name), text)]
    faults = []
    for name in values:
        value = clean[name]
        if value is not None and value < low:
            faults.append(Fault(pointer(name), reason("below", name=low_name, bound=low)))
        elif value is not None and value > high:
            faults.append(Fault(pointer(name), reason("above", name=high_name, bound=high)))
    return faults


def _reference_faults(clean: Mapping[str, Any], known: Known) -> list[Fault]:
    """References to what is not there."""
    faults = []
    for column, noun in _REFERENCES.items():
        allowed = known.of(noun)
        value = clean.get(column)
        if allowed is not None and value is not None and value not in allowed:
            faults.append(Fault(pointer(column), reason("unknown", noun=noun, value=value)))
    return faults

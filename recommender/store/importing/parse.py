"""A column's cells as values: fast where all are written plainly, value by value where not.

The vectorised twin of ``checks.check_value``; its words are taken from there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from unicodedata import normalize
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recommender.evidence import LONGEST_ID, Column, header
from recommender.store.checks import (
    LONGEST_TEXT,
    UnusableError,
    check_value,
    reason,
)
from recommender.store.importing.chunks import as_text
from recommender.store.importing.times import (
    UnclearError,
    fast_times,
    parse_moment,
    parse_time,
    too_late,
    typed_times,
)

_TRUE = {"1", "true", "yes", "y", "t", "是", "1.0", "真", "有"}
_FALSE = {"0", "false", "no", "n", "f", "否", "0.0", "假", "无"}
_LARGEST = 2.0**53
_FIRST_MOMENT = -2_208_988_800_000_000
"""1900 in microseconds since 1970."""
TYPES = {"number": pa.float64(), "integer": pa.int64(), "flag": pa.int64(), "time": pa.int64()}
"""Arrow types of clean columns; every other kind is text."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read: its zone, decimal sign, whether damaged, and the present moment."""

    zone: str
    now: int
    decimal_comma: bool = False
    damaged: bool = False


@dataclass(slots=True)
class Faults:
    """The first thing wrong with each unusable row of a chunk: row to (column, reason)."""

    rows: dict[int, tuple[str, str]] = field(default_factory=dict)

    def add(self, wrong: NDArray[np.bool_], column: str, text: str | Callable[[int], str]) -> None:
        """Note rows for which ``wrong`` holds; ``text`` may depend on the row."""
        if wrong.any():
            for i in np.flatnonzero(wrong).tolist():
                self.rows.setdefault(i, (column, text if isinstance(text, str) else text(i)))

    def good(self, count: int) -> NDArray[np.bool_]:
        """Which of ``count`` rows have no fault."""
        mask = np.ones(count, bool)
        mask[list(self.rows)] = False
        return mask


def parse(column: Column, cells: pa.Array, how: Reading, faults: Faults) -> pa.Array:
    """Clean values of one column, defaults filled in; what is wrong goes to ``faults``."""
    if column.kind == "number" and pa.types.is_floating(cells.type):
        values = pc.if_else(pc.is_nan(cells), None, cells).cast(pa.float64())
        text = None
    elif column.kind == "time" and (pa.types.is_timestamp(cells.type) or pa.types.is_date(cells.type)):
        values, text = typed_times(cells, how.zone), None
    else:
        text = _trimmed(cells)
        values = _parse_text(column, text, how, faults)
    if column.required:
        faults.add(np.asarray(pc.is_null(values if text is None else text)), column.name, reason("missing"))
    _check_range(column, values, how, faults)
    if column.default is not None:
        default = pa.scalar(column.default, TYPES.get(column.kind, pa.string()))
        values = pc.fill_null(values, default)
    return values


def missing(column: Column, count: int) -> pa.Array:
    """The values of a column that the file does not have."""
    kind = TYPES.get(column.kind, pa.string())
    if column.default is None:
        return pa.nulls(count, kind)
    return pa.repeat(pa.scalar(column.default, kind), count)


def _trimmed(cells: pa.Array) -> pa.Array:
    text = pc.utf8_trim_whitespace(as_text(cells))
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _parse_text(column: Column, text: pa.Array, how: Reading, faults: Faults) -> pa.Array:
    if column.kind in ("id", "text"):
        _check_text(column, text, how, faults)
        return text
    if column.kind == "number":
        try:
            return text.cast(pa.float64())
        except pa.ArrowInvalid:
            return _one_by_one(column, text, partial(_number, comma=how.decimal_comma), faults)
    if column.kind == "time":
        fast = fast_times(text, how.zone)
        if fast is not None:
            return fast
        return _one_by_one(column, text, partial(parse_time, zone=ZoneInfo(how.zone)), faults)
    read = _READERS[column.kind]
    return _one_by_one(column, text, lambda value: read(column, value), faults)


def _check_text(column: Column, text: pa.Array, how: Reading, faults: Faults) -> None:
    limit = LONGEST_TEXT if column.kind == "text" else LONGEST_ID
    longest = pc.max(pc.utf8_length(text)).as_py() or 0
    if longest > limit:
        faults.add(_mask(pc.greater(pc.utf8_length(text), limit)), column.name, reason("long", limit=limit))
    for broken in ("\0", "\ufffd") if how.damaged else ("\0",):
        faults.add(_mask(pc.match_substring(text, broken)), column.name, reason("nul"))


def _check_range(column: Column, values: pa.Array, how: Reading, faults: Faults) -> None:
    if column.kind == "number":
        numbers = values.to_numpy(zero_copy_only=False)
        with np.errstate(invalid="ignore"):
            faults.add(np.isinf(numbers) | (abs(numbers) > _LARGEST), column.name, reason("finite"))
            faults.add(np.isnan(numbers) & np.asarray(pc.is_valid(values)), column.name, reason("finite"))
    if column.kind == "time":
        early = _mask(pc.less(values, _FIRST_MOMENT))
        faults.add(early, column.name, reason("early", year=1900))
        faults.add(too_late(values, how.now), column.name, reason("future"))
    if column.low is not None:
        text = reason("below", name="the minimum", bound=column.low)
        faults.add(_mask(pc.less(values, column.low)), column.name, text)
    if column.high is not None:
        text = reason("above", name="the maximum", bound=column.high)
        faults.add(_mask(pc.greater(values, column.high)), column.name, text)


def _mask(which: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(pc.fill_null(which, False))


def _one_by_one(column: Column, text: pa.Array, read: Callable[[str], Any], faults: Faults) -> pa.Array:
    """Each distinct text read once."""
    encoded = text.dictionary_encode()
    values: list[Any] = []
    wrong: dict[int, str] = {}
    for n, value in enumerate(encoded.dictionary.to_pylist()):
        try:
            values.append(read(value))
        except UnusableError as error:
            values.append(None)
            wrong[n] = str(error)
    if wrong:
        indices = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        faults.add(np.isin(indices, list(wrong)), column.name, lambda i: wrong[int(indices[i])])
    kind = TYPES.get(column.kind, pa.string())
    return pa.array(values, kind).take(encoded.indices)


def _number(text: str, comma: bool) -> float:
    plain = normalize("NFKC", text).replace("\N{MINUS SIGN}", "-")
    if comma and "," in plain and "." not in plain:
        plain = plain.replace(",", ".", 1)
    try:
        if "_" in plain:
            raise ValueError(text)
        return float(plain)
    except ValueError:
        raise UnusableError(reason("number")) from None


def _integer(column: Column, text: str) -> int:
    number = _number(text, comma=False)
    if not number.is_integer() or abs(number) > _LARGEST:
        raise UnusableError(reason("integer"))
    return int(number)


def _flag(column: Column, text: str) -> int:
    folded = normalize("NFKC", text).casefold()
    if folded in _TRUE:
        return 1
    if folded in _FALSE:
        return 0
    raise UnusableError(reason("flag"))


def _choice(column: Column, text: str) -> str:
    folded = header(text)
    for choice in column.choices:
        if folded in (header(choice), header(column.words.get(choice, choice))):
            return choice
    raise UnusableError(reason("choice", choices=", ".join(column.choices)))


def _date(column: Column, text: str) -> str:
    try:
        return str(check_value(column, parse_moment(text).date().isoformat()))
    except UnclearError:
        raise
    except UnusableError:
        raise UnusableError(reason("date")) from None


def _period(column: Column, text: str) -> str:
    plain = normalize("NFKC", text).replace("年", "-").replace("/", "-").rstrip("月")
    year, _, month = plain.partition("-")
    if len(year) == 4 and year.isdigit() and month.isdigit() and 1 <= int(month) <= 12:
        return f"{year}-{int(month):02d}"
    try:
        return parse_moment(text).date().isoformat()
    except UnclearError:
        raise
    except UnusableError:
        raise UnusableError(reason("period")) from None


def _list(column: Column, text: str) -> str:
    plain = text.replace("；", ";").replace("：", ":").replace("，", ";").replace("、", ";")
    return str(check_value(column, ";".join(part.strip() for part in plain.split(";"))))


_READERS: dict[str, Callable[[Column, str], Any]] = {
    "integer": _integer,
    "flag": _flag,
    "choice": _choice,
    "date": _date,
    "period": _period,
    "weights": _list,
    "ids": _list,
}

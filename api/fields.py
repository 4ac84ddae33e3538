"""What each kind of column of ``evidence.TABLES`` accepts in a JSON document.

The annotated types both validate and describe themselves to OpenAPI, so neither can say what the
other does not do.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    Strict,
    StringConstraints,
    WithJsonSchema,
)

from recommender.evidence import LONGEST_ID, Column

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def moment(value: Any) -> str:
    """An RFC 3339 time, as it came; the store turns it into microseconds since 1970 UTC."""
    if not isinstance(value, str) or not RFC_3339.fullmatch(value):
        raise ValueError("not a time as RFC 3339 has it, with its zone, such as 2026-03-01T09:30:00+08:00")
    return value.upper()


def day(value: Any) -> str:
    """A date as ISO 8601 has it."""
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise ValueError("not a date such as 2026-03-01") from None


def period(value: Any) -> str:
    """A month or a date."""
    if isinstance(value, str) and MONTH.fullmatch(value):
        return value
    return day(value)


def number_as_text(value: Any) -> Any:
    """An id that is a whole number, as the text that files hold; anything else as it is."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def no_nul(value: str) -> str:
    """Text that every store can keep."""
    if "\0" in value:
        raise ValueError("must not hold the character U+0000")
    return value


def separated(value: Any) -> Any:
    """``m1;m2`` as a list, as section 1 of the contract writes it."""
    return [part for part in map(str.strip, value.split(";")) if part] if isinstance(value, str) else value


def weighted(value: Any) -> Any:
    """``listening:0.7;feedback:0.3`` as a mapping; a weight left out is 1."""
    if not isinstance(value, str):
        return value
    out: dict[str, float] = {}
    for part in separated(value):
        competency_id, _, weight = part.rpartition(":") if ":" in part else (part, "", "1")
        try:
            out[competency_id.strip()] = float(weight)
        except ValueError:
            raise ValueError(
                f"{weight.strip()!r} is not a weight; write listening:0.7;feedback:0.3"
            ) from None
    return out


Text = Annotated[str, Strict(), AfterValidator(no_nul)]
Id = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_ID),
    AfterValidator(no_nul),
    BeforeValidator(number_as_text, json_schema_input_type=str | int),
]
Time = Annotated[str, PlainValidator(moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Day = Annotated[str, PlainValidator(day), WithJsonSchema({"type": "string", "format": "date"})]
Period = Annotated[
    str,
    PlainValidator(period),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}(-\d{2})?$"}),
]
Weight = Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False)]
Weights = Annotated[
    dict[Id, Weight], BeforeValidator(weighted, json_schema_input_type=dict[str, float] | str)
]
Ids = Annotated[list[Id], BeforeValidator(separated, json_schema_input_type=list[str] | str)]

KINDS: dict[str, Any] = {
    "id": Id,
    "text": Text,
    "flag": bool,
    "time": Time,
    "date": Day,
    "period": Period,
    "weights": Weights,
    "ids": Ids,
}


def field_type(column: Column) -> Any:
    """The type that validates a column's value and describes it."""
    if column.kind == "choice":
        return Literal[column.choices]
    if column.kind in ("number", "integer"):
        bounds = Field(ge=column.low, le=column.high, allow_inf_nan=False)
        if column.kind == "integer":
            top = column.high if column.high is not None else 2**31 - 1
            return Annotated[int, Strict(), Field(ge=column.low, le=top)]
        return Annotated[float, Strict(), bounds]
    return KINDS[column.kind]


def field_of(column: Column, *, required: bool) -> tuple[Any, Any]:
    """A column as pydantic's ``create_model`` takes it; one that is not required may be null."""
    kind = field_type(column)
    if required:
        return kind, Field(description=column.doc)
    return kind | None, Field(default=None, description=column.doc)

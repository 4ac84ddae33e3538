"""Ids for rows that came without one: a hash of what the row says.

The same row gets the same id whichever door it comes through, so that a file imported twice changes
nothing. The importer hashes a million rows a second or so; hence texts in, no dictionaries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b

from recommender.evidence import TABLES, Kind

_ID_BYTES = 12
"""96 bits: among 10^9 rows of one table a collision has a chance of 10^-11."""


def canonical(kind: Kind, value: object) -> str | None:
    """The one text of a clean value, whatever file or call it came from.

    Parameters
    ----------
    kind : Kind
        The column's kind.
    value : object
        As the store holds it: numbers as float, whole numbers and flags as int, times as int
        microseconds since 1970 UTC, everything else as text; None where it is missing.

    Returns
    -------
    str or None
        ``repr`` of the float, decimal digits of the integer, the text itself; None and the empty
        text are the same.
    """
    if value is None:
        return None
    if kind == "number":
        return repr(float(value) + 0.0)  # type: ignore[arg-type]
    if kind in ("integer", "flag", "time"):
        return str(int(value))  # type: ignore[call-overload]
    return str(value) or None


def content_id(table: str, values: Sequence[str | None], n: int = 0) -> str:
    """An id from a row's content.

    Parameters
    ----------
    table : str
        Name of the table, a key of ``evidence.TABLES``.
    values : sequence of str or None
        Canonical texts of the table's columns in their order, without the id column, with defaults
        filled in.
    n : int
        How many identical rows stood before this one in the same file or call.

    Returns
    -------
    str
        24 hexadecimal digits.

    Notes
    -----
    The separator is NUL, which no stored text may hold (see ``checks``), so different rows never share
    a text.
    """
    return text_id(table, "\0".join([v or "" for v in values]), n)


def text_id(table: str, text: str, n: int = 0) -> str:
    """``content_id`` of values that are joined by NUL already."""
    return blake2b(f"{table}\0{n}\0{text}".encode(), digest_size=_ID_BYTES).hexdigest()


def id_column(table: str) -> str:
    """The column that holds an evidence table's ids."""
    return TABLES[table].key[0]


def row_texts(table: str, row: Mapping[str, object]) -> list[str | None]:
    """The canonical texts ``content_id`` takes, from one clean row."""
    own = id_column(table)
    return [canonical(c.kind, row.get(c.name)) for c in TABLES[table].columns if c.name != own]

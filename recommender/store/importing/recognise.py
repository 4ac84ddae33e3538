"""Which table a file is, and which of its columns are ours."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from recommender.errors import BadInput
from recommender.evidence import TABLES, Table, header
from recommender.store.importing.asides import OWN_HEADERS
from recommender.store.importing.chunks import Source, printable
from recommender.store.importing.mapping import Mapping

_WORDS = re.compile(r"[a-z]+|[^\W\d_a-z]+")


@dataclass(frozen=True, slots=True)
class Recognised:
    """A source as one of our tables: our columns by place in the file, and headers left out."""

    source: Source
    table: Table
    places: dict[str, int]
    unknown: list[str]


def recognise(source: Source, mapping: Mapping) -> Recognised | None:
    """The table of a source; None where neither name nor columns say.

    Raises
    ------
    BadInput
        The name says which table it is, but a required column is missing.
    """
    given = mapping.table_of(source.path.name, source.sheet)
    candidates = [given] if given else _by_name(source.sheet or source.path.stem)
    if not candidates and source.sheet and _complete(source, mapping):
        candidates = _by_name(source.path.stem)
    matched = [(t, *_match(TABLES[t], source.header, mapping)) for t in candidates]
    complete = [m for m in matched if not _missing(TABLES[m[0]], m[1])]
    if candidates and not complete:
        raise _incomplete(source, candidates[0], matched[0][1])
    complete = complete or _complete(source, mapping)
    if not complete:
        return None
    best = max(
        complete, key=lambda m: (len(m[1]), _own_names(m[0], source, m[1]), len(TABLES[m[0]].required))
    )
    return Recognised(source, TABLES[best[0]], best[1], best[2])


def unrecognised(source: Source) -> BadInput:
    """The error for a file that is none of our tables."""
    return BadInput(
        f"{source.name}: neither its name nor its columns ({_told(source.header[:8])}) say which "
        f"table it is. Name it after one of {', '.join(TABLES)}, or rename its columns with "
        "--map mapping.toml."
    )


def _told(headers: list[str]) -> str:
    """Headers for a message, without what a terminal cannot show."""
    return ", ".join(printable(text) for text in headers if text.strip())


def _by_name(name: str) -> list[str]:
    """Tables that a file's or sheet's name speaks of, the likeliest first."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    words = _WORDS.findall(folded)
    found: list[tuple[int, int, str]] = []
    for table in TABLES.values():
        at = max((i for i, w in enumerate(words) if w == table.name), default=-1)
        if at >= 0 or words == [_singular(table.name)]:
            found.append((len(table.name), at, table.name))
        for word in map(str.casefold, table.zh):
            if word in folded:
                found.append((len(word) * 2, folded.rindex(word), table.name))
    longest: dict[str, int] = {}
    for size, _, table_name in sorted(found, reverse=True):
        longest.setdefault(table_name, size)
    return list(longest)


def _singular(name: str) -> str:
    return name.removesuffix("ies") + "y" if name.endswith("ies") else name.removesuffix("s")


def _complete(source: Source, mapping: Mapping) -> list[tuple[str, dict[str, int], list[str]]]:
    """Tables all of whose required columns the source has."""
    matched = [(t.name, *_match(t, source.header, mapping)) for t in TABLES.values()]
    return [m for m in matched if not _missing(TABLES[m[0]], m[1])]


def _missing(table: Table, places: dict[str, int]) -> list[str]:
    return [name for name in table.required if name not in places]


def _match(table: Table, headers: list[str], mapping: Mapping) -> tuple[dict[str, int], list[str]]:
    """Our columns by place, and the headers that are none of ours."""
    places: dict[str, int] = {}
    strength: dict[str, int] = {}
    names = _understood(table.name)
    for place, text in enumerate(headers):
        mapped = mapping.column_of(table.name, text)
        name, rank = (mapped, -1) if mapped else names.get(header(text), (None, 0))
        if name is not None and rank < strength.get(name, 1_000):
            places[name], strength[name] = place, rank
    used = set(places.values())
    unknown = [
        text
        for place, text in enumerate(headers)
        if place not in used and text.strip() and header(text) not in _OWN
    ]
    return places, unknown


_OWN = {header(text) for text in OWN_HEADERS}


@cache
def _understood(table: str) -> dict[str, tuple[str, int]]:
    """From a folded header to our column, and how far down its list of names it stands."""
    found: dict[str, tuple[str, int]] = {}
    for column in TABLES[table].columns:
        for rank, text in enumerate((column.name, *column.zh, *column.aliases)):
            before = found.get(header(text))
            if before is None or rank < before[1]:
                found[header(text)] = (column.name, rank)
    return found


def _own_names(table: str, source: Source, places: dict[str, int]) -> int:
    """How many columns are called exactly what the template calls them."""
    columns = TABLES[table]
    return sum(
        header(source.header[place]) in (header(name), header(columns[name].zh[0]))
        for name, place in places.items()
    )


def _incomplete(source: Source, table: str, places: dict[str, int]) -> BadInput:
    missing = [f"{n} ({TABLES[table][n].zh[0]})" for n in _missing(TABLES[table], places)]
    what = "the columns" if len(missing) > 1 else "the column"
    verb = "are" if len(missing) > 1 else "is"
    return BadInput(
        f"{source.name} is {table} by its name, but {what} {', '.join(missing)} {verb} missing; it has "
        f"{_told(source.header)}. Add or rename the column, or map it with "
        "--map mapping.toml."
    )

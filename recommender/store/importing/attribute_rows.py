"""The second half of an import of everything that is not evidence: people, catalogue, departments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from recommender.evidence import Table
from recommender.framework import cycle
from recommender.store import catalogue, dialect, people
from recommender.store.checks import parse_ids, reason
from recommender.store.importing.evidence_rows import Loaded, Progress
from recommender.store.importing.staging import Staged, rows_of
from recommender.store.tables import competencies, metadata, modules

Row = dict[str, Any]
Key = tuple[str, ...]
Refuse = Callable[[int, str, str], None]
"""Sets a staged row aside after all: its position, the column and the reason."""


def load_attributes(conn: Connection, staged: Staged, refuse: Refuse, progress: Progress) -> Loaded:
    """Store the good rows of a table that is not evidence; columns the file does not have stay.

    Rows of modules and competencies that refer to what is not there, or to each other in a circle, are
    refused.
    """
    table = staged.table
    names = [c.name for c in table.columns if c.name in staged.found.places or c.name in table.key]
    parts: Iterator[list[Row]] = (rows_of(columns, names) for columns in staged.chunks())
    if table.name in _LINKS:
        parts = iter([_linked(conn, table, [row for rows in parts for row in rows], refuse)])
    shipped = _shipped(conn, table)
    new = corrected = done = 0
    unchanged = staged.repeated
    for rows in parts:
        done += len(rows)
        standing = _standing(conn, table, rows)
        changed = []
        for row in rows:
            old = standing.get(_key(table, row))
            if old is None:
                new += 1
            elif any(old[name] != value for name, value in row.items()):
                corrected += 1
            else:
                unchanged += 1
                continue
            changed.append(row)
        if changed:
            _put(conn, table, changed, standing)
        progress(done / max(staged.good, 1))
    return Loaded(new, corrected, unchanged, replaced=shipped - _shipped(conn, table))


def _shipped(conn: Connection, table: Table) -> int:
    """How many rows of a table came with the program."""
    stored = metadata.tables[table.name]
    if table.name not in _LINKS:
        return 0
    query = sa.select(sa.func.count()).select_from(stored).where(stored.c.origin == "shipped")
    return conn.scalar(query) or 0


def _key(table: Table, row: Mapping[str, Any]) -> Key:
    return tuple(row[name] for name in table.key)


def _standing(conn: Connection, table: Table, rows: list[Row]) -> dict[Key, Row]:
    """What the store holds of these rows; what was shipped is not the organisation's and does not count."""
    if table.name == "learners":
        ids = [row["learner_id"] for row in rows]
        return {(i,): attributes for i, attributes in people.attributes(conn, ids).items()}
    stored = metadata.tables[table.name]
    query = sa.select(stored)
    if "origin" in stored.c:
        query = query.where(stored.c.origin == "own")
    return {_key(table, row): row for row in map(dict, conn.execute(query).mappings())}


def _put(conn: Connection, table: Table, rows: list[Row], standing: dict[Key, Row]) -> None:
    put = _PUT.get(table.name)
    if put is not None:
        put(conn, rows)
        return
    blank = {c.name: c.default for c in table.columns}
    whole = [{**blank, **standing.get(_key(table, row), {}), **row} for row in rows]
    stored = metadata.tables[table.name]
    others = [c.name for c in table.columns if c.name not in table.key]
    conn.execute(dialect.replace(conn, stored, others) if others else _once(conn, stored), whole)


_PUT: dict[str, Callable[[Connection, list[Row]], Any]] = {
    "learners": people.put_learners,
    "competencies": catalogue.put_competencies,
    "modules": catalogue.put_modules,
    "targets": catalogue.put_targets,
}
"""Tables that have rules of their own about what stands."""


def _once(conn: Connection, stored: sa.Table) -> Any:
    return dialect.insert(conn, stored).on_conflict_do_nothing()


_LINKS = {
    "competencies": ("parent_id", "competency", competencies.c.parent_id),
    "modules": ("prerequisites", "module", modules.c.prerequisites),
}
"""Tables whose rows name each other: the column, the noun, and the stored column."""


def _linked(conn: Connection, table: Table, rows: list[Row], refuse: Refuse) -> list[Row]:
    """The rows whose references hold, after refusing one unusable row after the other."""
    column, noun, stored = _LINKS[table.name]
    key = table.key[0]
    own = sa.select(stored.table.c[key], stored).where(stored.table.c.origin != "shipped")
    there = {i: parse_ids(text) for i, text in conn.execute(own)}
    left = dict(enumerate(rows))
    while True:
        links = {**there, **{row[key]: parse_ids(row.get(column)) for row in left.values() if column in row}}
        links.update({row[key]: there.get(row[key], ()) for row in left.values() if column not in row})
        wrong = _unknown(left, column, noun, links) or _circle(left, key, column, links)
        if not wrong:
            return list(left.values())
        for n, text in wrong.items():
            refuse(n, column, text)
            del left[n]


def _unknown(left: dict[int, Row], column: str, noun: str, links: Mapping[str, Any]) -> dict[int, str]:
    found = {}
    for n, row in left.items():
        for item in parse_ids(row.get(column)):
            if item not in links:
                found[n] = reason("unknown", noun=noun, value=item)
                break
    return found


def _circle(left: dict[int, Row], key: str, column: str, links: Mapping[str, Any]) -> dict[int, str]:
    trail = cycle(links)
    if trail is None:
        return {}
    text = reason("cycle", trail=" → ".join([*trail, trail[0]]))
    return {n: text for n, row in left.items() if row[key] in trail and column in row}

"""Learners: their attributes, as the organisation keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from recommender.errors import Fault
from recommender.evidence import TABLES
from recommender.framework import NO_JOB, Job
from recommender.store import dialect
from recommender.store.catalogue import refusal
from recommender.store.checks import check_row, pointer, reason
from recommender.store.events import lock
from recommender.store.masks import Mask, erased_among
from recommender.store.tables import WORKS_HERE, learners

_COLUMNS = [c.name for c in TABLES["learners"].columns]
_SERVED = ("department_id", "role", "language")
"""Attributes that answers rest on: nobody's list may change by their group, name or manager."""


@dataclass(frozen=True, slots=True)
class Learner:
    """Who somebody is; ``seq`` grows with everything that a recommendation rests on."""

    learner_id: str
    name: str | None
    department_id: str | None
    role: str | None
    language: str | None
    active: bool
    seq: int

    @property
    def job(self) -> Job:
        """Where they work and as what."""
        return Job(self.department_id, self.role)


_learner = sa.select(*(learners.c[name] for name in Learner.__dataclass_fields__))


def learner(conn: Connection, learner_id: str) -> Learner | None:
    """One learner, or None."""
    return by_id(conn, [learner_id]).get(learner_id)


def by_id(conn: Connection, ids: Sequence[str]) -> dict[str, Learner]:
    """Those learners that are there."""
    return {
        row.learner_id: _of(row)
        for part in dialect.chunks(ids)
        for row in conn.execute(_learner.where(learners.c.learner_id.in_(part)))
    }


def job(conn: Connection, learner_id: str) -> Job:
    """Where somebody works and as what."""
    found = learner(conn, learner_id)
    return found.job if found else NO_JOB


def page(conn: Connection, after: str | None, limit: int) -> list[Learner]:
    """Up to ``limit`` learners whose ids come after ``after``, by id."""
    query = _learner.order_by(learners.c.learner_id).limit(limit)
    if after is not None:
        query = query.where(learners.c.learner_id > after)
    return [_of(row) for row in conn.execute(query)]


def count(conn: Connection) -> int:
    """How many learners there are."""
    return conn.scalar(sa.select(sa.func.count()).select_from(learners)) or 0


def active_ids(conn: Connection) -> set[str]:
    """Ids of those who still work here."""
    return set(conn.scalars(sa.select(learners.c.learner_id).where(WORKS_HERE)))


def attributes(conn: Connection, learner_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Every column of the contract's table, by learner."""
    columns = [learners.c[name] for name in _COLUMNS]
    return {
        row[0]: dict(zip(_COLUMNS, row, strict=True))
        for part in dialect.chunks(learner_ids)
        for row in conn.execute(sa.select(*columns).where(learners.c.learner_id.in_(part)))
    }


def put_learners(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Add or correct learners; given fields are merged.

    A new department, role or language gives a new number, as answers rest on them. An erased manager is
    left out.

    Parameters
    ----------
    conn : Connection
        Of ``Store.write()``.
    rows : sequence of mapping
        Columns of the contract's table; only given ones change.

    Returns
    -------
    dict
        The number of everybody who was added or changed.

    Raises
    ------
    BadInput
        Rows are wrong, or name somebody who was erased (each fault's pointer is ``/index/column``).
        Nothing was changed.
    """
    clean = _checked(conn, rows)
    seqs = lock(conn, {row["learner_id"] for row in clean})
    standing = attributes(conn, list(seqs))
    changed: dict[str, dict[str, Any]] = {}
    for row in clean:
        who = row["learner_id"]
        old = changed.get(who) or standing.get(who)
        new = {**(old or {c.name: c.default for c in TABLES["learners"].columns}), **row}
        if new != old:
            changed[who] = new
    if changed:
        statement = dialect.insert(conn, learners)
        kept = {name: statement.excluded[name] for name in _COLUMNS if name != "learner_id"}
        moved = [learners.c[name].is_distinct_from(statement.excluded[name]) for name in _SERVED]
        statement = statement.on_conflict_do_update(
            index_elements=[learners.c.learner_id],
            set_={**kept, "seq": learners.c.seq + sa.case((sa.or_(*moved), 1), else_=0)},
        )
        conn.execute(statement, [{**row, "seq": 0} for row in changed.values()])
    return {who: _number(seqs.get(who), standing.get(who), row) for who, row in changed.items()}


def _number(seq: int | None, old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> int:
    """The number of a learner whose row, locked at ``seq``, became another one."""
    if seq is None or old is None:
        return 0
    return seq + any(new[name] != old[name] for name in _SERVED)


def _checked(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    checked = [check_row("learners", row, partial=True) for row in rows]
    erased = erased_among(conn, {row["learner_id"] for row, faults in checked if not faults})
    found = []
    for n, (row, faults) in enumerate(checked):
        found += [Fault(f"/{n}{f.pointer}", f.reason) for f in faults]
        if row.get("learner_id") in erased:
            found.append(Fault(pointer(n, "learner_id"), reason("erased")))
    if found:
        raise refusal("learners", found)
    mask = Mask.of(conn, "learners", [row for row, _ in checked])
    return [mask.row(row) for row, _ in checked]


def _of(row: Any) -> Learner:
    learner_id, name, department_id, role, language, active, seq = row
    return Learner(learner_id, name, department_id, role, language, active != 0, seq)

"""Events: what was seen of learners, one row each.

A correction replaces the row that stood there: what was wrong about a person is not kept (data
minimisation), and the learner's number says that something changed. Every change of a learner's
evidence raises ``learners.seq`` in the same transaction; that UPDATE is the lock by which two
processes with events of one learner wait for each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from recommender.errors import StoreBusy, UnknownEvent, UnknownLearner
from recommender.evidence import EVENTS, TABLES
from recommender.store import blind, dialect, settings
from recommender.store.checks import Known, storable
from recommender.store.identity import content_id, id_column, row_texts
from recommender.store.masks import Mask
from recommender.store.tables import EVENT_TABLES, competencies, learners, modules

Row = Mapping[str, Any]


@dataclass(slots=True)
class Added:
    """What became of the rows of one ``add``.

    Attributes
    ----------
    ids : list of str
        The id of every row given, in its order.
    rows : list of dict
        The rows as they are stored: with ids, and without the names of erased raters.
    new, replaced, duplicates, conflicts : list of int
        Positions of rows: stored; stored over another; there already; refused, because the id is
        known with other content.
    seqs : dict
        The new number of every learner whose evidence changed.
    """

    ids: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    new: list[int] = field(default_factory=list)
    replaced: list[int] = field(default_factory=list)
    duplicates: list[int] = field(default_factory=list)
    conflicts: list[int] = field(default_factory=list)
    seqs: dict[str, int] = field(default_factory=dict)


def add(conn: Connection, kind: str, rows: Sequence[Row], *, replace: bool = False) -> Added:
    """Store events of one type.

    Parameters
    ----------
    conn : Connection
        Of ``Store.write()``. Who adds several types in one transaction calls ``lock`` for all their
        learners first, so that no two processes wait for each other.
    kind : str
        "assessment", "feedback" or "interaction".
    rows : sequence of mapping
        Clean rows (``checks.check_row``) of known learners. Without an id a row gets one from its
        content.
    replace : bool
        Whether a known id with other content is corrected rather than refused.

    Returns
    -------
    Added

    Raises
    ------
    UnknownLearner
        A learner is not there (any more).
    StoreBusy
        Somebody stored an event of the same id at the same moment, for another learner.
    """
    table = EVENT_TABLES[kind]
    mask = Mask.of(conn, EVENTS[kind], rows)
    clean = [mask.row(row) for row in _identified(EVENTS[kind], rows)]
    added = Added([row[id_column(EVENTS[kind])] for row in clean], clean)
    whose = {row["learner_id"] for row in clean}
    if len(lock(conn, whose)) < len(whose):
        raise UnknownLearner("Learners of these events are not in the store. Add them first.")
    standing = _standing(conn, table, added.ids)
    before = dict(standing)
    for n, (row, event_id) in enumerate(zip(clean, added.ids, strict=True)):
        old = standing.get(event_id)
        if old == row:
            added.duplicates.append(n)
        elif old is not None and not replace:
            added.conflicts.append(n)
        else:
            (added.new if old is None else added.replaced).append(n)
            standing[event_id] = row
    changed = {added.ids[n] for n in (*added.new, *added.replaced)}
    moved = {before[i]["learner_id"] for i in changed if i in before}
    added.seqs = bump(conn, moved | {standing[i]["learner_id"] for i in changed})
    _delete(conn, table, [i for i in changed if i in before])
    _insert(conn, table, [{**standing[i], "seq": added.seqs[standing[i]["learner_id"]]} for i in changed])
    return added


def withdraw(conn: Connection, kind: str, event_id: str) -> tuple[str, int]:
    """Delete an event; returns its learner and that learner's new number.

    Raises
    ------
    UnknownEvent
        There is none of that type and id.
    """
    table = EVENT_TABLES.get(kind)
    column = None if table is None else table.c[id_column(table.name)]
    gone = None
    if table is not None and column is not None:
        owner = conn.scalar(sa.select(table.c.learner_id).where(column == event_id))
        if owner is not None:
            lock(conn, [owner])
        gone = conn.execute(sa.delete(table).where(column == event_id).returning(table.c.learner_id)).scalar()
    if gone is None:
        raise UnknownEvent(f"There is no {kind} {event_id!r}. Check the type and the id.")
    return gone, bump(conn, [gone])[gone]


def of_learner(conn: Connection, learner_id: str) -> list[dict[str, Any]]:
    """A learner's events in order: (occurred_at, type, id), as they came in."""
    return _in_order(conn, [learner_id], numbered=False)[learner_id]


def of_learners(
    conn: Connection, learner_ids: Sequence[str], *, numbered: bool = False
) -> dict[str, list[dict[str, Any]]]:
    """Learners' events in order, as the models see them: raters under keyed pseudonyms (``blind``).

    Parameters
    ----------
    numbered : bool
        With ``seq``, the learner's number at the change that brought the event.

    Returns
    -------
    dict of str to list of dict
        By learner, "type", "id" and the other columns of the contract's table; ``occurred_at`` in
        microseconds. Everybody asked for has a list.
    """
    secret = settings.secret(conn)
    found = _in_order(conn, learner_ids, numbered=numbered)
    return {who: [blind.event(secret, event) for event in events] for who, events in found.items()}


def _in_order(
    conn: Connection, learner_ids: Sequence[str], *, numbered: bool
) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {learner_id: [] for learner_id in learner_ids}
    for kind, table in EVENT_TABLES.items():
        columns = [c for c in table.columns if numbered or c.name != "seq"]
        names = ["type", *("id" if c.primary_key else c.name for c in columns)]
        query = sa.select(sa.literal(kind), *columns)
        for part in dialect.chunks(learner_ids):
            for row in conn.execute(query.where(table.c.learner_id.in_(part))):
                event = dict(zip(names, row, strict=True))
                found[event["learner_id"]].append(event)
    for events in found.values():
        events.sort(key=lambda e: (e["occurred_at"], e["type"], e["id"]))
    return found


def lock(conn: Connection, learner_ids: Iterable[str]) -> dict[str, int]:
    """Hold learners until the transaction ends; returns the numbers of those that are there.

    Always in the order of their ids, so that two who want the same learners do not deadlock.
    """
    found: dict[str, int] = {}
    query = sa.select(learners.c.learner_id, learners.c.seq).order_by(learners.c.learner_id)
    for part in dialect.chunks(sorted(learner_ids)):
        rows = conn.execute(query.where(learners.c.learner_id.in_(part)).with_for_update(key_share=True))
        found.update((learner_id, seq) for learner_id, seq in rows)
    return found


def bump(conn: Connection, learner_ids: Iterable[str]) -> dict[str, int]:
    """Raise learners' numbers by one; returns the new ones."""
    found: dict[str, int] = {}
    change = sa.update(learners).values(seq=learners.c.seq + 1)
    for part in dialect.chunks(sorted(learner_ids)):
        rows = conn.execute(
            change.where(learners.c.learner_id.in_(part)).returning(learners.c.learner_id, learners.c.seq)
        )
        found.update((learner_id, seq) for learner_id, seq in rows)
    return found


def known(conn: Connection, rows: Sequence[Row]) -> Known:
    """Which of the learners, competencies and modules that rows name are there."""
    return Known(
        learners=_there(conn, learners.c.learner_id, rows),
        competencies=_there(conn, competencies.c.competency_id, rows),
        modules=_there(conn, modules.c.module_id, rows),
    )


def _there(conn: Connection, column: sa.Column[str], rows: Sequence[Row]) -> set[str]:
    named = (row.get(column.name) for row in rows)
    texts = sorted({str(i).strip() for i in named if isinstance(i, str | int) and storable(str(i))})
    return {
        i for part in dialect.chunks(texts) for i in conn.scalars(sa.select(column).where(column.in_(part)))
    }


def _identified(table: str, rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Complete rows, each with an id; the n-th identical one without an id counts as its own."""
    own = id_column(table)
    names = [c.name for c in TABLES[table].columns]
    seen: Counter[tuple[str | None, ...]] = Counter()
    complete = []
    for given in rows:
        row = {name: given.get(name) for name in names}
        if row[own] is None:
            texts = tuple(row_texts(table, row))
            row[own] = content_id(table, texts, seen[texts])
            seen[texts] += 1
        complete.append(row)
    return complete


def _standing(conn: Connection, table: sa.Table, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    columns = [table.c[c.name] for c in TABLES[table.name].columns]
    own = table.c[id_column(table.name)]
    return {
        row[own.name]: dict(row)
        for part in dialect.chunks(ids)
        for row in conn.execute(sa.select(*columns).where(own.in_(part))).mappings()
    }


def _delete(conn: Connection, table: sa.Table, ids: Sequence[str]) -> None:
    for part in dialect.chunks(ids):
        conn.execute(sa.delete(table).where(table.c[id_column(table.name)].in_(part)))


def _insert(conn: Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    if not rows:
        return
    try:
        conn.execute(sa.insert(table), rows)
    except sa.exc.IntegrityError as error:
        raise StoreBusy("Another call stored the same event ids just now. Repeat the call.") from error

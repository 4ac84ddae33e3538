"""A person's data: out, or gone."""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from recommender.errors import UnknownLearner
from recommender.evidence import TABLES
from recommender.store import dialect, events, masks, people, settings, states
from recommender.store.masks import erased_among
from recommender.store.tables import (
    EVENT_TABLES,
    decisions,
    feedback,
    imports,
    learner_states,
    learners,
    tombstones,
)

__all__ = ["erase", "erased_among", "export"]

_SHORTEST_NAME = 4
"""Shorter ids ("7") stand in texts as words of their own without meaning a person."""


def export(conn: Connection, learner_id: str) -> dict[str, Any]:
    """Everything held about a person.

    Returns
    -------
    dict
        ``learner`` (every attribute), the evidence tables by name (rows of the contract's columns, by
        time; times in microseconds), ``feedback_given`` (ratings of others by this person),
        ``states`` (version, seq, body) and ``decisions``.

    Raises
    ------
    UnknownLearner
        There is nobody of that id.
    """
    found = people.attributes(conn, [learner_id]).get(learner_id)
    if found is None:
        raise UnknownLearner(f"There is no learner {learner_id!r}. Check the id.")
    out: dict[str, Any] = {"learner": found}
    for table in EVENT_TABLES.values():
        out[table.name] = _rows(conn, table, table.c.learner_id == learner_id)
    others = feedback.c.learner_id != learner_id
    out["feedback_given"] = _rows(conn, feedback, sa.and_(feedback.c.rater_id == learner_id, others))
    for table in (learner_states, decisions):
        rows = conn.execute(sa.select(table).where(table.c.learner_id == learner_id).order_by(table.c.seq))
        out[table.name.removeprefix("learner_")] = [dict(r) for r in rows.mappings()]
    return out


def erase(conn: Connection, learner_id: str) -> None:
    """Remove a person from every table.

    Ratings they gave to others stay under a pseudonym, without comments; whose manager they were has
    none any more. Learners they rated get a new number, and their states, which may name the person,
    are dropped. Call ``Store.scrub`` once this is committed.

    Raises
    ------
    UnknownLearner
        There is nobody of that id, neither as a learner nor as a rater or manager.
    """
    secret = settings.secret(conn)
    rated = set(conn.scalars(sa.select(feedback.c.learner_id).where(feedback.c.rater_id == learner_id)))
    led = set(conn.scalars(sa.select(learners.c.learner_id).where(learners.c.manager_id == learner_id)))
    there = events.lock(conn, {learner_id} | rated | led)
    if learner_id not in there and not rated and not led:
        raise UnknownLearner(f"There is no learner {learner_id!r}. Check the id.")
    for table in (*EVENT_TABLES.values(), learner_states, decisions, learners):
        conn.execute(sa.delete(table).where(table.c.learner_id == learner_id))
    name = masks.pseudonym(secret, learner_id)
    _rename_rater(conn, masks.Mask(secret, [learner_id]), learner_id)
    conn.execute(sa.update(learners).where(learners.c.manager_id == learner_id).values(manager_id=None))
    _rename_in_texts(conn, learner_id, name)
    touched = sorted(rated - {learner_id})
    states.forget(conn, touched)
    events.bump(conn, touched)
    stone = {"digest": masks.tombstone(secret, learner_id), "erased_at": time.time_ns() // 1000}
    conn.execute(dialect.replace(conn, tombstones, ["erased_at"]), stone)


def _rows(conn: Connection, table: sa.Table, which: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    columns = [table.c[c.name] for c in TABLES[table.name].columns]
    rows = conn.execute(sa.select(*columns).where(which).order_by(table.c.occurred_at, columns[0]))
    return [dict(r) for r in rows.mappings()]


def _rename_rater(conn: Connection, mask: masks.Mask, rater_id: str) -> None:
    """Put the pseudonym into the ratings a person gave."""
    shown = [feedback.c[name] for name in (*masks.RATED_AS, "rater_id", "comment")]
    rows = conn.execute(sa.select(*shown).where(feedback.c.rater_id == rater_id)).mappings().all()
    if rows:
        change = sa.update(feedback).where(feedback.c.feedback_id == sa.bindparam("was"))
        renamed = [{**mask.row(dict(row)), "was": row["feedback_id"]} for row in rows]
        conn.execute(change.values({column.name: sa.bindparam(column.name) for column in shown}), renamed)


def _rename_in_texts(conn: Connection, person_id: str, name: str) -> None:
    """Put the pseudonym where others' comments or the names of files name a person by id."""
    if len(person_id) < _SHORTEST_NAME:
        return
    for column in (feedback.c.comment, imports.c.file, imports.c.set_aside_file):
        table = column.table
        key = table.primary_key.columns[0]
        found = conn.execute(sa.select(key, column).where(column.contains(person_id, autoescape=True))).all()
        for where, text in found:
            conn.execute(
                sa.update(table).where(key == where).values({column: masks.hide(text, person_id, name)})
            )

"""Learner states: derived, one for each learner and model version, with the number it has seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from recommender.store import dialect
from recommender.store.tables import learner_states, learners

_key = (learner_states.c.learner_id, learner_states.c.version)


def get_many(conn: Connection, learner_ids: Sequence[str], version: str) -> dict[str, tuple[int, bytes]]:
    """(seq, body) by learner, of those that have a state under a model version."""
    query = sa.select(learner_states.c.learner_id, learner_states.c.seq, learner_states.c.body)
    return {
        learner_id: (seq, body)
        for part in dialect.chunks(learner_ids)
        for learner_id, seq, body in conn.execute(query.where(_key[1] == version, _key[0].in_(part)))
    }


def put_many(conn: Connection, version: str, states: Iterable[tuple[str, int, bytes]]) -> None:
    """Keep states, (learner_id, seq, body) each.

    One that has seen less than what stands there is dropped, and so is one of a learner who is not
    there any more: somebody may have been faster, or the person erased. In the order of their ids, so
    that two writers do not deadlock.
    """
    rows = [{"who": who, "seq": seq, "body": body} for who, seq, body in sorted(states)]
    if not rows:
        return
    one = sa.select(
        learners.c.learner_id,
        sa.literal(version),
        sa.bindparam("seq", type_=sa.BigInteger),
        sa.bindparam("body", type_=sa.LargeBinary),
    ).where(learners.c.learner_id == sa.bindparam("who"))
    statement = dialect.insert(conn, learner_states).from_select(
        ["learner_id", "version", "seq", "body"], one
    )
    new = statement.excluded
    conn.execute(
        statement.on_conflict_do_update(
            index_elements=list(_key),
            set_={"seq": new.seq, "body": new.body},
            where=new.seq >= learner_states.c.seq,
        ),
        rows,
    )


def forget(conn: Connection, learner_ids: Sequence[str]) -> None:
    """Drop every version's states of some learners; they are replayed at the next touch."""
    for part in dialect.chunks(learner_ids):
        conn.execute(sa.delete(learner_states).where(_key[0].in_(part)))


def forget_versions_except(conn: Connection, versions: Sequence[str]) -> None:
    """Drop the states of all other model versions."""
    conn.execute(sa.delete(learner_states).where(_key[1].not_in(versions)))

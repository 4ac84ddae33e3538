"""Seats that are taken: who is enrolled in a module or has begun it, and has not left it."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from recommender.store.tables import HOLDING, WORKS_HERE, interactions, learners

ENDING = ("dropped", "dismissed")


def held(conn: Connection, module_ids: Sequence[str], since: int) -> dict[str, int]:
    """How many active learners hold a seat in each of some modules.

    A seat is held from enrolling or starting until the learner finishes, drops or dismisses the module.

    Parameters
    ----------
    conn : Connection
    module_ids : sequence of str
    since : int
        Microseconds since 1970; who enrolled or started before that and never finished holds none.
    """
    if not module_ids:
        return {}
    took, left = interactions.alias("took"), interactions.alias("left")
    later = sa.or_(
        left.c.occurred_at > took.c.occurred_at,
        sa.and_(left.c.occurred_at == took.c.occurred_at, left.c.interaction_id > took.c.interaction_id),
    )
    gone = sa.exists().where(
        left.c.learner_id == took.c.learner_id,
        left.c.module_id == took.c.module_id,
        sa.or_(left.c.status == "completed", sa.and_(left.c.status.in_(ENDING), later)),
    )
    # literals, so that the planner sees that the partial index holds these rows
    holding = took.c.status.in_(sa.bindparam("holding", HOLDING, expanding=True, literal_execute=True))
    query = (
        sa.select(took.c.module_id, sa.func.count(took.c.learner_id.distinct()))
        .join(learners, learners.c.learner_id == took.c.learner_id)
        .where(took.c.module_id.in_(module_ids), holding, took.c.occurred_at >= since, ~gone)
        .where(WORKS_HERE)
        .group_by(took.c.module_id)
    )
    return {row[0]: row[1] for row in conn.execute(query)}

"""The log of decisions: what was recommended to whom, and how likely that was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from recommender.store import dialect
from recommender.store.tables import decisions, learners


def log(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Keep decisions; of lists shown for one key that begin alike the longest, at the moment of the first.

    Most do, as all they rest on is the same but for seats that others took or gave back meanwhile. Of lists
    that begin otherwise the first stands.

    Parameters
    ----------
    conn : Connection
        Of ``Store.write()``.
    rows : sequence of mapping
        Every column of the table, lists as JSON without spaces; ``version`` is the empty text where none
        was in service, ``revision`` the catalogue's number.

    Returns
    -------
    int
        Rows given that are of learners who are still there: the log is written a moment after the
        answer, and must not bring back somebody who was erased in between.
    """
    asked = sorted({row["learner_id"] for row in rows})
    there: set[str] = set()
    for part in dialect.chunks(asked):
        query = sa.select(learners.c.learner_id).where(learners.c.learner_id.in_(part))
        there.update(conn.scalars(query.with_for_update(read=True, key_share=True)))
    key = [column.name for column in decisions.primary_key]
    kept = sorted((row for row in rows if row["learner_id"] in there), key=itemgetter(*key))
    if kept:
        statement = dialect.insert(conn, decisions)
        new = statement.excluded
        had = sa.func.length(decisions.c.modules) - len("]")
        longer = statement.on_conflict_do_update(
            index_elements=list(decisions.primary_key),
            set_={name: new[name] for name in ("modules", "propensities", "scores", "eligible")},
            where=sa.and_(
                sa.func.length(new.modules) > sa.func.length(decisions.c.modules),
                sa.func.substr(new.modules, 1, had) == sa.func.substr(decisions.c.modules, 1, had),
            ),
        )
        conn.execute(longer, kept)
    return len(kept)


def read(conn: Connection) -> list[dict[str, Any]]:
    """The whole log, the oldest first."""
    query = sa.select(decisions).order_by(decisions.c.decided_at, decisions.c.learner_id)
    return [dict(row) for row in conn.execute(query).mappings()]

"""Every learner's recommendations at once, with no more people in a module than it has seats."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.engine import draw_key
from recommender.seats import assign
from recommender.service import seats
from recommender.service.states import everybody
from recommender.store import people

if TYPE_CHECKING:
    from recommender.engine import Engine
    from recommender.service.workspace import Workspace

COLUMNS = ["learner_id", "rank", "module_id", "score", "expected_gain", "propensity"]


def score(ws: Workspace, output: Path, *, limit: int = 10, greedy: bool = False) -> int:
    """Write every learner's recommendations as a table, active or not; how many rows.

    Columns learner_id, rank (from 1), module_id, score, expected_gain, propensity. ``greedy`` ranks by
    the mean, with propensity 1. The file's ending says which kind: .parquet, .csv or .xlsx.

    A module with a capacity stands in at most as many lists as it has seats left, in those where it adds
    most; who is enrolled in it or has begun it holds a seat already. Who is not active gets none.
    """
    import pandas as pd

    from recommender.service import files

    files.check_place(output)
    engine, day, secret = ws.engine(), ws.today(), ws.store.secret
    doors = give_out(ws, engine, limit)
    rows: list[tuple[Any, ...]] = []
    for learner_id, role, state in everybody(ws, engine):
        key = None if greedy else draw_key(secret, learner_id, day, engine.version, state.seq)
        full = doors.closed_to(learner_id)
        items = engine.recommend(state, role=role, day=day, limit=limit, draw_key=key, full=full)
        for rank, item in enumerate(items, 1):
            rows.append((learner_id, rank, item.module_id, item.score, item.expected_gain, item.propensity))
    files.write_table(pd.DataFrame(rows, columns=COLUMNS), output)
    return len(rows)


class Doors:
    """Which modules are closed to whom: those that are short of seats, but to those who got one."""

    def __init__(self, short: frozenset[str], granted: dict[str, frozenset[str]]) -> None:
        self._short = short
        self._granted = granted

    def closed_to(self, learner_id: str) -> frozenset[str]:
        """Modules without a seat for a learner."""
        return self._short - self._granted.get(learner_id, frozenset())


def give_out(ws: Workspace, engine: Engine, limit: int) -> Doors:
    """Assign the seats there are over all active learners at once, by the mean, without exploration."""
    with ws.store.read() as conn:
        active = people.active_ids(conn)
    left = {m: n for m, n in seats.left(ws, engine).items() if n < len(active)}
    open_ = sorted(m for m, n in left.items() if n)
    if not open_:
        return Doors(frozenset(left), {})
    who: list[str] = []
    offers, displaced = [], []
    for learner_id, role, state in everybody(ws, engine):
        if learner_id not in active:
            continue
        bids = engine.bids(state, open_, closed=left, role=role, day=ws.today(), limit=limit)
        if np.isfinite(bids.offers).any():
            who.append(learner_id)
            offers.append(bids.offers.astype(np.float32))
            displaced.append(np.pad(bids.listed, (0, limit - len(bids.listed))).astype(np.float32))
    if not who:
        return Doors(frozenset(left), {})
    given = assign(np.array(offers), np.array(displaced), np.array([left[m] for m in open_]))
    return Doors(
        frozenset(left),
        {
            who[n]: frozenset(open_[j] for j in np.flatnonzero(row))
            for n, row in enumerate(given)
            if row.any()
        },
    )

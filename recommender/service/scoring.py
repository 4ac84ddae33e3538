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
    most, and in those of who holds a seat already: who enrolled or began within a year. Nobody who
    is not active is given one.
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
    """Which modules are closed to whom.

    Parameters
    ----------
    active : set of str
        Who is given seats; to all others every module with a capacity is closed.
    capped, short : frozenset of str
        Modules with a capacity, and those of them with fewer seats left than there are active learners.
    granted : dict of learner_id to frozenset of str
        Of the short ones, those in which somebody got a seat.
    """

    def __init__(
        self,
        active: set[str],
        capped: frozenset[str],
        short: frozenset[str],
        granted: dict[str, frozenset[str]],
    ) -> None:
        self._active, self._capped, self._short, self._granted = active, capped, short, granted

    def closed_to(self, learner_id: str) -> frozenset[str]:
        """Modules without a seat for a learner."""
        if learner_id not in self._active:
            return self._capped
        return self._short - self._granted.get(learner_id, frozenset())


def give_out(ws: Workspace, engine: Engine, limit: int) -> Doors:
    """Assign the seats there are over all active learners at once, by the mean, without exploration."""
    with ws.store.read() as conn:
        active = people.active_ids(conn)
    there = seats.left(ws, engine)
    left = {m: n for m, n in there.items() if n < len(active)}
    return Doors(active, frozenset(there), frozenset(left), _granted(ws, engine, limit, active, left))


def _granted(
    ws: Workspace, engine: Engine, limit: int, active: set[str], left: dict[str, int]
) -> dict[str, frozenset[str]]:
    """The modules in which each learner got a seat, of those that are short."""
    open_ = sorted(m for m, n in left.items() if n)
    if not open_:
        return {}
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
        return {}
    given = assign(np.array(offers), np.array(displaced), np.array([left[m] for m in open_]))
    return {
        who[n]: frozenset(open_[j] for j in np.flatnonzero(row)) for n, row in enumerate(given) if row.any()
    }

"""Who gets the seats of modules that have too few: an assignment over all learners at once.

Maximises the worth of everybody's lists together: a seat adds what the module is worth to the learner and
displaces the least that stood in the list (a transportation problem; its linear programme has whole
solutions, Hitchcock 1941, Hoffman & Kruskal 1956). Loads scipy when called: nothing that serves calls it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.profiles.serve import Array


def assign(offers: Array, displaced: Array, left: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Give out seats.

    Parameters
    ----------
    offers : (N, J) array
        What each module would be worth in the list of each learner; -inf where it may not stand there.
    displaced : (N, L) array
        What stands in the list without any of them; 0 where a place is empty.
    left : (J,) array of int
        Seats.

    Returns
    -------
    (N, J) array of bool
        Who has a seat. A module with seats for all who may take it is given to all of them.
    """
    may = np.isfinite(offers)
    granted: NDArray[np.bool_] = may & (may.sum(0) <= left)
    short = np.flatnonzero((may.sum(0) > left) & (left > 0))
    if not len(short):
        return granted
    # what has seats for all may stand in every list, whoever gets the others
    places = displaced.shape[1]
    displaced = -np.sort(-np.hstack([displaced, np.where(granted, offers, -np.inf)]), axis=1)[:, :places]
    who, which = _contenders(offers[:, short] - displaced[:, -1:], left[short])
    if len(who):
        chosen = _solve(offers[who, short[which]], who, which, displaced, left[short])
        granted[who[chosen], short[which[chosen]]] = True
    return granted


def _contenders(adds: Array, left: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """(learner, module) pairs that the best assignment can need.

    At most as many learners as there are seats hold one. Were a seat held by somebody who is not among that
    many highest for the module, one of those would hold none, and giving it to them would lose nothing.
    """
    most = int(left.sum())
    pairs = []
    for j in range(adds.shape[1]):
        rows = np.flatnonzero(adds[:, j] > 0.0)
        if len(rows) > most:
            rows = rows[np.argsort(-adds[rows, j], kind="stable")[:most]]
        pairs.append((np.sort(rows), np.full(len(rows), j)))
    return np.concatenate([p[0] for p in pairs]), np.concatenate([p[1] for p in pairs])


def _solve(
    worth: Array, who: NDArray[np.intp], which: NDArray[np.intp], displaced: Array, left: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """(P,) which pairs get a seat. Of a learner's places the least goes first, by itself."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, vstack

    learners, row = np.unique(who, return_inverse=True)
    base = displaced[learners]
    pairs, n, places = len(who), len(learners), base.shape[1]
    ones, slots = np.ones(pairs), np.arange(n * places)
    seats = csr_array((ones, (which, np.arange(pairs))), shape=(len(left), pairs + n * places))
    lists = csr_array(
        (
            np.concatenate([ones, -np.ones(n * places)]),
            (np.concatenate([row, slots // places]), np.arange(pairs + n * places)),
        ),
        shape=(n, pairs + n * places),
    )
    found = milp(
        np.concatenate([-worth, base.ravel()]),
        bounds=Bounds(0.0, 1.0),
        constraints=LinearConstraint(
            vstack([seats, lists]).tocsr(), -np.inf, np.concatenate([left, np.zeros(n)])
        ),
    )
    if found.x is None:
        raise RuntimeError(f"No seats were given out, as the solver stopped: {found.message}")
    return np.asarray(found.x)[:pairs] > 0.5

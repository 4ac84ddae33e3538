"""Who gets the seats of modules that have too few: an assignment over all learners at once.

Maximises the worth of everybody's lists together: a seat adds what the module is worth to the learner and
displaces the least that stood in the list (a transportation problem; its linear programme has whole
solutions, Hitchcock 1941, Hoffman & Kruskal 1956). Loads scipy when called: nothing that serves calls it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.profiles.serve import Array

AT_ONCE = 2
"""Learners a seat that enter at once: all of them would be as many as there are modules times seats."""
LEAST = 1e-6
"""Worth below which nobody is said to gain by a seat."""


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
    chosen = _seated(offers[:, short], displaced, left[short])
    granted[chosen[0], short[chosen[1]]] = True
    return granted


def _seated(offers: Array, displaced: Array, left: NDArray[np.int64]) -> tuple[NDArray[np.intp], ...]:
    """(learner, module) pairs of the best assignment.

    Solved for the likeliest pairs first, then with those that its prices call for, until they call for none:
    then no pair left out could add anything (column generation, Dantzig & Wolfe 1960).
    """
    open_ = offers - displaced[:, -1:]
    taken = np.zeros(offers.shape, dtype=bool)
    while True:
        for j, seats in enumerate(left):
            rows = np.flatnonzero(~taken[:, j] & (open_[:, j] > LEAST))
            if len(rows) > AT_ONCE * seats:
                rows = rows[np.argpartition(-open_[rows, j], AT_ONCE * seats)[: AT_ONCE * seats]]
            taken[rows, j] = True
        who, which = np.nonzero(taken)
        if not len(who):
            return who, which
        chosen, price, cost = _solve(offers[who, which], who, which, displaced, left)
        if not (~taken & (offers - cost[:, None] - price > LEAST)).any():
            return who[chosen], which[chosen]
        open_ = offers - cost[:, None] - price


def _solve(
    worth: Array, who: NDArray[np.intp], which: NDArray[np.intp], displaced: Array, left: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], Array, Array]:
    """(P,) which pairs get a seat, (J,) what a seat is worth, and (N,) what a place in each list costs.

    Of a learner's places the least goes first, by itself.
    """
    from scipy.optimize import linprog
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
    bound: Any = vstack([seats, lists]).tocsr()  # scipy takes it sparse, its stubs do not
    found = linprog(
        np.concatenate([-worth, base.ravel()]),
        A_ub=bound,
        b_ub=np.concatenate([left, np.zeros(n)]),
        bounds=(0.0, 1.0),
        method="highs-ds",  # ends in a corner, and corners are whole
    )
    if found.x is None:
        raise RuntimeError(f"No seats were given out, as the solver stopped: {found.message}")
    price = -np.asarray(found.ineqlin.marginals)
    cost = displaced[:, -1].astype(float)
    cost[learners] = np.maximum(cost[learners], price[len(left) :])
    return np.asarray(found.x)[:pairs] > 0.5, price[: len(left)], cost

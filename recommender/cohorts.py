"""Whom to seat together in a workshop: the most worth in the seats there are, with departments mixed.

A mixed-integer linear programme, solved by HiGHS to the end or with the gap it could not close. Loads scipy
when called: nothing that serves calls it. Rules, all hard, so that nothing is traded by a knob:

- one place a person, and no more people than seats in a session;
- nobody's department outnumbers, in a session, those it serves or is served by (where none of them could
  come, everybody else's), so that each can work with a counterpart;
- nobody sits with their own manager.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.paths.solving import gap_of
from recommender.profiles.serve import Array

SECONDS = 120.0
"""As long as HiGHS may take; what it has then is told with its gap."""


@dataclass(frozen=True)
class Candidates:
    """Those who may come.

    Parameters
    ----------
    worth : (N,) array
        What a seat is worth.
    department : (N,) array of int
        -1 where it is not known.
    manager : (N,) array of int
        Row of each one's manager; -1 where that is none of them.
    linked : (D, D) array of bool
        Which departments depend on each other; symmetric, nothing on the diagonal.
    """

    worth: Array
    department: NDArray[np.int64]
    manager: NDArray[np.int64]
    linked: NDArray[np.bool_]


class Seating(NamedTuple):
    """Rows by session, the best first; and by what share of its worth a better plan could lie above it.

    None: that could not be told in the time there was.
    """

    sessions: list[list[int]]
    gap: float | None


def seat(candidates: Candidates, sessions: int, seats: int) -> Seating:
    """Seat people so that the sum of worth is largest.

    Examples
    --------
    >>> linked = np.array([[False, True], [True, False]])
    >>> three = Candidates(np.array([3.0, 2.0, 1.0]), np.array([0, 0, 1]), np.full(3, -1), linked)
    >>> seat(three, 1, 2).sessions
    [[0, 2]]
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    kept = needed(candidates, sessions * seats)
    lines = list(_rules(candidates, kept, sessions, seats))
    at = np.repeat(np.arange(len(lines)), [len(columns) for columns, _, _ in lines])
    matrix = csr_array(
        (
            np.concatenate([values for _, values, _ in lines]),
            (at, np.concatenate([columns for columns, _, _ in lines])),
        ),
        shape=(len(lines), len(kept) * sessions),
    )
    found = milp(
        -np.repeat(candidates.worth[kept], sessions),
        integrality=np.ones(len(kept) * sessions, dtype=np.int64),
        bounds=Bounds(0.0, 1.0),
        constraints=LinearConstraint(matrix, -np.inf, np.array([limit for _, _, limit in lines])),
        options={"time_limit": SECONDS, "mip_rel_gap": 0.0},
    )
    if found.x is None:
        return Seating([[] for _ in range(sessions)], None)
    taken = np.asarray(found.x).reshape(len(kept), sessions) > 0.5
    plans = [kept[taken[:, s]] for s in range(sessions)]
    plans = [rows[np.argsort(-candidates.worth[rows], kind="stable")] for rows in plans]
    plans.sort(key=lambda rows: -float(candidates.worth[rows].sum()))
    value = sum(float(candidates.worth[rows].sum()) for rows in plans)
    return Seating([rows.tolist() for rows in plans], gap_of(found, value))


def needed(candidates: Candidates, places: int) -> NDArray[np.int64]:
    """(n,) rows that the best seating can need.

    People of one department under one manager who lead nobody are bound by the same rules: a seat of one
    can go to any other. So of each such group only as many as there are places, the most worth first.
    """
    leads = np.zeros(len(candidates.worth), dtype=bool)
    leads[candidates.manager[candidates.manager >= 0]] = True
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for i in np.argsort(-candidates.worth, kind="stable").tolist():
        if not leads[i]:
            groups[int(candidates.department[i]), int(candidates.manager[i])].append(i)
    rows = [i for group in groups.values() for i in group[:places]]
    return np.sort(np.array(rows + np.flatnonzero(leads).tolist(), dtype=np.int64))


Line = tuple[NDArray[np.int64], Array, float]
"""One rule: variables (person x session), their coefficients, and what the sum may be at most."""


def _rules(candidates: Candidates, kept: NDArray[np.int64], sessions: int, seats: int) -> Iterator[Line]:
    people = np.arange(len(kept))
    ones = np.ones(len(kept))
    row_of = {int(i): n for n, i in enumerate(kept)}
    for n in range(len(kept)):
        yield n * sessions + np.arange(sessions), np.ones(sessions), 1.0
    shares = list(_shares(candidates, kept))
    for s in range(sessions):
        yield people * sessions + s, ones, float(seats)
        for columns, values in shares:
            yield columns * sessions + s, values, 0.0
        for i, n in row_of.items():
            leader = row_of.get(int(candidates.manager[i]))
            if leader is not None:
                yield np.array([n, leader]) * sessions + s, np.ones(2), 1.0


def _shares(candidates: Candidates, kept: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], Array]]:
    """Of each department, its people against those it depends on; nothing where there is but one."""
    department = candidates.department[kept]
    there = np.unique(department[department >= 0])
    if len(np.unique(department)) < 2:
        return
    for d in there:
        counterparts = (department >= 0) & candidates.linked[d][department]
        if not counterparts.any():
            counterparts = department != d
        value = (department == d).astype(float) - counterparts
        columns = np.flatnonzero(value)
        yield columns, value[columns]

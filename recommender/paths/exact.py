"""The best path there is, for an analyst who asks: a mixed-integer linear programme, solved by HiGHS.

The concave worth of each competency lies under its straight pieces, so that a variable below all of them
stands for it; the convex price of shared doubt lies above its tangents in the same way. Loads scipy when
called, not before: serving never does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.paths import RISK, Bundles, Problem, best_path, in_order
from recommender.policy import BEYOND, KNOTS, SLOPES
from recommender.profiles.serve import Array

SECONDS = 60.0
"""As long as HiGHS may take; what it has then is told with the gap that it could not close."""
TANGENTS = 64
"""Tangents to a method's price of doubt: they lie less than .001 of worth below it."""


class Solved(NamedTuple):
    """A path, and by what share of its worth a better one could lie above it (0: there is none)."""

    rows: list[int]
    gap: float


def exact_path(problem: Problem) -> Solved:
    """Solve to the end; never worse than ``best_path``."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    quick = best_path(problem)
    rows = Bundles(problem).rows
    if not len(rows):
        return Solved(quick, 0.0)
    m, k, h = len(rows), problem.rise.shape[1], len(problem.doubt)
    lines = [*_minutes(problem, rows), *_prerequisites(problem, rows), *_pieces(problem, rows)]
    matrix = np.zeros((len(lines), m + k + h))
    for n, (columns, values, _) in enumerate(lines):
        matrix[n, columns] = values
    limits = np.array([limit for _, _, limit in lines])
    found = milp(
        -np.concatenate([problem.bonus[rows], np.ones(k), -np.ones(h)]),
        integrality=np.repeat([1, 0], [m, k + h]),
        bounds=Bounds(np.repeat([0.0, -np.inf], [m, k + h]), np.repeat([1.0, np.inf], [m, k + h])),
        constraints=LinearConstraint(csr_array(matrix), -np.inf, limits),
        options={"time_limit": SECONDS, "mip_rel_gap": 0.0},
    )
    if found.x is None:
        return Solved(quick, np.inf)
    best = in_order(problem, rows[found.x[:m] > 0.5].tolist())
    better = max((best, quick), key=problem.value)
    value = problem.value(better)
    return Solved(better, max(-found.mip_dual_bound - value, 0.0) / value if value > 0 else 0.0)


Rows = NDArray[np.int64]
Line = tuple[Rows, Array, float]
"""One constraint: columns, their coefficients, and what the sum may be at most."""


def _minutes(problem: Problem, rows: Rows) -> Iterator[Line]:
    yield np.arange(len(rows)), problem.minutes[rows], problem.budget


def _prerequisites(problem: Problem, rows: Rows) -> Iterator[Line]:
    at = {int(j): n for n, j in enumerate(rows)}
    for j, n in at.items():
        for p in problem.prerequisites[j]:
            yield np.array([n, at[p]]), np.array([1.0, -1.0]), 0.0


def _pieces(problem: Problem, rows: Rows) -> Iterator[Line]:
    """Each competency's worth below its pieces, each method's price above its tangents."""
    m, k = len(rows), problem.rise.shape[1]
    for i, need in enumerate(problem.need):
        points = problem.rise[rows, i]
        for slope, start in _slopes(float(need)):
            yield np.append(np.arange(m), m + i), np.append(-slope * points, 1.0), start
    for i, variance in enumerate(problem.doubt):
        pull = problem.load[rows, k + i]
        for u in np.linspace(0.0, pull.sum(), TANGENTS):
            price = RISK * variance
            yield np.append(np.arange(m), m + k + i), np.append(2 * u * price * pull, -1.0), price * u * u


def _slopes(need: float) -> Iterator[tuple[float, float]]:
    """The straight pieces of ``policy.worth`` in one competency: slope, and value at no points."""
    corners = [knot for knot in KNOTS if knot < need]
    slopes = [*SLOPES[: len(corners) + 1], BEYOND]
    value, slope = 0.0, slopes[0]
    yield slope, 0.0
    for corner, following in zip([*corners, max(need, 0.0)], slopes[1:], strict=True):
        value += corner * (slope - following)
        slope = following
        yield slope, value

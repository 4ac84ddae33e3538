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
from recommender.paths.solving import gap_of
from recommender.policy import BEYOND, KNOTS, SLOPES
from recommender.profiles.serve import Array

SECONDS = 60.0
"""As long as HiGHS may take; what it has then is told with the gap that it could not close."""
NEAR = 0.001
"""Worth by which the tangents to the price of doubt may lie below it, over all methods together."""


class Solved(NamedTuple):
    """A path, and by what share of its worth a better one could lie above it.

    0: there is none. None: that could not be told in the time there was.
    """

    rows: list[int]
    gap: float | None


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
    lines += _prices(problem, rows)
    at = np.repeat(np.arange(len(lines)), [len(columns) for columns, _, _ in lines])
    columns = np.concatenate([columns for columns, _, _ in lines])
    values = np.concatenate([values for _, values, _ in lines])
    free = k + 2 * h
    found = milp(
        -np.concatenate([problem.bonus[rows], np.ones(k), -np.ones(h), np.zeros(h)]),
        integrality=np.repeat([1, 0], [m, free]),
        bounds=Bounds(np.repeat([0.0, -np.inf], [m, free]), np.repeat([1.0, np.inf], [m, free])),
        constraints=LinearConstraint(
            csr_array((values, (at, columns)), shape=(len(lines), m + free)),
            -np.inf,
            np.array([limit for _, _, limit in lines]),
        ),
        options={"time_limit": SECONDS, "mip_rel_gap": 0.0},
    )
    if found.x is None:
        return Solved(quick, None)
    best = in_order(problem, rows[found.x[:m] > 0.5].tolist())
    better = max((best, quick), key=problem.value)
    return Solved(better, gap_of(found, problem.value(better), NEAR))


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
    """Each competency's worth below its pieces."""
    m = len(rows)
    for i, need in enumerate(problem.need):
        points = problem.rise[rows, i]
        for slope, start in _slopes(float(need)):
            yield np.append(np.arange(m), m + i), np.append(-slope * points, 1.0), start


def _prices(problem: Problem, rows: Rows) -> Iterator[Line]:
    """Each method's price above its tangents, in a variable of its own that is the method's summed pull."""
    m, k, h = len(rows), problem.rise.shape[1], len(problem.doubt)
    for i, variance in enumerate(problem.doubt):
        pull, price = problem.load[rows, k + i], RISK * variance
        drawn, total = np.flatnonzero(pull), m + k + h + i
        for sign in (1.0, -1.0):
            yield np.append(drawn, total), sign * np.append(pull[drawn], -1.0), 0.0
        ends = [sign * most(sign * pull, problem.minutes[rows], problem.budget) for sign in (-1.0, 1.0)]
        for u in touching(ends[0], ends[1], price, NEAR / h):
            yield np.array([total, m + k + i]), np.array([2 * u * price, -1.0]), price * u * u


def most(pull: Array, minutes: Array, budget: float) -> float:
    """No less than the pull of any modules that fit: those of most pull per minute, the last in part.

    Dantzig's bound (1957).
    """
    fit = np.flatnonzero((pull > 0.0) & (minutes <= budget))
    with np.errstate(divide="ignore"):
        fit = fit[np.argsort(-pull[fit] / minutes[fit], kind="stable")]
    before = np.cumsum(minutes[fit]) - minutes[fit]
    part = np.divide(budget - before, minutes[fit], out=np.ones(len(fit)), where=minutes[fit] > 0.0)
    return float(pull[fit] @ np.clip(part, 0.0, 1.0))


def touching(low: float, high: float, price: float, near: float) -> Array:
    """Where tangents touch ``price`` u^2, so that between the ends the highest lies less than ``near`` below.

    Tangents d apart lie at most price d^2 / 4 below, half-way between them.
    """
    apart = 2.0 * np.sqrt(near / price) if price > 0.0 else np.inf
    return np.linspace(low, high, int((high - low) / apart) + 2)


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

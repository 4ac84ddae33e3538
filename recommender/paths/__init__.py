"""A path within so many minutes: what to learn, in which order.

Maximises the concave worth of the summed rises (``policy.worth``), less what shared doubt about a method
costs, under minutes and prerequisites, with gains frozen at today's state: the better of two greedy paths,
by gain and by gain per minute, each module taken with its open prerequisites (Khuller, Moss & Naor 1999,
budgeted maximum coverage), then improved by exchanging single modules. ``exact`` solves the same problem to
the end. Pure functions on arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.policy import KNOTS, SLOPES, worth
from recommender.profiles.serve import Array

SWAPS = 3
"""Exchanges at most; a fourth hardly ever helps."""

RISK = 0.5 * (SLOPES[0] - SLOPES[-1]) / KNOTS[-1]
"""What a squared point of doubt costs where worth bends: half its curvature (Pratt 1964)."""


@dataclass(frozen=True)
class Problem:
    """One learner's choice.

    Parameters
    ----------
    rise : (M, K) array
        Expected rise of competencies, times the chance of finishing.
    bonus : (M,) array
        Worth of modules whose gain is unknown; 0 for the others.
    need : (K,) array
        Points to the learner's target.
    minutes : (M,) array
    allowed : (M,) array of bool
        What may be taken at all.
    prerequisites : sequence of tuple of int
        Rows that must be done before each module; those done already are left out.
    budget : float
        Minutes to spend.
    method : (M,) array of int
        Which method each module is of; -1 where it is not told.
    pull : (M,) array
        Points a module brings for one unit of its method's coefficient, times the chance of finishing.
    doubt : (H,) array
        Variance of each method's coefficient. What is not known of a method is shared by its modules: a
        path of one method is more of a gamble than one of several, the less so the better it is known.
    """

    rise: Array
    bonus: Array
    need: Array
    minutes: Array
    allowed: NDArray[np.bool_]
    prerequisites: Sequence[tuple[int, ...]]
    budget: float
    method: NDArray[np.int64]
    pull: Array
    doubt: Array

    @cached_property
    def load(self) -> Array:
        """(M, K + H) what modules add up to: rises, then pulls by method."""
        by_method = (self.method[:, None] == np.arange(len(self.doubt))) * self.pull[:, None]
        return np.hstack([self.rise, by_method])

    def worth(self, load: Array) -> Array:
        """Worth of summed loads (..., K + H), without the bonus."""
        k = self.rise.shape[1]
        return worth(load[..., :k], self.need) - RISK * (load[..., k:] ** 2 @ self.doubt)

    def value(self, rows: Sequence[int]) -> float:
        """Worth of a set of modules."""
        chosen = list(rows)
        return float(self.worth(self.load[chosen].sum(0)) + self.bonus[chosen].sum())

    def with_prerequisites(self, row: int) -> tuple[int, ...] | None:
        """A module behind its open prerequisites, in order; None where one of them may not be taken."""
        out: list[int] = []
        trail: set[int] = set()

        def visit(j: int) -> bool:
            if j in out:
                return True
            if j in trail or not self.allowed[j]:
                return False
            trail.add(j)
            if not all(visit(p) for p in self.prerequisites[j]):
                return False
            out.append(j)
            return True

        return tuple(out) if visit(row) else None


class Bundles:
    """Every module with those of its prerequisites that are not in the path yet, as sums.

    ``rows`` (B,) are the modules, ``members`` their bundles in order; ``minutes`` (B,), ``load``
    (B, K + H) and ``bonus`` (B,) are what taking a bundle now would add.
    """

    def __init__(self, problem: Problem) -> None:
        found = {int(j): problem.with_prerequisites(int(j)) for j in np.flatnonzero(problem.allowed)}
        self.members = [bundle for bundle in found.values() if bundle is not None]
        self.rows = np.array([bundle[-1] for bundle in self.members], dtype=np.int64)
        self.holders: dict[int, list[int]] = {}
        for b, bundle in enumerate(self.members):
            for j in bundle:
                self.holders.setdefault(j, []).append(b)
        chosen = [list(bundle) for bundle in self.members]
        self.minutes = np.array([problem.minutes[c].sum() for c in chosen])
        self.load = np.array([problem.load[c].sum(0) for c in chosen]).reshape(
            len(chosen), problem.load.shape[1]
        )
        self.bonus = np.array([problem.bonus[c].sum() for c in chosen])


def best_path(problem: Problem) -> list[int]:
    """Rows of a path in the order to take them."""
    bundles = Bundles(problem)
    paths = [greedy(problem, bundles, per_minute=per_minute) for per_minute in (True, False)]
    return improve(problem, bundles, max(paths, key=problem.value))


def greedy(
    problem: Problem, bundles: Bundles, *, per_minute: bool, path: Sequence[int] = (), barred: int = -1
) -> list[int]:
    """Take what adds most, by worth or by worth per minute, until nothing fits or helps.

    ``path`` is what is taken already; ``barred`` is not taken.
    """
    out, taken = list(path), set(path)
    minutes, load, bonus = bundles.minutes.copy(), bundles.load.copy(), bundles.bonus.copy()
    open_ = np.ones(len(bundles.rows), dtype=bool)
    open_[bundles.holders.get(barred, [])] = False
    for j in out:
        _take(problem, bundles, j, minutes, load, bonus)
    open_[np.isin(bundles.rows, out)] = False
    while True:
        left = problem.budget - problem.minutes[out].sum() + 1e-9
        options = np.flatnonzero(open_ & (minutes <= left))
        if not len(options):
            return out
        have = problem.load[out].sum(0)
        added = problem.worth(have + load[options]) - problem.worth(have) + bonus[options]
        scored = added / minutes[options] if per_minute else added
        best = int(scored.argmax())
        if added[best] <= 0:
            return out
        for j in bundles.members[options[best]]:
            if j not in taken:
                taken.add(j)
                out.append(j)
                _take(problem, bundles, j, minutes, load, bonus)
                open_[bundles.rows == j] = False


def _take(problem: Problem, bundles: Bundles, j: int, minutes: Array, load: Array, bonus: Array) -> None:
    """Bundles that hold a module just taken no longer pay for it."""
    held = bundles.holders.get(j, [])
    minutes[held] -= problem.minutes[j]
    load[held] -= problem.load[j]
    bonus[held] -= problem.bonus[j]


def improve(problem: Problem, bundles: Bundles, path: list[int]) -> list[int]:
    """Exchange modules while that helps: one goes, with what needs it, and the rest is filled up again."""
    value = problem.value(path)
    for _ in range(SWAPS):
        tries = [
            greedy(problem, bundles, per_minute=per_minute, path=_without(problem, path, out), barred=out)
            for out in path
            for per_minute in (True, False)
        ]
        best = max(tries, key=problem.value, default=path)
        if problem.value(best) <= value + 1e-9:
            return path
        path, value = best, problem.value(best)
    return path


def _without(problem: Problem, path: Sequence[int], out: int) -> list[int]:
    """A path without a module and all that needs it; prerequisites stand before, so one pass finds them."""
    gone, kept = {out}, []
    for j in path:
        if j in gone or gone & set(problem.prerequisites[j]):
            gone.add(j)
        else:
            kept.append(j)
    return kept


def in_order(problem: Problem, chosen: Sequence[int]) -> list[int]:
    """A set of modules in the order to take them: what adds most first, after what it needs."""
    out: list[int] = []
    left = set(chosen)
    while left:
        ready = sorted(j for j in left if not set(problem.prerequisites[j]) & left)
        have = problem.load[out].sum(0)
        added = problem.worth(have + problem.load[ready]) + problem.bonus[ready]
        out.append(ready[int(added.argmax())])
        left.discard(out[-1])
    return out

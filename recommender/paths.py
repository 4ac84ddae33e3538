"""A path within so many minutes: what to learn, in which order.

Maximises the concave worth of the summed rises (``policy.worth``) under minutes and prerequisites, with
gains frozen at today's state: the better of two greedy paths, by gain and by gain per minute, each module
taken with its open prerequisites (Khuller, Moss & Naor 1999, budgeted maximum coverage), then improved by
one swap. Pure functions on arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.policy import worth
from recommender.profiles.serve import Array


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
    """

    rise: Array
    bonus: Array
    need: Array
    minutes: Array
    allowed: NDArray[np.bool_]
    prerequisites: Sequence[tuple[int, ...]]
    budget: float

    def value(self, rows: Sequence[int]) -> float:
        """Worth of a set of modules."""
        chosen = list(rows)
        return float(worth(self.rise[chosen].sum(0), self.need) + self.bonus[chosen].sum())

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


def best_path(problem: Problem) -> list[int]:
    """Rows of a path in the order to take them."""
    bundles = {
        int(j): bundle
        for j in np.flatnonzero(problem.allowed)
        if (bundle := problem.with_prerequisites(int(j))) is not None
        and problem.minutes[list(bundle)].sum() <= problem.budget
    }
    paths = [greedy(problem, bundles, per_minute) for per_minute in (True, False)]
    return swap(problem, bundles, max(paths, key=problem.value))


def greedy(problem: Problem, bundles: dict[int, tuple[int, ...]], per_minute: bool) -> list[int]:
    """Take the module that adds most, by worth or worth per minute, until nothing fits or helps."""
    path: list[int] = []
    while True:
        options = list(_additions(problem, bundles, path))
        if not options:
            return path
        minutes = np.array([problem.minutes[list(new)].sum() for new in options])
        before = problem.value(path)
        added = np.array([problem.value([*path, *new]) for new in options]) - before
        scored = added / minutes if per_minute else added
        best = int(scored.argmax())
        if added[best] <= 0:
            return path
        path += options[best]


def _additions(
    problem: Problem, bundles: dict[int, tuple[int, ...]], path: list[int]
) -> Iterator[tuple[int, ...]]:
    """What still fits behind a path: modules with those of their prerequisites that are not in it."""
    left = problem.budget - problem.minutes[path].sum()
    taken = set(path)
    for row, bundle in bundles.items():
        if row not in taken:
            new = tuple(j for j in bundle if j not in taken)
            if problem.minutes[list(new)].sum() <= left + 1e-9:
                yield new


def swap(problem: Problem, bundles: dict[int, tuple[int, ...]], path: list[int]) -> list[int]:
    """Exchange one module that nothing in the path needs for what adds more, once."""
    needed = {p for j in path for p in problem.prerequisites[j]}
    best, value = path, problem.value(path) + 1e-9
    for out in path:
        if out in needed:
            continue
        rest = [j for j in path if j != out]
        for new in _additions(problem, bundles, rest):
            if out not in new and problem.value([*rest, *new]) > value:
                best, value = [*rest, *new], problem.value([*rest, *new])
    return best

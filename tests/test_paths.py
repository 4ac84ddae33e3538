"""Paths keep to minutes and prerequisites, and come near the best there is."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from recommender.paths import Problem, best_path


def problem(seed: int, m: int = 9) -> Problem:
    rng = np.random.default_rng(seed)
    rise = rng.exponential(2.0, (m, 3)) * (rng.random((m, 3)) < 0.5)
    needs: list[tuple[int, ...]] = [()] * m
    needs[5], needs[7] = (2,), (5,)
    minutes = rng.integers(20, 120, m).astype(float)
    allowed = np.ones(m, dtype=bool)
    allowed[4] = False
    return Problem(rise, np.zeros(m), np.full(3, 30.0), minutes, allowed, needs, 240.0)


def feasible(p: Problem, rows: tuple[int, ...]) -> bool:
    chosen = set(rows)
    return (
        p.minutes[list(rows)].sum() <= p.budget
        and all(p.allowed[j] for j in rows)
        and all(set(p.prerequisites[j]) <= chosen for j in rows)
    )


@pytest.mark.parametrize("seed", range(12))
def test_paths_are_feasible_in_order_and_near_the_best(seed: int) -> None:
    p = problem(seed)
    path = best_path(p)
    assert feasible(p, tuple(path))
    for i, row in enumerate(path):
        assert set(p.prerequisites[row]) <= set(path[:i])
    options = [c for size in range(1, 8) for c in combinations(range(9), size) if feasible(p, c)]
    assert p.value(path) >= 0.9 * max(p.value(c) for c in options)


def test_a_module_behind_a_forbidden_one_is_left_out() -> None:
    p = problem(0)
    p.allowed[2] = False
    assert not {5, 7} & set(best_path(p))


def test_no_time_is_an_empty_path() -> None:
    p = problem(1)
    empty = Problem(p.rise, p.bonus, p.need, p.minutes, p.allowed, p.prerequisites, 10.0)
    assert best_path(empty) == []

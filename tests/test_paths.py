"""Paths keep to minutes and prerequisites, and come near the best there is."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from bench.bench_paths import losses

from recommender.framework import METHODS
from recommender.paths import Problem, best_path
from recommender.paths.exact import exact_path


def problem(seed: int, m: int = 9) -> Problem:
    rng = np.random.default_rng(seed)
    rise = rng.exponential(2.0, (m, 3)) * (rng.random((m, 3)) < 0.5)
    needs: list[tuple[int, ...]] = [()] * m
    needs[5], needs[7] = (2,), (5,)
    minutes = rng.integers(20, 120, m).astype(float)
    allowed = np.ones(m, dtype=bool)
    allowed[4] = False
    method = rng.integers(-1, 3, m)
    return Problem(
        rise, np.zeros(m), np.array([30.0, 8.0, -2.0]), minutes, allowed, needs, 240.0, method, rise.sum(1),
        np.full(len(METHODS), 0.2),
    )  # fmt: skip


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
    best = max(p.value(c) for c in options)
    assert p.value(path) >= 0.9 * best
    solved = exact_path(p)
    assert feasible(p, tuple(solved.rows))
    for i, row in enumerate(solved.rows):
        assert set(p.prerequisites[row]) <= set(solved.rows[:i])
    assert p.value(solved.rows) == pytest.approx(best, abs=1e-3)
    assert solved.gap < 1e-3


def test_the_path_that_serves_is_near_the_exact_one_which_is_never_below_it() -> None:
    lost, _ = losses(36)
    assert lost.min() >= 0.0
    assert lost.max() > 0.0  # else the exact one would be the serving one
    assert lost.mean() <= 0.05


def test_of_two_modules_alike_the_one_of_another_method_is_taken_until_methods_are_known() -> None:
    rise = np.array([[4.0], [3.0], [2.99]])
    methods, minutes = np.array([0, 0, 1]), np.full(3, 60.0)
    for doubt, second in ((0.2, 2), (0.0, 1)):
        p = Problem(
            rise, np.zeros(3), np.full(1, 40.0), minutes, np.ones(3, dtype=bool), [()] * 3, 120.0,
            methods, rise[:, 0], np.full(2, doubt),
        )  # fmt: skip
        assert best_path(p) == [0, second]
        assert exact_path(p).rows == [0, second]


def test_a_module_behind_a_forbidden_one_is_left_out() -> None:
    p = problem(0)
    p.allowed[2] = False
    assert not {5, 7} & set(best_path(p))


def test_no_time_is_an_empty_path() -> None:
    p = problem(1)
    empty = replace(p, budget=10.0)
    assert best_path(empty) == []
    assert exact_path(empty).rows == []
    assert exact_path(replace(p, allowed=np.zeros(9, dtype=bool))) == ([], 0.0)

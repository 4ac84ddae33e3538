"""Paths keep to minutes and prerequisites, and come near the best there is."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from bench.bench_paths import losses
from scipy.optimize import OptimizeResult

from recommender.framework import METHODS
from recommender.paths import Problem, best_path
from recommender.paths.exact import NEAR, exact_path, most, touching


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


@pytest.mark.parametrize(("x", "bound"), [(None, None), (0.0, -np.inf), (0.0, -9.0)])
def test_a_path_that_was_not_solved_is_not_called_the_best(
    x: float | None, bound: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    p = problem(0)
    worthless = replace(p, rise=-p.rise)
    assert best_path(worthless) == []
    found = OptimizeResult(x=None if x is None else np.full(99, x), mip_dual_bound=bound)
    monkeypatch.setattr("scipy.optimize.milp", lambda *_, **__: found)
    assert exact_path(worthless) == ([], None)


@pytest.mark.parametrize("budget", [480.0, 1e6])
def test_tangents_lie_close_to_the_price_of_doubt_however_large_the_catalogue(budget: float) -> None:
    rng = np.random.default_rng(0)
    pull, minutes = rng.gamma(2.0, 2.0, 1500), rng.choice([25.0, 60.0, 120.0, 600.0], 1500)
    high = most(pull, minutes, budget)
    order = rng.permutation(1500)
    fits = order[np.cumsum(minutes[order]) <= budget]
    by_rate = np.argsort(-pull / minutes)
    fits_well = by_rate[np.cumsum(minutes[by_rate]) <= budget]
    assert high >= max(pull[fits].sum(), pull[fits_well].sum())
    assert high <= pull.sum() * (1 + 1e-12)
    at = touching(0.0, high, 0.01, NEAR)
    assert (at[0], at[-1]) == (0.0, high)
    halfway = (at[1:] + at[:-1]) / 2
    below = 0.01 * (halfway**2 - np.max([2 * halfway * x - x * x for x in (at[1:], at[:-1])], axis=0))
    assert below.max() < NEAR


def test_a_large_catalogue_of_one_method_is_solved_as_closely_as_a_small_one() -> None:
    few, m = problem(3), 1500
    rise = np.zeros((m, 3))
    rise[:9] = few.rise
    minutes = np.full(m, 1000.0)
    minutes[:9] = few.minutes
    method = np.zeros(m, dtype=np.int64)
    pull = np.full(m, 5.0)
    pull[:9] = few.pull
    small = replace(few, method=method[:9])
    large = Problem(
        rise, np.zeros(m), few.need, minutes, np.append(few.allowed, np.ones(m - 9, dtype=bool)),
        [*few.prerequisites, *[()] * (m - 9)], few.budget, method, pull, few.doubt,
    )  # fmt: skip
    solved = exact_path(large)
    assert large.value(solved.rows) == pytest.approx(small.value(exact_path(small).rows), abs=NEAR)
    assert solved.gap is not None
    assert solved.gap * large.value(solved.rows) < NEAR

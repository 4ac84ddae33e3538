"""No other seating is worth more, and every rule is kept."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.optimize import OptimizeResult

from recommender.cohorts import Candidates, needed, seat


def company(seed: int, n: int, departments: int = 3) -> Candidates:
    rng = np.random.default_rng(seed)
    linked = rng.random((departments, departments)) < 0.5
    linked |= linked.T
    np.fill_diagonal(linked, False)
    department = rng.integers(-1, departments, n)
    manager = np.where(rng.random(n) < 0.6, rng.integers(0, max(n // 4, 1), n), -1)
    manager[manager == np.arange(n)] = -1
    return Candidates(rng.gamma(2.0, 1.0, n), department, manager, linked)


def kept(c: Candidates, rows: list[int], seats: int) -> bool:
    """Whether one session keeps every rule."""
    department = c.department[rows]
    there = set(c.department[c.department >= 0].tolist())
    if len(rows) > seats or any(c.manager[i] in rows for i in rows):
        return False
    if len(set(c.department.tolist())) < 2:
        return True
    for d in set(department[department >= 0].tolist()):
        linked = [e for e in there if c.linked[d, e]]
        others = np.isin(department, linked) if linked else department != d
        if (department == d).sum() > others.sum():
            return False
    return True


def best(c: Candidates, sessions: int, seats: int) -> float:
    found = 0.0
    for places in product(range(sessions + 1), repeat=len(c.worth)):
        plan = [[i for i, s in enumerate(places) if s == n] for n in range(1, sessions + 1)]
        worth = sum(float(c.worth[rows].sum()) for rows in plan)
        if worth > found and all(kept(c, rows, seats) for rows in plan):
            found = worth
    return found


@pytest.mark.parametrize("seed", range(10))
def test_no_other_seating_is_worth_more(seed: int) -> None:
    c = company(seed, 8)
    plan = seat(c, 2, 3)
    seated = [i for rows in plan.sessions for i in rows]
    assert len(set(seated)) == len(seated)
    assert all(kept(c, rows, 3) for rows in plan.sessions)
    assert float(c.worth[seated].sum()) == pytest.approx(best(c, 2, 3))
    assert plan.gap < 1e-6


def test_a_company_is_seated_to_the_end() -> None:
    rng = np.random.default_rng(0)
    n, departments = 2056, 12
    department = rng.integers(0, departments, n)
    manager = np.full(n, -1)
    for d in range(departments):
        members = np.flatnonzero(department == d)
        heads = members[: len(members) // 9]
        manager[members[len(heads) :]] = rng.choice(heads, len(members) - len(heads))
    linked = rng.random((departments, departments)) < 0.15
    linked |= linked.T
    np.fill_diagonal(linked, False)
    c = Candidates(rng.gamma(3.0, 1.0, n) + 4.0 * (department == 0), department, manager, linked)
    plan = seat(c, 3, 20)
    assert [len(rows) for rows in plan.sessions] == [20, 20, 20]
    assert all(kept(c, rows, 20) for rows in plan.sessions)
    assert plan.gap < 1e-6


def test_people_of_one_team_beyond_the_places_are_not_needed() -> None:
    worth = np.arange(40.0)
    department, manager = np.zeros(40, dtype=np.int64), np.full(40, 0)
    department[0], manager[0] = 1, -1
    c = Candidates(worth, department, manager, np.array([[False, True], [True, False]]))
    assert needed(c, 6).tolist() == [0, *range(34, 40)]


def test_one_department_alone_is_seated_without_mixing() -> None:
    c = Candidates(np.array([3.0, 2.0]), np.zeros(2, dtype=np.int64), np.full(2, -1), np.zeros((1, 1), bool))
    assert seat(c, 1, 2).sessions == [[0, 1]]


@pytest.mark.parametrize(
    ("x", "bound", "gap"),
    [(None, None, None), (0.0, -np.inf, None), (0.0, -9.0, None), (0.0, 0.0, 0.0), (1.0, -5.0, 0.0)],
)
def test_a_plan_is_called_best_only_where_that_is_proved(
    x: float | None, bound: float | None, gap: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = OptimizeResult(x=None if x is None else np.full(2, x), mip_dual_bound=bound)
    monkeypatch.setattr("scipy.optimize.milp", lambda *_, **__: found)
    c = Candidates(np.array([3.0, 2.0]), np.zeros(2, dtype=np.int64), np.full(2, -1), np.zeros((1, 1), bool))
    assert seat(c, 1, 2).gap == gap

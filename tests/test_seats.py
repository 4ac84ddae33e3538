"""Seats go where they add most over everybody, and no module has more people than seats."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.optimize import OptimizeResult

from recommender import seats
from recommender.seats import assign

NONE = -np.inf


def listed(granted: np.ndarray, offers: np.ndarray, displaced: np.ndarray) -> float:
    """What the lists are worth where each is filled with the best of what its learner may have."""
    open_ = np.hstack([displaced, np.where(granted, offers, NONE)])
    return float(np.sort(open_, axis=1)[:, -displaced.shape[1] :].sum())


def best(offers: np.ndarray, displaced: np.ndarray, left: np.ndarray) -> float:
    """The most that any way to give out the seats is worth, by trying them all."""
    found = NONE
    for bits in product([False, True], repeat=offers.size):
        granted = np.array(bits).reshape(offers.shape)
        if (granted & ~np.isfinite(offers)).any() or (granted.sum(0) > left).any():
            continue
        found = max(found, listed(granted, offers, displaced))
    return found


@pytest.mark.parametrize("seed", range(12))
def test_no_other_way_to_give_out_the_seats_is_worth_more(seed: int) -> None:
    rng = np.random.default_rng(seed)
    offers = np.where(rng.random((5, 3)) < 0.2, NONE, rng.gamma(2.0, 1.0, (5, 3)))
    displaced = -np.sort(-rng.gamma(2.0, 0.5, (5, 2)), axis=1)
    left = np.array([1, 2, 1])
    granted = assign(offers, displaced, left)
    assert (granted.sum(0) <= left).all()
    assert not (granted & ~np.isfinite(offers)).any()
    assert (np.isfinite(offers).sum(0) > left).any()
    assert listed(granted, offers, displaced) == pytest.approx(best(offers, displaced, left))


def test_the_first_to_come_does_not_take_the_seat_of_who_needs_it() -> None:
    offers = np.array([[2.0, NONE], [5.0, 4.0], [4.5, NONE]])
    granted = assign(offers, np.ones((3, 1)), np.array([1, 1]))
    assert granted.tolist() == [[False, False], [False, True], [True, False]]


def test_a_module_with_seats_for_all_who_may_take_it_is_open_to_all() -> None:
    offers = np.array([[0.1, NONE], [NONE, 2.0], [0.2, NONE]])
    assert assign(offers, np.ones((3, 1)), np.array([2, 1])).tolist() == np.isfinite(offers).tolist()


def test_no_seat_is_given_to_who_would_lose_by_it_or_where_none_is_left() -> None:
    offers = np.array([[0.5, 9.0], [0.4, 9.0], [0.9, 9.0]])
    assert not assign(offers, np.ones((3, 1)), np.array([1, 0])).any()


def test_contenders_that_prices_call_for_enter_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody likes ``a`` a little more than ``b``: the likeliest of both are the same few people."""
    monkeypatch.setattr(seats, "AT_ONCE", 1)
    drawn = np.sort(np.random.default_rng(1).gamma(4.0, 1.0, 60))[::-1]
    offers = np.column_stack([drawn + 0.2, drawn])
    granted = assign(offers, np.zeros((60, 1)), np.array([4, 4]))
    assert granted.sum(0).tolist() == [4, 4]
    assert np.flatnonzero(granted.any(1)).tolist() == list(range(8))


def test_only_as_many_contenders_as_there_are_seats_decide() -> None:
    rng = np.random.default_rng(0)
    offers, displaced = rng.gamma(2.0, 1.0, (4000, 4)), rng.gamma(2.0, 0.3, (4000, 3))
    left = np.array([3, 5, 2, 4])
    granted = assign(offers, displaced, left)
    assert granted.sum(0).tolist() == left.tolist()
    keep = np.argsort(-(offers - displaced.min(1, keepdims=True)).max(1))[:400]
    same = assign(offers[keep], displaced[keep], left)
    assert listed(granted[keep], offers[keep], displaced[keep]) == pytest.approx(
        listed(same, offers[keep], displaced[keep])
    )
    assert granted[keep].sum() == granted.sum()


def test_seats_that_the_solver_did_not_give_out_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = OptimizeResult(x=None, message="numerical difficulties")
    monkeypatch.setattr("scipy.optimize.linprog", lambda *_, **__: nothing)
    with pytest.raises(RuntimeError, match="numerical difficulties"):
        assign(np.full((3, 1), 2.0), np.ones((3, 1)), np.array([1]))

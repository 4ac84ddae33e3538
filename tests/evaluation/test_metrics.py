"""Metrics: cases by hand, and what is true of any list."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from recommender.evaluation import metrics
from recommender.profiles.marks import reach

RANKS = st.lists(st.integers(1, 500), min_size=1, max_size=50).map(np.array)
NUMBERS = st.lists(st.floats(-100, 100), min_size=4, max_size=60).map(np.array)


def test_ranks_by_hand() -> None:
    ranks = [1, 3, 10, 11]
    assert metrics.hit(ranks).tolist() == [1, 1, 1, 0]
    assert metrics.ndcg(ranks) == pytest.approx([1, 0.5, 1 / np.log2(11), 0])
    assert metrics.reciprocal_rank(ranks) == pytest.approx([1, 1 / 3, 0.1, 1 / 11])
    assert metrics.hit(ranks, 3).tolist() == [1, 1, 0, 0]


def test_coverage_by_hand() -> None:
    assert metrics.catalogue_coverage([["a", "b"], ["b"], []], 4) == 0.5
    assert metrics.catalogue_coverage([], 0) == 0.0


def test_errors_and_intervals_by_hand() -> None:
    assert metrics.rmse([3.0, -4.0]) == pytest.approx(np.sqrt(12.5))
    assert metrics.interval_coverage([0, 1, 2, 3], [0, 0, 3, 0], [0, 2, 4, 2.9]) == 0.5
    mean, error = metrics.mean_and_error([1.0, 3.0])
    assert (mean, error) == (2.0, pytest.approx(1.0))
    assert metrics.mean_and_error([5.0]) == (5.0, 0.0)


def test_marks_in_steps_are_in_their_interval_as_far_as_what_rounds_to_them_is() -> None:
    assert metrics.pit_coverage([0.0, 0.4, 0.5, 0.96], [0.1, 0.6, 0.5, 1.0]) == pytest.approx(2.5 / 4)
    rng = np.random.default_rng(0)
    truth = 50 + 10 * rng.standard_normal(20_000)
    marks = np.clip(np.round(truth / 25), 0, 4) * 25
    low = np.where(marks == 0, 0.0, ndtr((marks - 12.5 - 50) / 10))
    high = np.where(marks == 100, 1.0, ndtr((marks + 12.5 - 50) / 10))
    assert metrics.pit_coverage(low, high) == pytest.approx(0.9, abs=0.005)


def test_intervals_too_narrow_hold_fewer_marks() -> None:
    rng = np.random.default_rng(1)
    error, cells = rng.normal(0, 10, 20_000), np.zeros((20_000, 2))
    for told, held in ((10.0, 0.9), (5.0, 0.589), (20.0, 0.999)):
        share, unsure = metrics.marks_coverage(error, np.full(20_000, told), cells)
        assert share == pytest.approx(held, abs=0.01)
        assert unsure == pytest.approx(np.sqrt(share * (1 - share) / 20_000))
    share, unsure = metrics.marks_coverage([], [], [])
    assert np.isnan(share)
    assert unsure == 0.0
    # a ceiling: all beyond is marked the same, and a part of it lies within
    share, _ = metrics.marks_coverage([10.0, -30.0], [10.0, 10.0], [[0, np.inf], [0, np.inf]])
    above = 1 - ndtr(1.0)
    assert share == pytest.approx(((0.95 - ndtr(1.0)) / above + 0.9 / (1 - ndtr(-3.0))) / 2)


@pytest.mark.parametrize(
    ("score", "scale", "cell"),
    [(3, (1, 5), (12.5, 12.5)), (5, (1, 5), (12.5, np.inf)), (1, (0, 1), (0, 0)),
     (0, (0, 1), (0, 0)), (0.5, (0, 1), (0, 0)), (2.5, (1, 5), (0, 0))],
)  # fmt: skip
def test_how_far_a_mark_reaches(score: float, scale: tuple[int, int], cell: tuple[float, float]) -> None:
    event = {"type": "assessment", "score": score, "scale_min": scale[0], "scale_max": scale[1]}
    assert reach(event, {}) == cell
    assert reach({**event, "reversed": 1}, {}) == cell[::-1]


def test_calibration_by_hand() -> None:
    bins = metrics.calibration([4, 1, 2, 3], [8, 2, 2, 2], groups=2)
    assert [(b.n, b.predicted, b.observed) for b in bins] == [(2, 1.5, 2.0), (2, 3.5, 5.0)]
    assert metrics.calibration_error(bins) == pytest.approx((0.5 + 1.5) / 2)
    assert metrics.calibration([], []) == []
    assert metrics.calibration_error([]) == 0.0


@given(RANKS, st.integers(1, 20))
def test_what_is_true_of_any_ranks(ranks: np.ndarray, k: int) -> None:
    hit, gain, rr = metrics.hit(ranks, k), metrics.ndcg(ranks, k), metrics.reciprocal_rank(ranks)
    assert ((gain >= 0) & (gain <= hit)).all()
    assert ((gain > 0) == (hit > 0)).all()
    assert (metrics.hit(ranks, k + 1) >= hit).all()
    assert (rr <= metrics.reciprocal_rank(np.maximum(ranks - 1, 1))).all()
    assert (metrics.ndcg(np.ones(3)) == 1).all()


@given(NUMBERS, NUMBERS)
def test_what_is_true_of_any_predictions(predicted: np.ndarray, observed: np.ndarray) -> None:
    n = min(len(predicted), len(observed))
    predicted, observed = predicted[:n], observed[:n]
    bins = metrics.calibration(predicted, observed)
    assert sum(b.n for b in bins) == n
    assert (np.diff([b.predicted for b in bins]) >= -1e-9).all()
    assert sum(b.n * b.observed for b in bins) == pytest.approx(observed.sum(), abs=1e-6)
    assert metrics.calibration_error(metrics.calibration(observed, observed)) == pytest.approx(0, abs=1e-9)
    assert metrics.rmse(observed) >= abs(observed.mean()) - 1e-9
    assert metrics.interval_coverage(observed, observed - 1, observed + 1) == 1.0

"""A segment of too few people is merged into its nearest, and the others keep their ids."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.profiles import mixture as mix
from recommender.profiles.identity import identify
from recommender.profiles.merging import least, without_small

K = 3
CENTRES = np.array([[35.0, 50.0, 65.0], [65.0, 50.0, 35.0], [70.0, 62.0, 40.0]])


def seen(sizes: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray, mix.Mixture]:
    """Evidence on kinds of people of so many each, and the mixture that holds all of them."""
    rng = np.random.default_rng(0)
    label = np.repeat(np.arange(3), sizes)
    n = len(label)
    value = CENTRES[label] + rng.normal(0, 3, (n, K))
    precision = np.broadcast_to(np.eye(K) / 4.0, (n, K, K)).copy()
    shares = np.array(sizes) / n
    fitted, _ = mix.climb(precision, value / 4.0, mix.Mixture(shares, CENTRES, 9.0 * np.eye(K)))
    return precision, value / 4.0, fitted


@pytest.mark.parametrize(("learners", "members"), [(20, 5), (250, 5), (360, 7.2), (1250, 25), (200_000, 25)])
def test_the_least_is_five_people_then_one_in_fifty_then_twenty_five(learners: int, members: float) -> None:
    assert least(learners) == pytest.approx(members)


def test_a_small_segment_goes_to_its_nearest_and_the_mixture_is_fitted_anew() -> None:
    precision, shift, three = seen((60, 60, 3))
    assert len(three.weights) == 3
    two = without_small(precision, shift, three)
    assert len(two.weights) == 2
    found = mix.beliefs(precision, shift, two).membership
    assert found[-3:, 1].min() > 0.9, "the second segment is the nearer one"
    expected = (60 * CENTRES[1] + 3 * CENTRES[2]) / 63
    np.testing.assert_allclose(two.means[1], expected, atol=1.5)
    before = mix.beliefs(precision, shift, three).membership
    ids, order, upcoming = identify(found, before, ("s1", "s2", "s4"), 5)
    assert (ids, order.tolist(), upcoming) == (["s1", "s2"], [0, 1], 5)


def test_segments_of_enough_people_stay_as_they_are() -> None:
    precision, shift, three = seen((60, 60, 6))
    assert without_small(precision, shift, three) is three


def test_where_all_are_too_small_everybody_is_of_one_kind() -> None:
    precision, shift, three = seen((3, 3, 3))
    one = without_small(precision, shift, three)
    assert len(one.weights) == 1
    np.testing.assert_allclose(one.weights, 1.0)

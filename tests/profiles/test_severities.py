"""What is learnt of raters, their halo and their marks' noise is what is true of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.evaluation.worlds import BASE, make
from recommender.evaluation.worlds.ratings import ROUNDING
from recommender.evidence import SOURCES
from recommender.profiles.cells import cells_of
from recommender.profiles.fit import ProfileMixture
from recommender.profiles.serve import key_of
from recommender.profiles.severities import hear, message, unconnected, unheard

NAMES = {f"c{i}": (f"c{i}", f"c{i}") for i in range(7)}
PEER = SOURCES.index("peer")


def test_severities_are_as_uncertain_as_they_are_said_to_be_even_with_two_raters_a_learner() -> None:
    world = make(replace(BASE, raters=2, severity=8.0), 0)
    model = ProfileMixture(max_segments=1).fit(cells_of(world.evidence()), NAMES).model_
    keys = list(model.rater_keys)
    at = [keys.index(key_of(f"e{i:05d}")) for i in range(world.learners)]
    missed = model.rater_mean[at] - world.ratings.severity
    assert model.severity**0.5 == pytest.approx(8.0, rel=0.15)
    assert np.mean(missed**2) == pytest.approx(model.rater_variance.mean(), rel=0.25)
    assert model.noise[PEER, 0] == pytest.approx(BASE.noise**2 + ROUNDING, rel=0.15)
    assert model.halo[PEER] < 2.0 * BASE.halo**2 + 10.0


def test_means_settle_where_a_dense_gaussian_solve_puts_them() -> None:
    """Two learners, three raters in a loop, one competency: messages against the joint solve."""
    rng = np.random.default_rng(0)
    learner, rater = np.array([0, 0, 1, 1, 0, 1]), np.array([0, 1, 1, 2, 2, 0])
    value = rng.normal(0, 10, 6)
    prior, halo, noise, severity = 100.0, 9.0, 50.0, 36.0
    belief, halos, total = unheard(3, rater, severity), np.full(6, halo), np.full(6, 1 / noise)
    for _ in range(200):
        shared = halo + belief.form_variance
        weight = 1.0 / (noise + shared)
        variance = 1.0 / (1.0 / prior + np.bincount(learner, weight))
        mean = variance * np.bincount(learner, weight * (value - belief.form_mean))
        level = total * (value - belief.form_mean - mean[learner])
        about = total**2 * variance[learner]
        belief = hear(message(level, total, shared, about), halos, rater, belief, severity)
    looked = np.zeros((6, 5))
    looked[np.arange(6), learner] = looked[np.arange(6), 2 + rater] = 1.0
    inside = np.diag([prior] * 2 + [severity] * 3)
    spread = looked @ inside @ looked.T + (halo + noise) * np.eye(6)
    exact = inside @ looked.T @ np.linalg.solve(spread, value)
    np.testing.assert_allclose(belief.mean, exact[2:], atol=1e-6)


def test_a_form_says_nothing_of_its_error_beyond_what_profiles_leave_open() -> None:
    """Precision of one rating's shared error: 1 / (noise + variance of the profile by other evidence)."""
    noise, shared, prior = 40.0, 10.0, 90.0
    after = 1.0 / (1.0 / prior + 1.0 / (noise + shared))
    said = message(np.array([0.3]), np.array([1 / noise]), np.array([shared]), np.array([after / noise**2]))
    assert said.precision[0] == pytest.approx(1.0 / (noise + prior))


def test_raters_who_share_no_learner_with_another_are_named() -> None:
    learner, rater = np.array([0, 0, 1, 2, 2, 3]), np.array([0, 1, 2, 2, 2, 0])
    assert unconnected(learner, rater).tolist() == [2]
    nobody = np.empty(0, np.int64)
    assert unconnected(nobody, nobody).tolist() == []

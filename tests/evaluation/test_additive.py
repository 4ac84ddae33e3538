"""Shrunk additive effects against the mixed model's own equations."""

from __future__ import annotations

import numpy as np

from recommender.evaluation import additive


def test_effects_are_found_and_shrunk() -> None:
    rng = np.random.default_rng(0)
    person, rater = rng.normal(0, 1.0, 200), rng.normal(0, 0.5, 300)
    who, by = rng.integers(200, size=6000), rng.integers(300, size=6000)
    value = 3.0 + person[who] + rater[by] + rng.normal(0, 1.0, 6000)
    known = {"person": who, "rater": by}
    asked = {"person": np.arange(200), "rater": np.arange(200)}
    found = additive.foretell(value, known, asked)
    # The best linear unbiased prediction under the true variances (Henderson's equations).
    design = np.hstack([np.eye(200)[who], np.eye(300)[by], np.ones((6000, 1))])
    ridge = np.diag([1.0] * 200 + [4.0] * 300 + [0.0])
    best = np.linalg.solve(design.T @ design + ridge, design.T @ value)
    expected = best[-1] + best[:200] + best[200:400]
    np.testing.assert_allclose(found, expected, atol=0.05)
    assert np.sqrt(np.mean((found - 3.0 - person - rater[:200]) ** 2)) < 0.3


def test_a_level_never_met_has_no_effect_and_a_factor_without_effects_none_either() -> None:
    rng = np.random.default_rng(1)
    value, level = rng.normal(5.0, 1.0, 4000), rng.integers(50, size=4000)
    found = additive.foretell(value, {"f": level}, {"f": np.array([0, 1, 60])})
    assert abs(found[2] - value.mean()) < 0.02
    assert np.abs(found[:2] - value.mean()).max() < 0.1

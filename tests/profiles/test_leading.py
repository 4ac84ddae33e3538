"""Segments among many competencies are found in few directions, and are then segments of all of them."""

from __future__ import annotations

import numpy as np
from bench.bench_profiles import adjusted_rand_score, off, organisation

from recommender.profiles.fit import ProfileMixture
from recommender.profiles.leading import DIRECTIONS, Leading
from recommender.profiles.mixture import Mixture, beliefs


def evidence(n: int, k: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    looked = rng.standard_normal((n, 9, k))
    return looked.swapaxes(1, 2) @ looked / 50.0, rng.standard_normal((n, k))


def test_what_evidence_says_of_the_directions_is_all_that_tells_segments_apart() -> None:
    rng, k = np.random.default_rng(0), DIRECTIONS + 8
    root = rng.standard_normal((k, k))
    single = Mixture(
        np.ones(1), rng.uniform(40, 60, (1, k)), 20.0 * root @ root.T / k + np.diag(np.arange(k) + 1.0)
    )
    leading = Leading.of(single)
    inside = Mixture(
        np.array([0.3, 0.7]),
        50 + 6 * rng.standard_normal((2, DIRECTIONS)),
        np.diag(rng.uniform(60, 120, DIRECTIONS)),
    )
    precision, shift = evidence(40, k, 1)
    whole = beliefs(precision, shift, leading.widen(inside))
    few = beliefs(*leading.evidence(precision, shift), inside)
    np.testing.assert_allclose(few.membership, whole.membership, atol=1e-8)
    back = leading.narrow(leading.widen(inside))
    np.testing.assert_allclose(back.means, inside.means)
    np.testing.assert_allclose(back.covariance, inside.covariance, atol=1e-8)


def test_segments_of_many_competencies_are_found() -> None:
    one = organisation(400, 30)
    found = ProfileMixture().fit(one.cells, one.names)
    assert adjusted_rand_score(one.people.segment, found.membership_.argmax(1)) > 0.8
    assert off(found.mean_, one.people.theta) < 0.8 * off(one.filled, one.people.theta)

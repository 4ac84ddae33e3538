"""Many competencies and few learners: profiles stay finite, and better than means, with honest intervals."""

from __future__ import annotations

import numpy as np
import pytest
from bench.bench_profiles import held, off, organisation

from recommender.profiles.fit import ProfileMixture


@pytest.mark.parametrize("competencies", [60, 124])
def test_twenty_learners_are_enough_for_many_competencies(competencies: int) -> None:
    errors, plain, inside = [], [], []
    for seed in range(3):
        one = organisation(20, competencies, seed)
        found, truth = ProfileMixture(seed=seed).fit(one.cells, one.names), one.people.theta
        assert np.linalg.eigvalsh(found.model_.covariance).min() > 0
        errors.append(off(found.mean_, truth))
        plain.append(off(one.filled, truth))
        inside.append(held(found.mean_, found.sd_, truth))
    assert np.mean(errors) < 0.97 * np.mean(plain)
    assert 0.85 < np.mean(inside) < 0.95

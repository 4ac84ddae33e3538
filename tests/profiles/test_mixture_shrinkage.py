"""The mixture is shrunk where little is known, and not where much is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.evaluation.worlds import BASE, KINDS, make
from recommender.profiles import mixture as mix
from recommender.profiles.cells import cells_of
from recommender.profiles.fit import ProfileMixture


def names(k: int) -> dict[str, tuple[str, str]]:
    return {f"c{i}": (f"Skill {i}", f"能力{i}") for i in range(k)}


@pytest.mark.parametrize(("learners", "competencies"), [(30, 7), (20, 7), (200, 124)])
def test_few_learners_and_many_competencies_are_fitted_sensibly(learners: int, competencies: int) -> None:
    world = make(replace(BASE, unrated=0.9 if competencies > 7 else 0.4), 0, learners=learners,
                 competencies=competencies)  # fmt: skip
    fitted = ProfileMixture(max_segments=3, steps=10).fit(cells_of(world.evidence()), names(competencies))
    model, theta = fitted.model_, world.people.theta
    assert np.linalg.eigvalsh(model.covariance).min() > 0
    assert np.isfinite(fitted.mean_).all()
    assert ((fitted.mean_ - theta) ** 2).mean() < ((50.0 - theta) ** 2).mean()
    held = np.abs(fitted.mean_ - theta) < 1.645 * fitted.sd_
    assert held.mean() > 0.8


def _fitted(covariance: np.ndarray, n: int, noise: float) -> mix.Mixture:
    k = len(covariance)
    rng = np.random.default_rng(0)
    seen = rng.multivariate_normal(np.full(k, 50.0), covariance + noise * np.eye(k), n)
    precision = np.broadcast_to(np.eye(k) / noise, (n, k, k))
    single = mix.Mixture(np.ones(1), np.full((1, k), 50.0), 100.0 * np.eye(k))
    return mix.climb(precision, seen / noise, single, 200)[0]


def test_a_covariance_of_one_correlation_is_found_as_such() -> None:
    truth = 70.0 * np.eye(6) + 30.0
    found = _fitted(truth, 150, 100.0).covariance
    assert np.abs(found - mix.compound(found)).max() < 12.0


def test_one_correlation_is_found_where_variances_differ_widely() -> None:
    """As between questions of which some are hard for nobody: chance is not taken for what goes together."""
    sd = np.geomspace(3.0, 40.0, 12)
    found = _fitted((0.7 * np.eye(12) + 0.3) * np.outer(sd, sd), 60, 1.0).covariance
    spread = np.sqrt(np.diag(found))
    np.testing.assert_allclose(spread[-3:], sd[-3:], rtol=0.35)
    assert spread[0] < 20.0
    apart = (found / np.outer(spread, spread))[np.triu_indices(12, 1)] - 0.3
    assert np.sqrt((apart**2).mean()) < 0.06


def test_a_covariance_of_another_pattern_is_kept_where_it_is_seen() -> None:
    truth = np.diag([20.0, 40.0, 80.0, 160.0, 200.0, 300.0])
    found = _fitted(truth, 2000, 20.0).covariance
    np.testing.assert_allclose(np.diag(found), np.diag(truth), rtol=0.25)


def test_people_without_segments_have_none_and_those_apart_have_theirs() -> None:
    for kind, segments in ((KINDS["no segments"], 1), (replace(KINDS["well rated"], apart=16.0), 5)):
        world = make(kind, 2)
        fitted = ProfileMixture(seed=2).fit(cells_of(world.evidence()), names(7))
        assert len(fitted.model_.segments) == segments

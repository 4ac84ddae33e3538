"""Segments among many competencies stay where they foretell what they have not seen."""

from __future__ import annotations

import numpy as np
from bench.bench_profiles import organisation

from recommender.evidence import SOURCES
from recommender.profiles import mixture as mix
from recommender.profiles.cells import Cells
from recommender.profiles.earning import foretold, half_of
from recommender.profiles.errors import Information, prior_errors
from recommender.profiles.fit import ProfileMixture
from recommender.profiles.occasion_fit import Occasions

NAMES = {f"c{i}": (f"Question {i}", f"题目{i}") for i in range(40)}


def scores(n: int, two_sided: int, seed: int = 0) -> Cells:
    """Everybody's score in 40 questions, of one ability; some questions are all right or all wrong."""
    rng, k = np.random.default_rng(seed), len(NAMES)
    value = 60 + 8 * rng.standard_normal((n, 1)) + 15 * rng.standard_normal((n, k))
    value[:, :two_sided] = 100.0 * (value[:, :two_sided] > 60)
    learner, question = (x.ravel() for x in np.indices((n, k)))
    none, ids = np.zeros(n * k, np.int64), np.array([f"u{i}" for i in range(n)], object)
    nowhere = np.full(n, None, object)
    return Cells(
        tuple(NAMES), tuple((c, None) for c in NAMES), ids, nowhere, nowhere,
        np.eye(k), learner, none + SOURCES.index("test"), none - 1, none, np.arange(n * k), question, none,
        np.ones(n * k), value.ravel(), np.zeros(n * k), np.empty(0, object), np.empty(0, object),
        organisation(2, 2).cells.answers,
    )  # fmt: skip


def test_who_has_one_question_right_is_no_kind_of_people() -> None:
    found = ProfileMixture(steps=10).fit(scores(250, two_sided=3), NAMES)
    assert found.numbers_[0] < 0.1  # it is what they foretell that tells
    assert len(found.model_.segments) == 1


def test_half_of_the_evidence_foretells_the_other_as_its_likelihood_at_the_mean_has_it() -> None:
    cells = scores(20, two_sided=0)
    errors = prior_errors(0, cells.form_rater)
    none = (np.zeros((20, 40)), np.zeros((20, 40)))
    half = half_of(cells, 1)
    made = (np.zeros(len(cells.value)), errors, none, Occasions.among(cells))
    whole, seen = Information(cells, *made), Information(half, *made)
    single = mix.Mixture(np.ones(1), np.full((1, 40), 60.0), 40.0 + 100.0 * np.eye(40))
    mean = mix.beliefs(seen.precision, seen.shift, single).means[:, 0]
    out = half.count == 0
    assert 300 < out.sum() < 500
    error = whole.error - mean[cells.learner, cells.pattern]
    noise = errors.noise.ravel()[cells.kind] + errors.halo[SOURCES.index("test")]
    told = (whole.error**2 - error**2) / 2.0 / noise
    np.testing.assert_allclose(
        foretold(whole, seen, single), np.bincount(cells.learner[out], told[out], 20), rtol=1e-8
    )

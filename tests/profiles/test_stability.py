"""Refits tell segments that are there from a cut through the middle of a crowd."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
import made_up

from recommender.profiles import mixture as mix
from recommender.profiles.cells import cells_of
from recommender.profiles.fit import ProfileMixture
from recommender.profiles.serve import Segment
from recommender.profiles.stability import _heard, _refit, mean_interval, stability

NAMES = {f"c{i}": (f"Skill {i}", f"能力{i}") for i in range(3)}


def test_segments_that_are_there_are_found_again() -> None:
    evidence, _, _ = made_up.ratings(150, segments=2, raters=8, seed=1)
    model = ProfileMixture().fit(cells_of(evidence), NAMES).model_
    found = stability(model, evidence, repeats=4)
    assert found is not None
    assert found.kept.shape == (4, 2)
    assert found.learners == 150
    assert found.numbers.min() == 2
    assert found.agreement.mean() > 0.7
    assert found.kept.mean(0).min() > 0.75
    again = stability(model, evidence, repeats=4)
    assert again is not None
    np.testing.assert_array_equal(again.kept, found.kept)


def test_a_cut_through_one_crowd_is_not() -> None:
    evidence, _, _ = made_up.ratings(150, segments=1, raters=8)
    model = ProfileMixture().fit(cells_of(evidence), NAMES).model_
    assert len(model.segments) == 1
    aside = np.sqrt(np.diag(model.covariance)) * np.array([0.7, 0.0, -0.7])
    cut = replace(
        model,
        segments=tuple(Segment(f"s{n}", f"part {n}", f"第{n}部分") for n in (1, 2)),
        weights=np.array([0.5, 0.5]),
        means=model.means + np.stack([aside, -aside]),
    )
    found = stability(cut, evidence, repeats=4)
    assert found is not None
    assert found.kept.mean(0).max() < 0.75
    assert found.agreement.mean() < 0.3
    assert (found.numbers == 1).sum() >= 3


def test_a_refit_from_what_all_showed_finds_what_one_from_nothing_finds() -> None:
    evidence, _, _ = made_up.ratings(150, segments=3, raters=8, seed=1)
    cells = cells_of(evidence)
    model = ProfileMixture(max_segments=5).fit(cells, NAMES).model_
    info, half = _heard(cells, model, mix.Mixture(model.weights, model.means, model.covariance), 0)
    everybody = _refit(info, half, 5, 0)
    some = np.random.default_rng(3).integers(150, size=150)
    drawn, part = info.of(some), half.of(some)
    few, many = (_refit(drawn, part, 5, 0, begin) for begin in (everybody, None))
    assert len(few.weights) == len(many.weights) > 1
    assert mix.beliefs(drawn.precision, drawn.shift, few).log_likelihood == pytest.approx(
        mix.beliefs(drawn.precision, drawn.shift, many).log_likelihood, abs=2.0
    )


def test_only_so_many_learners_are_looked_at_and_one_is_too_few() -> None:
    evidence, _, _ = made_up.ratings(60, segments=1)
    model = ProfileMixture().fit(cells_of(evidence), NAMES).model_
    found = stability(model, evidence, repeats=2, most=40)
    assert found is not None
    assert found.learners == 40
    nobody = made_up.evidence({}, made_up.catalogue(3))
    assert stability(ProfileMixture().fit(cells_of(nobody), NAMES).model_, nobody) is None


def test_an_interval_stays_within_what_a_share_can_be() -> None:
    assert mean_interval(np.array([1.0, 1.0, 1.0])) == (1.0, (1.0, 1.0))
    mean, (low, high) = mean_interval(np.array([0.2, 1.0, 0.9]))
    assert mean == pytest.approx(0.7)
    assert (low, high) == (pytest.approx(0.7 - 1.645 * 0.2517, abs=1e-3), 1.0)

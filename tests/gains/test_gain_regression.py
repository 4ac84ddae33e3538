"""Gains are learnt from what was measured after modules, shrunk to the literature before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from recommender.framework import Catalogue, Competency, Module
from recommender.gains.fit import GainRegression, Sums, quiz_errors
from recommender.gains.match import bump
from recommender.gains.serve import (
    QUIZ_NOISE,
    Prospect,
    bare,
    blocks,
    design,
    prior_beta,
    table,
    transition,
)
from recommender.profiles.serve import Posterior, weights

CATALOGUE = Catalogue(
    (Competency("a"), Competency("b")),
    (
        Module("easy", competencies=(("a", 1.0),), level=1, method="workshop", minutes=120),
        Module("hard", competencies=(("a", 1.0),), level=3, method="workshop", minutes=120),
        Module("both", competencies=(("a", 0.5), ("b", 0.5)), level=2, method="coaching", minutes=90),
        Module("unknown"),
    ),
)


def posterior(mean: float, sd: float = 5.0) -> Posterior:
    return Posterior(np.eye(2) * sd**2, np.array([[mean, mean], [mean + 8, mean - 8]]), np.log([0.7, 0.3]), 0)


def model_table():
    return table(bare(("s1", "s2"), ("easy", "both")), CATALOGUE, ("a", "b"))


def test_bump_is_the_mean_over_the_learners_posterior() -> None:
    rng = np.random.default_rng(0)
    draws = rng.normal(12.0, 7.0, 400_000)
    expected = np.exp(-((draws - 6) ** 2) / (2 * 18**2)).mean()
    assert bump(np.array(12.0), np.array(49.0), np.array(6.0), np.array(18.0)) == pytest.approx(
        expected, abs=2e-3
    )


def test_the_right_level_earns_most() -> None:
    low, high = (
        Prospect(model_table(), posterior(30)).rises.sum(1),
        Prospect(model_table(), posterior(78)).rises.sum(1),
    )
    assert low[0] > 1.5 * low[1]
    assert high[1] > high[0]


def test_there_is_nothing_easier_than_level_one() -> None:
    lowest = Prospect(model_table(), posterior(10)).rises.sum(1)[0]
    assert lowest > Prospect(model_table(), posterior(45)).rises.sum(1)[0]


def test_rises_agree_with_transitions_column_by_column() -> None:
    tab, learner = model_table(), posterior(45)
    prospect = Prospect(tab, learner)
    for row in range(3):
        by, variance = transition(tab, row, learner)
        np.testing.assert_allclose(weights(learner) @ by, prospect.rises[row], rtol=1e-10)
        assert (variance >= 0).all()


def test_interval_counts_doubt_about_gain_learner_and_chance() -> None:
    tab, learner = model_table(), posterior(45)
    rng = np.random.default_rng(5)
    for row in range(3):
        w, unit = tab.weights[row], tab.units[row]
        own = tab.model.spread * unit**2 * (w @ w)
        assert Prospect(tab, learner).sd(np.array([row]))[0] ** 2 > own
        certain = replace(tab.model, covariance=0 * tab.model.covariance, spread=0.0)
        drawn = []
        for _ in range(3000):
            c = rng.choice(2, p=weights(learner))
            theta = rng.multivariate_normal(learner.means[c], learner.covariance)
            point = Posterior(1e-9 * np.eye(2), np.tile(theta, (2, 1)), learner.log_weights, 0)
            by = transition(replace(tab, model=certain), row, point)[0]
            drawn.append(by[c].sum())
        expected = Prospect(replace(tab, model=certain), learner).sd(np.array([row]))[0]
        assert np.std(drawn) == pytest.approx(expected, rel=0.35)


def test_intervals_of_several_modules_are_those_of_each_alone() -> None:
    prospect, rows = Prospect(model_table(), posterior(45)), np.arange(3)
    one_by_one = [prospect.sd(rows[i : i + 1])[0] for i in rows]
    np.testing.assert_allclose(prospect.sd(rows), one_by_one, rtol=1e-12)
    assert prospect.sd(rows[:0]).shape == (0,)


def test_regression_recovers_beta_from_many_rows() -> None:
    rng = np.random.default_rng(3)
    tab = model_table()
    size = len(tab.model.beta)
    truth = tab.model.beta + rng.normal(0, 0.2, size)
    rows, values = [], []
    for _ in range(4000):
        learner = posterior(rng.uniform(20, 80))
        columns, z = design(tab, int(rng.integers(3)), learner)
        x = np.einsum("c,cka->ka", weights(learner), z)
        whole = np.zeros((2, size))
        whole[:, columns] = x
        rows.append(whole)
        values.append(x @ truth[columns] + rng.normal(0, 1, 2))
    fitted = GainRegression().fit(Sums.of(np.concatenate(rows), np.concatenate(values)), 2, 2)
    for row in range(3):
        columns, z = design(tab, row, posterior(50))
        x = np.einsum("c,cka->ka", weights(posterior(50)), z)
        np.testing.assert_allclose(x @ fitted.beta_[columns], x @ truth[columns], atol=0.25)


def test_without_rows_the_literature_stands() -> None:
    size = blocks(2, 2)["module"].stop
    fitted = GainRegression().fit(Sums.of(np.zeros((0, size)), np.zeros(0)), 2, 2)
    np.testing.assert_allclose(fitted.beta_, prior_beta(2, 2)[0])


def test_quiz_errors_find_a_tests_own_offset_and_noise() -> None:
    rng = np.random.default_rng(0)
    quizzes = []
    for _ in range(300):
        bias = -15 + rng.normal(0, 2)
        quizzes.append((0, bias + rng.normal(0, 5, 2) + rng.normal(0, 4), np.array([16.0, 16.0])))
    offset, bias, noise = quiz_errors(quizzes, 2)
    assert offset[0] == pytest.approx(-15, abs=1.5)
    assert offset[1] == 0
    assert noise == pytest.approx(25, abs=6)
    assert bias < 30
    assert quiz_errors([], 1)[2] == pytest.approx(QUIZ_NOISE)


def test_evidence_is_the_density_of_what_was_seen() -> None:
    rng = np.random.default_rng(1)
    x, value = rng.normal(size=(30, 4)), rng.normal(size=30)
    mean, variance = rng.normal(size=4), np.array([0.5, 1.0, 2.0, 0.1])

    def density(variance: np.ndarray) -> float:
        return float(multivariate_normal(x @ mean, np.eye(30) + x * variance @ x.T).logpdf(value))

    sums = Sums.of(x, value)
    apart = sums.evidence(mean, variance) - sums.evidence(mean, 3 * variance)
    assert apart == pytest.approx(density(variance) - density(3 * variance))

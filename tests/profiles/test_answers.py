"""Right or wrong answers: what one says, and what all of them teach the fit."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
import made_up

from recommender.profiles import serve
from recommender.profiles.answering import hear
from recommender.profiles.cells import cells_of
from recommender.profiles.fit import ProfileMixture
from recommender.profiles.prior import bare_profile
from recommender.profiles.serve import ProfileModel, answer, key_of, moments, prior

NAMES = {f"c{i}": (f"Skill {i}", f"能力{i}") for i in range(5)}
CENTRE, SKILL_SD, COMMON_SD = 50.0, 8.0, 10.0


def logistic(x: float) -> float:
    return float(1.0 / (1.0 + np.exp(-x)))


@pytest.mark.parametrize(
    ("mean", "sd", "right"), [(50.0, 12.0, True), (80.0, 12.0, False), (20.0, 6.0, True)]
)
def test_one_answer_is_heard_by_its_exact_moments(mean: float, sd: float, right: bool) -> None:
    def weigh(theta: float, power: int) -> float:
        chance = 0.1 + 0.85 * logistic((theta - 45.0) / 10.0)
        density = np.exp(-(((theta - mean) / sd) ** 2) / 2) / sd / np.sqrt(2 * np.pi)
        return float(theta**power * (chance if right else 1 - chance) * density)

    z, first, second = (quad(weigh, mean - 9 * sd, mean + 9 * sd, args=(p,), limit=200)[0] for p in range(3))
    got = hear(np.array([mean]), np.array([sd**2]), np.array([45.0]), np.array([right]), 0.05, 0.1)
    assert got.chance[0] == pytest.approx(z, abs=1e-4)
    assert got.mean[0] == pytest.approx(first / z, abs=0.02)
    assert got.variance[0] == pytest.approx(second / z - (first / z) ** 2, rel=0.01)


def two_kinds() -> ProfileModel:
    bare = bare_profile(("c0", "c1", "c2"), (("c0", None), ("c1", None), ("c2", None)))
    return replace(bare, weights=np.array([0.6, 0.4]), means=np.array([[40.0, 45, 50], [65.0, 60, 50]]))


def test_an_answer_reweighs_segments_by_its_chance_in_each() -> None:
    model = two_kinds()
    start = prior(model)
    found = answer(model, start, np.array([1.0, 0, 0]), 50.0, right=True)
    spread = np.full(2, model.covariance[0, 0])
    chance = hear(model.means[:, 0], spread, np.full(2, 50.0), np.array([True, True]), 0.02, 0.02).chance
    assert found.chance == pytest.approx(model.weights @ chance)
    np.testing.assert_allclose(
        serve.weights(found.posterior), model.weights * chance / (model.weights @ chance)
    )
    assert moments(found.posterior)[0][1] > moments(start)[0][1]


def test_what_the_regression_hears_moves_the_mean_as_the_answer_did() -> None:
    model = replace(two_kinds(), practice=replace(two_kinds().practice, gain=np.zeros(3), fade=np.zeros(3)))
    one = replace(model, weights=np.ones(1), means=model.means[:1])
    start = prior(one)
    found = answer(one, start, np.array([0, 1.0, 0]), 50.0, right=False)
    np.testing.assert_allclose(start.means[0] + found.gain * found.residual, found.posterior.means[0])
    toward = start.covariance[:, 1]
    np.testing.assert_allclose(found.gain, toward / found.variance)
    cut = start.covariance - np.outer(toward, toward) / found.variance
    cut[1, 1] += one.practice.wander[1]
    np.testing.assert_allclose(found.posterior.covariance, cut)


def test_thousands_of_answers_leave_a_sane_belief() -> None:
    model = bare_profile(("c0",), (("c0", None),))
    belief, rng = prior(model), np.random.default_rng(0)
    for right in rng.random(5000) < 0.97:
        belief = answer(model, belief, np.ones(1), 50.0, right=bool(right)).posterior
    mean, covariance = moments(belief)
    assert 60 < mean[0] < 160
    assert 0 < covariance[0, 0] < 60**2
    surprised = answer(model, belief, np.ones(1), 50.0, right=False)
    assert 0 < surprised.chance < 0.2
    assert np.isfinite(surprised.posterior.means).all()


def answered(learners: int = 200, wander: float = 4.0, gain: float = 0.6, seed: int = 0):  # type: ignore[no-untyped-def]
    """Answers of learners whose three competencies share a part, to items of known difficulty."""
    rng = np.random.default_rng(seed)
    hard = rng.normal(50.0, 8.0, (3, 6))
    common = rng.normal(0, COMMON_SD, learners)
    start = CENTRE + common[:, None] + rng.normal(0, SKILL_SD, (learners, 3))
    rows = []
    for i in range(learners):
        theta = start[i].copy()
        for minute in range(60):
            k, item = int(rng.integers(3)), int(rng.integers(6))
            chance = 0.02 + 0.96 * logistic((theta[k] - hard[k, item]) / 10.0)
            theta[k] += gain + rng.normal(0, wander**0.5)
            rows.append(
                {
                    "learner_id": f"p{i}", "competency_id": f"c{k}", "item_id": f"i{item}",
                    "score": float(rng.random() < chance), "scale_min": 0.0, "scale_max": 1.0,
                    "source": "test", "occurred_at": made_up.DAY * 100 + minute * 60_000_000,
                }
            )  # fmt: skip
    return made_up.evidence({"assessments": rows}), start, hard


def test_answers_alone_teach_difficulties_practice_and_how_competencies_go_together() -> None:
    evidence, start, hard = answered()
    cells = cells_of(evidence)
    fitted = ProfileMixture(max_segments=1).fit(cells, NAMES)
    model = fitted.model_
    names = [key_of(f"None|c{k}|i{i}") for k in range(3) for i in range(6)]
    found = model.difficulty[[list(model.item_keys).index(name) for name in names]].reshape(3, 6)
    # Where people and items stand together is free; how items differ is not.
    assert np.abs((found - found.mean(1, keepdims=True)) - (hard - hard.mean(1, keepdims=True))).mean() < 2.0
    gap = model.centre[:3] - found.mean(1)
    np.testing.assert_allclose(gap, CENTRE - hard.mean(1), atol=3.0)
    assert model.practice.gain[:3].mean() == pytest.approx(0.6, abs=0.3)
    correlation = model.covariance[0, 1] / model.covariance[0, 0]
    assert correlation == pytest.approx(COMMON_SD**2 / (COMMON_SD**2 + SKILL_SD**2), abs=0.15)
    assert np.corrcoef(fitted.mean_[:, 0], start[[int(n[1:]) for n in cells.learners], 0])[0, 1] > 0.7


def test_how_much_practice_scatters_is_learnt() -> None:
    found = []
    for wander in (1.0, 80.0):
        evidence, _, _ = answered(wander=wander, seed=1)
        model = ProfileMixture(max_segments=1).fit(cells_of(evidence), NAMES).model_
        found.append(model.practice.wander[:3].mean())
    assert found[0] < 12.0 < 20.0 < found[1]  # 15 before data


def test_somebody_far_from_everybody_is_not_pulled_to_the_middle() -> None:
    evidence, _, _ = answered(learners=80)
    a = evidence.assessments
    a.loc[a["learner_id"] == "p0", "score"] = 1.0
    a.loc[a["learner_id"] == "p1", "score"] = 0.0
    cells = cells_of(evidence)
    fitted = ProfileMixture(max_segments=1).fit(cells, NAMES)
    mean = dict(zip(cells.learners, fitted.mean_[:, 0], strict=True))
    others = np.array([m for name, m in mean.items() if name not in ("p0", "p1")])
    assert mean["p0"] > max(others.max(), others.mean() + 15)
    assert mean["p1"] < min(others.min(), others.mean() - 15)


def test_a_refit_starts_where_the_model_before_stood() -> None:
    evidence, _, _ = answered(learners=60)
    cells = cells_of(evidence)
    first = ProfileMixture(max_segments=1).fit(cells, NAMES).model_
    second = ProfileMixture(max_segments=1, steps=3).fit(cells, NAMES, previous=first).model_
    np.testing.assert_allclose(second.difficulty, first.difficulty, atol=1.5)
    np.testing.assert_allclose(second.practice.wander, first.practice.wander, rtol=0.2)

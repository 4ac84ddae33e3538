"""Who was never rated is believed to be like their department and role, as far as those differ."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
import made_up

from recommender.evidence import Evidence
from recommender.framework import NO_JOB, Job
from recommender.profiles import fit
from recommender.profiles.cells import cells_of
from recommender.profiles.fit import ProfileMixture
from recommender.profiles.jobs import Shifts
from recommender.profiles.serve import ProfileModel, key_of, moments, prior

K = 4
NAMES = {f"c{j}": (f"Skill {j}", f"能力{j}") for j in range(K)}
Truth = np.ndarray


def organisation(
    differ: float, *, by: str = "department_id", seed: int = 0, severe: float = 0.0, apart: float = 0.0,
    groups: int = 10, size: int = 40,
) -> tuple[Evidence, Truth]:  # fmt: skip
    """Ten departments (or roles) of forty that differ by a standard deviation; a quarter is not rated.

    All ratings come from within: of every group only its last six rate, three of them each colleague.
    Those of the first group are ``severe`` by so many points; half of all people lie ``apart`` from others.
    """
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), size)
    theta = (
        55.0 + differ * rng.standard_normal((groups, K))[group] + 8.0 * rng.standard_normal((len(group), K))
    )
    theta[:, : K // 2] += np.where(rng.random(len(group)) < 0.5, apart, -apart)[:, None] / 2
    severity = 6.0 * rng.standard_normal((groups, 6))
    severity[0] -= severe
    rows = []
    for i in np.flatnonzero(np.arange(len(group)) % 4):
        for r in rng.choice(6, 3, replace=False):
            said = theta[i] + severity[group[i], r] + 10.0 * rng.standard_normal(K)
            rows += [
                {"learner_id": f"p{i:03d}", "competency_id": f"c{j}", "rater_id": f"r{group[i]}-{r}",
                 "rating": float(np.clip(np.round(1 + said[j] / 25), 1, 5)), "relation": "peer"}
                for j in range(K)
            ]  # fmt: skip
    found = made_up.evidence({"feedback": rows}, made_up.catalogue(K))
    learners = found.learners.set_index("learner_id").reindex([f"p{i:03d}" for i in range(len(group))])
    learners[by] = [f"g{g}" for g in group]
    return replace(found, learners=learners.reset_index()), theta


def fitted(evidence: Evidence, most: int = 1) -> ProfileModel:
    return ProfileMixture(max_segments=most).fit(cells_of(evidence), NAMES).model_


def cold_error(model: ProfileModel, evidence: Evidence, theta: Truth, by: str = "department_id") -> float:
    """Root mean square error of what is believed of those never rated."""
    jobs = [NO_JOB._replace(**{by: name}) for name in evidence.learners[by][::4]]
    found = np.array([moments(prior(model, job))[0] for job in jobs])
    return float(np.sqrt(((found - theta[::4]) ** 2).mean()))


def nobody_told(evidence: Evidence) -> Evidence:
    return replace(evidence, learners=evidence.learners[["learner_id"]])


@pytest.mark.parametrize("by", ["department_id", "role"])
def test_where_groups_differ_who_was_never_rated_is_known_better(by: str) -> None:
    evidence, theta = organisation(6.0, by=by, seed=1)
    with_it, without = fitted(evidence), fitted(nobody_told(evidence))
    assert cold_error(with_it, evidence, theta, by) < 0.9 * cold_error(without, evidence, theta, by)
    shifts = with_it.departments if by == "department_id" else with_it.roles
    assert shifts.between**0.5 == pytest.approx(6.0, rel=0.35)


@pytest.mark.parametrize("seed", range(3))
def test_where_groups_do_not_differ_nothing_is_lost(seed: int) -> None:
    evidence, theta = organisation(0.0, seed=seed)
    with_it, without = fitted(evidence), fitted(nobody_told(evidence))
    assert cold_error(with_it, evidence, theta) < 1.01 * cold_error(without, evidence, theta)
    assert with_it.departments.between**0.5 < 2.0


def test_a_department_of_severe_raters_is_not_taken_for_a_weak_one() -> None:
    evidence, _ = organisation(3.0, severe=15.0)
    model = fitted(evidence)
    keys = list(model.rater_keys)
    severities = [float(model.rater_mean[keys.index(key_of(f"r0-{r}"))]) for r in range(6)]
    assert np.mean(severities) < -8
    assert model.departments.by[0].mean() > -4


def test_shifts_are_0_on_average_and_segments_stay_where_they_are() -> None:
    evidence, theta = organisation(5.0, apart=30.0)
    model = fitted(evidence, most=3)
    assert len(model.segments) == 2
    assert len(model.departments.names) == 10
    rated = np.bincount(np.repeat(np.arange(10), 40)[np.arange(400) % 4 > 0])
    np.testing.assert_allclose(rated @ model.departments.by, 0.0, atol=1e-9)
    high, low = sorted(model.means[:, : K // 2].mean(1), reverse=True)
    assert high - low == pytest.approx(30.0, abs=4.0)
    np.testing.assert_allclose(model.centre, theta.mean(0), atol=2.5)


def renamed(evidence: Evidence, who: list[str]) -> Evidence:
    learners = evidence.learners.copy()
    learners.loc[learners["learner_id"].isin(who), "department_id"] = "small"
    return replace(evidence, learners=learners)


def test_a_group_of_few_people_or_raters_is_as_one_never_seen() -> None:
    evidence, _ = organisation(6.0)
    one_rater = evidence.feedback[evidence.feedback["rater_id"] == "r3-1"]["learner_id"].unique().tolist()[:8]
    alone = replace(evidence, feedback=evidence.feedback[
        ~evidence.feedback["learner_id"].isin(one_rater) | (evidence.feedback["rater_id"] == "r3-1")
    ].reset_index(drop=True))  # fmt: skip
    weak = evidence.feedback.groupby("learner_id")["rating"].mean().sort_values().index
    for told in (renamed(evidence, list(weak[:4])), renamed(alone, one_rater)):
        model = fitted(told)
        assert "small" not in model.departments.names
        np.testing.assert_allclose(moments(prior(model, Job("small")))[0], model.centre)
    assert "small" in fitted(renamed(evidence, one_rater)).departments.names


def test_intervals_hold_where_groups_are_small_and_many() -> None:
    evidence, theta = organisation(8.0, groups=50, size=8)
    fit_ = ProfileMixture(max_segments=1).fit(cells_of(evidence), NAMES)
    rated = theta[np.arange(400) % 4 > 0]
    assert np.mean(np.abs(fit_.mean_ - rated) < 1.645 * fit_.sd_) > 0.87
    assert np.sqrt(np.diag(fit_.model_.covariance)).mean() == pytest.approx(8.0, abs=1.2)


def test_segments_are_found_where_departments_hold_more_of_one_kind_than_of_another() -> None:
    evidence, theta = organisation(0.0, apart=22.0, seed=2)
    high = theta[:, 0] > 55.0
    draw = np.random.default_rng(0)
    where = np.where(draw.random(400) < 0.7, np.where(high, 0, 5) + draw.integers(5, size=400),
                     draw.integers(10, size=400))  # fmt: skip
    learners = evidence.learners.assign(department_id=[f"g{g}" for g in where])
    assert len(fitted(replace(evidence, learners=learners), most=4).segments) == 2


def test_a_department_never_seen_shifts_nothing_and_leaves_more_open() -> None:
    evidence, _ = organisation(6.0)
    model = fitted(evidence)
    mean, covariance = moments(prior(model, Job("never seen")))
    np.testing.assert_allclose(mean, model.centre)
    np.testing.assert_allclose(
        np.diag(covariance - moments(prior(model, Job("g0")))[1]),
        model.departments.between - model.departments.doubt[0],
    )
    everybody = fitted(nobody_told(evidence))
    assert everybody.departments.names == everybody.roles.names == ()
    np.testing.assert_array_equal(prior(everybody, Job("g0", "x")).covariance, everybody.covariance)


def test_the_group_to_audit_by_never_enters() -> None:
    evidence, _ = organisation(6.0, size=12)
    told = evidence.learners.assign(group=np.arange(120) % 2)
    a, b = fitted(evidence), fitted(replace(evidence, learners=told))
    np.testing.assert_array_equal(a.means, b.means)
    np.testing.assert_array_equal(a.departments.by, b.departments.by)


def test_what_a_crowd_teaches_holds_for_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    evidence, theta = organisation(6.0, seed=1)
    whole = fitted(evidence)
    monkeypatch.setattr(fit, "CROWD", 150)
    by_crowd = fitted(evidence)
    assert by_crowd.departments.names == whole.departments.names
    np.testing.assert_allclose(by_crowd.departments.by, whole.departments.by, atol=2.5)
    assert cold_error(by_crowd, evidence, theta) < 1.02 * cold_error(whole, evidence, theta)


def test_one_department_alone_tells_nothing() -> None:
    evidence, _ = organisation(0.0, groups=1)
    assert fitted(evidence).departments.of("g0") == Shifts((), np.zeros((0, K)), np.zeros(0), 0.0).of("g0")

"""What is learnt on some learners first serves everybody as if it had been learnt on all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.evaluation.worlds import BASE, make
from recommender.profiles import fit
from recommender.profiles.cells import Cells, cells_of, crowd
from recommender.profiles.fit import ProfileMixture

NAMES = {f"c{i}": (f"c{i}", f"c{i}") for i in range(7)}


@pytest.fixture(scope="module")
def cells() -> Cells:
    return cells_of(make(BASE, 0, learners=300).evidence())


def test_cells_of_some_learners_are_those_of_their_evidence(cells: Cells) -> None:
    some = np.arange(3, 300, 7)
    evidence = make(BASE, 0, learners=300).evidence()
    theirs = evidence.feedback["learner_id"].isin(list(cells.learners[some]))
    expected = cells_of(replace(evidence, feedback=evidence.feedback[theirs].reset_index(drop=True)))
    found, kept = cells.of(some)
    assert found.learners.tolist() == expected.learners.tolist()
    assert kept.tolist() == np.flatnonzero(np.isin(cells.form_learner[cells.form], some)).tolist()

    def rows(of: Cells) -> set[tuple[object, ...]]:
        form, rater = of.form, np.append(of.raters, None)[of.form_rater]
        columns = (of.learners[of.form_learner][form], of.form_source[form], of.form_day[form], rater[form],
                   of.form_names[form], of.pattern, of.item, of.count, of.value, of.within)  # fmt: skip
        return set(zip(*(c.tolist() for c in columns), strict=True))

    assert rows(found) == rows(expected)
    assert len(found.value) == len(expected.value)
    assert sorted(found.raters.tolist()) == sorted(expected.raters.tolist())


def test_a_crowd_is_as_large_as_asked_and_keeps_ratees_of_one_rater_together(cells: Cells) -> None:
    forms = np.repeat(np.arange(60), 1)
    teams = replace(cells, learners=np.arange(60, dtype=object), form_learner=forms, form_rater=forms // 6,
                    raters=np.arange(10, dtype=object))  # fmt: skip
    drawn = crowd(teams, 30, seed=1)
    assert len(drawn) == 30
    assert set(np.bincount(drawn // 6, minlength=10)) == {0, 6}
    often = np.bincount(np.concatenate([crowd(teams, 30, seed) for seed in range(200)]), minlength=60)
    assert often.min() > 70  # a hundred each, and six standard errors


def test_profiles_and_severities_are_those_of_the_whole_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    world = make(replace(BASE, raters=6), 1, learners=600)
    cells, truth = cells_of(world.evidence()), world.people.theta
    whole = ProfileMixture().fit(cells, NAMES)
    monkeypatch.setattr(fit, "CROWD", 200)
    monkeypatch.setattr(fit, "SAMPLE", 200)
    part = ProfileMixture().fit(cells, NAMES)
    assert part.mean_.shape == whole.mean_.shape
    np.testing.assert_allclose(part.model_.rater_mean, whole.model_.rater_mean, atol=1.0)

    def error(of: ProfileMixture) -> float:
        return float(np.sqrt(((of.mean_ - truth) ** 2).mean()))

    assert error(part) < 1.05 * error(whole)

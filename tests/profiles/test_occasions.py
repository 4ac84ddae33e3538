"""What raters share on one day is told from the person where people are rated on several days."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
import made_up

from recommender.evidence import SOURCES
from recommender.profiles.cells import cells_of
from recommender.profiles.fit import ProfileMixture
from recommender.profiles.serve import DAY, ProfileModel

PEER = SOURCES.index("peer")


def fitted(sd: float, days: int = 4, seed: int = 0) -> tuple[ProfileModel, float]:
    """Five colleagues rate 200 people on each day; days differ by ``sd``. The model, and its error."""
    rng = np.random.default_rng(seed)
    theta, severity = rng.normal(50, 10, (200, 2)), rng.normal(0, 5, 60)
    rows = []
    for i in range(200):
        for day in range(days):
            shared = rng.normal(0, sd)
            for rater in rng.permutation(60)[:5]:
                mood = rng.normal(0, 4)
                for k in range(2):
                    rows.append(
                        {
                            "learner_id": f"p{i:03d}",
                            "competency_id": f"c{k}",
                            "rating": theta[i, k] + shared + severity[rater] + mood + rng.normal(0, 8),
                            "scale_min": 0.0,
                            "scale_max": 100.0,
                            "rater_id": f"r{rater}",
                            "relation": "peer",
                            "occurred_at": made_up.START + day * 30 * DAY,
                        }
                    )
    names = {f"c{k}": (f"Skill {k}", f"能力{k}") for k in range(2)}
    cells = cells_of(made_up.evidence({"feedback": rows}, made_up.catalogue(2)))
    fit = ProfileMixture(max_segments=1).fit(cells, names)
    return fit.model_, float(np.sqrt(((fit.mean_ - theta) ** 2).mean()))


def test_the_variance_of_days_is_found() -> None:
    model, error = fitted(8.0)
    assert model.occasion[PEER] == pytest.approx(64.0, rel=0.25)
    assert model.halo[PEER] == pytest.approx(16.0, abs=12.0)
    assert model.noise[PEER, 0] == pytest.approx(64.0, rel=0.1)
    assert model.severity == pytest.approx(25.0, rel=0.5)
    assert np.diag(model.covariance) == pytest.approx(100.0, rel=0.3)
    # A raw mean of 20 ratings on four days errs by sqrt(64 / 4 + (25 + 16 + 64) / 20) = 4.6.
    assert error < 4.2
    assert not model.occasion[np.arange(len(SOURCES)) != PEER].any()


@pytest.mark.parametrize("seed", range(3))
def test_where_days_do_not_differ_there_are_no_occasions(seed: int) -> None:
    assert not fitted(0.0, seed=seed)[0].occasion.any()


def test_one_survey_cannot_tell_the_day_from_the_person() -> None:
    assert not fitted(8.0, days=1)[0].occasion.any()


def test_a_form_over_midnight_is_of_the_day_it_began() -> None:
    form = {"learner_id": "p", "rater_id": "r", "relation": "peer", "form_id": "f", "rating": 4.0}
    rows = [
        form | {"competency_id": "c0", "occurred_at": made_up.START + DAY},
        form | {"competency_id": "c1", "occurred_at": made_up.START},
    ]
    evidence = made_up.evidence({"feedback": rows}, made_up.catalogue(2))
    for order in (slice(None), slice(None, None, -1)):
        turned = replace(evidence, feedback=evidence.feedback.iloc[order].reset_index(drop=True))
        assert cells_of(turned).form_day.tolist() == [made_up.START // DAY]

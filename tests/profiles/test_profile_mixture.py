"""The mixture finds people, raters and segments, and does no harm where there is little."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
import made_up
from sklearn.metrics import adjusted_rand_score

from recommender.evidence import SOURCES, percent
from recommender.profiles.cells import cells_of
from recommender.profiles.fit import ProfileMixture
from recommender.profiles.serve import key_of

NAMES = {f"c{i}": (f"Skill {i}", f"能力{i}") for i in range(5)}


def order(cells_learners: np.ndarray) -> list[int]:
    return [int(str(name)[1:]) for name in cells_learners]


def test_profiles_are_nearer_the_truth_than_raw_means() -> None:
    evidence, truth, _ = made_up.ratings(150)
    cells = cells_of(evidence)
    fitted = ProfileMixture().fit(cells, NAMES)
    truth = truth[order(cells.learners)]
    f = evidence.feedback
    value = percent(f["rating"], f["scale_min"], f["scale_max"])
    raw = value.groupby([f["learner_id"], f["competency_id"]]).mean().unstack().reindex(cells.learners)
    raw = raw.fillna(raw.mean()).to_numpy()

    def error(of: np.ndarray) -> float:
        return float(np.sqrt(((of - of.mean(0) - truth + truth.mean(0)) ** 2).mean()))

    assert error(fitted.mean_) < 0.85 * error(raw)


def test_self_ratings_inflation_is_found() -> None:
    evidence, _, _ = made_up.ratings(150, inflation=0.6)
    model = ProfileMixture().fit(cells_of(evidence), NAMES).model_
    assert model.offset[SOURCES.index("self")] == pytest.approx(15, abs=4)
    assert model.offset[SOURCES.index("peer")] == 0


@pytest.mark.parametrize("segments", [1, 3])
def test_segments_are_found_where_there_are_some(segments: int) -> None:
    evidence, _, label = made_up.ratings(250, segments=segments, raters=6)
    cells = cells_of(evidence)
    fitted = ProfileMixture().fit(cells, NAMES)
    assert len(fitted.model_.segments) == segments
    if segments > 1:
        found = fitted.membership_.argmax(1)
        assert adjusted_rand_score(label[order(cells.learners)], found) > 0.5
    labels = [s.label_zh for s in fitted.model_.segments]
    assert len(set(labels)) == segments


def test_segments_keep_their_ids_and_new_ones_get_new_numbers() -> None:
    evidence, _, _ = made_up.ratings(250, segments=3, raters=6)
    cells = cells_of(evidence)
    first = ProfileMixture().fit(cells, NAMES).model_
    more, _, _ = made_up.ratings(300, segments=3, raters=6, seed=0)
    second = ProfileMixture(seed=9).fit(cells_of(more), NAMES, previous=first).model_
    assert [s.segment_id for s in second.segments] == [s.segment_id for s in first.segments]
    np.testing.assert_allclose(second.means, first.means, atol=6)
    assert second.next_segment == first.next_segment == 4


def test_a_severe_rater_is_found_and_one_seen_once_hardly_corrected() -> None:
    rng = np.random.default_rng(1)
    rows = [
        {
            "learner_id": f"p{i}",
            "competency_id": f"c{j}",
            "rating": float(np.clip(rating + rng.integers(-1, 2), 1, 5)),
            "rater_id": who,
            "relation": "peer",
        }
        for i in range(60)
        for who, rating in [("severe", 2.0), (f"a{i % 9}", 3.5), (f"b{i % 7}", 4.0)]
        for j in range(3)
    ]
    rows.append(
        {"learner_id": "p0", "competency_id": "c0", "rating": 1.0, "rater_id": "once", "relation": "peer"}
    )
    model = ProfileMixture().fit(cells_of(made_up.evidence({"feedback": rows})), NAMES).model_
    everybody = np.mean([row["rating"] for row in rows])

    def severity(who: str) -> float:
        return float(model.rater_mean[list(model.rater_keys).index(key_of(who))])

    def believed(who: str) -> float:
        """Which share of a rater's distance from everybody counts as severity."""
        own = np.mean([row["rating"] for row in rows if row["rater_id"] == who])
        return severity(who) / (25.0 * float(own - everybody))

    assert severity("severe") < -8
    assert believed("once") < 0.5 * believed("severe")


def test_nobody_and_one_learner_are_fitted_too() -> None:
    nobody = ProfileMixture().fit(cells_of(made_up.evidence({})), NAMES).model_
    assert [s.segment_id for s in nobody.segments] == ["all"]
    assert nobody.learners == 0
    row = {"learner_id": "p0", "competency_id": "c1", "rating": 1.0, "rater_id": "r", "relation": "manager"}
    one = ProfileMixture().fit(cells_of(made_up.evidence({"feedback": [row]})), NAMES)
    assert one.mean_[0, 1] < 50
    assert np.isfinite(one.mean_).all()
    assert np.linalg.eigvalsh(one.model_.covariance).min() > 0

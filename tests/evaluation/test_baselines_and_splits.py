"""Baselines whose right answer one can see, and splits that let nothing through."""

from __future__ import annotations

import numpy as np
import pytest
from made_up import DAY, START, catalogue, enrolments, evidence
from scipy import sparse

from recommender.evaluation import baselines, splits
from recommender.evidence import EVENTS

TAKEN = sparse.csr_array(
    np.array([[1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]], float)
)
"""Two kinds of people with nothing in common."""


def test_popularity_counts() -> None:
    assert baselines.popularity(TAKEN).tolist() == [3, 3, 2, 2]


def test_cosine_by_hand() -> None:
    mixed = sparse.csr_array(np.array([[1, 1], [1, 0], [0, 0], [1, 1]], float))
    assert baselines.item_knn(mixed) == pytest.approx(np.array([[0, 2 / np.sqrt(6)], [2 / np.sqrt(6), 0]]))


@pytest.mark.parametrize("model", [baselines.item_knn, baselines.ease_r])
def test_item_models_propose_the_other_module_of_one_s_own_kind(model: object) -> None:
    assert callable(model)
    weights = model(TAKEN)
    assert np.diag(weights).tolist() == [0] * 4
    scores = baselines.scores(sparse.csr_array(np.eye(4)), weights)
    assert scores.argmax(1).tolist() == [1, 0, 3, 2]


def test_ease_solves_its_ridge_regression() -> None:
    """Each column is a ridge regression on the other modules (Steck 2019, eq. 1)."""
    rng = np.random.default_rng(0)
    x = (rng.random((40, 5)) < 0.4).astype(float)
    weights = baselines.ease_r(sparse.csr_array(x), ridge=3.0)
    for j in range(5):
        others = [i for i in range(5) if i != j]
        left = x[:, others]
        solved = np.linalg.solve(left.T @ left + 3.0 * np.eye(4), left.T @ x[:, j])
        assert weights[others, j] == pytest.approx(solved)


def test_a_split_by_time_divides_everything_at_one_moment() -> None:
    whole = enrolments(30)
    split = splits.by_time(whole)
    before, after = split.before.interactions, split.after.interactions
    assert len(before) + len(after) == len(whole.interactions)
    assert before["occurred_at"].max() < after["occurred_at"].min()
    assert len(after) / len(whole.interactions) == pytest.approx(splits.SHARE, abs=0.05)
    assert split.words.startswith("evidence since 2026-02-")


def test_leave_last_out_hides_the_last_module_and_all_that_followed() -> None:
    def row(who: str, module: str, status: str, day: int) -> dict[str, object]:
        return {"learner_id": who, "module_id": module, "status": status, "occurred_at": START + day * DAY}

    whole = evidence(
        {
            "interactions": [
                row("a", "m01", "completed", 1),
                row("a", "m11", "recommended", 2),
                row("a", "m11", "started", 3),
                row("a", "m11", "completed", 5),
                row("a", "m01", "completed", 6),
                row("b", "m01", "completed", 1),
            ],
            "assessments": [
                {"learner_id": "a", "competency_id": "c0", "score": 50.0, "occurred_at": START + day * DAY}
                for day in (0, 4)
            ],
        },
        catalogue(),
    )
    split = splits.leave_last_out(whole)
    hidden = split.after.interactions[["module_id", "status"]].to_numpy().tolist()
    assert hidden == [["m11", "started"], ["m11", "completed"], ["m01", "completed"]]
    assert split.before.interactions["status"].tolist() == ["completed", "recommended", "completed"]
    assert split.after.assessments["occurred_at"].tolist() == [START + 4 * DAY]
    for name in EVENTS.values():
        parts = len(getattr(split.before, name)), len(getattr(split.after, name))
        assert sum(parts) == len(getattr(whole, name))

"""Small rows for tests of the store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recommender.store import Store
from recommender.store.checks import check_row
from recommender.store.people import put_learners

DAY = "2026-03-0{}T09:00:00Z"


def clean(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as the doors hand it to the store."""
    found, faults = check_row(table, row)
    assert not faults
    return found


def score(learner: str, value: float = 50.0, day: int = 1, **more: Any) -> dict[str, Any]:
    row = {"learner_id": learner, "competency_id": "listening", "score": value}
    return clean("assessments", {**row, "occurred_at": DAY.format(day), **more})


def rating(learner: str, rater: str, value: float = 3.0, day: int = 1, **more: Any) -> dict[str, Any]:
    row = {"learner_id": learner, "rater_id": rater, "rating": value, "competency_id": "listening"}
    return clean("feedback", {**row, "relation": "peer", "occurred_at": DAY.format(day), **more})


def step(learner: str, module: str, status: str, day: int = 1, **more: Any) -> dict[str, Any]:
    row = {"learner_id": learner, "module_id": module, "status": status, "occurred_at": DAY.format(day)}
    return clean("interactions", {**row, **more})


def employ(store: Store, *ids: str, **more: Any) -> None:
    """Put learners of these ids."""
    with store.write() as conn:
        put_learners(conn, [{"learner_id": i, **more} for i in ids])

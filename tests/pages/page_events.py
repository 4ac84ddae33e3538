"""Events of the learner whose pages the tests look at."""

from __future__ import annotations

from typing import Any

from recommender.service import intake
from recommender.service.workspace import Workspace


def assessment(n: int, competency_id: str) -> dict[str, Any]:
    """A test of the measured learner, each competency somewhere else."""
    when = "2026-05-04T09:00:00Z"
    return event("assessment", f"a{n}", when, competency_id=competency_id, score=35.0 + 6 * n)


def rating(rater: int, relation: str, competency_id: str = "listening") -> dict[str, Any]:
    """A rating of the measured learner."""
    return event(
        "feedback",
        f"{relation}{rater}",
        "2026-05-05T09:00:00Z",
        competency_id=competency_id,
        rating=4.0,
        rater_id=f"r{rater}",
        relation=relation,
    )


def interaction(
    module_id: str, status: str, when: str = "2026-06-01T09:00:00Z", **more: Any
) -> dict[str, Any]:
    """Something the measured learner did with a module."""
    return event("interaction", f"{module_id}-{status}", when, module_id=module_id, status=status, **more)


def event(kind: str, event_id: str, when: str, **columns: Any) -> dict[str, Any]:
    """An event of the measured learner."""
    return {"type": kind, "id": event_id, "learner_id": "e1", "occurred_at": when, **columns}


def take_in(ws: Workspace, events: list[dict[str, Any]]) -> None:
    """Store events, all of them."""
    assert intake.take_in(ws, events)["rejected"] == []

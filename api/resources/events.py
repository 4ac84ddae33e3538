"""Evidence comes in, and is withdrawn."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import current_app
from flask.wrappers import Response

from recommender.api import answers, examples
from recommender.api.auth import needs
from recommender.api.context import answer, nothing, workspace
from recommender.api.documents import EventBatch, Refused
from recommender.api.problems import HTTP, problem
from recommender.api.telemetry import Telemetry
from recommender.evidence import EVENTS
from recommender.service import intake

bp = APIBlueprint("events", __name__, url_prefix="/v1", tag="Events")


@bp.post("/events")
@needs("ingest")
@bp.input(EventBatch, arg_name="body", example=examples.EVENTS)
@bp.output(answers.TakenIn)
def take_in(body: EventBatch) -> Response:
    """Take in events; the next answer already reflects them

    The answer comes only after the events are durable. A bad event is named by its place and the
    others are taken in. A known id with the same content is a duplicate; with other content it is
    rejected as a conflict unless the event says `"replace": true`.
    """
    good: list[int] = []
    events: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    for i, event in enumerate(body.events):
        if isinstance(event, Refused):
            rejected += [_rejected(i, fault.pointer, fault.reason) for fault in event]
        else:
            good.append(i)
            events.append(event.model_dump())
    result = intake.take_in(workspace(), events)
    rejected += [_rejected(good[r["index"]], r["pointer"], r["reason"]) for r in result["rejected"]]
    rejected.sort(key=lambda r: r["index"])
    _count(result["accepted"], result["duplicates"], len({r["index"] for r in rejected}))
    return answer({"accepted": result["accepted"], "duplicates": result["duplicates"], "rejected": rejected})


@bp.delete("/events/<type>/<id:event_id>")
@needs("ingest")
@bp.output({}, status_code=204)
def withdraw(type: str, event_id: str) -> Response:
    """Withdraw an event: no trace of it stays in the learner's state"""
    if type not in EVENTS:
        return problem(HTTP[404], f"There are no events of type {type}; there are {', '.join(EVENTS)}.")
    intake.withdraw(workspace(), type, event_id)
    return nothing()


def _rejected(index: int, pointer: str, reason: str) -> dict[str, Any]:
    return {"index": index, "pointer": f"/events/{index}{pointer}", "reason": reason}


def _count(accepted: int, duplicates: int, rejected: int) -> None:
    telemetry: Telemetry = current_app.extensions["recommender.telemetry"]
    for outcome, number in (("accepted", accepted), ("duplicate", duplicates), ("rejected", rejected)):
        telemetry.events.labels(outcome).inc(number)

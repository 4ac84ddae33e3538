"""Events in, and the next answer reflects them."""

from __future__ import annotations

from typing import Any

import pytest

from recommender.api.app import create_app
from recommender.service.workspace import Workspace

T = "2026-03-{day:02d}T09:30:00+08:00"


def completed(module_id: str, day: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "type": "interaction",
        "learner_id": "ada",
        "module_id": module_id,
        "status": "completed",
        "occurred_at": T.format(day=day),
        **more,
    }


def scored(score: float, day: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "type": "assessment",
        "learner_id": "ada",
        "competency_id": "listening",
        "score": score,
        "occurred_at": T.format(day=day),
        **more,
    }


def send(call: Any, *events: Any) -> dict[str, Any]:
    response = call("POST", "/v1/events", json={"events": list(events)})
    assert response.status_code == 200, response.get_data(as_text=True)
    return dict(response.get_json())


def modules(call: Any, who: str = "ada") -> list[str]:
    answer = call("GET", f"/v1/learners/{who}/recommendations?limit=100").get_json()
    return [item["module_id"] for item in answer["items"]]


def listening(call: Any) -> dict[str, Any]:
    profile = call("GET", "/v1/learners/ada/profile").get_json()
    return next(c for c in profile["competencies"] if c["competency_id"] == "listening")


@pytest.mark.usefixtures("ada")
def test_an_event_shows_in_the_next_answer_and_its_withdrawal_too(call: Any) -> None:
    before, profile = modules(call), listening(call)
    assert call("GET", "/v1/learners/ada/recommendations").get_json()["cold_start"] is True

    taken = send(call, completed(before[0], id="c1"), scored(90, id="s1", day=2))
    assert taken == {"accepted": 2, "duplicates": 0, "rejected": []}
    assert before[0] not in modules(call)
    assert listening(call)["mean"] > profile["mean"]
    assert listening(call)["evidence"]["test"] == 1

    assert call("DELETE", "/v1/events/interaction/c1").status_code == 204
    assert call("DELETE", "/v1/events/assessment/s1").status_code == 204
    assert sorted(modules(call)) == sorted(before)
    assert listening(call) == profile


@pytest.mark.usefixtures("ada")
def test_the_same_again_is_a_duplicate_and_other_content_a_conflict(call: Any) -> None:
    event = scored(40, id="s1")
    assert send(call, event)["accepted"] == 1
    assert send(call, event) == {"accepted": 0, "duplicates": 1, "rejected": []}
    low = listening(call)["mean"]

    conflict = send(call, scored(95, id="s1"))
    assert conflict["accepted"] == conflict["duplicates"] == 0
    assert [(r["index"], r["pointer"]) for r in conflict["rejected"]] == [(0, "/events/0/id")]
    assert listening(call)["mean"] == low

    assert send(call, scored(95, id="s1", replace=True))["accepted"] == 1
    assert listening(call)["mean"] > low


@pytest.mark.usefixtures("ada")
def test_a_bad_event_does_not_hold_up_the_good_ones(call: Any) -> None:
    taken = send(
        call,
        {"type": "dream"},
        scored(50),
        scored("high"),  # type: ignore[arg-type]
        "no event",
        {**scored(50), "occurred_at": "2026-03-01T09:30:00"},
        {**scored(50), "learner_id": "nobody"},
        scored(140),
        {**completed("no such module")},
        {**scored(50), "competency_id": None, "source": "gossip"},
    )
    assert taken["accepted"] == 1
    assert [(r["index"], r["pointer"]) for r in taken["rejected"]] == [
        (0, "/events/0/type"),
        (2, "/events/2/score"),
        (3, "/events/3"),
        (4, "/events/4/occurred_at"),
        (5, "/events/5/learner_id"),
        (6, "/events/6/score"),
        (7, "/events/7/module_id"),
        (8, "/events/8/competency_id"),
        (8, "/events/8/source"),
    ]
    assert all(r["reason"] for r in taken["rejected"])


@pytest.mark.usefixtures("ada")
def test_what_has_not_happened_yet_is_rejected(call: Any) -> None:
    taken = send(call, {**scored(50), "occurred_at": "2199-03-01T09:30:00Z"})
    assert taken["accepted"] == 0
    assert taken["rejected"] == [
        {"index": 0, "pointer": "/events/0/occurred_at", "reason": "more than a day in the future"}
    ]


@pytest.mark.usefixtures("ada")
def test_two_processes_see_each_others_events(workspace: Workspace, call: Any) -> None:
    other = create_app(Workspace(workspace.store, workspace.registry)).test_client()
    first = modules(call)[0]
    seen = other.get("/v1/learners/ada/recommendations", headers=call.headers).get_json()
    assert seen["items"][0]["module_id"] == first

    other.post("/v1/events", headers=call.headers, json={"events": [completed(first)]})
    assert first not in modules(call)


def test_ids_may_be_numbers_or_chinese(call: Any) -> None:
    assert call("PUT", "/v1/learners/员工 7", json={"name": "小王"}).get_json()["learner_id"] == "员工 7"
    assert call("PUT", "/v1/learners", json=[{"learner_id": 17}]).get_json() == {"changed": 1}
    assert (
        send(call, {**scored(50), "learner_id": 17}, {**scored(50), "learner_id": "员工 7"})["accepted"] == 2
    )
    assert call("GET", "/v1/learners/员工 7/profile").get_json()["learner_id"] == "员工 7"


@pytest.mark.parametrize("store_kind", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("ada")
def test_a_thousand_events_fit_one_call(call: Any) -> None:
    events = [scored(50 + n % 50, day=1 + n % 28, id=f"s{n}") for n in range(1000)]
    assert send(call, *events)["accepted"] == 1000
    counted = call("GET", "/metrics").get_data(as_text=True)
    assert 'recommender_events_total{outcome="accepted"} 1000.0' in counted
    assert "ada" not in counted

"""Ids are any text: what stands in an address is the id that the store holds."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from api_shape import assert_problem

pytestmark = pytest.mark.parametrize("store_kind", ["sqlite"], indirect=True)

WHEN = "2026-03-01T09:00:00Z"


@pytest.mark.parametrize("who", ["HR/01", "/HR//01/", "a/profile", "https://lms/1?x=%2F#y", "员工 7/二"])
def test_a_learner_of_any_id_can_be_addressed(call: Any, who: str) -> None:
    path = f"/v1/learners/{quote(who, safe='')}"
    put = call("PUT", path, json={"name": "Ada"})
    assert (put.status_code, put.get_json()["learner_id"]) == (200, who)
    for answer in ("recommendations", "path", "profile"):
        assert call("GET", f"{path}/{answer}").get_json()["learner_id"] == who
    assert call("GET", f"{path}/export").get_json()["learner"]["learner_id"] == who
    assert call("DELETE", path).status_code == 204
    assert call("GET", f"{path}/recommendations").status_code == 404


def test_an_address_of_two_readings_is_the_longer_routes(call: Any) -> None:
    for who in ("a", "a/profile"):
        assert call("PUT", f"/v1/learners/{quote(who, safe='')}", json={}).get_json()["learner_id"] == who
    assert "competencies" in call("GET", "/v1/learners/a%2Fprofile").get_json()
    assert call("GET", "/v1/learners/a%2Fprofile/profile").get_json()["learner_id"] == "a/profile"


def test_an_event_of_any_id_can_be_withdrawn(call: Any, ada: str) -> None:
    event = {
        "type": "feedback", "id": "https://lms/1", "learner_id": ada, "competency_id": "listening",
        "rating": 4, "occurred_at": WHEN,
    }  # fmt: skip
    assert call("POST", "/v1/events", json={"events": [event]}).get_json()["accepted"] == 1
    path = "/v1/events/feedback/https%3A%2F%2Flms%2F1"
    assert call("DELETE", path).status_code == 204
    assert call("DELETE", path).status_code == 404


def test_modules_and_competencies_have_such_ids_too(call: Any) -> None:
    assert call("PUT", "/v1/competencies/c%2F1", json={"name_en": "Care"}).status_code == 200
    assert call("PUT", "/v1/modules/m%2F1", json={"competencies": "c/1:1"}).status_code == 200
    assert [m["module_id"] for m in call("GET", "/v1/modules").get_json()["items"]] == ["m/1"]


def test_space_around_an_id_is_no_part_of_it(call: Any) -> None:
    put = call("PUT", "/v1/learners/%20W1%09", json={"learner_id": "W1 ", "name": "Ada"})
    assert (put.status_code, put.get_json()["learner_id"]) == (200, "W1")
    assert call("GET", "/v1/learners/W1%20/profile").get_json()["learner_id"] == "W1"
    assert_problem(call("PUT", "/v1/learners/%20", json={}), 422, "bad-input", ["/learner_id"])
    assert_problem(call("GET", "/v1/learners/%20"), 404, "unknown-learner")

"""The use cases around people, the catalogue and keys, in the contract's shapes."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from recommender.errors import BadInput, LinkRefused, UnknownLearner
from recommender.registry import Registry
from recommender.service import catalogue, keys, people
from recommender.service.workspace import Workspace
from recommender.state import LearnerState, ModuleStatus, dump
from recommender.store import Store, decisions, events, states
from recommender.store.checks import check_row


@pytest.fixture
def ws(store: Store) -> Workspace:
    return Workspace(store, Registry("models"))


def test_learners_are_put_listed_and_shown(ws: Workspace) -> None:
    rows = [{"learner_id": f"E{n}", "role": "nurse", "active": n != 2} for n in range(3)]
    assert people.put_learners(ws, rows) == {"changed": 3}
    assert people.put_learners(ws, rows) == {"changed": 0}
    first = people.list_learners(ws, None, 2)
    assert [i["learner_id"] for i in first["items"]] == ["E0", "E1"]
    last = people.list_learners(ws, first["next"], 2)
    assert last == {
        "items": [
            {
                "learner_id": "E2",
                "name": None,
                "department_id": None,
                "role": "nurse",
                "language": None,
                "active": False,
            }
        ],
        "next": None,
    }
    assert people.get_learner(ws, "E0")["active"] is True
    with pytest.raises(UnknownLearner, match=r"There is no learner 'E9'\. Check the id\."):
        people.get_learner(ws, "E9")


def test_the_catalogue_is_listed_in_pages_that_meet(ws: Workspace) -> None:
    whole = catalogue.list_modules(ws, None, 1000)
    assert whole["next"] is None
    got, cursor = [], None
    while True:
        page = catalogue.list_modules(ws, cursor, 20)
        got += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert got == whole["items"]
    assert any(re.fullmatch(r"\w+:[\d.]+(;\w+:[\d.]+)*", m["competencies"]) for m in got)
    assert {c["competency_id"] for c in catalogue.list_competencies(ws)["items"]} >= {"listening", "teamwork"}


def test_a_listed_module_can_be_put_back_as_it_is(ws: Workspace) -> None:
    one = catalogue.list_modules(ws, None, 1)["items"][0]
    catalogue.put_modules(ws, [{**one, "prerequisites": None}])
    (back,) = catalogue.list_modules(ws)["items"]
    assert back == {**one, "prerequisites": ""}
    assert catalogue.put_competencies(ws, [{"competency_id": "care"}]) == {"changed": 1}


def test_export_is_json_in_the_contracts_columns(ws: Workspace) -> None:
    people.put_learners(ws, [{"learner_id": "E1", "hired_on": "2020-02-03"}])
    row = {"learner_id": "E1", "competency_id": "listening", "score": 70, "assessment_id": "a"}
    clean, _ = check_row("assessments", {**row, "occurred_at": "2026-03-01T10:00:00+01:00"})
    held = LearnerState(
        1,
        np.eye(2),
        np.array([[40.0, 60.0], [60.0, 60.0]]),
        np.log([1.0, 1.0]),  # known up to a constant
        0,
        np.zeros((6, 2), np.int64),
    )
    held.modules["m"] = ModuleStatus("dismissed", 0, "known")
    empty = dict.fromkeys(("modules", "propensities", "scores", "eligible"), "[]")
    with ws.store.write() as conn:
        events.add(conn, "assessment", [clean])
        states.put_many(conn, "v1", [("E1", 1, dump(held))])
        decisions.log(
            conn,
            [
                {
                    "learner_id": "E1",
                    "day": "2026-03-01",
                    "version": "v1",
                    "seq": 1,
                    "revision": 1,
                    "decided_at": 0,
                }
                | empty
            ],
        )
    out = json.loads(json.dumps(people.export(ws, "E1")))
    assert out["learner"]["hired_on"] == "2020-02-03"
    assert out["assessments"] == [{**clean, "occurred_at": "2026-03-01T09:00:00Z"}]
    assert out["states"] == [
        {
            "model_version": "v1",
            "seq": 1,
            "mean": [50.0, 60.0],
            "sd": [pytest.approx(101**0.5), 1.0],
            "segment_probabilities": [0.5, 0.5],
            "modules": {"m": {"status": "dismissed", "at": "1970-01-01T00:00:00Z", "reason": "known"}},
        }
    ]
    assert out["decisions"][0]["decided_at"] == "1970-01-01T00:00:00Z"
    assert (out["feedback"], out["feedback_given"], out["interactions"]) == ([], [], [])


def test_erased_is_gone(ws: Workspace) -> None:
    people.put_learners(ws, [{"learner_id": "E1"}])
    token = people.link(ws, "E1")
    people.erase(ws, "E1")
    for use in (people.get_learner, people.export, people.erase, people.link):
        with pytest.raises(UnknownLearner):
            use(ws, "E1")
    with pytest.raises(LinkRefused):
        people.open_link(ws, token)
    with pytest.raises(BadInput, match="this person was erased"):
        people.put_learners(ws, [{"learner_id": "E1"}])


def test_a_link_opens_one_learners_page_until_it_expires(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.put_learners(ws, [{"learner_id": "员工 1"}])
    token = people.link(ws, "员工 1", days=2)
    assert re.fullmatch(r"[\w.\-]+", token, re.ASCII)
    assert people.open_link(ws, token) == "员工 1"
    for forged in ("", "x", token[:-2], "A" + token, token.split(".")[0]):
        with pytest.raises(
            LinkRefused, match=r"The link is not valid\. Open the page from your learning platform\."
        ):
            people.open_link(ws, forged)
    now = people.time.time()
    monkeypatch.setattr(people.time, "time", lambda: now + 2 * 86_400 + 1)
    with pytest.raises(LinkRefused, match="The link has expired"):
        people.open_link(ws, token)
    with pytest.raises(BadInput, match="at most 366 days"):
        people.link(ws, "员工 1", days=0)


def test_keys_from_first_to_last(ws: Workspace) -> None:
    key_id, key = keys.create_key(ws, ["analyst"], "console")
    found = keys.authenticate(ws, key)
    assert found is not None
    assert found.scopes == ("analyst",)
    keys.revoke_key(ws, key_id)
    assert keys.authenticate(ws, key) is None
    (item,) = keys.list_keys(ws)["items"]
    assert (item["key_id"], item["name"], item["scopes"]) == (key_id, "console", ["analyst"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", item["revoked_at"])

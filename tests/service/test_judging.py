"""Judging over a store: what was held out, two versions, and the log of decisions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from small_organisation import DAY, START, fill, measure_again, took, workspace

from recommender.errors import NothingToTrain, UnknownVersion
from recommender.service import advice, judging, training
from recommender.service.workspace import Workspace
from recommender.store import Store, decisions, events


@pytest.fixture
def ws(store: Store) -> Workspace:
    fill(store)
    return workspace(store)


def told(result: dict[str, Any], part: str) -> list[dict[str, Any]]:
    return [row for row in result["rows"] if row["part"] == part]


def test_an_empty_store_says_what_to_import(store: Store) -> None:
    with pytest.raises(NothingToTrain, match="no evidence to judge by"):
        judging.evaluate(workspace(store))
    with pytest.raises(NothingToTrain):
        judging.compare(workspace(store), "a", "b")


def test_without_a_version_a_refit_is_judged_in_every_part(ws: Workspace) -> None:
    stages: list[str] = []
    measure_again(ws.store, days=60)
    result = judging.evaluate(ws, progress=lambda stage, share: stages.append(stage))
    assert result["judged"] == "a refit without the held-out part"
    assert result["held_out"].startswith("evidence since 2025-")
    assert {"ranking", "foretelling", "stability of segments"} <= set(stages)
    assert {row["part"] for row in result["rows"]} == {
        "ranking",
        "profiles",
        "answers",
        "gains",
        "intervals",
        "segments",
    }
    for row in result["rows"]:
        assert row["value"] is not None or row["note"], row
    of = {row["of"]: row["value"] for row in told(result, "profiles")}
    assert of["this version"] < of["mean by source"]
    last = judging.evaluate(ws, leave_last_out=True)
    assert last["held_out"] == "the module each learner took last, and what came after it"
    assert {row["n"] for row in told(last, "ranking")} == {40}
    assert ws.registry.versions() == []


def test_a_version_is_judged_on_what_it_has_not_seen_or_by_a_refit(ws: Workspace) -> None:
    version = training.train(ws)["version"]
    result = judging.evaluate(ws, version)
    assert result["judged"] == (
        f"a refit without the held-out part, as {version} was fitted on evidence of that time"
    )
    measure_again(ws.store, days=60)
    result = judging.evaluate(ws, version)
    assert result["judged"] == f"{version} itself, on evidence newer than what it was fitted on"
    assert {row["n"] for row in told(result, "profiles")} == {40}
    with pytest.raises(UnknownVersion):
        judging.evaluate(ws, "v1")


def test_two_versions_are_compared_on_what_neither_has_seen(ws: Workspace) -> None:
    first = training.train(ws)["version"]
    second = training.train(ws, seed=1)["version"]
    nothing = judging.compare(ws, first, second)
    assert nothing["verdict"] is None
    assert nothing["message"].startswith(
        f"Nothing can be said of {first} against {second}: of 0 learners there is evidence newer than what"
    )
    measure_again(ws.store, days=60)
    compared = judging.compare(ws, first, second)
    assert compared["verdict"]["learners"] == 40
    assert compared["verdict"]["unseen"]
    assert compared["verdict"]["verdict"] in ("better", "not distinguishable", "worse")
    assert compared["message"].startswith(f"{first} is ")


def log_some(ws: Workspace, at: int) -> list[dict[str, Any]]:
    """Everybody asks, and it is written down as if it had been at a moment long ago."""
    for n in range(40):
        advice.recommend(ws, f"e{n:03}")
    rows = [one.value | {"decided_at": at} for one in ws.decisions.take()]
    with ws.store.write() as conn:
        decisions.log(conn, rows)
    return rows


def test_a_log_too_young_to_tell_says_so(ws: Workspace) -> None:
    version = training.train(ws, promote=True)["version"]
    assert judging.policy(ws, version) == {
        "judged": version,
        "held_out": "all decisions",
        "rows": [],
        "message": (
            "The log cannot tell: it holds 0 decisions, 0 of them made less than 30 days before the end of "
            "what is known. Serve recommendations, and ask again in a month."
        ),
    }
    log_some(ws, START + 50 * DAY)
    assert (
        "it holds 40 decisions, 40 of them made less than 30 days" in judging.policy(ws, version)["message"]
    )


def test_the_version_that_was_served_earned_what_the_log_says(ws: Workspace) -> None:
    version = training.train(ws, promote=True)["version"]
    rows = log_some(ws, START + 50 * DAY)
    with ws.store.write() as conn:
        for row in rows[:20]:
            first = json.loads(row["modules"])[0]
            events.add(conn, "interaction", [took(row["learner_id"], first, START + 60 * DAY)])
    measure_again(ws.store, days=120)
    result = judging.policy(ws, version)
    assert result["held_out"].startswith("decisions since 2025-")
    of = {row["of"]: row for row in result["rows"]}
    assert of["the log"]["value"] == pytest.approx(0.5)
    assert of["the log"]["measure"] == "modules finished a list"
    for name in ("inverse propensity", "self-normalised"):
        assert of[name]["value"] == pytest.approx(0.5)
    assert of["doubly robust"]["value"] == pytest.approx(0.5, abs=0.15)
    assert result["message"].startswith(
        "It is what was served: on 40 decisions about 40 learners it would have drawn"
    )
    later = training.train(ws)["version"]
    assert f"{later} was fitted on evidence of that time" in judging.policy(ws, later)["message"]

"""What is told of segments: with its uncertainty, and nothing that rests on one or two people."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_organisation import DAY, START, fill, measured, workspace

from recommender.api.reports.segments import held
from recommender.profiles.stability import Stability
from recommender.service import segments, training
from recommender.service.workspace import Workspace
from recommender.store import Store, catalogue, events, privacy

ANY_STORE = pytest.mark.parametrize("store_kind", ["sqlite"], indirect=True)


@pytest.fixture
def ws(store: Store) -> Workspace:
    fill(store)
    opened = workspace(store)
    training.train(opened, promote=True)
    return opened


def kind_of(ws: Workspace) -> dict[str, list[dict[str, Any]]]:
    items = segments.segments(ws)["items"]
    weak, strong = sorted(items, key=lambda item: item["profile"]["listening"])
    return {"weak": weak, "strong": strong}


def test_profiles_and_differences_have_intervals_that_hold_the_truth(ws: Workspace) -> None:
    found = segments.segments(ws)
    assert [c["competency_id"] for c in found["competencies"]] == list(found["items"][0]["profile"])
    for kind, level, by in (("weak", 30, -20), ("strong", 70, 20)):
        item = kind_of(ws)[kind]
        for k, (low, high) in item["interval"].items():
            assert low < item["profile"][k] < high
            assert low - 4 < level < high + 4
            away = item["apart"][k]
            assert away["interval"][0] < away["by"] < away["interval"][1]
            assert away["interval"][0] - 4 < by < away["interval"][1] + 4
            assert away["named"]
        assert item["learners"] == 20
        assert item["share"] == 0.5
        assert 0.9 < item["certainty"] <= 1
    assert kind_of(ws)["weak"]["label"]["zh"].startswith("各项都弱")
    assert kind_of(ws)["strong"]["label"]["en"].startswith("Strong throughout")
    assert found["torn"] == 0
    assert found["learners"] == 40


@ANY_STORE
def test_stability_is_of_the_version_and_told_in_words(ws: Workspace) -> None:
    found = segments.segments(ws)
    number = found["number"]
    assert sum(number["refits"].values()) == 10
    assert number["refits"]["2"] >= 8
    assert number["agreement"]["mean"] > 0.9
    for item in found["items"]:
        assert item["stability"]["word"] == "stable"
        assert item["stability"]["interval"][0] <= item["stability"]["kept"]


@pytest.mark.parametrize(
    ("kept", "word"), [(0.76, "stable"), (0.74, "doubtful"), (0.61, "doubtful"), (0.59, "not_found_again")]
)
def test_a_word_says_whether_a_segment_is_to_be_trusted(kept: float, word: str) -> None:
    shares = np.column_stack([np.full(3, kept), np.full(3, np.nan)])
    told = segments.told_stability(Stability(np.array([2, 2, 3]), np.full(3, 0.5), shares, 30), ["s1", "s4"])
    assert told is not None
    assert told["numbers"] == {"2": 2, "3": 1}
    assert {key: found["word"] for key, found in told["segments"].items()} == {"s1": word}


@ANY_STORE
def test_what_works_rests_on_three_members_at_least(ws: Workspace) -> None:
    engine = ws.engine()
    gains = engine.layout.parts.gains
    told = {
        item["segment_id"]: {w["module_id"]: w for w in item["works"]}
        for item in segments.segments(ws)["items"]
    }
    for works in told.values():
        gain = [w["gain"] for w in works.values()]
        assert gain == sorted(gain, reverse=True)
    few = np.where(gains.learners > 0, 2, 0)
    few[0, 0] = 3
    parts = engine.parts()
    parts["gains"] = replace(gains, learners=few, earned=gains.earned + 5, earned_sd=gains.earned_sd + 1)
    changed = type(engine).from_parts(parts, engine.version)
    (work,) = [w for item in segments._segments(ws, changed, None)["items"] for w in item["works"]]
    assert (work["module_id"], work["learners"]) == (gains.modules[0], 3)
    assert work["interval"][0] < work["gain"] < work["interval"][1]
    assert set(work["title"]) == {"en", "zh"}


@ANY_STORE
def test_people_are_told_as_they_stood_on_a_day(ws: Workspace) -> None:
    now = segments.segments(ws)
    with ws.store.write() as conn:
        leaves = catalogue.read_catalogue(conn).leaves
        for n in range(0, 8, 2):
            for later in range(1, 5):
                at = START + (100 + later) * DAY + n
                events.add(conn, "assessment", [measured(f"e{n:03}", k, at, 75.0) for k in leaves])
    day = (dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=START)).date() + dt.timedelta(days=60)
    then = segments.segments(ws, day)
    assert then["as_of"] == day.isoformat()
    for before, item in zip(now["items"], then["items"], strict=True):
        assert item["profile"] == pytest.approx(before["profile"])
        assert item["learners"] == before["learners"]
    ws.reports.clear()
    moved = {item["segment_id"]: item["learners"] for item in segments.segments(ws)["items"]}
    assert sorted(moved.values()) == [16, 24]
    assert [m[:2] for m in segments.segment_members(ws, as_of=day)] != [
        m[:2] for m in segments.segment_members(ws)
    ]


@ANY_STORE
def test_before_anybody_was_measured_nothing_is_said_of_segments(ws: Workspace) -> None:
    long_ago = segments.segments(ws, dt.date(2001, 1, 1))
    assert long_ago["learners"] == 0
    assert held(long_ago, "en") == []
    assert held(segments.segments(ws), "en") != []


def test_who_was_erased_elsewhere_is_in_no_report_here(ws: Workspace) -> None:
    before = segments.segments(ws)["learners"]
    with ws.store.write() as conn:
        privacy.erase(conn, "e003")
    assert segments.segments(ws)["learners"] == before - 1


@ANY_STORE
def test_before_any_training_there_is_one_segment_and_no_interval_is_claimed(store: Store) -> None:
    fill(store)
    found = segments.segments(workspace(store))
    (item,) = found["items"]
    assert (item["segment_id"], found["number"], item["stability"]) == ("all", None, None)
    assert set(item["interval"].values()) == set(item["apart"].values()) == {None}
    assert item["works"] == []


@ANY_STORE
def test_a_segment_of_one_or_two_tells_nothing(ws: Workspace) -> None:
    weak = kind_of(ws)["weak"]["segment_id"]
    with ws.store.write() as conn:
        for n in range(0, 36, 2):
            for event in events.of_learner(conn, f"e{n:03}"):
                events.withdraw(conn, event["type"], event["id"])
    ws.reports.clear()
    item = next(i for i in segments.segments(ws)["items"] if i["segment_id"] == weak)
    told = ("learners", "share", "certainty", "stability")
    assert [item[name] for name in told] == [None] * 4
    assert item["works"] == []
    for name in ("profile", "interval", "apart"):
        assert set(item[name].values()) == {None}

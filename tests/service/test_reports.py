"""Reports of the whole: right counts, and nothing about one or two people."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from small_organisation import fill, measured, workspace

from recommender.service import advice, intake, reports, scoring, segments, training
from recommender.service.people import erase
from recommender.service.states import everybody
from recommender.service.workspace import Workspace
from recommender.state import dump
from recommender.store import Store, aggregates, catalogue, events, people, states


@pytest.fixture
def ws(store: Store) -> Workspace:
    fill(store)
    return workspace(store)


def test_status_counts_rows_and_names_the_version_in_service(ws: Workspace) -> None:
    with ws.store.write() as conn:
        aggregates.log_import(conn, "q1.xlsx", "feedback", 410, 2, "q1.set-aside.csv")
    before = reports.status(ws)
    assert before["model"] is None
    rows = {row["table"]: row for row in before["tables"]}
    assert {name: rows[name]["rows"] for name in ("learners", "assessments", "feedback", "interactions")} == {
        "learners": 40,
        "assessments": 40 * 7,
        "feedback": 0,
        "interactions": 80,
    }
    assert rows["assessments"]["first"] == "2025-10-09T08:53:20Z"
    assert rows["feedback"]["last"] is None
    (imported,) = before["imports"]
    assert (imported["file"], imported["rows"], imported["set_aside"]) == ("q1.xlsx", 410, 2)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", imported["at"])
    version = training.train(ws, promote=True)["version"]
    model = reports.status(ws)["model"]
    assert model["version"] == version
    assert 0 <= model["age_days"] < 0.1


def test_segments_tell_kinds_of_people_apart(ws: Workspace, tmp_path: Path) -> None:
    training.train(ws, promote=True)
    found = segments.segments(ws)
    assert len(found["items"]) == 2
    assert sum(item["learners"] for item in found["items"]) == 40
    levels = sorted(sum(item["profile"].values()) / 7 for item in found["items"])
    assert levels[0] < 45 < 60 < levels[1]
    path = tmp_path / "members.csv"
    assert len(segments.segment_members(ws, path, lang="zh")) == 40
    members = pd.read_csv(path)
    assert list(members) == ["learner_id", "segment_id", "label", "probability"]
    assert members["learner_id"].is_unique
    assert members["probability"].between(0.5, 1).all()
    kinds = members["learner_id"].str[1:].astype(int) % 2
    assert (members.groupby(kinds)["segment_id"].nunique() == 1).all()
    assert members["segment_id"].nunique() == 2
    labels = {item["segment_id"]: item["label"]["zh"] for item in found["items"]}
    assert (members["label"] == members["segment_id"].map(labels)).all()


def test_a_segment_of_one_or_two_shows_neither_size_nor_profile(store: Store) -> None:
    ws = workspace(store)
    with store.write() as conn:
        people.put_learners(conn, [{"learner_id": "a"}, {"learner_id": "b"}, {"learner_id": "nobody knows"}])
        leaf = catalogue.read_catalogue(conn).leaves[0]
        events.add(conn, "assessment", [measured(who, leaf, 1_760_000_000_000_000, 33.0) for who in "ab"])
    (everybody,) = segments.segments(ws)["items"]
    assert everybody["learners"] is None
    assert set(everybody["profile"].values()) == {None}


def rated(raters: str, relation: str) -> list[dict[str, object]]:
    """Everybody rated once in the one competency, by raters in turn."""
    common = {"competency_id": "listening", "rating": 3.0, "scale_min": 1.0, "scale_max": 5.0, "reversed": 0}
    rows = []
    for n, who in enumerate("abcd"):
        about = {"learner_id": who, "rater_id": raters[n % len(raters)], "relation": relation}
        rows.append(common | about | {"occurred_at": 1_760_000_000_000_000 + n})
    return rows


@pytest.mark.parametrize(
    ("raters", "relation", "shown"),
    [
        ("xy", "peer", False),
        ("xyz", "report", True),
        ("xy", "manager", True),
        ("x", "internal_customer", False),
    ],
)
def test_a_cell_of_one_or_two_anonymous_raters_is_not_shown(
    store: Store, raters: str, relation: str, shown: bool
) -> None:
    ws = workspace(store)
    at = 1_750_000_000_000_000
    with store.write() as conn:
        people.put_learners(conn, [{"learner_id": who, "active": who != "d"} for who in "abcd"])
        events.add(conn, "assessment", [measured(who, "teamwork", at, 40.0) for who in "abcd"])
        events.add(conn, "feedback", rated(raters, relation))
    (everybody,) = segments.segments(ws)["items"]
    assert everybody["learners"] == 4
    assert (everybody["profile"]["listening"] is not None) is shown
    assert everybody["profile"]["teamwork"] is not None


def test_segments_are_counted_once_a_day_and_version_and_again_once_somebody_is_erased(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = segments.segments(ws)
    with monkeypatch.context() as patched:
        patched.setattr(segments, "everybody", None)
        assert segments.segments(ws) == first
    erase(ws, "e001")
    assert sum(item["learners"] for item in segments.segments(ws)["items"]) == 39
    training.train(ws, promote=True)
    assert segments.segments(ws)["model_version"] is not None


def test_files_of_everybody_hold_the_inactive_too(ws: Workspace, tmp_path: Path) -> None:
    with ws.store.write() as conn:
        people.put_learners(conn, [{"learner_id": "e001", "active": 0}])
    advice.profiles(ws, tmp_path / "profiles.csv")
    scoring.score(ws, tmp_path / "score.csv", limit=2)
    for name in ("profiles", "score"):
        assert pd.read_csv(tmp_path / f"{name}.csv")["learner_id"].nunique() == 40


def test_whose_state_lags_is_read_with_the_others(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    intake.rebuild(ws)
    with ws.store.write() as conn:
        states.forget(conn, ["e003", "e004"])
    monkeypatch.setattr("recommender.service.states.replayed", None)
    lagging = {who: dump(state) for who, _, state in everybody(ws, ws.engine())}
    intake.rebuild(ws)
    assert {who: dump(state) for who, _, state in everybody(ws, ws.engine())} == lagging


def test_departments_count_their_people(ws: Workspace) -> None:
    found = {item["department_id"]: item for item in reports.departments(ws)["items"]}
    assert {name: item["learners"] for name, item in found.items()} == {"d0": 14, "d1": 13, "d2": 13}
    assert {item["mean"] for item in found.values()} == {None}

"""An event changes state at once, in any order, from any number of processes, on both stores."""

from __future__ import annotations

import datetime as dt
import multiprocessing as mp
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender.errors import UnknownEvent, UnknownLearner
from recommender.registry import Registry
from recommender.service import advice, intake, people, training
from recommender.service.workspace import Workspace, open_workspace
from recommender.state import dump
from recommender.store import Store, blind, states

DAY = 86_400_000_000
AT = 1_767_225_600_000_000


@pytest.fixture
def ws(store: Store, tmp_path: Path) -> Workspace:
    workspace = Workspace(store, Registry(tmp_path / "models"))
    people.put_learners(workspace, [{"learner_id": who, "language": "zh"} for who in ("ada", "bo", "cy")])
    return workspace


def rating(n: int, value: float = 1.0, who: str = "ada", competency: str = "listening") -> dict[str, Any]:
    return {
        "type": "feedback",
        "id": f"{who}-{competency}-{n}",
        "learner_id": who,
        "competency_id": competency,
        "rating": value,
        "occurred_at": AT + n * DAY,
        "rater_id": f"rater{n}",
        "relation": "peer",
    }


def did(module: str, status: str, n: int = 0, **more: Any) -> dict[str, Any]:
    common = {"type": "interaction", "id": f"{module}-{status}-{n}", "learner_id": "ada"}
    return common | {"module_id": module, "status": status, "occurred_at": AT + n * DAY} | more


def first(ws: Workspace, who: str = "ada") -> str:
    return str(advice.recommend(ws, who)["items"][0]["module_id"])


def kept(ws: Workspace, who: str = "ada") -> bytes:
    """The state as the store keeps it."""
    with ws.store.read() as conn:
        found = states.get_many(conn, [who], ws.engine().state_key).get(who)
    assert found is not None
    return found[1]


def fresh(ws: Workspace, who: str = "ada") -> bytes:
    """The state from scratch."""
    intake.rebuild(ws)
    return kept(ws, who)


def test_the_next_answer_reflects_an_event(ws: Workspace) -> None:
    before = advice.recommend(ws, "ada")
    assert before["cold_start"] is True
    assert before["model_version"] is None
    done = before["items"][0]["module_id"]
    assert intake.take_in(ws, [did(done, "completed", pre_score=40, post_score=60)])["accepted"] == 1
    after = advice.recommend(ws, "ada", limit=50)
    assert done not in [i["module_id"] for i in after["items"]]
    assert "cold_start" not in after


def test_another_process_sees_it_at_once(ws: Workspace, tmp_path: Path) -> None:
    url = ws.store.engine.url.render_as_string(hide_password=False)
    other = open_workspace(url, str(tmp_path / "models"))
    gone = first(other)
    intake.take_in(ws, [did(gone, "dismissed", reason="not_my_job")])
    assert gone not in [i["module_id"] for i in advice.recommend(other, "ada", limit=50)["items"]]
    other.close()


def test_a_list_stands_for_the_day(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lists(asked: Workspace) -> list[dict[str, Any]]:
        asked.answers.clear()  # what is kept must not be all that holds it
        return [advice.recommend(asked, who, limit=10) for who in ("ada", "bo", "cy")]

    intake.take_in(ws, [rating(0)])
    url = ws.store.engine.url.render_as_string(hide_password=False)
    other = open_workspace(url, str(tmp_path / "models"))
    days = []
    for n in range(3):
        day = dt.date(2026, 3, 1 + n)
        monkeypatch.setattr(Workspace, "today", lambda _, day=day: day)
        days.append(lists(ws))
        assert lists(ws) == lists(other) == days[-1]
    order = [[[i["module_id"] for i in answer["items"]] for answer in day] for day in days]
    assert order[0] != order[1] or order[1] != order[2], "it does draw, and anew on another day"
    other.close()


def test_low_ratings_of_listening_raise_listening(ws: Workspace) -> None:
    def place() -> int:
        items = advice.recommend(ws, "ada", limit=100)["items"]
        items.sort(key=lambda item: -item["expected_gain"])  # the order without exploration
        return [item["module_id"] for item in items].index("listen-playback")

    before = place()
    intake.take_in(ws, [rating(n) for n in range(5)])
    assert place() < before


def test_late_corrected_and_withdrawn_events_end_as_if_in_order(ws: Workspace) -> None:
    wanted = [rating(n, 1.0 + n % 4) for n in range(6)]
    module = first(ws)
    wanted.append(did(module, "completed", 3, pre_score=30, post_score=55))
    intake.take_in(ws, [{**e, "learner_id": "bo", "id": f"bo{i}"} for i, e in enumerate(wanted)])
    wrong = {**wanted[2], "rating": 5.0}
    extra = rating(99, 5.0)
    for event in (wanted[5], wanted[0], wrong, extra, wanted[6], wanted[4], wanted[1], wanted[3]):
        assert intake.take_in(ws, [event])["accepted"] == 1
    assert intake.take_in(ws, [{**wanted[2], "replace": True}])["accepted"] == 1
    intake.withdraw(ws, "feedback", extra["id"])
    incremental = kept(ws)
    assert incremental == fresh(ws)
    ada, bo = advice.profile(ws, "ada")["competencies"], advice.profile(ws, "bo")["competencies"]
    np.testing.assert_allclose([c["mean"] for c in ada], [c["mean"] for c in bo], atol=1e-9)
    assert [c["evidence"] for c in ada] == [c["evidence"] for c in bo]


def test_repeats_are_duplicates_and_other_content_is_a_conflict(ws: Workspace) -> None:
    intake.take_in(ws, [rating(0)])
    again = intake.take_in(ws, [rating(0), {**rating(0), "rating": 2.0}])
    assert again == {
        "accepted": 0,
        "duplicates": 1,
        "rejected": [
            {
                "index": 1,
                "pointer": "/id",
                "reason": 'known with other content; send "replace": true to correct it',
            }
        ],
    }


def test_a_bad_event_is_named_and_the_good_ones_go_in(ws: Workspace) -> None:
    events = [rating(0), {**rating(1), "rating": 7.0}, {**rating(2), "learner_id": "nobody"}, rating(3)]
    answer = intake.take_in(ws, events)
    assert answer["accepted"] == 2
    assert answer["rejected"] == [
        {"index": 1, "pointer": "/rating", "reason": "above scale_max 5"},
        {"index": 2, "pointer": "/learner_id", "reason": "unknown learner nobody"},
    ]


def test_a_form_joined_later_counts_as_one_form(ws: Workspace) -> None:
    form = [
        {**rating(0, 2.0, competency=c), "form_id": "F", "id": c}
        for c in ("listening", "feedback", "teamwork")
    ]
    for event in form:
        intake.take_in(ws, [event])
    joined = kept(ws)
    assert joined == fresh(ws)


@pytest.mark.parametrize("name", ["group", "name", "email", "manager_id"])
def test_nobody_s_list_changes_by_who_they_are(ws: Workspace, name: str) -> None:
    intake.take_in(ws, [rating(n) for n in range(3)])
    before = advice.recommend_json(ws, "ada")
    assert people.put_learners(ws, [{"learner_id": "ada", name: "something else"}]) == {"changed": 1}
    ws.answers.clear()
    assert advice.recommend_json(ws, "ada") == before


@pytest.mark.parametrize("status", ["dismissed", "enrolled"])
def test_whoever_enrolled_or_dismissed_is_no_stranger(ws: Workspace, status: str) -> None:
    assert advice.recommend(ws, "ada")["cold_start"] is True
    intake.take_in(ws, [did(first(ws), status)])
    assert "cold_start" not in advice.recommend(ws, "ada")


def test_unknown_people_and_events_are_named(ws: Workspace) -> None:
    with pytest.raises(UnknownLearner, match=r"There is no learner 'nobody'"):
        advice.recommend(ws, "nobody")
    with pytest.raises(UnknownEvent, match=r"There is no feedback 'none'"):
        intake.withdraw(ws, "feedback", "none")
    assert advice.recommend_many(ws, ["ada", "nobody"])["unknown"] == ["nobody"]


def post(url: str, models: str, worker: int) -> None:
    workspace = open_workspace(url, models)
    for n in range(6):
        for who in ("ada", "bo", "cy"):
            event = rating(10 * worker + n, 1.0 + (worker + n) % 5, who)
            assert intake.take_in(workspace, [event])["accepted"] == 1
    workspace.close()


def test_four_processes_with_the_same_learners_lose_nothing(ws: Workspace, tmp_path: Path) -> None:
    url = ws.store.engine.url.render_as_string(hide_password=False)
    context = mp.get_context("spawn")
    workers = [context.Process(target=post, args=(url, str(tmp_path / "models"), w)) for w in range(4)]
    for process in workers:
        process.start()
    for process in workers:
        process.join(120)
    assert [p.exitcode for p in workers] == [0] * 4
    for who in ("ada", "bo", "cy"):
        found = {c["competency_id"]: c["evidence"] for c in advice.profile(ws, who)["competencies"]}
        assert found["listening"] == {"peer": 24}
        assert kept(ws, who) == fresh(ws, who)


def test_a_state_that_lags_is_caught_up_at_first_touch(ws: Workspace) -> None:
    intake.take_in(ws, [rating(n) for n in range(3)])
    current = kept(ws)
    with ws.store.write() as conn:
        states.forget(conn, ["ada"])
    advice.profile(ws, "ada")
    assert advice.flush(ws) == 1
    assert kept(ws) == current


def test_a_changed_catalogue_moves_states_too(ws: Workspace) -> None:
    from recommender.service import catalogue
    from recommender.service.states import state_of

    intake.take_in(ws, [did("listen-playback", "completed")])
    before = kept(ws)
    catalogue.put_modules(ws, [{"module_id": "listen-playback", "competencies": "teamwork:1", "level": 3}])
    glance = ws.store.fast.glance("ada")
    assert glance is not None
    assert dump(state_of(ws, ws.engine(), "ada", glance.seq)) != before


def test_a_raters_severity_is_fixed_between_trainings(ws: Workspace) -> None:
    staff = [f"p{n}" for n in range(12)]
    people.put_learners(ws, [{"learner_id": who} for who in staff])
    marks = [({"rater7": 1.0}.get(f"rater{n}", 3.0 + n % 2), n) for n in (1, 2, 3, 4, 7)]
    intake.take_in(ws, [rating(n, value, who) for who in staff for value, n in marks])
    training.promote(ws, training.train(ws)["version"])
    severity, _ = ws.engine().layout.parts.profile.severity_of(blind.rater(ws.store.secret, "", "rater7"))
    assert severity < -5
    intake.take_in(ws, [rating(7, 2.0, "ada")])
    before = kept(ws)
    harsher = [rating(7, 1.0, who, "teamwork") for who in (*staff, "cy")]
    assert intake.take_in(ws, harsher)["accepted"] == 13
    assert kept(ws) == before, "what a rater says of others changes nobody else"
    intake.take_in(ws, [rating(7, 2.0, "bo")])
    ada, bo = advice.profile(ws, "ada")["competencies"], advice.profile(ws, "bo")["competencies"]
    assert ada == bo, "the same rating by the same rater says the same, whatever they gave meanwhile"
    training.promote(ws, training.train(ws)["version"])
    again, _ = ws.engine().layout.parts.profile.severity_of(blind.rater(ws.store.secret, "", "rater7"))
    assert abs(again - severity) > 0.5, "the next training learns from what they gave"

"""A path mends itself after an event, and says what changed and why; nobody's rating shows in it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from scipy.optimize import OptimizeResult
from test_adapting import AT, DAY, did, rating

from recommender.cli.items import show_items
from recommender.engine import Engine
from recommender.framework import LANGUAGES
from recommender.service import advice, intake, people
from recommender.service import catalogue as catalogues
from recommender.service.workspace import Workspace
from recommender.store import Store


@pytest.fixture
def ws(store: Store) -> Workspace:
    from small_organisation import workspace

    made = workspace(store)
    people.put_learners(made, [{"learner_id": "ada", "language": "en"}])
    intake.take_in(made, [test(n, 50.0, k) for n, k in enumerate(made.engine().catalogue.leaves)])
    return made


def test(n: int, value: float, competency: str) -> dict[str, Any]:
    about = {"type": "assessment", "id": f"{competency}-{n}", "learner_id": "ada", "score": value}
    return about | {"competency_id": competency, "occurred_at": AT + n}


test.__test__ = False  # type: ignore[attr-defined]


def path(ws: Workspace, minutes: float = 480, lang: str = "en") -> dict[str, Any]:
    return advice.path(ws, "ada", minutes=minutes, lang=lang)


def ids(answer: dict[str, Any]) -> list[str]:
    return [i["module_id"] for i in answer["items"]]


def kinds(answer: dict[str, Any], what: str) -> dict[str, str]:
    return {c["module_id"]: c["kind"] for c in answer["changes"][what]}


def compare(before: dict[str, Any], after: dict[str, Any]) -> None:
    """What is told is exactly what differs from the path shown before."""
    changes = after["changes"]
    was, now = ids(before), ids(after)
    assert set(kinds(after, "removed")) == set(was) - set(now)
    assert set(kinds(after, "added")) == set(now) - set(was)
    assert changes["kept"] == [m for m in now if m in was]


def test_what_was_finished_leaves_and_what_fits_comes(ws: Workspace) -> None:
    before = path(ws)
    done = ids(before)[0]
    intake.take_in(ws, [did(done, "completed")])
    after = path(ws)
    compare(before, after)
    assert kinds(after, "removed")[done] == "finished"
    assert kinds(after, "added")
    assert after["changes"]["since"] == [
        {
            "type": "interaction",
            "module_id": done,
            "status": "completed",
            "occurred_at": "2026-01-01T00:00:00Z",
        }
    ]
    assert path(ws)["changes"] == after["changes"]  # asked again, told again


def test_what_was_dismissed_leaves_and_comes_back_when_that_is_withdrawn(ws: Workspace) -> None:
    before = path(ws)
    gone = ids(before)[1]
    intake.take_in(ws, [did(gone, "dismissed", reason="not_my_job")])
    after = path(ws)
    compare(before, after)
    assert kinds(after, "removed")[gone] == "dismissed"
    intake.withdraw(ws, "interaction", f"{gone}-dismissed-0")
    assert ids(path(ws)) == ids(before)


def test_being_recommended_or_looked_at_changes_nothing_that_is_told(ws: Workspace) -> None:
    done = ids(path(ws))[0]
    intake.take_in(ws, [did(done, "completed")])
    told = path(ws)["changes"]
    assert kinds(path(ws), "removed") == {done: "finished"} | kinds(path(ws), "removed")
    intake.take_in(ws, [did(ids(path(ws))[0], "viewed", 3)])
    assert path(ws)["changes"] == told


def test_a_prerequisite_that_was_finished_opens_what_builds_on_it(ws: Workspace) -> None:
    catalogues.put_modules(ws, [
        {"module_id": "long", "competencies": {"listening": 0.2}, "level": 2, "minutes": 400},
        {"module_id": "after", "competencies": {"listening": 1.0}, "level": 2, "minutes": 120,
         "prerequisites": ["long"]},
        {"module_id": "plain", "competencies": {"teamwork": 0.5}, "level": 2, "minutes": 60},
    ])  # fmt: skip
    before = path(ws, 200)
    assert ids(before) == ["plain"]
    intake.take_in(ws, [did("long", "completed")])
    after = path(ws, 200)
    compare(before, after)
    assert kinds(after, "added") == {"after": "opened"}
    assert after["changes"]["added"][0]["after_module_id"] == "long"
    assert "“long” is done" in after["changes"]["added"][0]["text"].lower()


def test_a_prerequisite_that_was_set_aside_closes_what_builds_on_it(ws: Workspace) -> None:
    catalogues.put_modules(ws, [
        {"module_id": "first", "competencies": {"listening": 0.5}, "level": 2, "minutes": 60},
        {"module_id": "then", "competencies": {"listening": 1.0}, "level": 2, "minutes": 60,
         "prerequisites": ["first"]},
    ])  # fmt: skip
    assert ids(path(ws)) == ["first", "then"]
    intake.take_in(ws, [did("first", "dismissed", reason="too_easy")])
    assert kinds(path(ws), "removed") == {"first": "dismissed", "then": "blocked"}


def two_modules(ws: Workspace, level: int = 2) -> None:
    """Time for one of two alike, on different competencies."""
    catalogues.put_modules(ws, [
        {"module_id": k, "competencies": {k: 1.0}, "level": level, "method": "workshop", "minutes": 60}
        for k in ("listening", "teamwork")
    ])  # fmt: skip


def test_what_was_measured_lower_comes_in_for_what_was_measured_higher(ws: Workspace) -> None:
    two_modules(ws)
    intake.take_in(ws, [test(90, 30.0, "teamwork")])
    before = path(ws, 60)
    other = {"listening": "teamwork", "teamwork": "listening"}[ids(before)[0]]
    told: dict[str, Any] = {}
    for n, value in enumerate((20.0, 5.0, 95.0, 100.0, 98.0)):
        intake.take_in(ws, [test(100 + n, value, ids(before)[0])])
        told = path(ws, 60)
        if ids(told) != ids(before):
            break
    assert ids(told) == [other]
    removed, added = told["changes"]["removed"][0], told["changes"]["added"][0]
    assert removed["kind"] == "less_gain"
    assert removed["competency_id"] == ids(before)[0]
    assert added["kind"] == "room"  # it would have come in without rising by itself
    assert str(round(removed["mean"])) in removed["text"]


@pytest.mark.parametrize("raters", [1, 2, 3])
def test_what_fewer_than_three_raters_said_is_not_told(ws: Workspace, raters: int) -> None:
    two_modules(ws)
    first = ids(path(ws, 60))[0]
    forms = [rating(n, 5.0, competency=first) | {"occurred_at": AT + 9 * DAY} for n in range(raters)]
    intake.take_in(ws, [e | {"rating": 5.0} for e in forms])
    changes = path(ws, 60)["changes"]
    assert changes["since"] == []
    for change in (*changes["removed"], *changes["added"]):
        numbers = re.findall(r"\d+", change["text"])
        assert raters >= 3 or (not numbers and "mean" not in change and change["kind"] != "less_gain")


def said(n: int, competency: str, value: float = 5.0) -> dict[str, Any]:
    """What the n-th peer says, all on one day."""
    return rating(n, value, competency=competency) | {"occurred_at": AT + 9 * DAY}


@pytest.mark.parametrize("others", [{0, 1}, {0, 1, 2}, {1, 2}])
def test_three_raters_of_different_competencies_do_not_hide_the_one(ws: Workspace, others: set[int]) -> None:
    two_modules(ws, level=1)
    before = ids(path(ws, 60))
    first = before[0]
    other = {"listening": "teamwork", "teamwork": "listening"}[first]
    intake.take_in(ws, [said(0, first), *(said(n, other, 1.0) for n in others)])
    after = path(ws, 60)
    assert ids(after) == [other] != before
    for what in ("removed", "added"):
        (change,) = after["changes"][what]
        assert change["kind"] == "estimate"
        assert set(change) == {"module_id", "title", "kind", "text"}
        assert not re.search(r"\d", change["text"])


def test_three_raters_of_every_competency_are_told(ws: Workspace) -> None:
    two_modules(ws)
    first = ids(path(ws, 60))[0]
    other = {"listening": "teamwork", "teamwork": "listening"}[first]
    intake.take_in(ws, [e for n in range(3) for e in (said(n, first), said(n, other, 3.0))])
    assert kinds(path(ws, 60), "removed") == {first: "less_gain"}


@pytest.mark.parametrize("nameless", [{"rater_id": None}, {"rater_id": "ada"}])
def test_raters_who_may_be_one_and_learners_themselves_are_no_third(
    ws: Workspace, nameless: dict[str, Any]
) -> None:
    two_modules(ws)
    first = ids(path(ws, 60))[0]
    forms = [said(n, first) for n in range(3)]
    intake.take_in(ws, [*forms[:2], forms[2] | nameless])
    after = path(ws, 60)
    assert set(kinds(after, "removed").values()) == {"estimate"}


def test_who_rates_without_a_relation_counts_as_a_peer(ws: Workspace) -> None:
    two_modules(ws)
    first = ids(path(ws, 60))[0]
    intake.take_in(ws, [said(n, first) | {"relation": None} for n in range(2)])
    assert set(kinds(path(ws, 60), "removed").values()) == {"estimate"}


def test_of_a_file_with_a_history_only_its_newest_day_came_last(ws: Workspace) -> None:
    before = ids(path(ws))
    intake.take_in(ws, [did(m, "completed", n) for n, m in enumerate(before[:3])])
    after = path(ws)["changes"]
    assert [e["module_id"] for e in after["since"]] == [before[2]]
    assert [c["module_id"] for c in after["removed"] if c["kind"] == "finished"] == [before[2]]


def test_what_came_last_is_what_came_in_last_however_long_ago_it_happened(ws: Workspace) -> None:
    before = ids(path(ws))
    intake.take_in(ws, [did(before[0], "completed", 9)])
    intake.take_in(ws, [did(before[1], "completed", 2), did(before[2], "viewed", 5)])
    assert [e["module_id"] for e in path(ws)["changes"]["since"]] == [before[1]]


def test_a_path_asked_for_again_is_not_solved_again(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    first = path(ws)
    with monkeypatch.context() as patch:
        patch.setattr(Engine, "path", never)
        patch.setattr(Engine, "path_changes", never)
        assert path(ws) == first
        for other in ({"minutes": 60}, {"lang": "zh"}):
            with pytest.raises(AssertionError):
                path(ws, **other)
    intake.take_in(ws, [did(ids(first)[0], "completed")])
    assert ids(first)[0] not in ids(path(ws))
    people.put_learners(ws, [{"learner_id": "ada", "language": "zh"}])
    assert "《" in str(advice.path(ws, "ada")["changes"])
    catalogues.put_modules(ws, [
        {"module_id": "only", "competencies": {"listening": 1.0}, "level": 2, "minutes": 60}
    ])  # fmt: skip
    assert ids(path(ws)) == ["only"]


def test_a_list_and_a_path_of_one_number_are_two_answers(ws: Workspace) -> None:
    advice.recommend(ws, "ada", limit=60, lang="en")
    assert "changes" in path(ws, 60)


def test_very_long_paths_are_not_kept(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advice, "LARGEST_PATH", 1_000)
    path(ws)
    assert not ws.answers


def never(*_: object, **__: object) -> None:
    raise AssertionError("solved")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_changes_read_in_both_languages(ws: Workspace, lang: str) -> None:
    intake.take_in(ws, [did(ids(path(ws))[0], "completed", pre_score=40, post_score=60)])
    changes = path(ws, lang=lang)["changes"]
    for change in (*changes["removed"], *changes["added"]):
        assert ("《" in change["text"]) == (lang == "zh")
        assert change["text"].endswith("。" if lang == "zh" else ".")


def test_the_exact_path_is_no_worse_and_says_its_gap(ws: Workspace) -> None:
    quick, best = path(ws), advice.path(ws, "ada", exact=True)
    assert best["gap"] < 1e-3
    assert "changes" not in best
    assert sum(i["score"] for i in best["items"]) >= sum(i["score"] for i in quick["items"]) - 1e-9
    assert best["items"][-1]["total_minutes"] <= 480


def test_a_path_that_was_not_solved_in_time_says_so(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("scipy.optimize.milp", lambda *_, **__: OptimizeResult(x=None))
    found = advice.path(ws, "ada", exact=True)
    assert found["gap"] is None
    for lang, said in (("en", "Not solved to the end"), ("zh", "未能在限定时间内求解完毕")):
        show_items(ws, found, lang, 480.0)
        assert said in capsys.readouterr().out

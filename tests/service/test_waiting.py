"""What waits to be written: nothing is lost while the store is busy, and no request waits for it."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from recommender.errors import StoreBusy
from recommender.registry import Registry
from recommender.service import advice, catalogue, people, workspace
from recommender.service.waiting import Kept, Waiting
from recommender.service.workspace import Workspace
from recommender.store import Store, decisions, states


@pytest.fixture
def ws(store: Store, tmp_path: Path) -> Workspace:
    found = Workspace(store, Registry(tmp_path / "models"))
    people.put_learners(found, [{"learner_id": who} for who in ("ada", "bo")])
    return found


@contextmanager
def busy() -> Iterator[Any]:
    raise StoreBusy("The store is busy. Try again.")
    yield


def log_of(ws: Workspace) -> list[dict[str, Any]]:
    advice.flush(ws)
    with ws.store.read() as conn:
        return [{**row, "modules": json.loads(row["modules"])} for row in decisions.read(conn)]


def listed(answer: dict[str, Any]) -> list[str]:
    return [item["module_id"] for item in answer["items"]]


def test_no_answer_waits_for_a_writer_and_nothing_is_lost(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ws.store, "write", busy)
    shown = listed(advice.recommend(ws, "ada"))
    advice.path(ws, "bo")
    advice.profile(ws, "bo")
    with pytest.raises(StoreBusy):
        advice.flush(ws)
    assert (len(ws.decisions), len(ws.states)) == (1, 2)
    monkeypatch.undo()
    assert advice.flush(ws) == 3
    assert [row["modules"] for row in log_of(ws)] == [shown]
    with ws.store.read() as conn:
        assert set(states.get_many(conn, ["ada", "bo"], ws.engine().state_key)) == {"ada", "bo"}
    assert advice.flush(ws) == 0


def test_a_state_that_waits_is_not_derived_again(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    advice.profile(ws, "ada")

    def never(*_: object) -> None:
        raise AssertionError("replayed")

    monkeypatch.setattr("recommender.service.states.replayed", never)
    assert advice.recommend(ws, "ada")["items"]


@pytest.mark.parametrize("flushed_between", [False, True])
def test_the_log_holds_the_longest_list_that_was_shown(ws: Workspace, flushed_between: bool) -> None:
    for limit in (2, 3, 1, 3):
        answer = advice.recommend(ws, "ada", limit=limit)
        if flushed_between:
            advice.flush(ws)
        if limit == 2:
            two = listed(answer)
        elif limit == 3:
            three = listed(answer)
    (row,) = log_of(ws)
    assert row["modules"] == three
    assert three[:2] == two
    assert [len(json.loads(row[name])) for name in ("propensities", "scores")] == [3, 3]
    assert row["day"] == ws.today().isoformat()


@pytest.mark.parametrize("flushed_between", [False, True])
def test_the_first_list_stands_in_the_log_where_a_seat_was_taken_between(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, flushed_between: bool
) -> None:
    first = listed(advice.recommend(ws, "ada", limit=2))
    if flushed_between:
        advice.flush(ws)
    monkeypatch.setattr(advice, "full", lambda *_: frozenset(first[:1]))
    then = listed(advice.recommend(ws, "ada", limit=3))
    assert then[:2] != first
    (row,) = log_of(ws)
    assert row["modules"] == first
    assert [len(json.loads(row[name])) for name in ("propensities", "scores")] == [2, 2]


def test_what_is_shown_after_a_change_of_the_catalogue_is_logged_too(ws: Workspace) -> None:
    before = advice.recommend(ws, "ada")
    advice.flush(ws)
    gone = listed(before)[0]
    catalogue.put_modules(ws, [{"module_id": gone, "active": False}, {"module_id": "new", "title_en": "New"}])
    after = advice.recommend(ws, "ada")
    rows = log_of(ws)
    assert [row["modules"] for row in rows] == [listed(before), listed(after)]
    assert rows[0]["seq"] == rows[1]["seq"]
    assert rows[0]["revision"] < rows[1]["revision"]


def test_the_later_state_waits_and_the_oldest_goes_where_too_many_wait(
    caplog: pytest.LogCaptureFixture,
) -> None:
    queue: Waiting[str, int, str] = Waiting(2)
    queue.put("a", 2, "new")
    queue.put("a", 1, "late")
    queue.put("b", 1, "b")
    assert queue.take() == [Kept("a", 2, "new"), Kept("b", 1, "b")]
    queue.put("a", 3, "newest")
    queue.put_back([Kept("a", 2, "new"), Kept("c", 0, "c")])
    assert queue.take() == [Kept("a", 3, "newest"), Kept("c", 0, "c")]
    assert not caplog.records
    for n in range(5):
        queue.put(str(n), 0, "")
    assert [thing.key for thing in queue.take()] == ["3", "4"]
    assert [r.getMessage() for r in caplog.records] == [
        "3 things are lost: too many waited for the store at once"
    ]


def test_answers_are_remembered_by_many_threads_at_once(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace, "CACHED_ANSWERS", 20)
    failed: list[Exception] = []

    def remember(thread: int) -> None:
        try:
            for n in range(10_000):
                ws.remember((f"{thread}-{n}", "list", 5, "en"), (), b"{}")
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=remember, args=(n,)) for n in range(8)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not failed
    assert len(ws.answers) == 20


def test_nothing_is_remembered_of_the_erased(ws: Workspace) -> None:
    for who in ("ada", "bo"):
        advice.recommend(ws, who)
        advice.recommend(ws, who, limit=2, lang="zh")
        advice.path(ws, who)
    people.erase(ws, "ada")
    assert {key[0] for key in ws.answers} == {"bo"}
    assert {row["learner_id"] for row in log_of(ws)} == {"bo"}

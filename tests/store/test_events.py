"""Events are kept once, corrected when asked, and none is lost between processes."""

from __future__ import annotations

import multiprocessing
from typing import Any

import pytest
import sqlalchemy as sa
from store_rows import employ, rating, score, step

from recommender.errors import UnknownEvent, UnknownLearner
from recommender.store import Store, events, open_store
from recommender.store.events import Added, add, of_learner, withdraw
from recommender.store.people import learner
from recommender.store.tables import assessments, learners


def put(store: Store, kind: str, *rows: dict[str, Any], replace: bool = False) -> Added:
    with store.write() as conn:
        return add(conn, kind, rows, replace=replace)


def held(store: Store, learner_id: str) -> list[dict[str, Any]]:
    with store.read() as conn:
        return of_learner(conn, learner_id)


def seq(store: Store, learner_id: str) -> int:
    with store.read() as conn:
        found = learner(conn, learner_id)
    assert found is not None
    return found.seq


def test_the_same_event_twice_is_one(store: Store) -> None:
    employ(store, "E1")
    first = put(store, "assessment", score("E1", assessment_id="a"))
    again = put(store, "assessment", score("E1", assessment_id="a"))
    assert (first.new, first.seqs) == ([0], {"E1": 1})
    assert (again.new, again.duplicates, again.seqs) == ([], [0], {})
    assert seq(store, "E1") == 1


def test_a_known_id_with_other_content_is_a_conflict_unless_it_replaces(store: Store) -> None:
    employ(store, "E1")
    put(store, "assessment", score("E1", 50, assessment_id="a"))
    refused = put(store, "assessment", score("E1", 60, assessment_id="a"))
    assert (refused.conflicts, refused.seqs) == ([0], {})
    assert held(store, "E1")[0]["score"] == 50.0
    corrected = put(store, "assessment", score("E1", 60, assessment_id="a"), replace=True)
    assert (corrected.replaced, corrected.seqs) == ([0], {"E1": 2})
    assert [e["score"] for e in held(store, "E1")] == [60.0]


def test_the_same_rules_hold_within_one_call(store: Store) -> None:
    employ(store, "E1")
    added = put(
        store,
        "assessment",
        score("E1", 50, assessment_id="a"),
        score("E1", 50, assessment_id="a"),
        score("E1", 60, assessment_id="a"),
    )
    assert (added.new, added.duplicates, added.conflicts) == ([0], [1], [2])
    last = put(
        store,
        "assessment",
        score("E1", 70, assessment_id="a"),
        score("E1", 80, assessment_id="a"),
        replace=True,
    )
    assert (last.replaced, [e["score"] for e in held(store, "E1")]) == ([0, 1], [80.0])


def test_a_correction_that_moves_an_event_touches_both_learners(store: Store) -> None:
    employ(store, "E1", "E2")
    put(store, "assessment", score("E1", assessment_id="a"))
    moved = put(store, "assessment", score("E2", assessment_id="a"), replace=True)
    assert moved.seqs == {"E1": 2, "E2": 1}
    assert held(store, "E1") == []
    assert [e["id"] for e in held(store, "E2")] == ["a"]


def test_rows_without_an_id_get_one_from_their_content(store: Store) -> None:
    employ(store, "E1")
    rows = [score("E1", 50), score("E1", 50), score("E1", 51)]
    first = put(store, "assessment", *rows)
    again = put(store, "assessment", *rows)
    assert len(set(first.ids)) == 3
    assert again.ids == first.ids
    assert again.duplicates == [0, 1, 2]


def test_events_come_in_order_whatever_order_they_came_in(store: Store) -> None:
    employ(store, "E1", "E2")
    put(store, "interaction", step("E1", "m", "started", 2, interaction_id="i"))
    put(store, "feedback", rating("E1", "R", day=2, feedback_id="f"))
    put(store, "assessment", score("E1", day=3, assessment_id="z"), score("E1", day=1, assessment_id="y"))
    put(store, "assessment", score("E2", assessment_id="other"))
    found = held(store, "E1")
    assert [(e["type"], e["id"]) for e in found] == [
        ("assessment", "y"),
        ("feedback", "f"),
        ("interaction", "i"),
        ("assessment", "z"),
    ]
    assert found[1]["rater_id"] == "R"
    assert {"seq", "feedback_id"}.isdisjoint(found[1])


def test_ids_sort_by_code_point_on_every_store(store: Store) -> None:
    ids = ["B", "a", "Z", "é", "_", "李", "10", "9"]
    employ(store, *ids)
    with store.read() as conn:
        found = list(conn.scalars(sa.select(learners.c.learner_id).order_by(learners.c.learner_id)))
    assert found == sorted(ids)


def test_withdrawing_leaves_nothing_and_counts_as_a_change(store: Store) -> None:
    employ(store, "E1")
    put(store, "assessment", score("E1", assessment_id="a"))
    with store.write() as conn:
        assert withdraw(conn, "assessment", "a") == ("E1", 2)
    assert held(store, "E1") == []
    with (
        pytest.raises(UnknownEvent, match=r"There is no assessment 'a'\. Check the type and the id\."),
        store.write() as conn,
    ):
        withdraw(conn, "assessment", "a")
    with pytest.raises(UnknownEvent), store.write() as conn:
        withdraw(conn, "rumour", "a")


def test_evidence_of_nobody_is_refused(store: Store) -> None:
    with pytest.raises(UnknownLearner):
        put(store, "assessment", score("nobody"))


def test_a_row_tells_at_which_number_it_changed(store: Store) -> None:
    employ(store, "E1")
    put(store, "assessment", score("E1", assessment_id="a"))
    put(store, "assessment", score("E1", assessment_id="b"))
    with store.read() as conn:
        rows = conn.execute(sa.select(assessments.c.assessment_id, assessments.c.seq)).all()
    assert dict(map(tuple, rows)) == {"a": 1, "b": 2}


def test_what_rows_may_refer_to_is_what_is_there(store: Store) -> None:
    employ(store, "E1", "7")
    rows: list[dict[str, Any]] = [
        {"learner_id": "E1", "competency_id": " listening "},
        {"learner_id": 7, "competency_id": "charm"},
        {"learner_id": ["x"], "module_id": "E\0"},
        {},
    ]
    with store.read() as conn:
        known = events.known(conn, rows)
    assert (known.learners, known.competencies, known.modules) == ({"E1", "7"}, {"listening"}, set())


def _post(url: str, process: int, calls: int) -> None:
    store = open_store(url)
    for n in range(calls):
        rows = [score(f"E{who}", assessment_id=f"{process}-{n}-{who}") for who in (0, 1, 2)]
        put(store, "assessment", *(rows if process % 2 else rows[::-1]))
    store.close()


def test_four_processes_with_the_same_learners_lose_nothing(store: Store) -> None:
    employ(store, "E0", "E1", "E2")
    url, calls = store.url.render_as_string(hide_password=False), 20
    spawn = multiprocessing.get_context("spawn")
    posts = [spawn.Process(target=_post, args=(url, n, calls)) for n in range(4)]
    for post in posts:
        post.start()
    for post in posts:
        post.join(timeout=90)
    assert [post.exitcode for post in posts] == [0] * 4
    for who in ("E0", "E1", "E2"):
        assert len(held(store, who)) == 4 * calls
        assert seq(store, who) == 4 * calls
    with store.read() as conn:
        query = sa.select(assessments.c.seq).where(assessments.c.learner_id == "E1")
        assert sorted(conn.scalars(query)) == list(range(1, 4 * calls + 1))

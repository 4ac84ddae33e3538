"""Learners: merged, numbered, paged."""

from __future__ import annotations

import pytest
from store_rows import employ

from recommender.errors import BadInput, Fault
from recommender.store import Store, people


def test_given_fields_are_merged_and_only_changes_count(store: Store) -> None:
    with store.write() as conn:
        assert people.put_learners(conn, [{"learner_id": "E1", "name": "李雷", "role": "nurse"}]) == {"E1": 0}
        assert people.put_learners(conn, [{"learner_id": "E1", "role": "chief"}]) == {"E1": 1}
        assert people.put_learners(conn, [{"learner_id": "E1", "role": "chief"}]) == {}
        assert people.put_learners(conn, [{"learner_id": "E1", "role": None}]) == {"E1": 2}
    with store.read() as conn:
        found = people.learner(conn, "E1")
    assert found == people.Learner("E1", "李雷", None, None, None, True, 2)


def test_only_what_answers_rest_on_gives_a_new_number(store: Store) -> None:
    employ(store, "E1", role="nurse", language="en")
    others = {"name": "a", "group": "b", "email": "c", "manager_id": "e", "active": 0}
    with store.write() as conn:
        for name, value in others.items():
            assert people.put_learners(conn, [{"learner_id": "E1", name: value}]) == {"E1": 0}, name
        assert people.put_learners(conn, [{"learner_id": "E1", "language": "zh"}]) == {"E1": 1}
        assert people.put_learners(conn, [{"learner_id": "E1", "role": None, "name": "z"}]) == {"E1": 2}
        assert people.put_learners(conn, [{"learner_id": "E1", "department_id": "d"}]) == {"E1": 3}
    with store.read() as conn:
        assert people.learner(conn, "E1") == people.Learner("E1", "z", "d", None, "zh", False, 3)


def test_who_is_not_told_to_have_left_works_here(store: Store) -> None:
    employ(store, "E1", active=None)
    employ(store, "E2", active=0)
    employ(store, "E3", active=1)
    with store.read() as conn:
        assert people.active_ids(conn) == {"E1", "E3"}
        found = people.by_id(conn, ["E1", "E2", "E3"])
    assert {who for who, learner in found.items() if learner.active} == {"E1", "E3"}


def test_attributes_have_plain_texts_as_keys(store: Store) -> None:
    employ(store, "E1")
    with store.read() as conn:
        found = people.attributes(conn, ["E1"])["E1"]
    assert {type(key) for key in found} == {str}


def test_the_last_of_several_rows_of_one_learner_stands(store: Store) -> None:
    rows = [{"learner_id": "E1", "name": "a", "level": "3"}, {"learner_id": "E1", "name": "b"}]
    with store.write() as conn:
        people.put_learners(conn, rows)
        found = people.attributes(conn, ["E1"])["E1"]
    assert (found["name"], found["level"], found["active"]) == ("b", "3", 1)


def test_every_wrong_field_is_named_and_nothing_changes(store: Store) -> None:
    rows = [{"learner_id": "E1"}, {"learner_id": "E2", "age": 4, "active": "yes"}, {}]
    with pytest.raises(BadInput) as caught, store.write() as conn:
        people.put_learners(conn, rows)
    assert str(caught.value) == "learners/1/age: unknown field (2 more). Correct it and send it again."
    assert caught.value.faults == (
        Fault("/1/age", "unknown field"),
        Fault("/1/active", "not 0 or 1"),
        Fault("/2/learner_id", "missing"),
    )
    with store.read() as conn:
        assert people.count(conn) == 0


def test_pages_follow_each_other(store: Store) -> None:
    employ(store, *(f"E{n}" for n in range(5)))
    with store.read() as conn:
        first = people.page(conn, None, 2)
        second = people.page(conn, first[-1].learner_id, 2)
        last = people.page(conn, second[-1].learner_id, 2)
        assert people.page(conn, last[-1].learner_id, 2) == []
    assert [p.learner_id for p in (*first, *second, *last)] == ["E0", "E1", "E2", "E3", "E4"]

"""States: the newest stands, versions are apart, nobody erased comes back."""

from __future__ import annotations

import gc
import threading
from contextlib import suppress

import pytest
from store_rows import employ

from recommender.errors import BadInput
from recommender.store import Store, decisions, people, states

DECISION = {
    "day": "2026-03-01",
    "version": "",
    "seq": 1,
    "revision": 1,
    "modules": "[]",
    "propensities": "[]",
    "scores": "[]",
    "eligible": "[]",
    "decided_at": 5,
}


def test_a_state_is_kept_by_learner_and_version(store: Store) -> None:
    employ(store, "E1", "E2")
    with store.write() as conn:
        states.put_many(conn, "v1", [("E1", 3, b"one\0")])
        states.put_many(conn, "v2", [("E1", 3, b"two"), ("E2", 0, b"")])
    with store.read() as conn:
        assert states.get_many(conn, ["E1"], "v1").get("E1") == (3, b"one\0")
        assert states.get_many(conn, ["E2"], "v1").get("E2") is None
        assert states.get_many(conn, ["E1", "E2", "E3"], "v2") == {"E1": (3, b"two"), "E2": (0, b"")}
    assert store.fast.state("E1", "v1") == (3, b"one\0")
    assert store.fast.state("E2", "v1") is None


def test_a_state_that_has_seen_less_does_not_overwrite(store: Store) -> None:
    employ(store, "E1")
    with store.write() as conn:
        states.put_many(conn, "v", [("E1", 3, b"new")])
        states.put_many(conn, "v", [("E1", 2, b"late")])
        assert states.get_many(conn, ["E1"], "v").get("E1") == (3, b"new")
        states.put_many(conn, "v", [("E1", 3, b"derived again")])
        assert states.get_many(conn, ["E1"], "v").get("E1") == (3, b"derived again")


def test_nothing_is_kept_of_who_is_not_there(store: Store) -> None:
    employ(store, "E1")
    with store.write() as conn:
        states.put_many(conn, "v", [("gone", 1, b"x"), ("E1", 1, b"y")])
        assert (
            decisions.log(conn, [{**DECISION, "learner_id": "gone"}, {**DECISION, "learner_id": "E1"}]) == 1
        )
    with store.read() as conn:
        assert states.get_many(conn, ["gone"], "v").get("gone") is None
        assert [row["learner_id"] for row in decisions.read(conn)] == ["E1"]


def test_of_one_decision_the_longest_list_stands_at_its_first_moment(store: Store) -> None:
    employ(store, "E1")
    lists = ('["a"]', '["a","b"]', '["a"]', '["a","b"]')
    for at, modules in enumerate(lists):
        with store.write() as conn:
            decisions.log(conn, [{**DECISION, "learner_id": "E1", "modules": modules, "decided_at": at}])
    with store.read() as conn:
        expected = {**DECISION, "learner_id": "E1", "modules": '["a","b"]', "decided_at": 0}
        assert decisions.read(conn) == [expected]


@pytest.mark.parametrize(
    ("first", "then", "stands"),
    [
        ('["a","b"]', '["a","c","d"]', False),
        ('["a"]', '["bb","a"]', False),
        ('["a"]', '["ab","c"]', False),
        ('["%"]', '["a","c"]', False),
        ('["a\\""]', '["a\\"","c"]', True),
        ('["岗前_培训"]', '["岗前_培训","c"]', True),
        ("[]", '["a"]', True),
    ],
)
def test_a_longer_list_stands_only_where_it_begins_with_the_first(
    store: Store, first: str, then: str, stands: bool
) -> None:
    employ(store, "E1")
    for scores, modules in (("[1]", first), ("[2]", then)):
        with store.write() as conn:
            decisions.log(conn, [{**DECISION, "learner_id": "E1", "modules": modules, "scores": scores}])
    with store.read() as conn:
        (row,) = decisions.read(conn)
    assert (row["modules"], row["scores"]) == ((then, "[2]") if stands else (first, "[1]"))


def test_old_versions_are_forgotten(store: Store) -> None:
    employ(store, "E1")
    with store.write() as conn:
        for version in ("v1", "v2", "v3"):
            states.put_many(conn, version, [("E1", 1, b"")])
        states.forget_versions_except(conn, ["v2", "v3"])
    with store.read() as conn:
        found = [
            states.get_many(conn, ["E1"], version).get("E1") is not None for version in ("v1", "v2", "v3")
        ]
    assert found == [False, True, True]


def test_a_glance_tells_what_an_answer_hangs_on(store: Store) -> None:
    employ(store, "E1", role="nurse", department_id="D", language="zh")
    employ(store, "E2", active=0)
    assert store.fast.glance("E1") == (0, "nurse", "D", "zh", True, 1)
    found = store.fast.glance("E2")
    assert found is not None
    assert not found.active
    assert store.fast.glance("nobody") is None


@pytest.mark.parametrize("odd", ["E\0", "E\ud800"])
def test_an_id_that_no_store_can_hold_is_no_accident(store: Store, odd: str) -> None:
    for ask in (lambda: store.fast.glance(odd), lambda: _learner(store, odd)):
        with suppress(BadInput):
            assert ask() is None


def _learner(store: Store, learner_id: str) -> object:
    with store.read() as conn:
        return people.learner(conn, learner_id)


def test_a_glance_sees_what_was_just_written(store: Store) -> None:
    employ(store, "E1", role="a")
    store.fast.glance("E1")
    employ(store, "E1", role="b")
    found = store.fast.glance("E1")
    assert found is not None
    assert (found.seq, found.role) == (1, "b")


def test_a_broken_connection_is_opened_again(store: Store) -> None:
    employ(store, "E1")
    store.fast.glance("E1")
    if store.url.get_backend_name() == "postgresql":
        with store.write() as conn:
            conn.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    else:
        store.fast.close()
    assert store.fast.glance("E1") is not None
    with store.read() as conn:
        assert states.get_many(conn, ["E1"], "v").get("E1") is None


def test_a_thread_takes_its_connection_along_when_it_ends(store: Store) -> None:
    threads = [threading.Thread(target=store.fast.glance, args=("E1",)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gc.collect()
    assert len(store.fast._open) == 0

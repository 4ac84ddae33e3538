"""A seat is held by who enrolled or began and has not left; the rest is free."""

from __future__ import annotations

from sqlalchemy import event
from store_rows import employ, step

from recommender.store import Store
from recommender.store.events import add
from recommender.store.people import put_learners
from recommender.store.seats import held

MODULE = "role-play"


def taken(store: Store, since: int = 0) -> dict[str, int]:
    with store.read() as conn:
        return held(conn, [MODULE, "another"], since)


def test_seats_are_held_from_enrolling_to_finishing_or_leaving(store: Store) -> None:
    employ(store, *"abcdefgh")
    rows = [
        step("a", MODULE, "enrolled"),
        step("b", MODULE, "enrolled"), step("b", MODULE, "started", 2),
        step("c", MODULE, "enrolled"), step("c", MODULE, "completed", 2),
        step("d", MODULE, "enrolled"), step("d", MODULE, "dropped", 2),
        step("e", MODULE, "dropped"), step("e", MODULE, "enrolled", 2),
        step("f", MODULE, "viewed"), step("f", MODULE, "recommended", 2),
        step("g", MODULE, "completed"), step("g", MODULE, "started", 2),
        step("h", "third", "enrolled"),
    ]  # fmt: skip
    with store.write() as conn:
        add(conn, "interaction", rows)
    assert taken(store) == {MODULE: 3}
    assert taken(store, rows[0]["occurred_at"] + 1) == {MODULE: 2}
    with store.write() as conn:
        put_learners(conn, [{"learner_id": "a", "active": 0}])
    assert taken(store) == {MODULE: 2}


def test_no_module_asked_for_is_no_seat_counted(store: Store) -> None:
    with store.read() as conn:
        assert held(conn, [], 0) == {}


def test_counting_reads_no_more_than_who_enrolled_or_began(store: Store) -> None:
    if store.engine.dialect.name != "sqlite":
        return
    asked: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    with store.read() as conn:
        held(conn, [MODULE], 0)
        query = next(text for text in asked if "count" in text)
        values = (*["x"] * query.count("?"),)
        plan = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).fetchall()
    assert any("ix_interactions_holding" in row[-1] for row in plan), plan

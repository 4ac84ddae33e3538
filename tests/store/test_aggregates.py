"""Numbers about many, and none about few raters."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from store_rows import employ, rating, score

from recommender.store import Store, aggregates
from recommender.store.checks import microseconds
from recommender.store.events import add
from recommender.store.tables import departments, services


def test_rows_and_dates_by_table(store: Store) -> None:
    employ(store, "E1")
    with store.write() as conn:
        rows = add(conn, "assessment", [score("E1", day=1), score("E1", day=4)]).rows
    with store.read() as conn:
        found = {t["table"]: t for t in aggregates.tables(conn)}
        assert aggregates.latest(conn) == rows[1]["occurred_at"]
    first, last = (r["occurred_at"] for r in rows)
    assert found["assessments"] == {"table": "assessments", "rows": 2, "first": first, "last": last}
    assert found["learners"] == {"table": "learners", "rows": 1, "first": None, "last": None}
    assert (found["feedback"]["rows"], found["feedback"]["first"]) == (0, None)


def test_the_log_of_imports_has_the_latest_first(store: Store) -> None:
    with store.write() as conn:
        aggregates.log_import(conn, "a.csv", "learners", 3, 0)
        aggregates.log_import(conn, "b.csv", "feedback", 9, 2, "b.set-aside.csv")
    with store.read() as conn:
        found = aggregates.import_log(conn)
    assert [(r["file"], r["rows"], r["set_aside"], r["set_aside_file"]) for r in found] == [
        ("b.csv", 9, 2, "b.set-aside.csv"),
        ("a.csv", 3, 0, None),
    ]
    assert found[0]["at"] >= microseconds(datetime(2026, 1, 1, tzinfo=UTC))


def test_departments_are_seen_from_outside_by_three_raters_or_not_at_all(store: Store) -> None:
    employ(store, "E1", "E2", department_id="buying")
    employ(store, "E3", department_id="sales")
    employ(store, "E4", department_id="sales", active=0)
    outside = {"relation": "internal_customer"}
    with store.write() as conn:
        conn.execute(
            sa.insert(departments),
            [{"department_id": "buying", "name": "Buying"}, {"department_id": "it", "name": None}],
        )
        conn.execute(
            sa.insert(services),
            {"supplier_department_id": "buying", "customer_department_id": "sales", "service": "orders"},
        )
        add(
            conn,
            "feedback",
            [
                rating("E1", "R1", 1, **outside),
                rating("E1", "R2", 5, **outside),
                rating("E2", "R3", 5, **outside, reversed=1),
                rating("E2", "R4", 5, rater_department_id="sales"),
                rating("E2", "R5", 5, rater_department_id="buying"),
                *(rating("E3", rater, 4, **outside) for rater in ("R1", "R2", "R2")),
            ],
        )
    with store.read() as conn:
        buying, it, sales = aggregates.departments(conn)
    assert buying == {
        "department_id": "buying",
        "name": "Buying",
        "parent_id": None,
        "learners": 2,
        "ratings": 4,
        "raters": 4,
        "mean": 50.0,
        "serves": [{"department_id": "sales", "service": "orders"}],
        "served_by": [],
    }
    assert (it["learners"], it["mean"]) == (0, None)
    assert (sales["learners"], sales["ratings"], sales["raters"], sales["mean"]) == (1, None, None, None)
    assert sales["served_by"] == [{"department_id": "buying", "service": "orders"}]

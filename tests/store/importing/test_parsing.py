"""Times, numbers, flags and choices as people write them; and what is said of those that are none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from recommender.evidence import TABLES
from recommender.store.checks import UnusableError
from recommender.store.identity import canonical, content_id, row_texts
from recommender.store.importing.identify import Identifier
from recommender.store.importing.parse import Faults, Reading, missing, parse
from recommender.store.importing.staging import rows_of
from recommender.store.importing.times import fast_times, parse_time

NOW = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp() * 1_000_000)


def _at(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1_000_000)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-05", _at(2026, 3, 5)),
        ("2026-03-05T14:00:00Z", _at(2026, 3, 5, 14)),
        ("2026-03-05 14:00:00+08:00", _at(2026, 3, 5, 6)),
        ("2026-03-05T14:00:00.1234567", _at(2026, 3, 5, 14, 0, 0, 123456)),
        ("20260305", _at(2026, 3, 5)),
        ("2026/3/5", _at(2026, 3, 5)),
        ("2026/3/5 9:07", _at(2026, 3, 5, 9, 7)),
        ("2026.3.5 9:07:01", _at(2026, 3, 5, 9, 7, 1)),
        ("2026年3月5日", _at(2026, 3, 5)),
        ("2026年3月5日 14时30分", _at(2026, 3, 5, 14, 30)),
        ("2026年3月5日 下午2:30", _at(2026, 3, 5, 14, 30)),
        ("2026/3/5 2:30 PM", _at(2026, 3, 5, 14, 30)),
        ("05.03.2026 14:00", _at(2026, 3, 5, 14)),
        ("46086", _at(2026, 3, 5)),
        ("46086.5", _at(2026, 3, 5, 12)),
    ],
)
def test_times_as_people_and_spreadsheets_write_them(text: str, expected: int) -> None:
    assert parse_time(text, ZoneInfo("UTC")) == expected
    fast = fast_times(pa.array([text]), "UTC")
    assert fast is None or fast.to_pylist() == [expected]


@pytest.mark.parametrize(
    "text", ["05/03/2026", "soon", "2026-13-01", "2026/2/30", "12345", "1772668800", "2026"]
)
def test_what_two_people_would_read_differently_is_no_time(text: str) -> None:
    with pytest.raises(UnusableError):
        parse_time(text, ZoneInfo("UTC"))


@pytest.mark.parametrize("text", ["2026-03-05 14:00", "2026/3/5 14:00", "46086.583333333336"])
def test_a_time_without_a_zone_is_the_organisations(text: str) -> None:
    assert parse_time(text, ZoneInfo("Asia/Shanghai")) == _at(2026, 3, 5, 6)
    fast = fast_times(pa.array([text]), "Asia/Shanghai")
    assert fast is None or fast.to_pylist() == [_at(2026, 3, 5, 6)]


def _parse(table: str, column: str, cells: list[Any], **how: Any) -> tuple[list[Any], dict[int, str]]:
    faults = Faults()
    values = parse(TABLES[table][column], pa.array(cells), Reading("UTC", NOW, **how), faults)
    return values.to_pylist(), {i: text for i, (_, text) in faults.rows.items()}


@pytest.mark.parametrize(
    ("table", "column", "cells", "expected"),
    [
        ("feedback", "rating", ["4", " 3.5 ", "４", "1e0"], [4.0, 3.5, 4.0, 1.0]),
        (
            "feedback",
            "relation",
            ["Internal Customer", "内部客户", "PEER", ""],
            ["internal_customer"] * 2 + ["peer", None],
        ),
        ("feedback", "reversed", ["是", "TRUE", "1", "no", "0", ""], [1, 1, 1, 0, 0, 0]),
        ("feedback", "scale_max", ["", "7"], [5.0, 7.0]),
        ("modules", "method", ["角色扮演", "E-Learning"], ["role_play", "e_learning"]),
        ("modules", "level", ["2", "3.0"], [2, 3]),
        ("modules", "competencies", ["a:0.7；b：0.3", "a"], ["a:0.7;b:0.3", "a:1"]),
        ("modules", "prerequisites", ["m1; m2", "m1；m2"], ["m1;m2", "m1;m2"]),
        ("learners", "hired_on", ["2020/3/5", "43895"], ["2020-03-05", "2020-03-05"]),
        (
            "outcomes",
            "period",
            ["2026-03", "2026/3", "2026年3月", "2026-03-01"],
            ["2026-03"] * 3 + ["2026-03-01"],
        ),
    ],
)
def test_values_as_people_write_them(table: str, column: str, cells: list[str], expected: list[Any]) -> None:
    assert _parse(table, column, cells) == (expected, {})


def test_a_comma_is_decimal_where_it_separates_nothing() -> None:
    assert _parse("feedback", "rating", ["4,5", "3"], decimal_comma=True) == ([4.5, 3.0], {})
    assert _parse("feedback", "rating", ["4,5"])[1] == {0: "not a number"}


@pytest.mark.parametrize(
    ("table", "column", "cell", "reason"),
    [
        ("feedback", "learner_id", "", "missing"),
        ("feedback", "learner_id", "x" * 256, "longer than 255 characters"),
        ("feedback", "learner_id", "a\0b", "holds a NUL or a broken character"),
        ("feedback", "rating", "four", "not a number"),
        ("feedback", "rating", "nan", "not a finite number"),
        ("feedback", "rating", "-inf", "not a finite number"),
        ("feedback", "rating", "1e300", "not a finite number"),
        ("feedback", "relation", "boss", "not one of self, manager, peer, report, internal_customer"),
        ("feedback", "reversed", "2", "not 0 or 1"),
        ("feedback", "occurred_at", "tomorrow", "not a time such as 2026-03-01T09:00:00Z"),
        ("feedback", "occurred_at", "2026-11-03", "more than a day in the future"),
        ("feedback", "occurred_at", "1066-10-14", "before the year 1900"),
        ("modules", "level", "4", "above the maximum 3"),
        ("modules", "level", "0", "below the minimum 1"),
        ("modules", "level", "1.5", "not a whole number"),
        ("modules", "competencies", "a:x", "not weights such as listening:0.7;feedback:0.3"),
        ("modules", "competencies", "a:0", "the weight of a is not positive"),
        ("targets", "target", "101", "above the maximum 100"),
        ("learners", "hired_on", "spring", "not a date such as 2026-03-01"),
        ("outcomes", "period", "Q1", "not a month such as 2026-03 or a date such as 2026-03-01"),
    ],
)
def test_every_fault_says_what_is_wrong(table: str, column: str, cell: str, reason: str) -> None:
    assert _parse(table, column, ["", cell])[1].get(1) == reason


def test_typed_cells_need_no_text() -> None:
    assert _parse("feedback", "rating", [4.5, None])[0] == [4.5, None]
    assert _parse("feedback", "occurred_at", [datetime(2026, 3, 5)])[0] == [_at(2026, 3, 5)]
    assert _parse("feedback", "learner_id", [7, 8])[0] == ["7", "8"]
    assert _parse("feedback", "learner_id", [7.0, None])[0] == ["7", None]


def test_ids_from_content_are_those_of_every_door() -> None:
    table = TABLES["feedback"]
    columns = {c.name: missing(c, 3) for c in table.columns}
    columns["learner_id"] = pa.array(["L1", "L2", "L1"])
    columns["rating"] = pa.array([4.5, -0.0, 4.5])
    columns["occurred_at"] = pa.array([NOW, NOW, NOW])
    identifier = Identifier(table)
    first = identifier.fill(columns).to_pylist()
    again = identifier.fill(columns).to_pylist()
    rows = rows_of(columns, [c.name for c in table.columns])
    texts = [row_texts("feedback", row) for row in rows]
    assert first == [content_id("feedback", t, n) for t, n in zip(texts, (0, 0, 1), strict=True)]
    assert again == [content_id("feedback", t, n) for t, n in zip(texts, (2, 1, 3), strict=True)]
    assert canonical("number", -0.0) == "0.0"

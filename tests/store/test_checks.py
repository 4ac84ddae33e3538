"""What a row may say, and what is said of one that may not."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import Fault
from recommender.evidence import TABLES
from recommender.store.checks import Known, check_row, microseconds, parse_ids, parse_weights

ASSESSMENT = {
    "learner_id": "E1",
    "competency_id": "listening",
    "score": 71,
    "occurred_at": "2026-03-01T09:00:00Z",
}
FEEDBACK = {
    "learner_id": "E1",
    "competency_id": "listening",
    "rating": 4,
    "occurred_at": "2026-03-01T09:00:00Z",
}
STEP = {"learner_id": "E1", "module_id": "m1", "status": "completed", "occurred_at": "2026-03-01T09:00:00Z"}


def test_a_clean_row_is_complete_with_defaults_and_plain_types() -> None:
    clean, faults = check_row("assessments", {**ASSESSMENT, "reversed": True, "item_id": 7})
    assert faults == []
    assert clean == {
        "learner_id": "E1",
        "competency_id": "listening",
        "score": 71.0,
        "occurred_at": 1_772_355_600_000_000,
        "assessment_id": None,
        "scale_min": 0.0,
        "scale_max": 100.0,
        "source": "test",
        "instrument": None,
        "item_id": "7",
        "reversed": 1,
        "session_id": None,
    }
    assert list(clean) == [c.name for c in TABLES["assessments"].columns]


@pytest.mark.parametrize(
    ("table", "row", "fault"),
    [
        ("assessments", {**ASSESSMENT, "score": 140}, Fault("/score", "above scale_max 100")),
        ("assessments", {**ASSESSMENT, "score": -0.5}, Fault("/score", "below scale_min 0")),
        ("assessments", {**ASSESSMENT, "score": "71"}, Fault("/score", "not a number")),
        ("assessments", {**ASSESSMENT, "score": True}, Fault("/score", "not a number")),
        ("assessments", {**ASSESSMENT, "score": float("nan")}, Fault("/score", "not a finite number")),
        ("assessments", {**ASSESSMENT, "score": float("inf")}, Fault("/score", "not a finite number")),
        ("assessments", {**ASSESSMENT, "score": None}, Fault("/score", "missing")),
        ("assessments", {**ASSESSMENT, "learner_id": " "}, Fault("/learner_id", "missing")),
        ("assessments", {**ASSESSMENT, "learner_id": ["E1"]}, Fault("/learner_id", "not text")),
        (
            "assessments",
            {**ASSESSMENT, "learner_id": "E\0"},
            Fault("/learner_id", "holds a NUL or a broken character"),
        ),
        (
            "assessments",
            {**ASSESSMENT, "item_id": "\ud800"},
            Fault("/item_id", "holds a NUL or a broken character"),
        ),
        (
            "assessments",
            {**ASSESSMENT, "item_id": "x" * 256},
            Fault("/item_id", "longer than 255 characters"),
        ),
        ("assessments", {**ASSESSMENT, "reversed": 2}, Fault("/reversed", "not 0 or 1")),
        ("assessments", {**ASSESSMENT, "source": "guess"}, Fault("/source", "not one of test, self")),
        ("assessments", {**ASSESSMENT, "a/b": 1}, Fault("/a~1b", "unknown field")),
        (
            "assessments",
            {**ASSESSMENT, "scale_min": 5, "scale_max": 5},
            Fault("/scale_max", "scale_max 5 is not above scale_min 5"),
        ),
        (
            "assessments",
            {**ASSESSMENT, "occurred_at": "2026-03-01T09:00:00"},
            Fault("/occurred_at", "a time without a zone"),
        ),
        (
            "assessments",
            {**ASSESSMENT, "occurred_at": "yesterday"},
            Fault("/occurred_at", "not a time such as 2026-03-01T09:00:00Z"),
        ),
        (
            "assessments",
            {**ASSESSMENT, "occurred_at": "1066-10-14T09:00:00Z"},
            Fault("/occurred_at", "before the year 1900"),
        ),
        ("assessments", {**ASSESSMENT, "occurred_at": 10**19}, Fault("/occurred_at", "after the year 2200")),
        ("feedback", {**FEEDBACK, "rating": 5.5}, Fault("/rating", "above scale_max 5")),
        ("interactions", {**STEP, "pre_score": 101}, Fault("/pre_score", "above score_max 100")),
        ("interactions", {**STEP, "satisfaction": 0}, Fault("/satisfaction", "below the minimum 1")),
        ("modules", {"module_id": "m", "level": 4}, Fault("/level", "above the maximum 3")),
        ("modules", {"module_id": "m", "level": 1.5}, Fault("/level", "not a whole number")),
        (
            "modules",
            {"module_id": "m", "competencies": "listening:-1"},
            Fault("/competencies", "the weight of listening is not positive"),
        ),
        ("modules", {"module_id": "m", "competencies": "a:1;a:2"}, Fault("/competencies", "names a twice")),
        (
            "modules",
            {"module_id": "m", "competencies": "a:much"},
            Fault("/competencies", "not weights such as listening:0.7;feedback:0.3"),
        ),
        (
            "outcomes",
            {"department_id": "d", "metric": "m", "period": "2026-13", "value": 1},
            Fault("/period", "not a month such as 2026-03 or a date such as 2026-03-01"),
        ),
        (
            "learners",
            {"learner_id": "E", "hired_on": "March"},
            Fault("/hired_on", "not a date such as 2026-03-01"),
        ),
    ],
)
def test_a_wrong_field_is_named_with_its_reason(table: str, row: dict[str, Any], fault: Fault) -> None:
    assert check_row(table, row)[1] == [fault]


def test_every_wrong_field_is_named_at_once() -> None:
    faults = check_row("assessments", {"learner_id": "E1", "score": "x", "occurred_at": 3.5})[1]
    assert [f.pointer for f in faults] == ["/competency_id", "/score", "/occurred_at"]


def test_times_may_lie_a_day_ahead_of_the_present_and_no_more() -> None:
    present = 1_772_355_600_000_000  # 2026-03-01T09:00:00Z
    for told, wrong in (
        ("2026-03-02T09:00:00Z", []),
        ("2026-03-02T09:00:00.000001Z", [Fault("/occurred_at", "more than a day in the future")]),
    ):
        assert check_row("assessments", {**ASSESSMENT, "occurred_at": told}, now=present)[1] == wrong
    assert check_row("assessments", {**ASSESSMENT, "occurred_at": "2199-01-01T00:00:00Z"})[1] == []


def test_references_must_be_known_where_the_caller_knows() -> None:
    known = Known(learners={"E1"}, competencies={"feedback"}, modules=None)
    assert check_row("assessments", ASSESSMENT, known)[1] == [
        Fault("/competency_id", "unknown competency listening")
    ]
    assert check_row("interactions", {**STEP, "learner_id": "E2"}, known)[1] == [
        Fault("/learner_id", "unknown learner E2")
    ]


def test_a_partial_row_holds_only_what_was_given() -> None:
    clean, faults = check_row(
        "modules", {"module_id": "m1", "minutes": None, "title_zh": "倾听"}, partial=True
    )
    assert (clean, faults) == ({"module_id": "m1", "title_zh": "倾听", "minutes": None}, [])
    assert check_row("modules", {"minutes": 3}, partial=True)[1] == [Fault("/module_id", "missing")]


def test_weights_and_ids_come_as_text_or_as_json() -> None:
    row = {"module_id": "m", "competencies": {"a": 0.7, "b": 1}, "prerequisites": ["x", "y"]}
    clean, _ = check_row("modules", row)
    assert (clean["competencies"], clean["prerequisites"]) == ("a:0.7;b:1", "x;y")
    same, _ = check_row(
        "modules", {"module_id": "m", "competencies": "a：0.7； b", "prerequisites": "x; y;x"}
    )
    assert (same["competencies"], same["prerequisites"]) == ("a:0.7;b:1", "x;y")
    assert parse_weights(clean["competencies"]) == (("a", 0.7), ("b", 1.0))
    assert parse_ids(clean["prerequisites"]) == ("x", "y")


@given(st.datetimes(datetime(1900, 1, 2), datetime(2200, 12, 30), timezones=st.timezones()))
def test_microseconds_are_exact_whatever_the_zone(moment: datetime) -> None:
    whole, part = divmod(microseconds(moment), 1_000_000)
    assert part == moment.microsecond
    assert whole == int(moment.replace(microsecond=0).timestamp())

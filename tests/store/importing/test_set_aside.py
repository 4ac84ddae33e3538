"""Rows that cannot be used come back, can be mended, and then go in."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

HEADER = "员工编号;能力编号;评分;发生时间;评语;remark\n"
OWN = ["set_aside_file", "set_aside_row", "set_aside_column", "set_aside_value", "set_aside_reason"]


def _read(path: Path, delimiter: str = ",") -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


@pytest.mark.usefixtures("people")
def test_a_row_comes_back_mended_and_only_then_goes_in(bring: Any, rows: Any, tmp_path: Path) -> None:
    bad = "L1;listening;7,5;2026/3/5;=HYPERLINK(1) 很好;'-x"
    first = bring("feedback.csv", HEADER + "L2;listening;4,5;2026/3/5;;\n" + bad + "\n")
    path = Path(first["set_aside_file"])
    assert path == tmp_path / "feedback.csv.set-aside.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    head, row = _read(path, ";")
    assert head == [*OWN, *HEADER.strip().split(";")]
    assert row[:5] == ["feedback.csv", "3", "评分", "7,5", "above scale_max 5"]
    assert row[-2:] == ["'=HYPERLINK(1) 很好", "''-x"]  # no spreadsheet runs it

    again = bring(path.name, path.read_bytes())
    assert (again["set_aside"], again["set_aside_file"]) == (
        1,
        str(tmp_path / "feedback.csv.set-aside-2.csv"),
    )
    assert again["unknown_columns"] == ["remark"]

    mended = path.read_text("utf-8-sig").replace(";7,5;2026", ";3,5;2026")
    last = bring(path.name, mended.encode("utf-8-sig"))
    assert (last["new"], last["set_aside"]) == (1, 0)
    stored = next(r for r in rows("feedback") if r["learner_id"] == "L1")
    assert (stored["rating"], stored["comment"]) == (3.5, "=HYPERLINK(1) 很好")


@pytest.mark.usefixtures("people")
def test_an_earlier_file_is_kept_and_the_same_rows_make_no_second(bring: Any, tmp_path: Path) -> None:
    head = "learner_id,competency_id,rating,occurred_at\n"
    bring("feedback.csv", head + "L1,listening,9,2026-03-05\n")
    one = (tmp_path / "feedback.csv.set-aside.csv").read_bytes()
    same = bring("feedback.csv", head + "L1,listening,9,2026-03-05\n")
    assert same["set_aside_file"] == str(tmp_path / "feedback.csv.set-aside.csv")
    other = bring("feedback.csv", head + "L1,listening,8,2026-03-05\n")
    assert other["set_aside_file"] == str(tmp_path / "feedback.csv.set-aside-2.csv")
    assert (tmp_path / "feedback.csv.set-aside.csv").read_bytes() == one
    assert sorted(p.name for p in tmp_path.glob("*set-aside*")) == [
        "feedback.csv.set-aside-2.csv",
        "feedback.csv.set-aside.csv",
    ]


@pytest.mark.parametrize(
    ("table", "header", "row", "column", "reason"),
    [
        ("feedback", "rating", "L9,listening,3,2026-03-05", "learner_id", "unknown learner L9"),
        ("feedback", "rating", "L1,flying,3,2026-03-05", "competency_id", "unknown competency flying"),
        ("feedback", "rating", "L1,listening,0.5,2026-03-05", "rating", "below scale_min 1"),
        ("assessments", "score", "L1,listening,101,2026-03-05", "score", "above scale_max 100"),
        ("feedback", "rating", ",listening,3,2026-03-05", "learner_id", "missing"),
    ],
)
@pytest.mark.usefixtures("people")
def test_one_bad_row_loses_no_good_one(
    bring: Any, rows: Any, table: str, header: str, row: str, column: str, reason: str
) -> None:
    head = f"learner_id,competency_id,{header},occurred_at\n"
    report = bring(
        f"{table}.csv", head + "L1,listening,4,2026-03-04\n" + row + "\nL2,listening,4,2026-03-06\n"
    )
    assert (report["new"], report["set_aside"], len(rows(table))) == (2, 1, 2)
    assert report["reasons"] == [{"column": column, "reason": reason, "rows": 1}]


@pytest.mark.usefixtures("people")
def test_a_scale_upside_down_is_named(bring: Any) -> None:
    report = bring(
        "feedback.csv",
        "learner_id,competency_id,rating,occurred_at,scale_min,scale_max\nL1,listening,4,2026-03-04,5,1\n",
    )
    assert report["reasons"] == [
        {"column": "scale_max", "reason": "scale_max 1 is not above scale_min 5", "rows": 1}
    ]


def test_modules_that_wait_for_each_other_are_set_aside_with_the_cycle(bring: Any, rows: Any) -> None:
    report = bring(
        "modules.csv",
        "module_id,competencies,prerequisites\na,listening:1,b\nb,,c\nc,,a\nd,,nowhere\ne,flying:1,\nf,,g\ng,,\nh,,d\n",
    )
    reasons = {why["reason"]: why["rows"] for why in report["reasons"]}
    assert reasons == {
        "a cycle: a → b → c → a": 3,
        "unknown module nowhere": 1,
        "unknown module d": 1,
        "unknown competency flying": 1,
    }
    assert [r["module_id"] for r in rows("modules")] == ["f", "g"]


def test_a_competency_may_not_be_part_of_itself(bring: Any, rows: Any) -> None:
    report = bring("competencies.csv", "competency_id,parent_id\na,b\nb,a\nc,\n")
    assert [why["reason"] for why in report["reasons"]] == ["a cycle: a → b → a"]
    assert [r["competency_id"] for r in rows("competencies")] == ["c"]

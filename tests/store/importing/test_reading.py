"""Every kind of file gives the same rows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
import xlsxwriter

from recommender.service.importing import import_paths

HEADER = ["员工编号", "能力编号", "评分", "发生时间", "评价人编号", "评价关系", "评语"]
ROW = ["L1", "listening", "4.5", "2026-03-05 14:00", "R1", "内部客户", "听得很仔细, 好"]
AT = int(datetime(2026, 3, 5, 14, tzinfo=UTC).timestamp() * 1_000_000)


def _csv(separator: str, rating: str = "4.5") -> str:
    row = [rating if cell == "4.5" else cell for cell in ROW]
    lines = ([f'"{cell}"' if separator in cell else cell for cell in cells] for cells in (HEADER, row))
    return "".join(separator.join(cells) + "\r\n" for cells in lines)


def _workbook(path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Notes").write(0, 0, "made by hand")
        sheet = book.add_worksheet("反馈")
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ROW)
        sheet.write_number(1, 2, 4.5)
        dates = book.add_format({"num_format": "yyyy/m/d h:mm"})
        sheet.write_datetime(1, 3, datetime(2026, 3, 5, 14), dates)


def _files(folder: Path) -> dict[str, Path]:
    texts = {
        "utf8": _csv(",").encode(),
        "bom": _csv(",").encode("utf-8-sig"),
        "gb": _csv(",").encode("gb18030"),
        "semicolon": _csv(";", "4,5").encode(),
        "tab": _csv("\t").encode("gb18030"),
        "utf16": _csv("\t").encode("utf-16"),
        "quote": _csv(",").replace("R1", '5" R').encode(),
    }
    paths = {}
    for kind, data in texts.items():
        paths[kind] = folder / f"2026-03_feedback_{kind}.csv"
        paths[kind].write_bytes(data)
    row = dict(zip(HEADER, ROW, strict=True))
    paths["jsonl"] = folder / "feedback.jsonl"
    paths["jsonl"].write_text(json.dumps({**row, "评分": 4.5}) + "\n\n")
    paths["parquet"] = folder / "feedback.parquet"
    typed = {**row, "评分": 4.5, "发生时间": pd.Timestamp(2026, 3, 5, 14)}
    pd.DataFrame([typed]).to_parquet(paths["parquet"])
    paths["xlsx"] = folder / "book.xlsx"
    _workbook(paths["xlsx"])
    return paths


@pytest.mark.usefixtures("people")
def test_every_kind_of_file_holds_the_same_row(ws: SimpleNamespace, rows: Any, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    paths = _files(tmp_path / "in")
    for kind, path in paths.items():
        report = import_paths(ws, [path])
        counts = [(f["rows"], f["set_aside"], f["error"]) for f in report["files"]]
        assert counts == [(1, 0, None)], kind
    stored = rows("feedback")
    assert {r["rater_id"] for r in stored} == {"R1", '5" R'}
    assert len(stored) == 2  # the same content, hence the same id, whatever the file
    one = next(r for r in stored if r["rater_id"] == "R1")
    expected = {"rating": 4.5, "occurred_at": AT, "relation": "internal_customer", "comment": ROW[-1]}
    assert {name: one[name] for name in expected} == expected


@pytest.mark.usefixtures("people")
def test_broken_lines_cost_only_themselves(bring: Any, rows: Any) -> None:
    good = "L1,listening,4,2026-03-05,"
    lines = ["learner_id,competency_id,rating,occurred_at,comment", good + "a", "", ",,,,"]
    lines += [good + '"open', good + "b", good + "c,d", good + '"two\nlines"', "L2,listening,4,2026-03-06"]
    report = bring("feedback.csv", "\n".join(lines) + "\n")
    assert (report["rows"], report["new"], report["set_aside"]) == (6, 4, 2)
    assert {r["comment"] for r in rows("feedback")} == {"a", "b", "two\nlines", None}
    reasons = {(why["column"], why["reason"]) for why in report["reasons"]}
    assert reasons == {("", "a quote is not closed"), ("", "6 cells, but 5 headers")}


@pytest.mark.usefixtures("people")
def test_quotes_open_for_long_cost_only_their_lines(
    bring: Any, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recommender.store.importing import csv_files

    monkeypatch.setattr(csv_files, "_BLOCK", 400)
    good = [f"L1,listening,4,2026-03-05,{i}" for i in range(100)]
    lines = [
        *good[:30],
        'L1,listening,4,2026-03-05,"open',
        *good[30:80],
        'L1,listening,4,2026-03-05,"too',
        *good[80:],
    ]
    report = bring("feedback.csv", "\n".join(["learner_id,competency_id,rating,occurred_at,comment", *lines]))
    assert {r["comment"] for r in rows("feedback")} == set(map(str, range(100)))
    assert report["reasons"] == [{"column": "", "reason": "a quote is not closed", "rows": 2}]


@pytest.mark.usefixtures("people")
def test_row_numbers_are_those_of_a_spreadsheet(bring: Any, tmp_path: Path) -> None:
    text = "learner_id,competency_id,rating,occurred_at\n\nL1,listening,4,2026-03-05\nL1,listening\n,,,\n"
    bring("feedback.csv", text + "L1,listening,9,2026-03-05\n")
    lines = (tmp_path / "feedback.csv.set-aside.csv").read_text("utf-8-sig").splitlines()
    assert sorted(line.split(",")[1] for line in lines[1:]) == ["4", "6"]


@pytest.mark.usefixtures("people")
def test_broken_bytes_cost_only_their_row(bring: Any, rows: Any) -> None:
    text = "learner_id,competency_id,rating,occurred_at,comment\nL1,listening,4,2026-03-05,听得很仔细\n"
    report = bring("feedback.csv", text.encode() + b"L2,listening,4,2026-03-05,\xff\n")
    assert [(why["column"], why["reason"]) for why in report["reasons"]] == [
        ("comment", "holds a NUL or a broken character")
    ]
    assert [r["comment"] for r in rows("feedback")] == ["听得很仔细"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("feedback.csv", b"", "feedback.csv is empty. Its first line must hold the headers."),
        (
            "feedback.csv",
            b"learner_id,rating\nL1,4\n",
            "feedback.csv is feedback by its name, but the columns competency_id (能力编号), occurred_at "
            "(发生时间) are missing; it has learner_id, rating. Add or rename the column, or map it with "
            "--map mapping.toml.",
        ),
        (
            "holiday.csv",
            b"from,to\n1,2\n",
            "holiday.csv: neither its name nor its columns (from, to) say which table it is. "
            "Name it after one of departments, services, learners, competencies, modules, assessments, "
            "feedback, interactions, "
            "targets, outcomes, or rename its columns with --map mapping.toml.",
        ),
        (
            "feedback.docx",
            b"PK",
            "feedback.docx is of no known kind (.csv, .tsv, .txt, .parquet, .jsonl, .ndjson, .xlsx, .xlsm). "
            "Save it as CSV or XLSX and try again.",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_what_to_do(
    bring: Any, name: str, content: bytes, message: str
) -> None:
    assert bring(name, content)["error"] == message


@pytest.mark.parametrize("name", ["feedback.xlsx", "feedback.parquet"])
def test_a_file_of_another_kind_is_refused(bring: Any, name: str) -> None:
    assert f"{name} is no " in bring(name, b"learner_id\n")["error"]

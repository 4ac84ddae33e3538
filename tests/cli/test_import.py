"""``recommender import`` and ``recommender template`` as people call them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from recommender.cli import main


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_set_aside_rows_are_reported_with_status_0(tmp_path: Path) -> None:
    Path("learners.csv").write_text("learner_id,name,shoe size\nL1,Ann,40\n,Bo,41\n")
    result = _run("import", "learners.csv")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].split() == [
        "file",
        "table",
        "rows",
        "new",
        "corrected",
        "unchanged",
        "erased",
        "set_aside",
    ]
    assert lines[1].split() == ["learners.csv", "learners", "2", "1", "0", "0", "0", "1"]
    assert lines[2:] == [
        "learners.csv: kept out unknown columns: shoe size",
        "learners.csv: 1 set aside, learner_id: missing",
        f"Mend and import: {tmp_path / 'learners.csv.set-aside.csv'}",
    ]


def test_json_says_the_same() -> None:
    Path("learners.csv").write_text("learner_id\nL1\n")
    report = json.loads(_run("import", "--json", "learners.csv").stdout)
    assert report["dry_run"] is False
    assert report["files"][0]["new"] == 1


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("learners.csv", "name\nAnn\n", "the column learner_id (员工编号) is missing"),
        ("learners.csv", "learner_id\n", "The files hold no rows. Fill in at least one below the headers."),
        ("feedback.csv", "learner_id,competency_id,rating,occurred_at\nL1,x,9,z\n", "No row could be used."),
        ("other.csv", "", "other.csv is empty. Its first line must hold the headers."),
    ],
)
def test_where_nothing_came_in_the_status_is_1(name: str, text: str, message: str) -> None:
    Path(name).write_text(text)
    result = _run("import", name)
    assert result.exit_code == 1
    assert message in result.stderr


def test_a_good_file_goes_in_beside_a_bad_one() -> None:
    Path("learners.csv").write_text("learner_id\nL1\n")
    Path("feedback.csv").write_text("a,b\n1,2\n")
    result = _run("import", "learners.csv", "feedback.csv")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1].split()[3] == "1"
    assert "feedback.csv is feedback by its name, but" in result.stderr


def test_what_is_not_there_says_so() -> None:
    assert _run("import", "nowhere.csv").stderr == "There is no file or folder nowhere.csv. Check the path.\n"
    Path("learners.csv").write_text("learner_id\nL1\n")
    result = _run("import", "learners.csv", "--timezone", "Mars")
    assert (result.exit_code, result.stderr) == (
        1,
        "There is no timezone 'Mars'. Name one such as Asia/Shanghai.\n",
    )


def test_an_empty_folder_is_no_failure() -> None:
    Path("inbox").mkdir()
    result = _run("import", "inbox")
    assert (result.exit_code, result.stderr) == (0, "There is nothing to import.\n")


def test_template_writes_a_workbook() -> None:
    assert _run("template", "--output", "t.xlsx", "--lang", "zh").exit_code == 0
    assert Path("t.xlsx").read_bytes().startswith(b"PK")
    assert _run("template", "--output", "t.csv").exit_code == 2

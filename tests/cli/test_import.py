"""``recommender import`` and ``recommender template`` as people call them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

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


def test_a_date_that_people_read_differently_says_how_to_write_it() -> None:
    Path("learners.csv").write_text("learner_id,hired_on\nL1,05/03/2026\n")
    Path("interactions.csv").write_text(
        "learner_id,module_id,status,occurred_at\nL1,m1,completed,05/03/2026 10:00\n"
    )
    told = "a date such as 05/03/2026 is two days to two readers; write year, month, day: 2026-03-05"
    for name, column in (("learners.csv", "hired_on"), ("interactions.csv", "occurred_at")):
        assert f"{name}: 1 set aside, {column}: {told}\n" in _run("import", name).stdout


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            b"PK\x03\x04\x14\x00\x1b[31m\xff\xfe\n\x00\x01",
            "junk.csv is no text file. Save it as CSV and try again.",
        ),
        (b"a\xe2\x80\xaeb," + b"c" * 100 + b"\n1,2\n", "(a\ufffdb, " + "c" * 59 + "…)"),
    ],
)
def test_no_garbage_reaches_the_terminal(content: bytes, told: str) -> None:
    Path("junk.csv").write_bytes(content)
    result = _run("import", "junk.csv")
    assert result.exit_code == 1
    assert told in result.stderr
    assert "\x1b" not in result.output
    assert len(result.stderr.splitlines()) == 1


def test_a_value_s_control_characters_do_not_reach_the_terminal() -> None:
    Path("competencies.csv").write_text("competency_id,parent_id,name_en\na,\x1b[31mb,A\n")
    result = _run("import", "competencies.csv")
    assert "unknown competency \ufffd[31mb" in result.stdout
    assert "\x1b" not in result.output


def test_own_catalogues_say_what_they_replace() -> None:
    Path("competencies.csv").write_text("competency_id,name_en\nc1,One\n")
    assert re.search(
        r"^competencies\.csv: replaces the \d+ shipped competencies\.$",
        _run("import", "competencies.csv").stdout,
        re.MULTILINE,
    )
    assert "replaces" not in _run("import", "competencies.csv").stdout


def test_rows_that_can_be_set_aside_nowhere_say_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("learners.csv").write_text("learner_id,name\nL1,Ann\n,Bo\n")

    def refused(path: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if mode == "xb":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, mode, *args, **kwargs)

    opened = Path.open
    monkeypatch.setattr(Path, "open", refused)
    result = _run("import", "learners.csv")
    assert result.exit_code == 1
    assert result.stderr == (
        f"Rows of learners.csv have to be set aside, but no file can be made in {Path.cwd()}. "
        "Nothing of it was imported; run the import from a folder that can be written to.\n"
    )
    assert '"rows": 1' not in _run("status", "--json").stdout

"""Which table a file is, and what its columns are called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recommender.errors import BadInput
from recommender.evidence import TABLES
from recommender.store.importing.chunks import Source
from recommender.store.importing.mapping import Mapping, read_mapping
from recommender.store.importing.recognise import recognise

FEEDBACK = ["learner_id", "competency_id", "rating", "occurred_at"]


def _table(
    name: str, header: list[str], sheet: str | None = None, mapping: Mapping | None = None
) -> str | None:
    found = recognise(Source(Path(name), sheet, header, lambda: iter(())), mapping or Mapping())
    return None if found is None else found.table.name


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("table", list(TABLES))
def test_every_table_is_known_by_its_name_and_by_its_columns(table: str, lang: str) -> None:
    spec = TABLES[table]
    header = [c.zh[0] if lang == "zh" else c.name for c in spec.columns]
    name = spec.zh[0] if lang == "zh" else table
    assert _table(f"{name}.csv", header) == table
    assert _table("book.xlsx", header, sheet=name) == table
    assert _table("export.csv", header) == table


@pytest.mark.parametrize(
    "name",
    [
        "2026-03_feedback.csv",
        "feedback_2.csv",
        "HR-Feedback (final).csv",
        "2026年3月反馈.csv",
        "员工反馈.csv",
    ],
)
def test_what_stands_around_a_name_does_not_matter(name: str) -> None:
    assert _table(name, FEEDBACK) == "feedback"


def test_the_longer_name_wins_over_a_part_of_it() -> None:
    assert _table("课程记录.csv", ["学员编号", "课程编号", "状态", "日期"]) == "interactions"
    assert _table("能力目标.csv", ["能力", "目标值"]) == "targets"


def test_headers_may_be_written_in_many_ways() -> None:
    header = ["Learner ID", "COMPETENCY-ID", "打分", "Occurred　At", "ＩＤ", "other"]
    found = recognise(Source(Path("feedback.csv"), None, header, lambda: iter(())), Mapping())
    assert found is not None
    expected = {"learner_id": 0, "competency_id": 1, "rating": 2, "occurred_at": 3, "feedback_id": 4}
    assert found.places == expected
    assert found.unknown == ["other"]


def test_a_score_without_a_rater_is_an_assessment() -> None:
    assert _table("x.csv", ["learner_id", "competency_id", "score", "occurred_at"]) == "assessments"


def test_a_mapping_renames_headers_and_names_files(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(
        '[files]\nfeedback = "360_*.csv"\n[feedback]\n"Bewertung" = "rating"\n'
        '[all]\n"Personalnummer" = "learner_id"\n'
    )
    mapping = read_mapping(path)
    header = ["personalnummer", "Bewertung", "competency_id", "date"]
    assert _table("360_2026.csv", header, mapping=mapping) == "feedback"
    assert _table("interactions.csv", ["Personalnummer", "module_id", "status", "date"], mapping=mapping)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rating = 1", "m.toml: rating stands outside a section. Write it under [table]."),
        (
            '[targets]\nx = "rating"',
            "m.toml: [targets] 'x' = 'rating', but there is no such column. "
            "Columns are competency_id, target, role.",
        ),
        (
            '[ratings]\nx = "rating"',
            "m.toml: there is no table 'ratings'. Tables are " + ", ".join(TABLES) + ".",
        ),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "m.toml"
    path.write_text(text)
    with pytest.raises(BadInput) as error:
        read_mapping(path)
    assert str(error.value) == message


def test_a_workbook_of_several_tables_and_a_folder_go_in_in_order(ws: Any, tmp_path: Path) -> None:
    from recommender.service.importing import import_paths

    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "feedback.csv").write_text(",".join(FEEDBACK) + "\nL1,listening,4,2026-03-05\n")
    (folder / "learners.csv").write_text("learner_id\nL1\n")
    (folder / "feedback.csv.set-aside.csv").write_text("learner_id\nL9\n")
    (folder / "holiday.csv").write_text("from,to\n1,2\n")
    report = import_paths(ws, [folder])
    assert [(f["table"], f["new"], f["error"]) for f in report["files"]] == [
        ("learners", 1, None),
        ("feedback", 1, None),
    ]
    assert report["passed_over"] == ["feedback.csv.set-aside.csv", "holiday.csv"]

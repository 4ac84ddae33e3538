"""Public data sets become files the importer takes: small made-up folders of the same shape."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from recommender.cli.convert import command
from recommender.converters import insteval, mooccubex
from recommender.errors import BadInput
from recommender.evidence import TABLES


@pytest.fixture
def moocs(tmp_path: Path) -> Path:
    rows = [("U_1", 0, "C_a", 0), ("U_1", 1, "C_b", 0), ("U_1", 2, "C_c", 1), ("U_2", 0, "C_b", 1)]
    columns = ["user_id", "position", "course_id", "is_last"]
    pd.DataFrame(rows, columns=columns).to_parquet(tmp_path / "enrolments.parquet")
    (tmp_path / "courses.csv").write_text(
        "course_id,name,fields,schools\nC_a,思想道德,法学|教育学,清华大学\nC_b,,,\nC_c,中医英语,,\n",
        encoding="utf-8",
    )
    return tmp_path


@pytest.fixture
def ratings(tmp_path: Path) -> Path:
    (tmp_path / "InstEval.csv").write_text(
        "s,d,studage,lectage,service,dept,y\n"
        "1,1002,2,2,0,2,5\n1,1050,2,1,1,6,2\n2,1050,4,4,0,6,4\n3,1002,4,1,1,2,1\n"
    )
    return tmp_path


def test_courses_keep_their_order_one_a_day(moocs: Path) -> None:
    rows = mooccubex.convert(moocs, moocs / "out")
    assert rows == {"learners.csv": 2, "modules.csv": 3, "interactions.parquet": 4}
    got = pd.read_parquet(moocs / "out" / "interactions.parquet").sort_values("occurred_at")
    one = got[got["learner_id"] == "U_1"]
    assert one["module_id"].tolist() == ["C_a", "C_b", "C_c"]
    assert one["occurred_at"].diff().dropna().dt.days.tolist() == [1, 1]
    assert set(got["status"]) == {"completed"}
    last = got.groupby("learner_id")["occurred_at"].max() - pd.Timestamp("2020-01-01", tz="UTC")
    assert last.dt.days.to_dict() == {u: mooccubex.last_day(u) for u in ("U_1", "U_2")}


def test_course_names_are_chinese_titles(moocs: Path) -> None:
    mooccubex.convert(moocs, moocs / "out")
    modules = pd.read_csv(moocs / "out" / "modules.csv", keep_default_na=False).set_index("module_id")
    assert modules.loc["C_a", "title_zh"] == "思想道德"
    assert modules.loc["C_a", "description_zh"] == "清华大学 法学、教育学"
    assert modules.loc["C_b", "title_zh"] == ""


def test_a_rating_from_another_department_is_an_internal_customers(ratings: Path) -> None:
    insteval.convert(ratings, ratings / "out")
    got = pd.read_csv(ratings / "out" / "feedback.csv", dtype=str, keep_default_na=False)
    columns = ["learner_id", "rater_id", "rating", "relation", "rater_department_id", "occurred_at"]
    assert got[columns].values.tolist() == [
        ["D1002", "S1", "5", "peer", "2", "2019-01-02"],
        ["D1050", "S1", "2", "internal_customer", "2", "2019-07-03"],
        ["D1050", "S2", "4", "peer", "6", "2018-01-03"],
        ["D1002", "S3", "1", "internal_customer", "", "2019-07-03"],
    ]
    services = pd.read_csv(ratings / "out" / "services.csv", dtype=str)
    assert services.values.tolist() == [["6", "2", "lectures"]]
    learners = pd.read_csv(ratings / "out" / "learners.csv", dtype=str)
    assert learners.values.tolist() == [["D1002", "2"], ["D1050", "6"]]


@pytest.mark.parametrize("name", ["mooccubex", "insteval"])
def test_columns_are_the_contracts(name: str, moocs: Path, ratings: Path) -> None:
    done = CliRunner().invoke(command, [name, str(moocs), "--output", str(moocs / "out")])
    assert done.exit_code == 0, done.output
    files = sorted((moocs / "out").iterdir())
    assert len(files) == len(done.output.splitlines()) >= 3
    for path in files:
        frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
        table = TABLES[path.stem]
        assert set(table.required) <= set(frame.columns) <= {c.name for c in table.columns}


def test_wrong_folder_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        insteval.convert(tmp_path, tmp_path / "out")
    assert str(caught.value) == (
        f"{tmp_path} holds no InstEval.csv. Give the folder the data set was unpacked into."
    )
    (tmp_path / "InstEval.csv").write_text("s,d\n1,2\n")
    with pytest.raises(BadInput) as caught:
        insteval.convert(tmp_path, tmp_path / "out")
    assert str(caught.value) == (
        f"{tmp_path / 'InstEval.csv'} has no column lectage, service, dept, y. Is it that data set's?"
    )


def test_whole_sets_convert(tmp_path: Path) -> None:
    shared = os.environ.get("RECOMMENDER_SHARED_DATA")
    if not shared:
        pytest.skip("RECOMMENDER_SHARED_DATA names no folder of public data sets")
    rows = insteval.convert(Path(shared) / "insteval", tmp_path / "insteval")
    assert rows["feedback.csv"] == 73_421
    rows = mooccubex.convert(Path(shared) / "mooccubex_dev", tmp_path / "mooccubex")
    assert rows["interactions.parquet"] == 710_280

"""Public data sets become files the importer takes: small made-up folders of the same shape."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from recommender.cli.convert import command
from recommender.converters import SETS, convert, mooccubex
from recommender.errors import BadInput
from recommender.evidence import TABLES
from recommender.profiles.blocks import is_answer


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


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    columns = ["student", "position", "skill", "correct"]
    train, test = [(0, 0, 7, 1), (0, 1, 7, 0), (1, 0, 3, 1)], [(0, 0, 3, 0)]
    pd.DataFrame(train, columns=columns).to_parquet(tmp_path / "train.parquet")
    pd.DataFrame(test, columns=columns).to_parquet(tmp_path / "test.parquet")
    return tmp_path


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    (tmp_path / "scores_2021.csv").write_text(
        "User ID,Question ID,Score\nS1,Q2,1.0\nS1,Q10,0.5\nS2,Q2,\nS2,Q10,0.0\nS2,Q10,0.25\n"
    )
    return tmp_path


def test_answers_are_right_or_wrong_a_minute_apart_and_the_group_says_which_part(answers: Path) -> None:
    rows = convert("assist2009", answers, answers / "out")
    assert rows == {"learners.csv": 3, "competencies.csv": 2, "assessments.parquet": 4}
    got = pd.read_parquet(answers / "out" / "assessments.parquet")
    assert got[["learner_id", "competency_id", "score"]].values.tolist() == [
        ["tr0", "skill7", 1], ["tr0", "skill7", 0], ["tr1", "skill3", 1], ["te0", "skill3", 0],
    ]  # fmt: skip
    assert (got["occurred_at"].iloc[1] - got["occurred_at"].iloc[0]).total_seconds() == 60
    assert all(is_answer({"type": "assessment", **row}) for row in got.to_dict("records"))
    learners = pd.read_csv(answers / "out" / "learners.csv")
    assert learners.values.tolist() == [["tr0", "train"], ["tr1", "train"], ["te0", "test"]]


def test_a_question_is_a_competency_below_its_course_and_no_score_is_no_evidence(scores: Path) -> None:
    convert("practice", scores, scores / "out")
    got = pd.read_csv(scores / "out" / "assessments.csv")
    assert got[["learner_id", "competency_id", "score"]].values.tolist() == [
        ["S1", "Q2", 1.0], ["S1", "Q10", 0.5], ["S2", "Q10", 0.0], ["S2", "Q10", 0.25],
    ]  # fmt: skip
    assert got["assessment_id"].is_unique
    below = pd.read_csv(scores / "out" / "competencies.csv", keep_default_na=False)
    assert below[["competency_id", "parent_id"]].values.tolist() == [
        ["computer_systems", ""], ["Q2", "computer_systems"], ["Q10", "computer_systems"],
    ]  # fmt: skip


def test_courses_keep_their_order_one_a_day(moocs: Path) -> None:
    rows = convert("mooccubex", moocs, moocs / "out")
    assert rows == {"learners.csv": 2, "modules.csv": 3, "interactions.parquet": 4}
    got = pd.read_parquet(moocs / "out" / "interactions.parquet").sort_values("occurred_at")
    one = got[got["learner_id"] == "U_1"]
    assert one["module_id"].tolist() == ["C_a", "C_b", "C_c"]
    assert one["occurred_at"].diff().dropna().dt.days.tolist() == [1, 1]
    assert set(got["status"]) == {"completed"}
    last = got.groupby("learner_id")["occurred_at"].max() - pd.Timestamp("2020-01-01", tz="UTC")
    assert last.dt.days.to_dict() == {u: mooccubex.last_day(u) for u in ("U_1", "U_2")}


def test_course_names_are_chinese_titles(moocs: Path) -> None:
    convert("mooccubex", moocs, moocs / "out")
    modules = pd.read_csv(moocs / "out" / "modules.csv", keep_default_na=False).set_index("module_id")
    assert modules.loc["C_a", "title_zh"] == "思想道德"
    assert modules.loc["C_a", "description_zh"] == "清华大学 法学、教育学"
    assert modules.loc["C_b", "title_zh"] == ""


def test_a_rating_from_another_department_is_an_internal_customers(ratings: Path) -> None:
    convert("insteval", ratings, ratings / "out")
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


@pytest.mark.parametrize("name", SETS)
@pytest.mark.usefixtures("ratings", "answers", "scores")
def test_columns_are_the_contracts(name: str, moocs: Path) -> None:
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
        convert("insteval", tmp_path, tmp_path / "out")
    assert str(caught.value) == (
        f"{tmp_path} holds no InstEval.csv. Give the folder the data set was unpacked into."
    )
    (tmp_path / "InstEval.csv").write_text("s,d\n1,2\n")
    with pytest.raises(BadInput) as caught:
        convert("insteval", tmp_path, tmp_path / "out")
    assert str(caught.value) == (
        f"{tmp_path / 'InstEval.csv'} has no column lectage, service, dept, y. Is it that data set's?"
    )


def test_whole_sets_convert(tmp_path: Path) -> None:
    shared = os.environ.get("RECOMMENDER_SHARED_DATA")
    if not shared:
        pytest.skip("RECOMMENDER_SHARED_DATA names no folder of public data sets")
    rows = convert("insteval", Path(shared) / "insteval", tmp_path / "insteval")
    assert rows["feedback.csv"] == 73_421
    rows = convert("mooccubex", Path(shared) / "mooccubex_dev", tmp_path / "mooccubex")
    assert rows["interactions.parquet"] == 710_280
    rows = convert("assist2009", Path(shared) / "assist2009_dkt", tmp_path / "assist2009")
    assert rows == {"learners.csv": 4_217, "competencies.csv": 124, "assessments.parquet": 525_534}
    rows = convert("practice", Path(shared) / "personalized_practice_2021", tmp_path / "practice")
    assert rows["assessments.csv"] == 33_314

"""Public data sets go the way of every organisation's files: small made-up folders of the same shape."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recommender.errors import BadInput
from recommender.service import benchmark


def told(result: dict, measure: str, part: str | None = None) -> dict[str, float]:
    return {
        row["of"]: row["value"]
        for row in result["rows"]
        if row["measure"] == measure and part in (None, row["part"])
    }


def test_an_unknown_set_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(
        BadInput, match=r"no data set 'movies'\. Those known are assist2009, insteval, mooccubex, practice"
    ):
        benchmark.run("movies", tmp_path)
    with pytest.raises(BadInput, match=r"holds no enrolments\.parquet"):
        benchmark.run("mooccubex", tmp_path)


def test_courses_that_follow_each_other_are_foretold_better_than_what_is_popular(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [
        (f"U_{u}", at, f"C_{(first + at) % 20}")
        for u in range(80)
        for first in [int(rng.integers(20))]
        for at in range(5)
    ]
    pd.DataFrame(rows, columns=["user_id", "position", "course_id"]).to_parquet(
        tmp_path / "enrolments.parquet"
    )
    courses = "".join(f"C_{c},课程{c},,\n" for c in range(20))
    (tmp_path / "courses.csv").write_text("course_id,name,fields,schools\n" + courses, encoding="utf-8")
    result = benchmark.run("mooccubex", tmp_path)
    ordered, mixed = (told(result, "NDCG@10", part) for part in ("platform", "platform, shuffled"))
    assert ordered["this version"] > ordered["popularity"] + 0.2
    assert ordered["this version"] > ordered["EASE-R"] > ordered["popularity"]
    assert ordered["this version"] > mixed["this version"], "no order is left to learn"
    for measure in ("coverage@10", "fit, times EASE-R", "answer, times EASE-R"):
        assert told(result, measure, "platform").keys() == ordered.keys()
    company = [row["note"] for row in result["rows"] if row["part"] == "company"]
    assert company[0] == "fewer than 4,112 learners"


def test_raters_differ_so_their_severity_foretells_what_they_give(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    lecturer, student = rng.normal(3, 0.5, 40), rng.normal(0, 0.7, 60)
    pairs = [(s, d) for s in range(60) for d in rng.permutation(40)[:14]]
    rows = [
        (s, d, 2, 1 + d % 2, (s + d) % 2, 1 + d % 3, int(np.clip(round(x), 1, 5)))
        for s, d in pairs
        for x in [lecturer[d] + student[s] + rng.normal(0, 0.6)]
    ]
    columns = ["s", "d", "studage", "lectage", "service", "dept", "y"]
    pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "InstEval.csv", index=False)
    result = benchmark.run("insteval", tmp_path)
    one, mean = told(result, "RMSE", "one rating"), told(result, "RMSE", "mean, 3 known")
    assert one["and rater severity"] < one["shrunk mean"] - 0.1 < one["global mean"] - 0.15
    assert one["this version"] < one["shrunk mean"] - 0.1
    assert mean["this version"] < mean["lecturer's mean"]
    assert mean["this version, its profile alone"] < mean["lecturer's mean"]
    assert {row["n"] for row in result["rows"]} == {5}
    assert 0.85 < told(result, "rating or score in its 90 %")["this version"] < 0.95


@pytest.mark.slow
def test_real_ratings_are_foretold_better_than_by_severity_alone() -> None:
    shared = os.environ.get("RECOMMENDER_SHARED_DATA")
    if not shared:
        pytest.skip("RECOMMENDER_SHARED_DATA names no folder of public data sets")
    result = benchmark.run("insteval", Path(shared) / "insteval")
    one, mean = told(result, "RMSE", "one rating"), told(result, "RMSE", "mean, 3 known")
    assert one["this version"] < one["and rater severity"]
    assert mean["this version"] < mean["shrunk mean"]


def answers(students: int, seed: int) -> pd.DataFrame:
    """Students who differ, each answering in turn about one of four skills they learn at."""
    rng = np.random.default_rng(seed)
    rows = []
    for student in range(students):
        able = rng.normal(0, 1.5) + rng.normal(0, 1.0, 4)
        for position in range(40):
            skill = position // 5 % 4
            right = rng.random() < 1 / (1 + np.exp(-(able[skill] + skill - 1.5)))
            able[skill] += rng.normal(0.05, 0.3)
            rows.append((student, position, skill, int(right)))
    return pd.DataFrame(rows, columns=["student", "position", "skill", "correct"])


def test_answers_of_unseen_students_are_foretold_better_than_by_their_shares(tmp_path: Path) -> None:
    answers(60, 0).to_parquet(tmp_path / "train.parquet")
    answers(40, 1).to_parquet(tmp_path / "test.parquet")
    result = benchmark.run("assist2009", tmp_path)
    area, loss = told(result, "AUC"), told(result, "log loss")
    for name in ("student mean", "skill mean"):
        assert area["this version"] > area[name] + 0.02
        assert loss["this version"] < loss[name] - 0.02
    assert area["this version"] > area["student x skill"]
    assert area["logistic with recency"] > area["student mean"]
    assert {row["n"] for row in result["rows"]} == {40 * 40}


@pytest.mark.slow
def test_real_answers_are_foretold_better_than_by_any_plain_model() -> None:
    shared = os.environ.get("RECOMMENDER_SHARED_DATA")
    if not shared:
        pytest.skip("RECOMMENDER_SHARED_DATA names no folder of public data sets")
    result = benchmark.run("assist2009", Path(shared) / "assist2009_dkt")
    area = told(result, "AUC")
    assert area.pop("this version") > max(0.835, *area.values())


def test_scores_of_questions_are_foretold_from_a_students_others(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    easy, able = rng.uniform(0.3, 0.8, 8), rng.normal(0, 0.25, 60)
    rows = [
        (f"S{s}", f"Q{q + 1}", "" if rng.random() < 0.05 else round(float(np.clip(x, 0, 1)), 2))
        for s in range(60)
        for q in range(8)
        for x in [easy[q] + able[s] + rng.normal(0, 0.15)]
    ]
    frame = pd.DataFrame(rows, columns=["User ID", "Question ID", "Score"])
    frame.to_csv(tmp_path / "scores_2021.csv", index=False)
    result = benchmark.run("practice", tmp_path)
    error = told(result, "RMSE")
    assert error["this version, without segments"] < error["additive"]
    for share in told(result, "rating or score in its 90 %").values():
        assert 0.82 < share < 0.97
    assert error["this version"] < min(error["student mean"], error["question mean"]) - 0.03
    assert error["this version"] < error["additive"]


@pytest.mark.slow
def test_real_scores_are_foretold_better_than_by_plain_means() -> None:
    shared = os.environ.get("RECOMMENDER_SHARED_DATA")
    if not shared:
        pytest.skip("RECOMMENDER_SHARED_DATA names no folder of public data sets")
    result = benchmark.run("practice", Path(shared) / "personalized_practice_2021")
    error, held = told(result, "RMSE"), told(result, "rating or score in its 90 %")
    assert error["this version"] < error["question mean"]
    assert error["this version, without segments"] < error["additive"] - 0.003
    assert all(0.87 < share < 0.93 for share in held.values())

"""Public data sets go the way of every organisation's files: small made-up folders of the same shape."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recommender.errors import BadInput
from recommender.service import benchmark


def told(result: dict, measure: str) -> dict[str, float]:
    return {row["of"]: row["value"] for row in result["rows"] if row["measure"] == measure}


def test_an_unknown_set_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no data set 'movies'\. Those known are mooccubex"):
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
    hits = told(benchmark.run("mooccubex", tmp_path), "NDCG@10")
    assert hits["this version"] > hits["popularity"] + 0.2

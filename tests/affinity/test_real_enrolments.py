"""On real enrolments, where they are at hand, the next module holds the floor that plain models miss."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bench.bench_next_module import COMPANY, drawn, metrics, models

from recommender.affinity.histories import histories


@pytest.mark.slow
def test_a_companys_last_courses_are_foretold() -> None:
    path = Path(os.environ.get("RECOMMENDER_SHARED_DATA", "")) / "mooccubex_dev" / "enrolments.parquet"
    if not path.is_file():
        pytest.skip("RECOMMENDER_SHARED_DATA names no folder with mooccubex_dev/enrolments.parquet")
    frame = pd.read_parquet(path).sort_values(["user_id", "position"])
    whole = frame.groupby("user_id")["course_id"].agg(list)
    crowd = whole[drawn(list(whole.index), "small:", COMPANY)].tolist()
    past = histories(sequence[:-1] for sequence in crowd)
    asked, targets = [s[:-1] for s in crowd], [s[-1] for s in crowd]
    figures = {
        name: metrics(models(past)[name](), past, asked, targets)
        for name in ("EASE-R, decay .7", "next module (ours)")
    }
    hits, ndcg, coverage = figures["next module (ours)"]
    assert hits > 0.240
    assert ndcg > 0.150
    assert coverage > 0.70
    assert np.all(np.array(figures["next module (ours)"]) > figures["EASE-R, decay .7"])

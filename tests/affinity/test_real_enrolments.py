"""On real enrolments, where they are at hand, the next module holds the floor that plain models miss."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from recommender.evaluation.metrics import hit, ndcg
from recommender.evaluation.public.mooccubex import COMPANY, drawn, judged
from recommender.evaluation.rows import OURS


@pytest.mark.slow
def test_a_companys_last_courses_are_foretold() -> None:
    path = Path(os.environ.get("RECOMMENDER_SHARED_DATA", "")) / "mooccubex_dev" / "enrolments.parquet"
    if not path.is_file():
        pytest.skip("RECOMMENDER_SHARED_DATA names no folder with mooccubex_dev/enrolments.parquet")
    frame = pd.read_parquet(path).sort_values(["user_id", "position"])
    whole = frame.groupby("user_id")["course_id"].agg(list)
    firm = drawn(list(whole.index), "small:")[:COMPANY]
    found = dict(judged({who: whole[who] for who in firm}, firm, 0))
    ours = found[OURS]
    assert hit(ours.ranks).mean() > 0.240
    assert ndcg(ours.ranks).mean() > 0.150
    assert ours.coverage > 0.70
    for name in ("popularity", "EASE-R", "EASE-R, decay 0.7"):
        assert hit(ours.ranks).mean() > hit(found[name].ranks).mean()
        assert ndcg(ours.ranks).mean() > ndcg(found[name].ranks).mean()
        assert ours.coverage > found[name].coverage

"""Modules and learners that no fit has met: foretold by what they are about, and by nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.evaluation.public import newcomers
from recommender.evaluation.rows import OURS, Row
from recommender.framework import Module

TOPICS = ["财务报表", "机器学习", "中医养生", "古典音乐", "环境保护", "国际贸易"]


def organisation(titles: bool) -> tuple[dict[str, list[str]], list[Module]]:
    """Learners who stay within a topic; modules whose titles tell it, or another one's by chance."""
    rng = np.random.default_rng(3)
    modules = [
        Module(f"M{j:03}", title_zh=f"{TOPICS[j % 6 if titles else rng.integers(6)]}第{j // 6}讲")
        for j in range(240)
    ]
    whole = {}
    for who in range(900):
        own = np.arange(who % 6, 240, 6)
        whole[f"U{who}"] = [f"M{j:03}" for j in rng.choice(own, 5, replace=False)]
    return whole, modules


def told(rows: list[Row], part: str) -> dict[str, float]:
    return {row.of: float(row.value or 0) for row in rows if row.part == part and row.measure == "HR@10"}


@pytest.fixture(scope="module", params=[True, False], ids=["titles", "titles by chance"])
def found(request: pytest.FixtureRequest) -> tuple[bool, list[Row]]:
    return request.param, newcomers.rows(*organisation(request.param), 0, 700, 150)


def test_new_modules_are_found_by_what_they_are_about_alone(found: tuple[bool, list[Row]]) -> None:
    titles, rows = found
    hits = told(rows, "new modules")
    assert hits[newcomers.RANDOM] == 10 / 24
    if titles:
        assert min(hits[OURS], hits[newcomers.LAST]) > 0.9
    else:  # had the fit met them, it would know of the topic all the same
        assert hits[OURS] < 0.6


def test_a_new_learner_is_met_by_what_is_popular_and_soon_by_what_was_taken(
    found: tuple[bool, list[Row]],
) -> None:
    _, rows = found
    assert told(rows, "new learners")[OURS] == pytest.approx(
        told(rows, "new learners")["popularity"], abs=0.05
    )
    one = told(rows, "new learners, one module known")
    assert one[OURS] > one["popularity"] + 0.1


def test_too_few_learners_are_said_to_be_too_few() -> None:
    rows = newcomers.rows({"A": ["M1", "M2"]}, [Module("M1"), Module("M2")], 0, 10, 10)
    assert [row.note for row in rows] == ["too few learners"] * 2


def test_ties_stand_in_the_middle_of_their_places() -> None:
    score = np.array([3.0, 1.0, 1.0, 1.0, 9.0])
    assert newcomers._rank(score, 1) == 4.0
    assert newcomers._rank(score, 1, gone=[4, 2]) == 2.5

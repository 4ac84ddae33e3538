"""Better, worse, not distinguishable: the interval is the bootstrap's, and holds what it promises."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.evaluation.comparison import Difference, paired


def test_a_difference_of_everybody_is_told() -> None:
    rng = np.random.default_rng(0)
    theirs = rng.gamma(4, 2, 80)
    better = paired(theirs - 0.5 + rng.normal(0, 0.3, 80), theirs)
    assert better.word == "better"
    assert better.low < better.mean < better.high < 0
    assert better.mean == pytest.approx(better.ours - better.theirs)
    assert paired(theirs + 0.5, theirs).word == "worse"
    assert paired(theirs, theirs).word == "not distinguishable"


def test_it_is_seeded_and_paired() -> None:
    rng = np.random.default_rng(1)
    ours, theirs = rng.random((2, 50))
    assert paired(ours, theirs) == paired(ours, theirs)
    one, turned = paired(ours, theirs), paired(theirs, ours)
    assert (one.low, one.high) == pytest.approx((-turned.high, -turned.low), abs=0.01)
    error = (ours - theirs).std(ddof=1) / np.sqrt(50)
    assert (one.high - one.low) / 2 == pytest.approx(1.645 * error, rel=0.08)


@pytest.mark.parametrize(
    ("difference", "word"),
    [
        (Difference(9.5, 9.0, 0.5, 0.3, 0.7, 40), "worse"),
        (Difference(9.1, 9.0, 0.1, -0.1, 0.3, 40), "not distinguishable"),
        (Difference(9.03, 9.0, 0.03, 0.02, 0.04, 40), "not distinguishable"),
        (Difference(8.5, 9.0, -0.5, -0.7, -0.3, 40), "better"),
        (Difference(18.0, 9.0, 9.0, 8.0, 10.0, 4), "cannot be told"),
    ],
)
def test_words(difference: Difference, word: str) -> None:
    assert difference.word == word


def test_nobody_is_too_few() -> None:
    assert paired(np.zeros(0), np.zeros(0)).word == "cannot be told"


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    held = 0
    for seed in range(200):
        theirs = rng.gamma(3, 1, 60)
        found = paired(theirs + rng.normal(0.2, 0.7, 60), theirs, seed=seed)
        held += found.low <= 0.2 <= found.high
    assert 0.84 <= held / 200 <= 0.95

"""Where marks end: by what share of a source's marks each has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtri

from recommender.evaluation.metrics import marks_coverage
from recommender.evaluation.worlds import BASE, make
from recommender.profiles.cells import marks
from recommender.profiles.marks import edges_of, halves, reach


def rating(mark: int) -> dict[str, object]:
    return {
        "type": "feedback", "rating": mark, "scale_min": 1, "scale_max": 5, "relation": "peer",
        "rater_id": "r", "learner_id": "u",
    }  # fmt: skip


def test_marks_rounded_to_the_nearest_end_about_halfway() -> None:
    """A little further out: the marks' spread holds that of rounding."""
    value = np.clip(np.rint((50 + 18 * np.random.default_rng(0).standard_normal(40_000)) / 25), 0, 4) * 25
    wider = value.std() / 18
    np.testing.assert_allclose(edges_of(value, 4), 50 + wider * (halves(4) - 50), atol=0.7)
    assert 1 < wider < 1.1


def test_few_marks_hardly_move_the_edges_and_marks_alike_do_not() -> None:
    assert edges_of(np.full(9, 75.0), 4) == tuple(halves(4))
    assert edges_of(np.full(10, 100.0 / 3.0), 3) == tuple(halves(3))
    assert np.abs(np.array(edges_of(np.array([25.0, 75.0]), 4)) - halves(4)).max() < 8.0


def test_a_scale_whose_ends_are_given_often_is_foretold_with_its_shares() -> None:
    """Intervals then hold what they say, where halves leave the ends too little room."""
    rng = np.random.default_rng(1)
    share = np.array([0.14, 0.18, 0.24, 0.22, 0.22])
    known, n = 0.5, 40_000  # of a mark's variance, what is foretold of it
    mean = known**0.5 * rng.standard_normal(n)
    latent = mean + (1 - known) ** 0.5 * rng.standard_normal(n)
    mark = np.searchsorted(ndtri(np.cumsum(share)[:-1]), latent)
    value = 25.0 * mark
    edges = {("peer", 4): edges_of(value, 4)}
    expected, sd = value.mean() + value.std() * mean, value.std() * (1 - known) ** 0.5
    held = {}
    for name, known_edges in (("edges", edges), ("halves", {})):
        cells = np.array([reach(rating(m + 1), known_edges) for m in range(5)])
        held[name], _ = marks_coverage(value - expected, np.full(n, sd), cells[mark])
    assert held["edges"] == pytest.approx(0.9, abs=0.006)
    assert held["halves"] < 0.885


def test_marks_are_kept_apart_by_source_and_scale() -> None:
    evidence = make(BASE, 0, learners=40).evidence()
    found = marks(evidence)
    assert {("peer", 4), ("self", 4)} <= set(found)
    assert sum(map(len, found.values())) <= len(evidence.feedback) + len(evidence.assessments)
    assert all(np.isin(values, [0, 25, 50, 75, 100]).all() for (_, n), values in found.items() if n == 4)
    between = replace(evidence, feedback=evidence.feedback.assign(scale_max=5.5))
    assert ("peer", 4) not in marks(between)

"""Segments are named after what surely sets them apart, and after nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
import made_up

from recommender.framework import NINETY
from recommender.profiles.apart import Apart, apart
from recommender.profiles.cells import cells_of, few_raters
from recommender.profiles.labels import label_segments
from recommender.profiles.mixture import Mixture, beliefs, maximise

NAMES = {
    "listening": ("Listening", "倾听"),
    "feedback": ("Giving and taking feedback", "反馈"),
    "responsibility": ("Responsibility", "责任"),
    "teamwork": ("Teamwork", "团队协作"),
}


def named(
    by: list[list[float]], sd: float = 1.0, hidden: list[list[bool]] | None = None, k: int = 4
) -> list[tuple[str, str]]:
    """Labels of components that lie so far from everybody."""
    away = np.array(by)
    lean = away - away.mean(1, keepdims=True)
    doubt = np.full(away.shape, sd)
    told = label_segments(
        [f"s{n + 1}" for n in range(len(away))],
        Apart(np.zeros((len(away), k, k)), away, doubt, lean, doubt),
        list(NAMES)[:k],
        NAMES,
        np.zeros(away.shape, bool) if hidden is None else np.array(hidden),
    )
    return [(s.label_en, s.label_zh) for s in told]


def test_the_two_that_stand_out_most_make_the_name_the_larger_first() -> None:
    assert named([[-9, 1, 7, -5], [6, 0, -8, 5]]) == [
        ("Weak at listening, strong in responsibility", "倾听弱、责任强"),
        ("Weak at responsibility, strong in listening", "责任弱、倾听强"),
    ]


def test_what_may_be_noise_is_not_named() -> None:
    far = [[-9.0, 0, 7, -5], [9, 0, -7, 5]]
    assert named(far, sd=3.5) == [("Weak at listening", "倾听弱"), ("Strong in listening", "倾听强")]
    assert named(far, sd=5.0) == [
        ("Much like everyone", "与整体相近"),
        ("Much like everyone (s2)", "与整体相近（s2）"),
    ]


def test_a_sure_difference_that_nobody_would_notice_is_not_named() -> None:
    (label, _), _ = named([[-1.9, 0, 9, 0], [1.9, 0, -9, 0]], sd=0.01)
    assert label == "Strong in responsibility"


def test_a_level_is_named_as_one_and_the_shape_beside_it() -> None:
    assert named([[8, 8, 8, 16], [-8, -8, -8, -8]]) == [
        ("Strong throughout, most of all in teamwork", "各项都强，团队协作尤其强"),
        ("Weak throughout", "各项都弱"),
    ]
    assert named([[9, 8, 8, 0], [-8, 0, -8, -20]]) == [
        ("Strong in most areas", "多数能力都强"),
        ("Weak in most areas, most of all at teamwork", "多数能力都弱，团队协作尤其弱"),
    ]


def test_names_that_would_be_alike_tell_more() -> None:
    alike = named([[-9, 5, 8, 0], [-9, 0, 8, -5], [-9, 0, 8, 0], [-9, 0, 8, 0]])
    assert alike == [
        ("Weak at listening, strong in responsibility", "倾听弱、责任强"),
        ("Weak at listening and teamwork, strong in responsibility", "倾听、团队协作弱，责任强"),
        ("Weak at listening, strong in responsibility (s3)", "倾听弱、责任强（s3）"),
        ("Weak at listening, strong in responsibility (s4)", "倾听弱、责任强（s4）"),
    ]
    assert named([[-9, -8, 0, 0], [-9, -8, 0, 0]])[1] == (
        "Weak at listening, and at giving and taking feedback",
        "倾听、反馈弱",
    )


def test_what_one_or_two_raters_told_is_not_named() -> None:
    few = [[True, False, False, False], [True, True, True, True]]
    assert named([[-20, 9, 0, 0], [-20, 9, 0, 0]], hidden=few) == [
        ("Strong in giving and taking feedback", "反馈强"),
        ("Segment s2", "群体s2"),
    ]


def test_one_competency_and_one_segment() -> None:
    assert named([[9], [-9]], k=1) == [("Strong in listening", "倾听强"), ("Weak at listening", "倾听弱")]
    assert named([[0, 0, 0, 0]]) == [("Everyone", "全体学员")]


def test_nine_of_ten_intervals_hold_how_far_a_component_truly_stands_apart() -> None:
    """Also where half of what tells a person apart is noise, and memberships are uncertain."""
    rng = np.random.default_rng(5)
    weights, means = np.array([0.5, 0.3, 0.2]), 50 + np.array([[8.0, -6, 0], [-8, 6, 6], [0, 8, -12]])
    within = 30.0 * (0.7 * np.eye(3) + 0.3)
    true = Mixture(weights, means, within)
    held, leaning = [], []
    for _ in range(40):
        kind = rng.choice(3, 250, p=weights)
        noise = rng.uniform(15, 60, (250, 3)) * np.where(rng.random((250, 3)) < 0.3, 1e6, 1.0)
        seen = means[kind] + rng.multivariate_normal(np.zeros(3), within, 250) + rng.normal(0, np.sqrt(noise))
        precision, shift = np.eye(3) / noise[:, None], seen / noise
        mixture = true
        for _ in range(60):
            mixture = maximise(beliefs(precision, shift, mixture), mixture)
        away = apart(beliefs(precision, shift, mixture), mixture)
        off = away.by - (means - weights @ means)
        held.append(np.abs(off) < NINETY * away.sd)
        leaning.append(np.abs(off - off.mean(1, keepdims=True)) < NINETY * away.lean_sd)
    assert 0.86 < np.mean(held) < 0.95
    assert 0.86 < np.mean(leaning) < 0.95


def test_nothing_is_known_of_a_component_that_holds_nobody() -> None:
    mixture = Mixture(np.array([0.99, 0.01]), np.array([[50.0], [90.0]]), np.array([[36.0]]))
    away = apart(beliefs(np.ones((40, 1, 1)), np.full((40, 1), 50.0), mixture), mixture)
    assert away.sd[1, 0] > 5
    assert away.sd[0, 0] < 2


def rated(who: str, rater: str | None, competency: str, relation: str = "peer") -> dict[str, object]:
    common = {"competency_id": competency, "rating": 3.0, "relation": relation}
    return {"learner_id": who, "rater_id": rater, **common}


def test_raters_are_counted_by_segment_and_competency() -> None:
    rows = [rated(who, rater, "c0") for who, rater in [("p0", "x"), ("p0", "y"), ("p1", "x"), ("p2", "z")]]
    rows += [rated("p3", rater, "c1") for rater in ("x", "y", "z")]
    rows += [rated("p3", None, "c2"), rated("p3", None, "c2"), rated("p2", "boss", "c2", "manager")]
    cells = cells_of(made_up.evidence({"feedback": rows}))
    membership = np.eye(2)[[0, 0, 0, 1]]
    assert few_raters(cells, membership).tolist() == [[False, False, False], [False, False, True]]
    assert few_raters(cells, membership[:, ::-1][[0, 0, 3, 3]]).tolist() == [
        [True, False, True],
        [True, False, False],
    ]

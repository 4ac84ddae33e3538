"""Personalized practice 2021: scores of questions, half of them held out at random."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recommender.engine import Engine
from recommender.engine.hearing import events_by_learner
from recommender.evaluation.metrics import mean_and_error, rmse
from recommender.evaluation.rows import OURS, Row
from recommender.evidence import Evidence

Array = NDArray[np.float64]

HELD_OUT = "half of the scores, drawn at random"
SPLITS = 3
BASELINES: dict[str, tuple[str, ...]] = {
    "student mean": ("learner_id",),
    "question mean": ("competency_id",),
    "additive": ("learner_id", "competency_id"),
}
"""By the factors whose means add up."""


def rows(evidence: Evidence, seed: int, progress: Callable[[str, float], None]) -> list[Row]:
    """RMSE of held-out scores, in the set's unit, 0 to 1."""
    found: dict[str, list[float]] = {}
    for split in range(SPLITS):
        progress(f"split {split + 1} of {SPLITS}", split / SPLITS)
        out = np.random.default_rng([seed, split]).random(len(evidence.assessments)) < 0.5
        for name, error in _errors(evidence, out, seed):
            found.setdefault(name, []).append(rmse(error))
    return [
        Row("scores", "RMSE", name, *mean_and_error(each), n=SPLITS, unit="splits")
        for name, each in found.items()
    ]


def _errors(evidence: Evidence, out: NDArray[np.bool_], seed: int) -> Iterator[tuple[str, Array]]:
    """Errors of every model in foretelling the scores that are out from those that are not."""
    before, after = (
        replace(evidence, assessments=evidence.assessments[rows].reset_index(drop=True))
        for rows in (~out, out)
    )
    engine = Engine.fit(before, seed=seed)
    earlier = dict(events_by_learner(before))
    expected = [
        e for who, events in events_by_learner(after) for e in engine.foretell(earlier.get(who, []), events)
    ]
    yield OURS, np.array([e.value - e.mean for e in expected]) / 100.0
    for name, factors in BASELINES.items():
        yield name, _additive(before, after, factors)


def _additive(before: Evidence, after: Evidence, factors: tuple[str, ...]) -> Array:
    """Errors of the overall mean plus how far each factor's mean lies from it."""
    seen, unseen = before.assessments, after.assessments
    overall = float(seen["score"].mean())
    mean = np.full(len(unseen), overall)
    for factor in factors:
        mean += (unseen[factor].map(seen.groupby(factor)["score"].mean()) - overall).fillna(0.0).to_numpy()
    return np.asarray(unseen["score"].to_numpy(float) - mean)

"""Personalized practice 2021: scores of questions, half of them held out at random."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recommender.engine.foretell import Expected, foretell
from recommender.engine.hearing import events_by_learner
from recommender.engine.layout import lay_out
from recommender.engine.learn import EVERYTHING, Switches, fit_parts
from recommender.evaluation.metrics import marks_coverage, mean_and_error, rmse
from recommender.evaluation.rows import IN_NINETY, OURS, TO_BE, Row
from recommender.evidence import Evidence

Array = NDArray[np.float64]

HELD_OUT = "half of the scores, drawn at random"
SPLITS = 3
MODELS = {OURS: EVERYTHING, f"{OURS}, without segments": Switches(segments=False)}
BASELINES: dict[str, tuple[str, ...]] = {
    "student mean": ("learner_id",),
    "question mean": ("competency_id",),
    "additive": ("learner_id", "competency_id"),
}
"""By the factors whose means add up."""


def rows(evidence: Evidence, seed: int, progress: Callable[[str, float], None]) -> list[Row]:
    """RMSE of held-out scores, in the set's unit, 0 to 1."""
    found: dict[str, list[float]] = {}
    within: dict[str, list[float]] = {}
    for split in range(SPLITS):
        progress(f"split {split + 1} of {SPLITS}", split / SPLITS)
        out = np.random.default_rng([seed, split]).random(len(evidence.assessments)) < 0.5
        before, after = (
            replace(evidence, assessments=evidence.assessments[rows].reset_index(drop=True))
            for rows in (~out, out)
        )
        for name, switches in MODELS.items():
            expected = list(_foretold(before, after, seed, switches))
            error = np.array([e.value - e.mean for e in expected])
            found.setdefault(name, []).append(rmse(error / 100.0))
            spread = [e.variance**0.5 for e in expected]
            share, _ = marks_coverage(error, spread, [e.reach for e in expected])
            within.setdefault(name, []).append(share)
        for name, factors in BASELINES.items():
            found.setdefault(name, []).append(rmse(_additive(before, after, factors)))
    told = [("RMSE", found, ""), (IN_NINETY, within, TO_BE)]
    return [
        Row("scores", measure, name, *mean_and_error(each), n=SPLITS, unit="splits", note=note)
        for measure, by_model, note in told
        for name, each in by_model.items()
    ]


def _foretold(before: Evidence, after: Evidence, seed: int, switches: Switches) -> Iterator[Expected]:
    """The scores that are out, from those that are not."""
    rules = lay_out(fit_parts(before, seed=seed, switches=switches), before.catalogue).rules
    earlier = dict(events_by_learner(before))
    for who, events in events_by_learner(after):
        yield from foretell(rules, earlier.get(who, []), events)


def _additive(before: Evidence, after: Evidence, factors: tuple[str, ...]) -> Array:
    """Errors of the overall mean plus how far each factor's mean lies from it."""
    seen, unseen = before.assessments, after.assessments
    overall = float(seen["score"].mean())
    mean = np.full(len(unseen), overall)
    for factor in factors:
        mean += (unseen[factor].map(seen.groupby(factor)["score"].mean()) - overall).fillna(0.0).to_numpy()
    return np.asarray(unseen["score"].to_numpy(float) - mean)

"""Stability of segments as rows of an evaluation."""

from __future__ import annotations

import numpy as np

from recommender.engine import Engine
from recommender.evaluation.metrics import mean_and_error
from recommender.evaluation.rows import OURS, Row, absent
from recommender.evidence import Evidence
from recommender.profiles import stability as profiles


def stability(
    engine: Engine, evidence: Evidence, *, seed: int = 0, repeats: int = profiles.REPEATS
) -> list[Row]:
    """Agreement of a version's segments with those of refits on learners drawn with replacement.

    Parameters
    ----------
    engine : Engine
        Whose segments are set beside those of the refits.
    evidence : Evidence
        What it was fitted on.
    """
    if len(engine.segments) == 1:
        return [absent("segments", "stability (ARI)", "there is one segment: everybody")]
    found = profiles.stability(engine.layout.parts.profile, evidence, seed=seed, repeats=repeats)
    if found is None:
        return [absent("segments", "stability (ARI)", "fewer than two learners were measured")]
    chosen = zip(*np.unique(found.numbers, return_counts=True), strict=True)
    refits = ", ".join(f"{number} in {times}" for number, times in chosen)
    note = f"{len(engine.segments)} segments; of {repeats} refits on learners drawn anew, {refits}"
    mean, error = mean_and_error(found.agreement)
    return [Row("segments", "stability (ARI)", OURS, mean, error, found.learners, note=note)]

"""MOOCCubeX: the next course of every learner, among all that they have not taken."""

from __future__ import annotations

from collections.abc import Callable

from recommender.engine import Engine
from recommender.evaluation import splits
from recommender.evaluation.ranking import ranking
from recommender.evaluation.rows import Row
from recommender.evidence import Evidence

HELD_OUT = "the course each learner took last"


def rows(evidence: Evidence, seed: int, progress: Callable[[str, float], None]) -> list[Row]:
    """Ranking beside what is popular and what was taken together."""
    split = splits.leave_last_out(evidence, seed=seed)
    return ranking(Engine.fit(split.before, seed=seed, progress=progress), split, seed)

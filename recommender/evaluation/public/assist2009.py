"""ASSISTments 2009: every answer of students never seen, foretold from those before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from recommender.engine.foretell import answers_of
from recommender.engine.hearing import events_by_learner
from recommender.engine.layout import lay_out
from recommender.engine.learn import Switches, fit_parts
from recommender.evaluation.knowing import baselines, rows_of
from recommender.evaluation.rows import OURS, Row
from recommender.evidence import Evidence

HELD_OUT = "the students of the set's test part, each answer foretold from those before it"
ONE_KIND = Switches(segments=False)
"""Half of the students answered about five of 124 skills or fewer: nothing to tell kinds of people by."""
STEPS = 200
"""Students between two words of progress."""


def rows(evidence: Evidence, seed: int, progress: Callable[[str, float], None]) -> list[Row]:
    """AUC, log loss and RMSE over all answers of unseen students."""
    part = evidence.learners.set_index("learner_id")["group"]
    test = evidence.assessments["learner_id"].map(part) == "test"
    before, after = (
        replace(evidence, assessments=evidence.assessments[rows].reset_index(drop=True))
        for rows in (~test, test)
    )
    parts = fit_parts(before, seed=seed, progress=progress, switches=ONE_KIND)
    rules = lay_out(parts, before.catalogue).rules
    ours: list[float] = []
    students = list(events_by_learner(after))
    for i, (_, events) in enumerate(students):
        if i % STEPS == 0:
            progress("answers foretold", i / len(students))
        ours += [a.chance for a in answers_of(rules, events)]
    seen = _answers(after)
    right = seen["right"].to_numpy(float)
    plain = baselines(_answers(before), seen)
    return list(rows_of(right, {OURS: np.array(ours), **plain}))


def _answers(evidence: Evidence) -> pd.DataFrame:
    a = evidence.assessments.sort_values(["learner_id", "occurred_at", "assessment_id"])
    return pd.DataFrame(
        {
            "learner": a["learner_id"].astype(str).to_numpy(),
            "skill": a["competency_id"].astype(str).to_numpy(),
            "right": a["score"].to_numpy(float),
        }
    )

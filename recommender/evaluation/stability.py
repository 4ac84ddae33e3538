"""Whether the segments would be found again in other learners of the same kind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from recommender.engine import Engine
from recommender.engine.learn import events_by_learner
from recommender.engine.replay import Rules, belief, follow
from recommender.evaluation.metrics import mean_and_error
from recommender.evaluation.rows import OURS, Row, absent
from recommender.evidence import Evidence
from recommender.gains.serve import bare, table
from recommender.profiles.blocks import Step, steps_of
from recommender.profiles.cells import cells_of
from recommender.profiles.fit import ProfileMixture
from recommender.profiles.serve import ProfileModel, weights

REPEATS = 4
MOST = 600
"""Learners looked at: refitting is what this costs."""


def stability(engine: Engine, evidence: Evidence, *, seed: int = 0, repeats: int = REPEATS) -> list[Row]:
    """Adjusted Rand index between a version's segments and those of refits.

    Each repeat draws learners with replacement, fits profiles and segments on them from the start, and
    asks both fits for the most probable segment of every learner looked at (bootstrap stability:
    Hennig 2007, Computational Statistics & Data Analysis 52:258; Hubert & Arabie 1985, Journal of
    Classification 2:193). 1 is the same segments, 0 no more alike than by chance.

    Parameters
    ----------
    engine : Engine
        Whose segments are set beside those of the refits.
    evidence : Evidence
        What it was fitted on.
    """
    if len(engine.segments) == 1:
        return [absent("segments", "stability (ARI)", "there is one segment: everybody")]
    measured = replace(evidence, interactions=evidence.interactions.iloc[:0])
    steps = _steps(measured, seed)
    labels = _labels(engine.layout.parts.profile, evidence, steps)
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(repeats):
        model = _refit(_drawn(measured, rng.choice(list(steps), len(steps))), seed)
        found.append(float(adjusted_rand_score(labels, _labels(model, evidence, steps))))
    note = f"{len(engine.segments)} segments; {repeats} refits on learners drawn with replacement"
    return [Row("segments", "stability (ARI)", OURS, *mean_and_error(found), len(labels), note=note)]


def _steps(measured: Evidence, seed: int) -> dict[str, list[Step]]:
    """Measurements of up to ``MOST`` learners."""
    frames = (measured.assessments, measured.feedback)
    everybody = sorted({str(who) for frame in frames for who in frame["learner_id"].unique()})
    chosen = set(np.random.default_rng(seed).permutation(everybody)[:MOST])
    return {who: steps_of(events) for who, events in events_by_learner(measured, chosen)}


def _labels(profile: ProfileModel, evidence: Evidence, steps: dict[str, list[Step]]) -> NDArray[np.intp]:
    """The most probable segment of every learner under a profile model."""
    gains = table(
        bare(tuple(s.segment_id for s in profile.segments)), evidence.catalogue, profile.competencies
    )
    rules = Rules(profile, gains, {})
    return np.array([int(weights(belief(follow(rules, each))).argmax()) for each in steps.values()])


def _refit(evidence: Evidence, seed: int) -> ProfileModel:
    names = {c.competency_id: (c.name("en"), c.name("zh")) for c in evidence.catalogue.competencies}
    return ProfileMixture(seed=seed).fit(cells_of(evidence), names).model_


def _drawn(evidence: Evidence, learners: NDArray[np.str_]) -> Evidence:
    """Evidence of learners drawn with replacement; each copy is a learner of its own."""

    def copies(frame: pd.DataFrame) -> pd.DataFrame:
        rows_of = frame.groupby("learner_id", sort=False).indices
        rows = [rows_of.get(who, np.empty(0, np.int64)) for who in learners]
        new = np.repeat([f"{who}~{i}" for i, who in enumerate(learners)], [len(r) for r in rows])
        out = frame.iloc[np.concatenate(rows)].reset_index(drop=True)
        if "rater_id" in out:
            rater = out["rater_id"].astype(object)
            out["rater_id"] = rater.where(rater != out["learner_id"].astype(object), new)
        return out.assign(learner_id=new)

    return replace(evidence, assessments=copies(evidence.assessments), feedback=copies(evidence.feedback))

"""InstEval: ratings of lecturers by students, held out at random; and what three ratings tell of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.engine import Engine
from recommender.engine.foretell import Expected
from recommender.engine.hearing import events_by_learner, jobs_of
from recommender.evaluation import additive
from recommender.evaluation.metrics import marks_coverage, mean_and_error, rmse
from recommender.evaluation.rows import IN_NINETY, OURS, TO_BE, Row
from recommender.evidence import Evidence
from recommender.framework import NO_JOB

Array = NDArray[np.float64]
Progress = Callable[[str, float], None]

HELD_OUT = "a fifth of the ratings; and of a fifth of the lecturers all ratings but three"
SPLITS = 5
SHARE = 0.2
GIVEN = 3
"""Ratings that a lecturer keeps in the second table."""
FEWEST = 15
"""Ratings of a lecturer in the second table, so that the mean of the others says something."""
NEVER = 2**62
"""A moment after every other, in microseconds."""
LADDER: dict[str, tuple[str, ...]] = {
    "global mean": (),
    "shrunk mean": ("learner_id",),
    "and rater severity": ("learner_id", "rater_id"),
    "and department and term": ("learner_id", "rater_id", "department_id", "served", "occurred_at"),
}
"""Baselines of a rating: the factors whose shrunk effects add up."""
MEAN = "lecturer's mean"
PROFILE = f"{OURS}, its profile alone"


def rows(evidence: Evidence, seed: int, progress: Progress) -> list[Row]:
    """RMSE of held-out ratings, and of a lecturer's mean from three, in the set's unit."""
    rated = _rated(evidence)
    singles: dict[str, list[float]] = {}
    means: dict[str, list[float]] = {}
    within: list[float] = []
    for split, fold in enumerate(_folds(rated, seed)):
        rng = np.random.default_rng([seed, split])
        progress(f"split {split + 1} of {SPLITS}", split / SPLITS)
        out = rng.random(len(rated)) < SHARE
        errors, share = _errors(evidence, rated, out, seed)
        _note(singles, errors)
        within.append(share)
        progress(f"split {split + 1} of {SPLITS}", (split + 0.5) / SPLITS)
        out = _all_but_some(rated, fold, rng)
        errors, _ = _errors(evidence, rated, out, seed, anonymous=True)
        where = pd.factorize(rated.loc[out, "learner_id"])[0]
        _note(means, {n: np.bincount(where, e) / np.bincount(where) for n, e in errors.items()})
    held = Row("one rating", IN_NINETY, OURS, *mean_and_error(within), n=SPLITS, unit="splits", note=TO_BE)
    return [*_told("one rating", singles), held, *_told(f"mean, {GIVEN} known", means)]


def _note(found: dict[str, list[float]], errors: dict[str, Array]) -> None:
    for name, each in errors.items():
        found.setdefault(name, []).append(rmse(each))


def _told(part: str, found: dict[str, list[float]]) -> list[Row]:
    """Means over splits with their standard error."""
    return [
        Row(part, "RMSE", name, *mean_and_error(each), n=len(each), unit="splits")
        for name, each in found.items()
    ]


def _rated(evidence: Evidence) -> pd.DataFrame:
    """Ratings with the lecturer's department, and it with whether another department's students rate."""
    home = evidence.learners.set_index("learner_id")["department_id"].astype(str)
    rated = evidence.feedback.reset_index(drop=True)
    rated["learner_id"] = rated["learner_id"].astype(str)
    department = rated["learner_id"].map(home)
    return rated.assign(department_id=department, served=department + rated["relation"].astype(str))


def _folds(rated: pd.DataFrame, seed: int) -> list[NDArray[np.object_]]:
    """Lecturers with enough ratings, in as many parts as there are splits."""
    count = rated["learner_id"].value_counts()
    enough = np.sort(count.index[count >= FEWEST].to_numpy(dtype=object))
    return np.array_split(np.random.default_rng(seed).permutation(enough), SPLITS)


def _all_but_some(
    rated: pd.DataFrame, fold: NDArray[np.object_], rng: np.random.Generator
) -> NDArray[np.bool_]:
    """The ratings of these lecturers but for ``GIVEN`` of each, drawn by chance."""
    drawn = pd.Series(rng.random(len(rated))).groupby(rated["learner_id"]).rank()
    return np.asarray(rated["learner_id"].isin(fold) & (drawn > GIVEN), dtype=bool)


def _errors(
    evidence: Evidence, rated: pd.DataFrame, out: NDArray[np.bool_], seed: int, *, anonymous: bool = False
) -> tuple[dict[str, Array], float]:
    """Errors of the ratings held out, by model, in their order and in the set's unit; and what share of them
    lies in the product's own intervals."""
    truth = rated.loc[out, "rating"].to_numpy(float)
    found = {MEAN: truth - _raw_means(rated, out)}
    found |= {name: truth - _added_up(rated, out, factors) for name, factors in LADDER.items()}
    ours, share = _ours(evidence, out, seed, anonymous)
    return found | ours, share


def _raw_means(rated: pd.DataFrame, out: NDArray[np.bool_]) -> Array:
    """Of every rating held out, the mean of the lecturer's others; everybody's where there is none."""
    kept = rated[~out]
    own = kept.groupby("learner_id")["rating"].mean()
    return rated.loc[out, "learner_id"].map(own).fillna(kept["rating"].mean()).to_numpy(float)


def _added_up(rated: pd.DataFrame, out: NDArray[np.bool_], factors: tuple[str, ...]) -> Array:
    """Foretold by the mean and these factors' shrunk effects, fitted on what is kept."""
    value = rated.loc[~out, "rating"].to_numpy(float)
    if not factors:
        return np.full(int(out.sum()), value.mean())
    codes = {f: pd.factorize(rated[f])[0].astype(np.int64) for f in factors}
    known, asked = ({f: at[where] for f, at in codes.items()} for where in (~out, out))
    return additive.foretell(value, known, asked)


def _ours(
    evidence: Evidence, out: NDArray[np.bool_], seed: int, anonymous: bool
) -> tuple[dict[str, Array], float]:
    """Errors of the product's own model: fitted on what is kept, each lecturer's state by replay of it.

    With ``anonymous`` also those of the profile and the relation's offset alone, whoever rates and when.
    Second, the share of ratings in their 90 % interval.
    """
    before, after = _part(evidence, ~out), _part(evidence, out)
    engine = Engine.fit(before, seed=seed)
    asked, jobs = dict(events_by_learner(after)), jobs_of(evidence)
    found: dict[str, dict[str, float]] = {OURS: {}, **({PROFILE: {}} if anonymous else {})}
    told: list[Expected] = []
    for learner, events in events_by_learner(before, set(asked)):
        job = jobs.get(learner, NO_JOB)
        expected = engine.foretell(events, asked[learner], job)
        found[OURS] |= {e.event_id: e.value - e.mean for e in expected}
        told += expected
        if anonymous:
            others = [_by_nobody(e) for e in asked[learner]]
            apart = engine.foretell(events, others, job)
            found[PROFILE] |= {e.event_id: e.value - e.mean for e in apart}
    share, _ = marks_coverage(
        [e.value - e.mean for e in told], [e.variance**0.5 for e in told], [e.reach for e in told]
    )
    point = ((after.feedback["scale_max"] - after.feedback["scale_min"]) / 100.0).to_numpy(float)
    ids = after.feedback["feedback_id"].astype(str)
    return {name: point * ids.map(errors).to_numpy(float) for name, errors in found.items()}, share


def _by_nobody(event: Mapping[str, Any]) -> dict[str, Any]:
    """A rating on a day on which nobody else rated, by somebody never met."""
    return {**event, "rater_id": None, "form_id": None, "occurred_at": NEVER}


def _part(evidence: Evidence, where: NDArray[np.bool_]) -> Evidence:
    return replace(evidence, feedback=evidence.feedback[where].reset_index(drop=True))

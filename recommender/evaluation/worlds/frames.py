"""What is known of a world as evidence frames, in the store's shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from recommender.evaluation.worlds.ratings import Ratings
from recommender.evidence import TABLES, Evidence
from recommender.framework import Catalogue

START = 1_735_689_600_000_000
"""The first of January 2025, in microseconds since 1970."""
DAY = 86_400_000_000
COHORT_DAYS = 90
"""From one cohort to the next."""


def learner_id(i: int) -> str:
    """A learner's id; sorts by number."""
    return f"e{i:05d}"


def feedback(ratings: Ratings, cohort: Any, *, know_raters: bool = True) -> pd.DataFrame:
    """Ratings as rows of ``feedback``.

    Parameters
    ----------
    ratings : Ratings
    cohort : (N,) array of int
        In which cohort a learner is; the ratings stand on its first day.
    know_raters : bool
        False gives each form a rater of its own, so that nothing can be learnt about raters.
    """
    own = ratings.rater < 0
    who = [learner_id(i) for i in ratings.learner]
    raters = [w if r < 0 else learner_id(r) for w, r in zip(who, ratings.rater, strict=True)]
    forms = [f"{w}-{r}" for w, r in zip(who, raters, strict=True)]
    if not know_raters:
        raters = [w if mine else form for w, form, mine in zip(who, forms, own, strict=True)]
    return _frame("feedback", {
        "learner_id": who,
        "competency_id": [f"c{k}" for k in ratings.competency],
        "rating": ratings.mark.astype(float),
        "rater_id": raters,
        "relation": np.where(own, "self", "peer"),
        "form_id": forms,
        "occurred_at": START + np.asarray(cohort)[ratings.learner] * COHORT_DAYS * DAY,
    })  # fmt: skip


def interactions(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows of ``interactions`` from what happened."""
    return _frame("interactions", {key: [row[key] for row in rows] for key in rows[0]} if rows else {})


def evidence(catalogue: Catalogue, rated: pd.DataFrame, happened: pd.DataFrame) -> Evidence:
    """Everything that a fit may see."""
    ids = sorted({*rated["learner_id"], *happened["learner_id"]})
    return Evidence(catalogue, pd.DataFrame({"learner_id": ids}), _frame("assessments", {}), rated, happened)


def _frame(name: str, given: Mapping[str, Any]) -> pd.DataFrame:
    """A frame with all columns of a table, its own defaults where nothing is given, in the store's order."""
    known = pd.DataFrame(dict(given))
    frame = pd.DataFrame(index=known.index)
    for column in TABLES[name].columns:
        default = np.nan if column.default is None else column.default
        frame[column.name] = known.get(column.name, default)
        if column.kind not in ("number", "flag", "time", "integer"):
            frame[column.name] = frame[column.name].astype(object)
    key = TABLES[name].key[0]
    if key not in known:
        frame[key] = pd.Series([f"{name}{i:07d}" for i in range(len(frame))], index=frame.index, dtype=object)
    return frame.sort_values(["learner_id", "occurred_at", key]).reset_index(drop=True)


__all__ = ["COHORT_DAYS", "DAY", "START", "evidence", "feedback", "interactions", "learner_id"]

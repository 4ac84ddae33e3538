"""What became of what was shown, and the logistic learnt from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recommender.affinity.histories import taken_up
from recommender.affinity.serve import FinishModel

if TYPE_CHECKING:
    import pandas as pd

WITHIN = 30 * 86_400_000_000
"""A recommendation is answered within 30 days (in microseconds), or not."""
MOST_SHOWN = 20_000
"""Two coefficients are learnt from a sample of so many recommendations; more would change nothing."""
PRIOR = FinishModel()
"""Even odds where nothing speaks for a module, and a slope of a half: a share is a hint, not a fact."""
PRIOR_SD = (1.0, 0.25)
"""How far intercept and slope may lie from the prior, before anything is known."""
LEAST_SLOPE = 0.05
"""The chance always rises with the share, so that a ranking by either is the same."""
NEWTON_STEPS = 25


def shown(interactions: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Recommendations whose end is known, one a learner and module: the first.

    Out are modules the learner had taken before, and recommendations younger than 30 days at the
    end of the data that were not finished yet: nobody knows what becomes of them.

    Returns
    -------
    DataFrame
        learner_id, module_id, occurred_at, finished (completed within 30 days); at most MOST_SHOWN
        rows, drawn by ``seed``.
    """
    key = ["learner_id", "module_id"]
    first = interactions[interactions["status"] == "recommended"].groupby(key)["occurred_at"].min()
    done = interactions[interactions["status"] == "completed"].groupby(key)["occurred_at"].min()
    took = taken_up(interactions).set_index(key)["occurred_at"]
    frame: pd.DataFrame = (
        first.to_frame().join(done.rename("done"), how="left").join(took.rename("took"), how="left")
    )
    frame = frame[~(frame["took"] < frame["occurred_at"])]
    frame["finished"] = frame["done"] - frame["occurred_at"] <= WITHIN
    over = interactions["occurred_at"].max() - frame["occurred_at"] > WITHIN
    frame = frame[over | frame["finished"]].reset_index()[[*key, "occurred_at", "finished"]]
    if len(frame) > MOST_SHOWN:
        keep = np.random.default_rng(seed).choice(len(frame), MOST_SHOWN, replace=False)
        frame = frame.iloc[np.sort(keep)]
    return frame


def half(frame: pd.DataFrame) -> NDArray[np.int_]:
    """0 or 1 for each row by its learner: the same learner is always in the same half."""
    from pandas.util import hash_array

    return (hash_array(frame["learner_id"].to_numpy(dtype=object)) & 1).astype(np.int_)


def map_logistic(ratio: NDArray[Any], finished: NDArray[Any]) -> FinishModel:
    """Posterior mode of intercept and slope, by Newton's method.

    Parameters
    ----------
    ratio : (n,) array
        log(q M) of each module shown.
    finished : (n,) array
        1 where it was completed within 30 days, else 0.
    """
    X = np.column_stack([np.ones(len(ratio)), ratio])
    prior = np.array([PRIOR.intercept, PRIOR.slope])
    precision = np.diag(1.0 / np.square(PRIOR_SD))
    beta = prior.copy()
    for _ in range(NEWTON_STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(X @ beta, -30.0, 30.0)))
        slope = X.T @ (finished - p) - precision @ (beta - prior)
        curvature = (X * (p * (1.0 - p))[:, None]).T @ X + precision
        step = np.linalg.solve(curvature, slope)
        beta = beta + step
        if np.abs(step).max() < 1e-9:
            break
    return FinishModel(float(beta[0]), max(float(beta[1]), LEAST_SLOPE))


CARRIED_ON = (8.0, 2.0)
"""Beta prior of finishing what is under way: four in five."""


def carried_on(interactions: pd.DataFrame) -> float:
    """Share of modules enrolled in or started that are finished, among those old enough to tell.

    Where an LMS tells of enrolments and never of completions this goes to 0, and what somebody is
    enrolled in is not proposed to them again.
    """
    key = ["learner_id", "module_id"]
    begun = interactions[interactions["status"].isin(["enrolled", "started"])]
    begun = begun.groupby(key, observed=True)["occurred_at"].min().to_frame()
    done = (
        interactions[interactions["status"] == "completed"].groupby(key, observed=True)["occurred_at"].min()
    )
    begun = begun.join(done.rename("done"), how="left")
    finished = begun["done"].notna()
    told = finished | (interactions["occurred_at"].max() - begun["occurred_at"] > WITHIN)
    return float((finished.sum() + CARRIED_ON[0]) / (told.sum() + sum(CARRIED_ON)))

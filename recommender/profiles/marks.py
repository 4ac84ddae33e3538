"""Where on the 0-100 scale each mark of a source ends and the next begins.

A mark of 1 to 5 stands for all that is rounded to it, and people do not round to the nearest: a scale's ends
are given more often than a normal curve has room for beyond its last half mark.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from recommender.profiles.blocks import Event, score_of, source_of
from recommender.profiles.serve import Array

Edges = Mapping[tuple[str, int], tuple[float, ...]]
"""By source and steps of its scale: where each mark but the last ends, in points."""
ALIKE = 1e-6
"""Spread, in points, below which marks are all the same but for rounding."""
NEAREST = 20.0
"""How many marks rounded to the nearest count into a scale's edges."""


def scale_steps(raw: Array, low: Array, high: Array) -> NDArray[np.int64]:
    """Steps of the scale that whole numbers are marked on; 0 where what was told is exact: a share, on a
    scale one wide, or something between marks. Broadcasts."""
    whole = (np.mod(raw, 1) == 0) & (np.mod(low, 1) == 0) & (np.mod(high, 1) == 0)
    return np.where(whole & (high - low > 1), high - low, 0).astype(np.int64)


def halves(steps: int) -> Array:
    """(steps,) edges halfway between marks, in points."""
    return np.asarray((np.arange(steps) + 0.5) * 100.0 / steps)


def edges_of(values: Array, steps: int) -> tuple[float, ...]:
    """Edges between which a normal curve of these marks' mean and spread has the share of each mark.

    Parameters
    ----------
    values : (n,) array
        Marks in points, on a scale of so many steps.
    steps : int

    References
    ----------
    McKelvey & Zavoina 1975, Journal of Mathematical Sociology 4:103 (the ordered probit's thresholds).
    """
    curve = NormalDist(float(values.mean()), float(values.std()))
    if curve.stdev < ALIKE:
        return tuple(halves(steps).tolist())
    mark = np.rint(values * steps / 100.0).astype(np.int64)
    up_to = np.cumsum(np.bincount(mark, minlength=steps + 1))[:-1]
    nearest = np.array([curve.cdf(half) for half in halves(steps)])
    share = (up_to + NEAREST * nearest) / (len(values) + NEAREST)
    return tuple(curve.inv_cdf(one) for one in np.clip(share, 1e-9, 1.0 - 1e-9).tolist())


def reach(event: Event, edges: Edges) -> tuple[float, float]:
    """How far below and above its points reaches what a rating or score stands for; (0, 0) if it is exact.

    The marks at a scale's ends stand for all that lies beyond. Where what a mark stands for does not hold its
    own points, one of the two is below 0.
    """
    raw = event["score"] if event["type"] == "assessment" else event["rating"]
    told = (np.asarray(x, dtype=float) for x in (raw, event["scale_min"], event["scale_max"]))
    steps, value = int(scale_steps(*told)), score_of(event)
    if not steps:
        return 0.0, 0.0
    ends = (-np.inf, *edges.get((source_of(event), steps), halves(steps)), np.inf)
    mark = round(value * steps / 100.0)
    return float(value - ends[mark]), float(ends[mark + 1] - value)

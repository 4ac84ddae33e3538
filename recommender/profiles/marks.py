"""Where on the scale of points each mark of a source ends and the next begins.

A mark of 1 to 5 stands for all that is rounded to it, and people do not round alike: a scale's ends are given
more often than a normal curve has room for within half a mark.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from recommender.evidence import Evidence, percent
from recommender.profiles.blocks import Event, score_of, source_of
from recommender.profiles.serve import Array

Edges = Mapping[tuple[str, int], tuple[float, ...]]
"""By source and steps of its scale, where each mark ends but the last, in points."""
PRIOR_MARKS = 20.0
"""How many marks rounded to the nearest count as in each scale's edges."""


def steps_of(value: float, low: float, high: float) -> int:
    """Steps of a scale on which whole numbers are marked; 0 where a value is exact: shares, on a scale one
    wide, and what lies between marks."""
    return 0 if high - low <= 1 or any(float(x) % 1 for x in (value, low, high)) else int(high - low)


def edges_of(values: Array, steps: int) -> tuple[float, ...]:
    """Edges under which a normal curve of these marks' mean and spread gives each mark its share.

    Parameters
    ----------
    values : (n,) array
        Marks in points, each a whole number of ``steps``.
    steps : int

    References
    ----------
    McKelvey & Zavoina 1975, Journal of Mathematical Sociology 4:103 (the ordered probit's thresholds).
    """
    mean, spread = float(values.mean()), float(values.std())
    halves = (np.arange(steps) + 0.5) * 100.0 / steps
    if not spread:
        return tuple(halves.tolist())
    up_to = np.cumsum(np.bincount(np.rint(values * steps / 100.0).astype(int), minlength=steps + 1))[:-1]
    rounded = ndtr((halves - mean) / spread)
    share = (up_to + PRIOR_MARKS * rounded) / (len(values) + PRIOR_MARKS)
    return tuple((mean + spread * ndtri(np.clip(share, 1e-9, 1.0 - 1e-9))).tolist())


def learn_edges(evidence: Evidence) -> dict[tuple[str, int], tuple[float, ...]]:
    """Edges of every source's scales, from all its marks."""
    found: dict[tuple[str, int], list[float]] = {}
    for frame in (evidence.assessments, evidence.feedback):
        for event in frame.to_dict("records"):
            ...
    return {key: edges_of(np.array(values), key[1]) for key, values in found.items()}

"""What one right or wrong answer says of where somebody stands: shared by the fit and by serving.

The chance of a right answer is logistic in theta less the item's difficulty, with guess and slip:
g + (1 - s - g) / (1 + exp(-(theta - difficulty) / 10 points)) (Barton & Lord 1981, four parameters).
Numpy only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

POINTS_PER_LOGIT = 10.0
"""Points of the 0-100 scale for one logit of a right-or-wrong item: the unit, not a finding."""
_NODES, _SHARES = np.polynomial.hermite_e.hermegauss(11)
_SHARES = _SHARES / _SHARES.sum()
_FARTHEST = 30.0
"""Logits beyond which a logistic is 0 or 1 to machine precision."""
_LEAST_CHANCE = 1e-12
_LEAST_VARIANCE = 1e-6


@dataclass(frozen=True)
class Practice:
    """How answers come about and what answering does, in points.

    After an answer about competency k: theta <- theta - fade (theta - centre) + gain + N(0, wander).

    Parameters
    ----------
    slip, guess : float
    warm : float
        How much easier an item is right after another one of the same competency.
    gain, wander, fade : (K,) arrays
    """

    slip: float
    guess: float
    warm: float
    gain: Array
    wander: Array
    fade: Array


class Heard(NamedTuple):
    """Of an answer: the chance that it was to be what it was, and mean and variance of theta after it."""

    chance: Array
    mean: Array
    variance: Array


def hear(
    mean: Array,
    variance: Array,
    difficulty: Array | float,
    right: NDArray[np.bool_],
    slip: float,
    guess: float,
) -> Heard:
    """Condition theta ~ N(mean, variance) on one answer, by its exact first two moments.

    Assumed-density filtering (Opper 1998; Minka 2001): unlike mode and curvature it neither diverges
    far from the difficulty nor breaks where slip and guess make the likelihood not log-concave.

    Parameters
    ----------
    mean, variance, difficulty : arrays that broadcast, points of 0-100
    right : array of bool
    slip, guess : float
        Chances of a wrong answer of somebody who knows, and of a right one of somebody who does not.
    """
    away = np.sqrt(variance)[..., None] * _NODES
    logit = ((mean - difficulty)[..., None] + away) / POINTS_PER_LOGIT
    plain = 1.0 / (1.0 + np.exp(-np.clip(logit, -_FARTHEST, _FARTHEST)))
    chance = guess + (1.0 - slip - guess) * plain
    likely = np.where(np.asarray(right)[..., None], chance, 1.0 - chance) * _SHARES
    total = np.maximum(likely.sum(-1), _LEAST_CHANCE)
    first = (likely * away).sum(-1) / total
    second = (likely * away**2).sum(-1) / total - first**2
    return Heard(total, mean + first, np.maximum(second, _LEAST_VARIANCE))

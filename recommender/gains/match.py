"""Level match: how a gain falls off where a module's level lies away from the learner's.

Averaged over the learner's posterior in closed form; numpy only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from recommender.framework import LEVEL_ANCHORS
from recommender.profiles.serve import Array

CURVES = (-30.0, -10.0, 10.0, 30.0)
CURVE_WIDTH = 12.0
SHAPE = 2 + len(CURVES)
"""Columns before the methods: the prior's gain, the curves, need."""


@dataclass(frozen=True)
class LevelMatch:
    """How a gain falls off where a module's level lies away from the learner's; chosen by the fit.

    Parameters
    ----------
    base : float
        Share of the gain that is left far away.
    centre : float
        Points that the best level lies above the learner.
    width : float
        Standard deviation of the bump, in points.
    """

    base: float = 0.25
    centre: float = 6.0
    width: float = 12.0

    @property
    def lowest(self) -> float:
        """Where level 1 fits best: below, nothing easier is to be had."""
        return min(LEVEL_ANCHORS.values()) - self.centre

    @cached_property
    def bumps(self) -> tuple[Array, Array]:
        """Centres and widths (B, 1, 1) of the level match and the curves."""
        centres = np.array([self.centre, *CURVES])[:, None, None]
        return centres, np.array([self.width, *(CURVE_WIDTH for _ in CURVES)])[:, None, None]


USUAL_MATCH = LevelMatch()
"""Before data: 1 just under the module's level and about .3 two levels away (content priors)."""


def bump(gap: Array, variance: Array, centre: Array, width: Array) -> Array:
    """Mean of exp(-(g - centre)^2 / (2 width^2)) over g ~ N(gap, variance), in closed form; broadcasts."""
    total = width**2 + variance
    return np.asarray(np.sqrt(width**2 / total) * np.exp(-0.5 * (gap - centre) ** 2 / total))


def need_of(means: Array) -> Array:
    """Room to grow as -1 to 1: 0 in the middle of the scale."""
    return (50.0 - means) / 50.0


def shapes(anchors: Array, means: Array, variances: Array, match: LevelMatch) -> Array:
    """What modules of some levels do to learners, before their own points: the first columns of z.

    Parameters
    ----------
    anchors : (L,) array
        Where the levels stand.
    means : (C, K) or (L, C, K) array
        Of one learner's components, or of another learner's for each level.
    variances : (K,) or (L, K) array
    match : LevelMatch

    Returns
    -------
    (L, SHAPE, C, K) array
        Level match, the curves, and level match times need, averaged over the learner's posterior.
    """
    at = means[..., None, :, :]
    gap = anchors[:, None, None, None] - np.maximum(at, match.lowest)
    bumps = bump(gap, variances[..., None, None, :], *match.bumps)
    matched = match.base + (1.0 - match.base) * bumps[:, :1]
    return np.concatenate([matched, bumps[:, 1:], matched * need_of(at)], axis=1)

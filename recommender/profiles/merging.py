"""Segments of too few people are merged into their nearest."""

from __future__ import annotations

import numpy as np

from recommender.profiles.mixture import Mixture, beliefs, climb
from recommender.profiles.serve import Array

FEWEST_MEMBERS = 5.0
"""A kind of people is more than a few persons who resemble each other."""
LEAST_SHARE, ENOUGH = 0.02, 25.0
"""A segment holds one in fifty at least, for a plan to reckon with it; in organisations of thousands, where
that would take away true kinds of people, it is enough that its profile rests on so many (judgement)."""
STEPS = 15
"""Of EM after a merge."""


def least(learners: int) -> float:
    """How many members a segment has at least, counted by the probability with which they belong."""
    return max(FEWEST_MEMBERS, min(LEAST_SHARE * learners, ENOUGH))


def without_small(precision: Array, shift: Array, mixture: Mixture) -> Mixture:
    """Merge the smallest component into its nearest for as long as it has too few members.

    Parameters
    ----------
    precision, shift : (N, K, K) and (N, K) arrays
        Learners' evidence.
    mixture : Mixture
        Fitted to it; returned as it is where no segment is too small.

    Returns
    -------
    Mixture
        Fitted anew after each merge. The distance is Mahalanobis' under the covariance that all share.
    """
    while len(mixture.weights) > 1:
        size = beliefs(precision, shift, mixture).membership.sum(0)
        small = int(size.argmin())
        if size[small] >= least(len(shift)):
            break
        mixture, _ = climb(precision, shift, _merged(mixture, small), STEPS)
    return mixture


def _merged(mixture: Mixture, small: int) -> Mixture:
    """One component fewer: the small one and its nearest at their common mean."""
    away = mixture.means - mixture.means[small]
    distance = (away @ np.linalg.inv(mixture.covariance) * away).sum(1)
    distance[small] = np.inf
    both = [small, int(distance.argmin())]
    weights, means = mixture.weights.copy(), mixture.means.copy()
    weights[both[1]] = weights[both].sum()
    means[both[1]] = mixture.weights[both] @ mixture.means[both] / weights[both[1]]
    kept = np.arange(len(weights)) != small
    return mixture._replace(weights=weights[kept], means=means[kept])

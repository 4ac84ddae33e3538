"""True profiles and segments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.evaluation.worlds.kinds import Kind

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CENTRE = 55.0
EVEN = 8.0
"""Concentration of segments' sizes (Dirichlet): the larger the more alike."""
ALIKE = 0.3
"""Correlation of two competencies within a segment."""
TAIL = 0.7
"""Logarithmic standard deviation of a skewed scatter (skewness about 2.9)."""
FREEDOM = 3.0
"""Degrees of freedom of a heavy-tailed scatter."""


@dataclass(frozen=True)
class People:
    """The truth about N learners in K competencies and C segments.

    ``theta`` (N, K) profiles, ``segment`` (N,), ``weights`` (C,), ``means`` (C, K) and the shared
    ``covariance`` (K, K) within a segment.
    """

    theta: Floats
    segment: Ints
    weights: Floats
    means: Floats
    covariance: Floats


def people(kind: Kind, rng: np.random.Generator, n: int, k: int) -> People:
    """Draw them; without segments learners scatter as widely as with."""
    c = kind.segments
    apart = kind.apart if c > 1 else 0.0
    within = kind.within if c > 1 else float(np.hypot(kind.apart, kind.within))
    means = CENTRE + apart * rng.standard_normal((c, k))
    weights = rng.dirichlet(np.full(c, EVEN))
    segment = rng.choice(c, n, p=weights)
    correlation = (1 - ALIKE) * np.eye(k) + ALIKE
    scatter = _scatter(kind, rng, correlation, n)
    theta = np.clip(means[segment] + within * scatter, 0.0, 100.0)
    return People(theta, segment, weights, means, within**2 * correlation)


def _scatter(kind: Kind, rng: np.random.Generator, correlation: Floats, n: int) -> Floats:
    """(N, K) with mean 0 and variance 1, of the shape asked for."""
    z = rng.standard_normal((n, len(correlation))) @ np.linalg.cholesky(correlation).T
    if kind.shape == "skewed":
        spread = np.sqrt((np.exp(TAIL**2) - 1) * np.exp(TAIL**2))
        return np.asarray((np.exp(TAIL * z) - np.exp(TAIL**2 / 2)) / spread)
    if kind.shape == "heavy":
        width = rng.chisquare(FREEDOM, (n, 1)) / (FREEDOM - 2.0)
        return np.asarray(z / np.sqrt(width))
    return np.asarray(z)

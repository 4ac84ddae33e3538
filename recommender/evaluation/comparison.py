"""Two versions on the same learners: better, worse, or not to be told apart."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Word = Literal["better", "not distinguishable", "worse", "cannot be told"]

RESAMPLES = 2_000
AT_ONCE = 100
"""Resamples drawn at a time, which bounds memory."""
FEWEST = 5
"""Learners below which a difference cannot be told."""
NEGLIGIBLE = 0.005
"""Share of the error below which a difference does not matter; two fits never agree to the last digit."""


class Difference(NamedTuple):
    """Errors of two on the same learners: means, the mean of ours less theirs, its 90 % interval."""

    ours: float
    theirs: float
    mean: float
    low: float
    high: float
    learners: int

    @property
    def word(self) -> Word:
        """What the interval says: on one side of 0, and by enough to matter, or not."""
        if self.learners < FEWEST:
            return "cannot be told"
        if abs(self.mean) <= NEGLIGIBLE * self.theirs or self.low <= 0.0 <= self.high:
            return "not distinguishable"
        return "worse" if self.mean > 0 else "better"


def paired(ours: Array, theirs: Array, *, seed: int = 0) -> Difference:
    """Compare two by their errors on the same learners.

    The interval is that of the paired bootstrap over learners: its 5th and 95th percentile over
    ``RESAMPLES`` means (Efron & Tibshirani 1993, An Introduction to the Bootstrap, section 13.3).

    Parameters
    ----------
    ours, theirs : (n,) arrays
        Errors, smaller is better, one a learner in the same order.
    seed : int
    """
    n = len(ours)
    if not n:
        return Difference(0.0, 0.0, 0.0, 0.0, 0.0, 0)
    difference = ours - theirs
    rng = np.random.default_rng(seed)
    means = [difference[rng.integers(n, size=(AT_ONCE, n))].mean(1) for _ in range(RESAMPLES // AT_ONCE)]
    low, high = np.quantile(np.concatenate(means), (0.05, 0.95))
    return Difference(
        float(ours.mean()), float(theirs.mean()), float(difference.mean()), float(low), float(high), n
    )

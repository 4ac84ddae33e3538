"""Additive effects of crossed factors, shrunk: what a rating is where nobody has a profile.

y = mean + one effect of each factor + noise, the effects of a factor N(0, variance). Alternating ridge
means; variances by their moments with the effects' own uncertainty in them (Henderson 1953, Biometrics
9:226; Searle, Casella & McCulloch 1992, Variance Components, chapter 8).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

PASSES = 40
"""On InstEval the fourth decimal of the error stands after fifteen."""


def foretell(value: Array, known: Mapping[str, Ints], asked: Mapping[str, Ints]) -> Array:
    """Foretell values by the effects of their levels.

    Parameters
    ----------
    value : (n,) array
    known : mapping of factor to (n,) array
        Level of each value, counted from 0.
    asked : mapping of factor to (m,) array
        Levels of what is foretold; one never met has the effect 0.

    Returns
    -------
    (m,) array
    """
    sizes = {f: int(max(at.max(initial=-1), asked[f].max(initial=-1))) + 1 for f, at in known.items()}
    effect = {f: np.zeros(size) for f, size in sizes.items()}
    count = {f: np.bincount(at, minlength=sizes[f]) for f, at in known.items()}
    noise = float(value.var())
    variance = dict.fromkeys(known, noise / 4)
    mean, left = float(value.mean()), value - value.mean()
    for _ in range(PASSES):
        told = float(left.mean())
        mean, left = mean + told, left - told
        doubt = 0.0
        for factor, at in known.items():
            left = left + effect[factor][at]
            precision = count[factor] / noise + 1.0 / variance[factor]
            effect[factor] = np.bincount(at, left, minlength=sizes[factor]) / noise / precision
            left = left - effect[factor][at]
            met = count[factor] > 0
            variance[factor] = float((effect[factor][met] ** 2 + 1.0 / precision[met]).mean())
            doubt += float((count[factor] / precision).sum())
        noise = float(left @ left + doubt) / len(left)
    return np.asarray(mean + sum(effect[f][at] for f, at in asked.items()))

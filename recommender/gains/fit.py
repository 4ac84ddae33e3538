"""Learn beta from everything measured after modules were finished.

Rows come from replaying learners' evidence (``engine.replay.Tap``), from pre-module posteriors only.
The blocks' variances are estimated by maximising the evidence (MacKay 1992, Neural Computation 4:415),
shrunk to the literature's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from recommender.gains.serve import PRIOR_SD, QUIZ_BIAS, QUIZ_NOISE, GainModel, blocks, prior_beta
from recommender.profiles.serve import Array

PRIOR_COEFFICIENTS = 8.0
"""How many coefficients the literature's variance of a block counts as."""
PRIOR_QUIZZES = 20.0
EVIDENCE_STEPS = 20
HELD = 1e-9
"""Variance of a coefficient that may not move."""


@dataclass
class Sums:
    """Sufficient statistics of the regression: ``gram`` (D, D) and ``cross`` (D,) at beta 0."""

    gram: Array
    cross: Array

    @classmethod
    def empty(cls, size: int) -> Sums:
        """Nothing seen."""
        return cls(np.zeros((size, size)), np.zeros(size))

    def add(self, rows: Iterable[tuple[Any, Array, Array, Array]], beta: Array) -> None:
        """Add a learner's rows, whose residuals stand at ``beta``."""
        for columns, x, residual, spread in rows:
            whitened = np.linalg.solve(spread, np.column_stack([x, residual]))
            gram = x.T @ whitened[:, :-1]
            self.gram[np.ix_(columns, columns)] += gram
            self.cross[columns] += x.T @ whitened[:, -1] + gram @ beta[columns]


class GainRegression(BaseEstimator):  # type: ignore[misc]
    """Bayesian linear regression of gains, with variances by blocks of coefficients.

    Parameters
    ----------
    steps : int
        Most steps of the evidence maximisation.
    held : tuple of str
        Blocks of coefficients that stay where they are before data.

    Attributes
    ----------
    beta_ : (D,) array
    covariance_ : (D, D) array
    variance_ : dict of block name to float
        Estimated prior variance of each block.
    """

    def __init__(self, steps: int = EVIDENCE_STEPS, held: tuple[str, ...] = ()) -> None:
        self.steps = steps
        self.held = held

    def fit(self, sums: Sums, segments: int, modules: int) -> GainRegression:
        """Fit to sufficient statistics of ``segments`` segments and ``modules`` modules."""
        mean, variance = prior_beta(segments, modules)
        where = blocks(segments, modules)
        for name in self.held:
            variance[where[name]] = HELD
        for _ in range(self.steps):
            precision = sums.gram + np.diag(1.0 / variance)
            covariance = np.linalg.inv(precision)
            beta = mean + covariance @ (sums.cross - sums.gram @ mean)
            updated = variance.copy()
            for name, columns in where.items():
                size = columns.stop - columns.start
                if size and name not in self.held:
                    moment = ((beta - mean)[columns] ** 2 + np.diag(covariance)[columns]).sum()
                    updated[columns] = (moment + PRIOR_COEFFICIENTS * PRIOR_SD[name] ** 2) / (
                        size + PRIOR_COEFFICIENTS
                    )
            if np.allclose(updated, variance, rtol=1e-3):
                break
            variance = updated
        self.beta_, self.covariance_ = beta, np.asarray(covariance, dtype=np.float64)
        self.variance_ = {n: float(variance[c][0]) for n, c in where.items() if c.stop > c.start}
        return self


def quiz_errors(quizzes: Iterable[tuple[int, Array, Array]], modules: int) -> tuple[Array, float, float]:
    """Offsets of modules' own tests, what is left around them, and the noise of one score.

    Moments, each shrunk to its prior: pre and post of one sitting share the offset, so their mean tells
    of it and half the variance of what differs tells of the noise.
    """
    kept = [(m, s, v) for m, s, v in quizzes if m >= 0]
    total, weight = np.zeros(modules), np.full(modules, 1.0 / QUIZ_BIAS)
    for m, surprise, variance in kept:
        w = 1.0 / (variance.mean() + QUIZ_NOISE / len(surprise))
        total[m] += w * surprise.mean()
        weight[m] += w
    offset = np.asarray(total / weight, dtype=np.float64)
    left = sum((s.mean() - offset[m]) ** 2 - v.mean() - QUIZ_NOISE / len(s) for m, s, v in kept)
    bias = max((left + PRIOR_QUIZZES * QUIZ_BIAS / 4) / (len(kept) + PRIOR_QUIZZES), 1.0)
    pairs = [(s, v) for _, s, v in kept if len(s) == 2]
    if pairs:
        apart = np.array([s[1] - s[0] for s, _ in pairs])
        added = np.array([max(v[1] - v[0], 0.0) for _, v in pairs])
        square = float(((apart - apart.mean()) ** 2 - added).sum() / 2)
    else:
        square = 0.0
    noise = (square + PRIOR_QUIZZES * QUIZ_NOISE) / (len(pairs) + PRIOR_QUIZZES)
    return offset, float(bias), float(max(noise, 4.0))


def gain_model(
    regression: GainRegression,
    before: GainModel,
    finished: Iterable[tuple[int, Array, Any, Array]],
    quizzes: tuple[Array, float, float],
) -> GainModel:
    """The model before with what was learnt, and with what finished modules earned by segment.

    ``finished`` holds, of each module finished and then measured, its row among ``modules``, the (C,)
    membership of the learner, the active columns and the total pull on them.
    """
    m, c = len(before.modules), len(before.segments)
    count = np.zeros((m, c), dtype=np.int64)
    pulls: dict[tuple[int, int], Array] = {}
    columns_of: dict[int, Any] = {}
    for row, membership, columns, pull in finished:
        if row >= 0:
            segment = int(membership.argmax())
            count[row, segment] += 1
            columns_of[row] = columns
            pulls[row, segment] = pulls.get((row, segment), 0.0) + pull
    earned, sd = np.zeros((m, c)), np.zeros((m, c))
    for (row, segment), total in pulls.items():
        mean, columns = total / count[row, segment], columns_of[row]
        earned[row, segment] = mean @ regression.beta_[columns]
        sd[row, segment] = np.sqrt(mean @ regression.covariance_[np.ix_(columns, columns)] @ mean)
    return replace(
        before,
        beta=regression.beta_,
        covariance=regression.covariance_,
        learners=count,
        earned=earned,
        earned_sd=sd,
        quiz_offset=quizzes[0],
        quiz_bias=quizzes[1],
        quiz_noise=quizzes[2],
    )

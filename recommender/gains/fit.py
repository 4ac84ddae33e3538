"""Learn beta from everything measured after modules were finished.

Rows come from replaying learners' evidence (``engine.replay.Tap``), from pre-module posteriors only.
The blocks' variances are estimated by maximising the evidence (MacKay 1992, Neural Computation 4:415),
shrunk to the literature's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from recommender.gains.lessons import Lessons, laid_out, pulls
from recommender.gains.match import USUAL_MATCH, LevelMatch
from recommender.gains.serve import (
    PRIOR_SD,
    QUIZ_BIAS,
    QUIZ_NOISE,
    GainModel,
    GainTable,
    blocks,
    prior_beta,
)  # fmt: skip
from recommender.profiles.serve import DAY, Array

PRIOR_COEFFICIENTS = 8.0
"""How many coefficients the literature's variance of a block counts as."""
PRIOR_QUIZZES = 20.0
EVIDENCE_STEPS = 20
HELD = 1e-9
"""Variance of a coefficient that may not move."""
MATCHES = (0.0, 0.15, 0.4, 0.7, 1.0), (-4.0, 2.0, 8.0, 14.0), (7.0, 10.0, 14.0, 20.0)
"""Candidates for base, centre and width of the level match."""
MATCH_SD = (0.3, 8.0, 0.5)
"""How far they may lie from the literature's before data; of the width in logarithms (J)."""
LIVES = (np.inf, 720.0, 360.0, 180.0, 90.0)
"""Candidates for how long a module's effect stays like itself, in days."""
CLEAR_WANDER = 3.0
"""Log evidence by which a shorter life must beat a longer one."""
PERIOD_DAYS = 30.0
PERIODS = 12
"""An effect is taken as the same within a period, and before so many."""
MOST_COLUMNS = 2000
"""Of modules and periods together; larger catalogues get fewer periods."""


@dataclass
class Sums:
    """Sufficient statistics of the regression at beta 0.

    ``gram`` (D, D), ``cross`` (D,), the residuals' ``square`` and the log determinants' ``size``.
    """

    gram: Array
    cross: Array
    square: float = 0.0
    size: float = 0.0

    @classmethod
    def of(cls, x: Any, value: Array, size: float = 0.0) -> Sums:
        """From whitened rows ``x`` (R, D), dense or sparse, and their values (R,)."""
        gram = x.T @ x
        dense = gram.toarray() if hasattr(gram, "toarray") else gram
        return cls(np.asarray(dense), np.asarray(x.T @ value), float(value @ value), size)

    @classmethod
    def empty(cls, size: int) -> Sums:
        """Nothing seen."""
        return cls(np.zeros((size, size)), np.zeros(size))

    def turned(self, first: int, root: Array) -> Sums:
        """The same for coefficients that ``root`` turns into those from column ``first`` on."""
        gram, cross = self.gram.copy(), self.cross.copy()
        gram[first:] = root.T @ gram[first:]
        gram[:, first:] = gram[:, first:] @ root
        cross[first:] = root.T @ cross[first:]
        return Sums(gram, cross, self.square, self.size)

    def evidence(self, mean: Array, variance: Array) -> float:
        """Log density of everything seen under a Gaussian prior of beta, up to a constant."""
        at = self.cross - self.gram @ mean
        square = self.square - 2.0 * self.cross @ mean + mean @ self.gram @ mean
        precision = self.gram + np.diag(1.0 / variance)
        _, size = np.linalg.slogdet(precision * np.sqrt(variance) * np.sqrt(variance)[:, None])
        return float(-0.5 * (self.size + square - at @ np.linalg.solve(precision, at) + size))


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
        self.evidence_ = sums.evidence(mean, variance)
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


class Wander(NamedTuple):
    """Modules' effects in time: a column for each period of a module in which somebody finished it.

    ``own`` (F,) is the column of each finished module (-1: none), ``root`` (n, n) turns independent
    coefficients into ones that are alike the nearer their periods are, ``now`` (M,) are the columns of today.
    """

    own: NDArray[np.int64]
    root: Array | None
    now: NDArray[np.int64]

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.now) if self.root is None else len(self.root)


class Fitted(NamedTuple):
    """A regression, how its modules' columns lie in time, and under which level match and life."""

    regression: GainRegression
    laid: Wander
    match: LevelMatch
    life: float


def wander(own: NDArray[np.int64], ago: Array, modules: int, life: float) -> Wander:
    """Lay modules' effects out in time.

    Parameters
    ----------
    own : (F,) array of int
        Which module was finished, -1 for one without a coefficient.
    ago : (F,) array
        Days since.
    modules : int
    life : float
        Days after which an effect is like itself by 1/e (Uhlenbeck & Ornstein 1930); infinite: it stays.
    """
    most = min(PERIODS, MOST_COLUMNS // max(modules, 1))
    if not np.isfinite(life) or most < 2:
        return Wander(own, None, np.arange(modules))
    period = np.minimum(ago // PERIOD_DAYS, most - 1).astype(np.int64)
    taken = np.union1d(own[own >= 0] * most + period[own >= 0], np.arange(modules) * most)
    module, when = taken // most, taken % most
    alike = np.exp(-np.abs(when[:, None] - when) * PERIOD_DAYS / life) * (module[:, None] == module)
    root = np.linalg.cholesky(alike)
    column = np.where(own >= 0, np.searchsorted(taken, own * most + period), -1)
    return Wander(column, root, np.searchsorted(taken, np.arange(modules) * most))


@dataclass(frozen=True)
class Learning:
    """Lessons over a table: how likely they are, and what they teach, under ways to lay beta out.

    ``now`` is the moment for which effects are wanted, in microseconds; ``held`` names blocks that stay.
    """

    tab: GainTable
    lessons: Lessons
    now: int
    held: tuple[str, ...] = ()

    @cached_property
    def value(self) -> Array:
        """(R,) whitened values less what they would be without any gain."""
        model = self.tab.model
        x = laid_out(self.lessons, pulls(self.tab, self.lessons, model.match), len(model.beta))
        return np.asarray(self.lessons.value + x @ model.beta)

    def sums(self, match: LevelMatch, laid: Wander) -> Sums:
        """What is seen under a level match, of independent coefficients: all that lives share."""
        model, lessons = self.tab.model, self.lessons
        pulled = pulls(self.tab, lessons, match)
        pulled.columns[:, -1] = np.where(laid.own >= 0, model.module_at + laid.own, -1)
        x = laid_out(lessons, pulled, model.module_at + laid.width)
        return Sums.of(x, self.value, lessons.size)

    def laid(self, life: float) -> Wander:
        """Modules' effects of such a life, laid out in time."""
        lessons, modules = self.lessons, len(self.tab.model.modules)
        return wander(self.tab.columns[lessons.rows], (self.now - lessons.at) / DAY, modules, life)

    def fitted(self, match: LevelMatch, life: float) -> Fitted:
        """The regression under a level match, with effects of such a life."""
        laid = self.laid(life)
        return self._fit(self.sums(match, laid), laid, match, life)

    def _fit(self, sums: Sums, laid: Wander, match: LevelMatch, life: float) -> Fitted:
        model = self.tab.model
        if laid.root is not None:
            sums = sums.turned(model.module_at, laid.root)
        regression = GainRegression(held=self.held).fit(sums, len(model.segments), laid.width)
        return Fitted(regression, laid, match, life)

    def chosen(self) -> GainModel:
        """Level match and life of effects by evidence, and beta under them."""
        model = self.tab.model
        found = self.fitted(model.match, model.life)
        if not len(self.lessons.value):
            return self.model(found)
        match = self.likely_match(found.regression)
        best = self.fitted(match, LIVES[0])
        wandering: Sums | None = None
        for life in LIVES[1:]:
            laid = self.laid(life)
            wandering = wandering or self.sums(match, laid)
            found = self._fit(wandering, laid, match, life)
            clear = CLEAR_WANDER if best.life == LIVES[0] else 0.0
            if found.regression.evidence_ > best.regression.evidence_ + clear:
                best = found
        return self.model(best)

    def likely_match(self, regression: GainRegression) -> LevelMatch:
        """Mean of the level match over its posterior on a grid, variances as the regression found them."""
        model = self.tab.model
        c, m = len(model.segments), len(model.modules)
        mean, variance = prior_beta(c, m)
        for name, where in blocks(c, m).items():
            variance[where] = regression.variance_.get(name, HELD)
        grid = [LevelMatch(*x) for x in product(*MATCHES)]
        log = np.array([self._evidence(match, mean, variance) + _log_prior(match) for match in grid])
        share = np.exp(log - log.max())
        share /= share.sum()
        base, centre, width = share @ [(x.base, x.centre, np.log(x.width)) for x in grid]
        return LevelMatch(float(base), float(centre), float(np.exp(width)))

    def _evidence(self, match: LevelMatch, mean: Array, variance: Array) -> float:
        """Log evidence of a level match, over the columns that anything is known of."""
        x = laid_out(self.lessons, pulls(self.tab, self.lessons, match), len(mean))
        known = np.unique(x.indices)
        return Sums.of(x[:, known], self.value, self.lessons.size).evidence(mean[known], variance[known])

    def model(self, found: Fitted) -> GainModel:
        """The gain model of a fit, with what finished modules earned by segment."""
        regression, laid, match, life = found
        at = self.tab.model.module_at
        beta, covariance = regression.beta_, regression.covariance_
        if laid.root is not None:
            beta = np.concatenate([beta[:at], laid.root @ beta[at:]])
            covariance = covariance.copy()
            covariance[at:] = laid.root @ covariance[at:]
            covariance[:, at:] = covariance[:, at:] @ laid.root.T
        kept = np.concatenate([np.arange(at), at + laid.now])
        learnt = replace(
            self.tab.model, beta=beta[kept], covariance=covariance[np.ix_(kept, kept)], match=match, life=life
        )
        return earned(learnt, self.tab, self.lessons)


def _log_prior(match: LevelMatch) -> float:
    """Log density of a level match before data, around the literature's."""
    usual = USUAL_MATCH
    away = (
        (match.base - usual.base) / MATCH_SD[0],
        (match.centre - usual.centre) / MATCH_SD[1],
        np.log(match.width / usual.width) / MATCH_SD[2],
    )
    return float(-0.5 * np.square(away).sum())


def earned(model: GainModel, tab: GainTable, lessons: Lessons) -> GainModel:
    """The model with what its modules earned by segment, of those that were finished and then measured."""
    m, c = len(model.modules), len(model.segments)
    own, segment = tab.columns[lessons.rows], lessons.share.argmax(1)
    kept = np.flatnonzero(lessons.measured & (own >= 0))
    pulled = pulls(tab, lessons, model.match)
    total = np.einsum("fk,fka->fa", tab.weights[lessons.rows], pulled.z)
    count = np.zeros((m, c), dtype=np.int64)
    mean, sd = np.zeros((m, c)), np.zeros((m, c))
    np.add.at(count, (own[kept], segment[kept]), 1)
    for module, kind in np.argwhere(count):
        some = kept[(own[kept] == module) & (segment[kept] == kind)]
        columns, x = pulled.columns[some[0]], total[some].mean(0)
        x, columns = x[columns >= 0], columns[columns >= 0]
        mean[module, kind] = x @ model.beta[columns]
        sd[module, kind] = np.sqrt(x @ model.covariance[np.ix_(columns, columns)] @ x)
    return replace(model, learners=count, earned=mean, earned_sd=sd)

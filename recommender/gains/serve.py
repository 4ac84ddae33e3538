"""What a module earns a learner: a Bayesian linear model over level match, method, segment, module.

A finished module j moves competency k of component c by ``w_jk z_jkc' beta`` points. z is a basis over
the gap between the module's level and the learner's, *averaged over the learner's posterior* rather
than taken at its mean; beta has a Gaussian posterior around the literature's weak priors
(``recommender.priors``). See ``gains.fit`` for how it is learnt.

Columns of z, all in points: the prior's gain times level match; curves over the gap that bend that match;
the same times need; then, each times the level match, the method, the method within a segment, the module.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender import priors
from recommender.framework import LEVEL_ANCHORS, METHODS, Catalogue, Module
from recommender.gains.match import CURVES, SHAPE, USUAL_MATCH, LevelMatch, shapes
from recommender.profiles.serve import Array, Posterior, weights

METHOD_INDEX = {name: i for i, name in enumerate(METHODS)}


def anchor(level: int | None) -> float:
    """Where a module's level stands on the 0-100 scale; one without a level counts as 2."""
    return LEVEL_ANCHORS[level or 2]


def prior_points(module: Module, minutes: float) -> float:
    """What the literature says a module of this method and length earns at the right level, in points."""
    blended = priors.BLENDED if module.delivery == "blended" else 0.0
    return (priors.method_gain(module.method) + blended) * unit(minutes)


def unit(minutes: float) -> float:
    """One standard deviation of profiles, in points, less for a short module."""
    return priors.SD_THETA * priors.duration_factor(minutes)


SPREAD = 0.25**2
"""Learners differ in what one module gives them by about a quarter of a unit (content priors)."""
QUIZ_BIAS = priors.SD_THETA**2
QUIZ_NOISE = priors.NOISE_SD["test"] ** 2
"""Before data: a module's own test lies off the profile's scale by as much as learners differ."""


@dataclass(frozen=True)
class GainModel:
    """Posterior of beta, and what the modules of the fit earned.

    Parameters
    ----------
    modules : tuple of str
        Ids of the modules with a column of their own.
    segments : tuple of str, length C
    beta : (D,) array
        Posterior mean.
    covariance : (D, D) array
        Posterior covariance of beta.
    spread : float
        Variance of a learner's own gain around the expected one, per (points of ``unit``)^2.
    learners : (M, C) array of int
        How many of a segment finished the module and were measured.
    earned, earned_sd : (M, C) arrays
        What they gained on average by the model, and its standard deviation.
    quiz_offset : (M,) array
        Points by which a module's own pre and post scores lie above the profile.
    quiz_bias, quiz_noise : float
        Variance of that offset around its estimate, shared by pre and post; and of one score.
    match : LevelMatch
    life : float
        Days after which a module's effect is like itself by 1/e; infinite where effects stay.
    """

    modules: tuple[str, ...]
    segments: tuple[str, ...]
    beta: Array
    covariance: Array
    spread: float
    learners: NDArray[np.int64]
    earned: Array
    earned_sd: Array
    quiz_offset: Array
    quiz_bias: float = QUIZ_BIAS
    quiz_noise: float = QUIZ_NOISE
    match: LevelMatch = USUAL_MATCH
    life: float = float("inf")

    @cached_property
    def column(self) -> dict[str, int]:
        """Row of each module of the fit."""
        return {m: i for i, m in enumerate(self.modules)}

    @property
    def method_at(self) -> int:
        """First column of the methods."""
        return SHAPE

    @property
    def segment_at(self) -> int:
        """First column of the methods within segments."""
        return SHAPE + len(METHODS)

    @property
    def module_at(self) -> int:
        """First column of the modules."""
        return self.segment_at + len(METHODS) * len(self.segments)


def bare(segments: tuple[str, ...], modules: tuple[str, ...] = ()) -> GainModel:
    """The model before any data: the literature's weak priors."""
    mean, variance = prior_beta(len(segments), len(modules))
    none = np.zeros((len(modules), len(segments)))
    return GainModel(
        modules, segments, mean, np.diag(variance), SPREAD, none.astype(np.int64), none, none.copy(),
        np.zeros(len(modules)),
    )  # fmt: skip


PRIOR_SD = {"scale": 0.5, "curve": 0.4, "need": 0.5, "method": 0.20, "segment": 0.15, "module": 0.25}
"""Standard deviations of beta's blocks before estimation (content priors; curve and need: ours)."""
PRIOR_NEED = 0.3
"""Share of a gain by which somebody at 0 gains more before data, and somebody at 100 less (J)."""


def blocks(segments: int, modules: int) -> dict[str, slice]:
    """Which columns of z each block of ``PRIOR_SD`` owns."""
    out, at = {}, 0
    m = len(METHODS)
    sizes = {
        "scale": 1,
        "curve": len(CURVES),
        "need": 1,
        "method": m,
        "segment": m * segments,
        "module": modules,
    }
    for name, size in sizes.items():
        out[name] = slice(at, at + size)
        at += size
    return out


def prior_beta(segments: int, modules: int) -> tuple[Array, Array]:
    """Prior mean and variances (D,) of beta: the literature's gain, a little of need, 0 elsewhere."""
    where = blocks(segments, modules)
    size = where["module"].stop
    mean, variance = np.zeros(size), np.zeros(size)
    mean[0], mean[SHAPE - 1] = 1.0, PRIOR_NEED
    for name, columns in where.items():
        variance[columns] = PRIOR_SD[name] ** 2
    return mean, variance


@dataclass(frozen=True)
class GainTable:
    """A gain model over today's catalogue: arrays by module.

    ``weights`` (M, K); ``points`` and ``units`` (M,) are the prior's gain and the unit; ``matched`` (M, C)
    multiplies level match. ``levels`` (L,) are the anchors there are, ``level`` (M,) says which is a
    module's and ``rows_of`` which modules are of each.
    """

    model: GainModel
    weights: Array
    points: Array
    units: Array
    methods: NDArray[np.int64]
    columns: NDArray[np.int64]
    anchors: Array
    levels: Array
    level: NDArray[np.int64]
    rows_of: tuple[NDArray[np.int64], ...]
    matched: Array

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """(M,) whether the module trains any competency."""
        return np.asarray(self.weights.sum(1) > 0)


def table(model: GainModel, catalogue: Catalogue, competencies: tuple[str, ...]) -> GainTable:
    """Lay a gain model out over a catalogue; modules newer than the fit rest on their method."""
    modules = catalogue.modules
    w = catalogue.weights(competencies)
    minutes = catalogue.minutes.tolist()
    units = np.array([unit(m) for m in minutes])
    points = np.array([prior_points(m, length) for m, length in zip(modules, minutes, strict=True)])
    methods = np.array([METHOD_INDEX.get(m.method or "", -1) for m in modules], dtype=np.int64)
    columns = np.array([model.column.get(m.module_id, -1) for m in modules], dtype=np.int64)
    anchors = np.array([anchor(m.level) for m in modules])
    c = len(model.segments)
    own = np.append(model.beta[model.module_at :], 0.0)[columns]
    method = np.append(model.beta[model.method_at : model.segment_at], 0.0)[methods]
    within = np.vstack(
        [model.beta[model.segment_at : model.module_at].reshape(len(METHODS), c), np.zeros(c)]
    )[methods]
    matched = points[:, None] * model.beta[0] + units[:, None] * ((own + method)[:, None] + within)
    levels, level = np.unique(anchors, return_inverse=True)
    rows_of = tuple(np.flatnonzero(level == n) for n in range(len(levels)))
    return GainTable(
        model, w, points, units, methods, columns, anchors, levels, level, rows_of, matched
    )  # fmt: skip


class Prospect:
    """What every module would do to one learner.

    Parameters
    ----------
    tab : GainTable
    posterior : Posterior

    Attributes
    ----------
    share : (C,) array
        Probabilities of the segments.
    """

    def __init__(self, tab: GainTable, posterior: Posterior) -> None:
        self._tab = tab
        self._posterior = posterior
        self.share = weights(posterior)
        self._shapes = self._at(posterior.means)
        self._curves = self._bent(self._shapes)

    def _at(self, means: Array) -> Array:
        """(L, SHAPE, C, K) shapes were the components there."""
        return shapes(self._tab.levels, means, np.diag(self._posterior.covariance), self._tab.model.match)

    def _bent(self, shape: Array) -> Array:
        """(L, C, K) gain of one point by the curves and need."""
        return np.asarray(np.einsum("b,lbck->lck", self._tab.model.beta[1:SHAPE], shape[:, 1:]))

    @cached_property
    def rises(self) -> Array:
        """(M, K) expected rise of every competency by every module, in points."""
        tab, share = self._tab, self.share
        out = np.empty_like(tab.weights)
        for level, rows in enumerate(tab.rows_of):
            matched = (tab.matched[rows] * share) @ self._shapes[level, 0]
            out[rows] = tab.weights[rows] * (matched + tab.points[rows, None] * (share @ self._curves[level]))
        return out

    @cached_property
    def _steps(self) -> tuple[Array, Array]:
        """How level match and curves change where the learner stands a point higher."""
        moved = self._at(self._posterior.means + 1.0)
        return moved[:, 0] - self._shapes[:, 0], self._bent(moved) - self._curves

    def sd(self, rows: NDArray[np.intp]) -> Array:
        """(n,) standard deviations of some modules' total expected gain.

        Doubt about beta, about where the learner stands (by the spread of the gain over the components
        and, within one, by the slope of the gain against the profile), and learners' own differences.
        """
        tab, share = self._tab, self.share
        level, w, point, matched = tab.level[rows], tab.weights[rows], tab.points[rows], tab.matched[rows]
        along = np.einsum("nck,nk->nc", self._shapes[level, 0], w)
        bent = np.einsum("nck,nk->nc", self._curves[level], w)
        by_component = matched * along + point[:, None] * bent
        between = (by_component - (by_component @ share)[:, None]) ** 2 @ share
        higher, curves = self._steps
        rise = np.einsum("nc,nck->nk", matched * share, higher[level])
        slope = w * (rise + point[:, None] * (share @ curves[level]))
        within = np.einsum("nk,kl,nl->n", slope, self._posterior.covariance, slope)
        own = tab.model.spread * tab.units[rows] ** 2 * (w * w).sum(1)
        return np.asarray(np.sqrt(self.doubt(rows) + between + within + own))

    def doubt(self, rows: NDArray[np.intp]) -> Array:
        """(n,) variances of some modules' total expected gain that come from not knowing beta."""
        tab, share = self._tab, self.share
        along = np.einsum("nbck,nk->nbc", self._shapes[tab.level[rows]], tab.weights[rows])
        columns, x = _active(tab, rows, share, tab.points[rows, None] * (along @ share), along[:, 0])
        covariance = tab.model.covariance[columns[:, :, None], columns[:, None, :]]
        return np.asarray(np.einsum("na,nab,nb->n", x, covariance, x))


def _active(
    tab: GainTable, rows: NDArray[np.intp], share: Array, shape: Array, matched: Array
) -> tuple[NDArray[np.int64], Array]:
    """Active columns of beta for n modules (n, A), and their values averaged over the components.

    ``shape`` (n, SHAPE) are the first columns; ``matched`` (n, C) is level match along the modules'
    weights. What a module lacks (a method, a column of its own) has the value 0.
    """
    model, method, own, c = tab.model, tab.methods[rows, None], tab.columns[rows, None], len(share)
    sized = tab.units[rows, None] * share * matched
    average = sized.sum(1, keepdims=True)
    columns = np.hstack([
        np.broadcast_to(np.arange(SHAPE), shape.shape),
        np.where(method < 0, 0, model.method_at + method),
        np.where(method < 0, 0, model.segment_at + method * c + np.arange(c)),
        np.where(own < 0, 0, model.module_at + own),
    ])  # fmt: skip
    values = [shape, average * (method >= 0), sized * (method >= 0), average * (own >= 0)]
    return columns, np.hstack(values)


def design(tab: GainTable, row: int, posterior: Posterior) -> tuple[NDArray[np.int64], Array]:
    """The active columns (A,) and z of one module for one learner as (C, K, A), a segment's own first."""
    c, k = posterior.means.shape
    anchors, variances = tab.anchors[row : row + 1], np.diag(posterior.covariance)
    shape = shapes(anchors, posterior.means, variances, tab.model.match)[0]
    matched = shape[0]
    model, point, size = tab.model, tab.points[row], tab.units[row]
    method, own = int(tab.methods[row]), int(tab.columns[row])
    columns = list(range(SHAPE))
    parts = [point * part for part in shape]
    if method >= 0:
        columns.append(model.method_at + method)
        parts.append(size * matched)
        for component in range(c):
            columns.append(model.segment_at + method * c + component)
            alone = np.zeros((c, k))
            alone[component] = size * matched[component]
            parts.append(alone)
    if own >= 0:
        columns.append(model.module_at + own)
        parts.append(size * matched)
    return np.array(columns), np.stack(parts, axis=-1)


def transition(tab: GainTable, row: int, posterior: Posterior) -> tuple[Array, Array]:
    """What finishing a module does to a learner.

    Returns
    -------
    by : (C, K) array
        Points each component moves.
    variance : (K,) array
        Of that move, averaged over the mixture.
    """
    columns, z = design(tab, row, posterior)
    w = tab.weights[row]
    beta = tab.model.beta[columns]
    cov = tab.model.covariance[np.ix_(columns, columns)]
    mean_z = np.einsum("c,cka->ka", weights(posterior), z)
    doubt = np.einsum("ka,ab,kb->k", mean_z, cov, mean_z) + tab.model.spread * tab.units[row] ** 2
    return w * (z @ beta), w**2 * doubt

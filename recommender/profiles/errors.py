"""How sources and raters err: what that leaves of the evidence, and how it is learnt from profiles."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender import priors
from recommender.evidence import SOURCES
from recommender.profiles import mixture as mix
from recommender.profiles.batches import across
from recommender.profiles.cells import Cells
from recommender.profiles.occasion_fit import Occasions, Told, update
from recommender.profiles.prior import bare_profile
from recommender.profiles.serve import Array
from recommender.profiles.severities import Severities, hear, message, unheard

PRIOR_ROWS = 2.0
"""How many forms or raters the prior of a halo or of severities counts as: a small one is still found."""
NOISE_ROWS = 20.0
"""How many scores the prior of their noise counts as: one score each says little else of it."""
PEER = SOURCES.index("peer")


@dataclass
class Errors:
    """How sources and raters err: offset, halo, occasion (S,), noise (S, 2), severities, their variance."""

    offset: Array
    noise: Array
    halo: Array
    occasion: Array
    severity: float
    raters: Severities


def prior_errors(raters: int, rater: NDArray[np.int64]) -> Errors:
    """Errors before data, of so many raters and of forms by ``rater``."""
    bare = bare_profile((), ())
    return Errors(
        bare.offset, bare.noise, bare.halo, bare.occasion, bare.severity,
        unheard(raters, rater, bare.severity),
    )  # fmt: skip


class Information:
    """Every learner's evidence under given errors: (N, K, K) precisions and (N, K) shifts."""

    def __init__(
        self, cells: Cells, lift: Array, errors: Errors, answers: tuple[Array, Array], occasions: Occasions
    ) -> None:
        forms, n, k = len(cells.form_learner), len(cells.learners), len(cells.competencies)
        patterns = len(cells.patterns)
        source, rater = cells.form_source, cells.form_rater
        rated = rater >= 0
        self.bias = errors.offset[source] + errors.raters.form_mean
        self.shared = errors.halo[source] + errors.raters.form_variance
        loose = (source != SOURCES.index("test")) & (source != SOURCES.index("self")) & ~rated
        self.shared[loose] += errors.severity
        self.weight = cells.count / errors.noise.ravel()[cells.kind]
        self.error = cells.value - lift - self.bias[cells.form]
        self.total: Array = np.bincount(cells.form, self.weight, minlength=forms).astype(float)
        pulled = self.weight * self.error
        self.sum: Array = np.bincount(cells.form, pulled, minlength=forms).astype(float)
        self.looked: Array = (
            _table(self.weight, cells.form, cells.pattern, (forms, patterns)) @ cells.patterns
        )
        with np.errstate(divide="ignore"):
            self.shrink = 1.0 / (1.0 / self.shared + self.total)
        by_pattern = _table(self.weight, cells.learner, cells.pattern, (n, patterns))
        outer = np.einsum("qk,ql->qkl", cells.patterns, cells.patterns).reshape(patterns, k * k)
        self.precision: Array = (
            (sparse.csr_matrix(by_pattern) @ sparse.csr_matrix(outer)).toarray().reshape(n, k, k)
        )
        self.shift: Array = _table(pulled, cells.learner, cells.pattern, (n, patterns)) @ cells.patterns
        owner = sparse.csr_matrix((self.shrink, (cells.form_learner, np.arange(forms))), (n, forms))
        self.shift -= np.asarray(owner @ (self.looked * self.sum[:, None]))
        for a in range(k):
            self.precision[:, a] -= np.asarray(owner @ (self.looked * self.looked[:, a : a + 1]))
        self.told: Told | None = None
        if errors.occasion.any():
            self.told = self.about(occasions, errors.occasion)
            self.told.enter(self.precision, self.shift)
        self.precision[:, np.arange(k), np.arange(k)] += answers[0]
        self.shift += answers[1]

    def about(self, occasions: Occasions, variance: Array) -> Told:
        """What the forms say of their occasions, under (S,) variances."""
        return Told.by(occasions, variance, self.total, self.looked, self.sum, self.shrink)

    def less(self, pulled: Array) -> Information:
        """The same with (N, K) taken off the shifts, for mixtures to be fitted on."""
        other = copy(self)
        other.shift = self.shift - pulled
        return other

    def of(self, learners: NDArray[np.int64]) -> Information:
        """What mixtures are fitted on, of these learners, each as often as named."""
        drawn = copy(self)
        drawn.precision, drawn.shift = self.precision[learners], self.shift[learners]
        return drawn


def _table(weight: Array, row: NDArray[np.int64], column: NDArray[np.int64], shape: tuple[int, int]) -> Array:
    """Sums of weights by row and column."""
    rows, columns = shape
    return (
        np.bincount(row * columns + column, weight, rows * columns).astype(float, copy=False).reshape(shape)
    )


def _doubt(patterns: Array, covariance: Array) -> Array:
    """(N, Q) variance of what (Q, K) patterns look at, under (N, K, K) covariances."""
    out = np.empty((len(covariance), len(patterns)))
    for q, pattern in enumerate(patterns):
        leaves = np.flatnonzero(pattern)
        pair = np.outer(pattern[leaves], pattern[leaves])
        out[:, q] = covariance[:, leaves[:, None], leaves].reshape(-1, pair.size) @ pair.ravel()
    return out


def _beside_occasions(
    cells: Cells, info: Information, mean: Array, residual: Array
) -> tuple[Array, Array, Array, Array, Array | float]:
    """Residuals (n,) with occasions' effects off, what forms then look at (F, K), how far the errors that
    answers share lean on the profile (F, K) and vary beside it (F,), and occasions' variances (F,)."""
    looked, lean = info.looked, info.shrink[:, None] * info.looked
    if info.told is None:
        return residual, looked, lean, info.shrink, 0.0
    on, share = info.told.on_forms(mean), info.told.share
    return (
        residual - on.effect[cells.form],
        looked - info.total[:, None] * on.slope,
        lean + share[:, None] * on.slope,
        info.shrink + share**2 * on.variance,
        on.variance,
    )


def update_errors(cells: Cells, info: Information, found: mix.Beliefs, errors: Errors) -> Errors:
    """The M step of offsets, severities, halos and noise, given every learner's posterior."""
    mean, covariance = found.moments()
    learner, source = cells.learner, cells.form_source
    forms = len(source)
    seen = mean @ cells.patterns.T
    doubt = _doubt(cells.patterns, covariance)[learner, cells.pattern]
    residual = info.error - seen[learner, cells.pattern]
    residual, looked, lean, unsure, apart = _beside_occasions(cells, info, mean, residual)
    level: Array = np.bincount(cells.form, info.weight * residual, minlength=forms).astype(float)
    toward = across(looked, covariance, cells.form_learner)
    about = (toward * looked).sum(1) + info.total**2 * apart
    said = message(level, info.total, info.shared, about)

    halo = errors.halo[source]
    raters = hear(said, halo, cells.form_rater, errors.raters, errors.severity)
    severity = (float((raters.mean**2 + raters.variance).sum()) + PRIOR_ROWS * priors.SEVERITY_SD**2) / (
        len(raters.mean) + PRIOR_ROWS
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(info.shared > 0, halo / info.shared, 0.0)
    own = part * info.shrink * level
    spread = part * (info.shared - halo) + part**2 * (info.shrink + info.shrink**2 * about)
    trust = 1.0 / (1.0 / said.precision + info.shared)
    before = bare_profile((), ())
    offset, halos = errors.offset.copy(), errors.halo.copy()
    for s, name in enumerate(SOURCES):
        mine = source == s
        if not mine.any():
            continue
        if s != PEER:
            centre, sd = priors.OFFSET[name]
            offset[s] = (trust[mine] @ (said.mean[mine] + errors.offset[s]) + centre / sd**2) / (
                trust[mine].sum() + 1.0 / sd**2
            )
        if name != "test":
            halos[s] = ((own**2 + spread)[mine].sum() + PRIOR_ROWS * before.halo[s]) / (
                mine.sum() + PRIOR_ROWS
            )
    if info.told is None:  # errors that answers share lean on the profile as far as forms look at it
        toward *= info.shrink[:, None]
    else:
        toward = across(lean, covariance, cells.form_learner)
    unsure = unsure + (toward * lean).sum(1)
    along = (toward @ cells.patterns.T)[cells.form, cells.pattern]
    noise = _noise(cells, info, residual, level, doubt - 2 * along + unsure[cells.form], errors)
    occasion = errors.occasion
    if info.told is not None:
        occasion = update(info.told, occasion, mean, covariance)
    return Errors(offset, noise, halos, occasion, severity, raters)


def _noise(
    cells: Cells, info: Information, residual: Array, level: Array, doubt: Array, errors: Errors
) -> Array:
    """(S, 2) variances of single scores, with errors that forms and occasions share integrated out.

    ``doubt`` (n,) is the variance that profiles and those errors leave a score's own.
    """
    own = residual - (info.shrink * level)[cells.form]
    square = cells.within + cells.count * (own**2 + doubt)
    shape = errors.noise.shape
    sums, counts = (
        np.bincount(cells.kind, w, minlength=2 * len(SOURCES)).reshape(shape) for w in (square, cells.count)
    )
    return np.asarray((sums + NOISE_ROWS * bare_profile((), ()).noise) / (counts + NOISE_ROWS))

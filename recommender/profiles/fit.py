"""Fit profiles and segments: one EM over the mixture, raters' severities and sources' errors.

Every quantity has a weak prior (``recommender.priors``) and is otherwise estimated. Given severities
and errors, each learner's evidence is a Gaussian in information form; given profiles, severities are
ridge means of forms' residuals and variances are moments with the posterior's own uncertainty in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator

from recommender import priors
from recommender.evidence import SOURCES
from recommender.profiles import mixture as mix
from recommender.profiles.answers import Answers
from recommender.profiles.apart import apart
from recommender.profiles.cells import Cells, few_raters
from recommender.profiles.identity import identify, memberships
from recommender.profiles.labels import label_segments
from recommender.profiles.occasion_fit import Occasions, Told, evident, update
from recommender.profiles.prior import CENTRE, bare_profile, prior_covariance
from recommender.profiles.serve import Array, ProfileModel, key_of

PRIOR_ROWS = 20.0
"""How many observations a variance's prior counts as."""
CLEAR_GAIN = 10.0
"""Criterion by which another number of segments must win over the present one (Kass & Raftery 1995)."""
SAMPLE = 3000
"""Learners on whom the number of segments is chosen, where there are more."""
PEER = SOURCES.index("peer")


@dataclass
class Errors:
    """How sources and raters err: offset, halo, occasion (S,), noise (S, 2), severities (R,) and theirs."""

    offset: Array
    noise: Array
    halo: Array
    occasion: Array
    severity: float
    rater_mean: Array
    rater_variance: Array


def prior_errors(raters: int) -> Errors:
    """Errors before data."""
    bare = bare_profile((), ())
    return Errors(
        bare.offset, bare.noise, bare.halo, bare.occasion, bare.severity,
        np.zeros(raters), np.full(raters, bare.severity),
    )  # fmt: skip


class Information:
    """Every learner's evidence under given errors: (N, K, K) precisions and (N, K) shifts."""

    def __init__(
        self, cells: Cells, lift: Array, errors: Errors, answers: tuple[Array, Array], occasions: Occasions
    ) -> None:
        forms, n, k = len(cells.form_learner), len(cells.learners), len(cells.competencies)
        source, rater = cells.form_source, cells.form_rater
        rated = rater >= 0
        self.bias = errors.offset[source].copy()
        self.shared = errors.halo[source].copy()
        self.bias[rated] += errors.rater_mean[rater[rated]]
        self.shared[rated] += errors.rater_variance[rater[rated]]
        loose = (source != SOURCES.index("test")) & (source != SOURCES.index("self")) & ~rated
        self.shared[loose] += errors.severity
        self.weight = cells.count / errors.noise[source[cells.form], cells.item]
        self.error = cells.value - lift - self.bias[cells.form]
        self.total: Array = np.bincount(cells.form, self.weight, minlength=forms).astype(float)
        self.sum: Array = np.bincount(cells.form, self.weight * self.error, minlength=forms).astype(float)
        spread = sparse.csr_matrix((self.weight, (cells.form, cells.pattern)), (forms, len(cells.patterns)))
        self.looked: Array = np.asarray(spread @ cells.patterns)
        with np.errstate(divide="ignore"):
            self.shrink = 1.0 / (1.0 / self.shared + self.total)
        learner = cells.form_learner[cells.form]
        by_pattern = sparse.csr_matrix((self.weight, (learner, cells.pattern)), (n, len(cells.patterns)))
        pulled = sparse.csr_matrix(
            (self.weight * self.error, (learner, cells.pattern)), (n, len(cells.patterns))
        )
        outer = np.einsum("qk,ql->qkl", cells.patterns, cells.patterns).reshape(len(cells.patterns), k * k)
        self.precision = np.asarray(by_pattern @ outer).reshape(n, k, k)
        self.shift = np.asarray(pulled @ cells.patterns)
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

    def of(self, learners: NDArray[np.int64]) -> Information:
        """What mixtures are fitted on, of these learners, each as often as named."""
        drawn = copy(self)
        drawn.precision, drawn.shift = self.precision[learners], self.shift[learners]
        return drawn


def _spread(rows: Array, covariance: Array, learner: NDArray[np.int64]) -> Array:
    """(F,) variance of what (F, K) rows look at."""
    return np.asarray(np.einsum("fk,fkl,fl->f", rows, covariance[learner], rows))


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
    learner, source, rater = cells.form_learner[cells.form], cells.form_source, cells.form_rater
    forms = len(source)
    seen = mean @ cells.patterns.T
    half = np.einsum("nkl,ql->nqk", covariance, cells.patterns)
    doubt = np.einsum("nqk,qk->nq", half, cells.patterns)[learner, cells.pattern]
    residual = info.error - seen[learner, cells.pattern]
    residual, looked, lean, unsure, apart = _beside_occasions(cells, info, mean, residual)
    level: Array = np.bincount(cells.form, info.weight * residual, minlength=forms).astype(float)
    left = level / info.total
    about = _spread(looked, covariance, cells.form_learner) + info.total**2 * apart

    rated = rater >= 0
    own = np.zeros(forms)
    own[rated] = errors.rater_mean[rater[rated]]
    trust = 1.0 / (errors.halo[source] + 1.0 / info.total)
    pull = np.bincount(rater[rated], (trust * (left + own))[rated], minlength=len(cells.raters))
    held = np.bincount(rater[rated], trust[rated], minlength=len(cells.raters)) + 1.0 / errors.severity
    rater_mean, rater_variance = np.asarray(pull / held, float), np.asarray(1.0 / held, float)
    count = len(cells.raters)
    severity = (float((rater_mean**2 + rater_variance).sum()) + PRIOR_ROWS * priors.SEVERITY_SD**2) / (
        count + PRIOR_ROWS
    )

    before = prior_errors(0)
    offset, halo = errors.offset.copy(), errors.halo.copy()
    marginal = 1.0 / (info.shared + 1.0 / info.total)
    with np.errstate(divide="ignore"):
        tight = 1.0 / (1.0 / errors.halo[source] + info.total)
    guess = tight * level
    spread = tight + tight**2 * (about + info.total**2 * (info.shared - errors.halo[source]))
    for s, name in enumerate(SOURCES):
        mine = source == s
        if not mine.any():
            continue
        if s != PEER:
            centre, sd = priors.OFFSET[name]
            offset[s] = (marginal[mine] @ (left[mine] + errors.offset[s]) + centre / sd**2) / (
                marginal[mine].sum() + 1.0 / sd**2
            )
        if name != "test":
            halo[s] = ((guess**2 + spread)[mine].sum() + PRIOR_ROWS * before.halo[s]) / (
                mine.sum() + PRIOR_ROWS
            )
    unsure = unsure + _spread(lean, covariance, cells.form_learner)
    noise = _noise(cells, info, residual, level, doubt, half, lean, unsure, errors)
    occasion = errors.occasion
    if info.told is not None:
        occasion = update(info.told, occasion, mean, covariance)
    return Errors(offset, noise, halo, occasion, severity, rater_mean, rater_variance)


def _noise(
    cells: Cells, info: Information, residual: Array, level: Array, doubt: Array, half: Array,
    lean: Array, unsure: Array, errors: Errors,
) -> Array:  # fmt: skip
    """(S, 2) variances of single scores, with errors that forms and occasions share integrated out.

    Those errors lean (F, K) on the profile and are ``unsure`` (F,).
    """
    form, learner = cells.form, cells.form_learner[cells.form]
    along = np.einsum("nk,nk->n", lean[form], half[learner, cells.pattern])
    variance = doubt - 2 * along + unsure[form]
    square = cells.within + cells.count * ((residual - info.shrink[form] * level[form]) ** 2 + variance)
    noise = errors.noise.copy()
    before = prior_errors(0).noise
    source = cells.form_source[form]
    for s in range(len(SOURCES)):
        for kind in (0, 1):
            mine = (source == s) & (cells.item == kind)
            noise[s, kind] = (square[mine].sum() + PRIOR_ROWS * before[s, kind]) / (
                cells.count[mine].sum() + PRIOR_ROWS
            )
    return noise


class ProfileMixture(BaseEstimator):  # type: ignore[misc]
    """Profiles and segments of an organisation.

    Parameters
    ----------
    max_segments : int
        The most components tried; the number is chosen by ``mixture.criterion``, n = learners with evidence.
    steps : int
        EM steps for errors and severities.
    seed : int

    Attributes
    ----------
    model_ : ProfileModel
    membership_ : (N, C) array
        Of the learners in ``cells.learners``.
    criterion_ : dict of int to float
        By number of segments; the smallest was chosen.

    References
    ----------
    Bovy, Hogg & Roweis 2011, Annals of Applied Statistics 5:1657. Collins & Lanza 2010, Latent Class and
    Latent Transition Analysis (profiles as components).
    """

    def __init__(self, max_segments: int = 8, steps: int = 40, seed: int = 0) -> None:
        self.max_segments = max_segments
        self.steps = steps
        self.seed = seed

    def fit(
        self,
        cells: Cells,
        names: Mapping[str, tuple[str, str]],
        lift: Array | None = None,
        previous: ProfileModel | None = None,
        first_segment: int = 1,
    ) -> ProfileMixture:
        """Fit to cells.

        Parameters
        ----------
        cells : Cells
        names : mapping of competency_id to (English, Chinese)
            For the segments' labels.
        lift : (n,) array, optional
            Points that modules finished before each cell had earned; taken off.
        previous : ProfileModel, optional
            The model before: its components are one of the starts and keep their ids.
        first_segment : int
            No segment gets a new number below this.
        """
        n, k = len(cells.learners), len(cells.competencies)
        lift = np.zeros(len(cells.value)) if lift is None else lift
        self._occasions = Occasions.among(cells)
        answers = Answers(cells, previous)
        errors = prior_errors(len(cells.raters))
        if previous is not None:
            errors.noise, errors.halo, errors.offset = previous.noise, previous.halo, previous.offset
        current = mix.Mixture(np.ones(1), np.full((1, k), CENTRE), prior_covariance(k))
        current, errors, info = self._climb(cells, lift, answers, current, errors, self.steps)
        errors.occasion = self._evident(info, current)
        if errors.occasion.any():
            current, errors, info = self._climb(cells, lift, answers, current, errors, self.steps)
        if n and self.max_segments > 1:
            known = previous if previous and previous.competencies == cells.competencies else None
            current = self.choose(info, current, known)
            if len(current.weights) > 1:
                current, errors, info = self._climb(cells, lift, answers, current, errors, self.steps // 2)
        found = mix.beliefs(info.precision, info.shift, current)
        current, found = _sort(current, found)
        segments, order, upcoming = identify(
            found.membership,
            memberships(info.precision, info.shift, previous, cells.competencies),
            tuple(s.segment_id for s in previous.segments) if previous else (),
            max(previous.next_segment if previous else 1, first_segment),
        )
        current, found = _ordered(current, found, order)
        self.membership_ = found.membership
        self.mean_ = found.moments()[0]
        self.model_ = _model(cells, current, errors, answers, found, names, segments, upcoming)
        return self

    def _climb(
        self, cells: Cells, lift: Array, answers: Answers, current: mix.Mixture, errors: Errors,
        steps: int,
    ) -> tuple[mix.Mixture, Errors, Information]:  # fmt: skip
        """Joint EM of mixture, errors and what answers rest on."""
        for _ in range(steps):
            info = Information(cells, lift, errors, answers.terms(), self._occasions)
            found = mix.beliefs(info.precision, info.shift, current)
            updated = mix.maximise(found, current)
            answers.learn(found, current)
            moved = max(np.abs(updated.means - current.means).max(initial=0.0), answers.moved)
            fresh = update_errors(cells, info, found, errors) if len(cells.form_learner) else errors
            moved = max(moved, float(np.abs(fresh.rater_mean - errors.rater_mean).max(initial=0.0)),
                        float(np.abs(np.sqrt(fresh.noise) - np.sqrt(errors.noise)).max()))  # fmt: skip
            current, errors = updated, fresh
            if moved < 0.02:
                break
        return current, errors, Information(cells, lift, errors, answers.terms(), self._occasions)

    def _evident(self, info: Information, current: mix.Mixture) -> Array:
        """Variances of occasions' effects to start from; 0 where the evidence shows none."""
        if not self._occasions.telling.any():
            return np.zeros(len(SOURCES))
        found = mix.beliefs(info.precision, info.shift, current)
        return evident(info.about(self._occasions, np.zeros(len(SOURCES))), *found.moments())

    def choose(self, info: Information, single: mix.Mixture, previous: ProfileModel | None) -> mix.Mixture:
        """The mixture of the number of components with the best criterion, severities held.

        Parameters
        ----------
        info : Information
        single : Mixture
            The one Gaussian fitted to it.
        previous : ProfileModel or None
            Of the same competencies: one of the starts, and left only for a clear gain.
        """
        n, k = info.shift.shape
        some = np.random.default_rng(self.seed).permutation(n)[:SAMPLE]
        precision, shift = info.precision[some], info.shift[some]
        m = len(some)
        best = {1: mix.climb(precision, shift, single)}
        for c in range(2, min(self.max_segments, m // (2 * (k + 1))) + 1):
            tries = mix.starts(precision, shift, single, c, self.seed)
            if previous is not None and len(previous.weights) == c:
                tries.insert(0, mix.Mixture(previous.weights, previous.means, previous.covariance))
            if not tries:
                break
            best[c] = max((mix.climb(precision, shift, start) for start in tries), key=lambda t: t[1])
        self.criterion_ = {c: mix.criterion(score, c, k, m) for c, (_, score) in best.items()}
        chosen = min(self.criterion_, key=lambda c: self.criterion_[c])
        now = len(previous.weights) if previous is not None else 0
        if now in self.criterion_ and self.criterion_[now] - self.criterion_[chosen] < CLEAR_GAIN:
            chosen = now
        return best[chosen][0]


def _sort(current: mix.Mixture, found: mix.Beliefs) -> tuple[mix.Mixture, mix.Beliefs]:
    """Largest component first."""
    return _ordered(current, found, np.argsort(-current.weights, kind="stable"))


def _ordered(
    current: mix.Mixture, found: mix.Beliefs, order: NDArray[np.int64]
) -> tuple[mix.Mixture, mix.Beliefs]:
    """The same components in another order."""
    return (
        mix.Mixture(current.weights[order], current.means[order], current.covariance),
        found._replace(membership=found.membership[:, order], means=found.means[:, order]),
    )


def _model(
    cells: Cells,
    current: mix.Mixture,
    errors: Errors,
    answers: Answers,
    found: mix.Beliefs,
    names: Mapping[str, tuple[str, str]],
    ids: list[str],
    upcoming: int,
) -> ProfileModel:
    """What serving holds of the fit."""
    away = apart(found, current)
    segments = label_segments(ids, away, cells.competencies, names, few_raters(cells, found.membership))
    raters = np.array([key_of(r) for r in cells.raters], dtype=np.uint64)
    items = np.array([key_of(i) for i in answers.items], dtype=np.uint64)
    by_rater, by_item = np.argsort(raters), np.argsort(items)
    return ProfileModel(
        cells.competencies, cells.tree, segments, current.weights, current.means, current.covariance,
        errors.offset, errors.noise, errors.halo, errors.severity, answers.how,
        raters[by_rater], errors.rater_mean[by_rater], errors.rater_variance[by_rater], 0.0,
        items[by_item], answers.difficulty[by_item], answers.typical, errors.occasion, len(cells.learners),
        upcoming, away.covariance, away.sd,
    )  # fmt: skip

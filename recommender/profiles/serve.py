"""One learner's profile: a mixture of Gaussians, updated by one observation at a time.

The prior of a profile theta (K competencies, 0-100) is a mixture of C Gaussians that share one
covariance, so a learner's state is one (K, K) covariance, C means and C weights: conditioning on a
linear Gaussian observation moves every mean by the same gain matrix and leaves the covariance shared
(Bovy, Hogg & Roweis 2011, Annals of Applied Statistics 5:1657; Kalman 1960).

Numpy only; pure functions on frozen arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.evidence import SOURCES
from recommender.framework import NINETY, NO_JOB, Job, looks_at
from recommender.profiles.answering import Practice, hear
from recommender.profiles.jobs import Shifts, no_shifts

Array = NDArray[np.float64]

DAY = 86_400_000_000
"""Microseconds of a day."""
NEGLIGIBLE = 2.0
"""Points of difference that nobody would notice; a name tells of no less."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A component of the mixture as people see it; its id is never given to another."""

    segment_id: str
    label_en: str
    label_zh: str

    def label(self, lang: str) -> str:
        """The label in a language."""
        return self.label_zh if lang == "zh" else self.label_en


@dataclass(frozen=True)
class ProfileModel:
    """What profiles of this organisation look like, and how its sources err.

    Parameters
    ----------
    competencies : tuple of str
        Ids of the K leaves.
    tree : tuple of (competency_id, parent_id)
        All competencies, so that evidence about a parent finds its leaves.
    segments : tuple of Segment, length C
    weights : (C,) array
    means : (C, K) array
    covariance : (K, K) array
        Shared by the components.
    offset : (S,) array
        Points that a source (``evidence.SOURCES``) lies above the peers.
    noise : (S, 2) array
        Variance of one whole score, and of one item, of a source.
    halo : (S,) array
        Variance of the error that one filled-in form shares.
    occasion : (S,) array
        Variance of the error that all forms of a source about one learner share on one day.
    severity : float
        Variance of raters' severities: that of a rater never seen.
    rater_keys : (R,) sorted uint64 array
        ``key_of`` the raters seen; ``rater_mean`` and ``rater_variance`` are their severities.
    drift : float
        Share of the covariance that a profile widens by in a day.
    item_keys : (I,) sorted uint64 array
        ``key_of`` the right-or-wrong items seen; ``difficulty`` is where a learner gets half of them
        right. ``typical`` (K,) is that of an item never seen.
    practice : Practice
        How right or wrong answers come about, and what answering does.
    learners : int
        How many learners with evidence it was fitted on.
    next_segment : int
        Number of the next segment to be named.
    means_covariance : (C, K, K) array
        Of each component's means: how well the fit knows them.
    apart_sd : (C, K) array
        Standard error of how far a component's mean lies from everybody's.
    departments, roles : Shifts
        How far people of a department, or of a role, stand from everybody.
    edges : mapping of (source, steps) to floats
        Where each mark but the last of a source's scale ends, in points (``marks``).
    """

    competencies: tuple[str, ...]
    tree: tuple[tuple[str, str | None], ...]
    segments: tuple[Segment, ...]
    weights: Array
    means: Array
    covariance: Array
    offset: Array
    noise: Array
    halo: Array
    severity: float
    practice: Practice
    rater_keys: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))
    rater_mean: Array = field(default_factory=lambda: np.empty(0))
    rater_variance: Array = field(default_factory=lambda: np.empty(0))
    drift: float = 0.0
    item_keys: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))
    difficulty: Array = field(default_factory=lambda: np.empty(0))
    typical: Array = field(default_factory=lambda: np.empty(0))
    occasion: Array = field(default_factory=lambda: np.zeros(len(SOURCES)))
    learners: int = 0
    next_segment: int = 1
    means_covariance: Array = field(default_factory=lambda: np.empty((0, 0, 0)))
    apart_sd: Array = field(default_factory=lambda: np.empty((0, 0)))
    departments: Shifts = field(default_factory=lambda: no_shifts(0))
    roles: Shifts = field(default_factory=lambda: no_shifts(0))
    edges: Mapping[tuple[str, int], tuple[float, ...]] = field(default_factory=dict)

    @cached_property
    def looks_at(self) -> dict[str, Array]:
        """The (K,) weights of the leaves that evidence about a competency looks at."""
        return looks_at(self.tree, self.competencies)

    @cached_property
    def centre(self) -> Array:
        """(K,) where people stand on average."""
        return np.asarray(self.weights @ self.means)

    def severity_of(self, rater: str | None) -> tuple[float, float]:
        """Mean and variance of a rater's severity."""
        found = find(self.rater_keys, key_of(rater)) if rater else None
        if found is None:
            return 0.0, self.severity
        return float(self.rater_mean[found]), float(self.rater_variance[found])

    def difficulty_of(self, item: str, looked: Array, *, warm: bool) -> float:
        """Where a learner gets half of an item's kind right, on the 0-100 scale, by what it looks at.

        ``warm``: put right after another one about the same competency.
        """
        found = find(self.item_keys, key_of(item))
        hard = float(self.typical @ looked if found is None else self.difficulty[found])
        return hard - self.practice.warm * warm


def stands_out(by: Array, sd: Array) -> NDArray[np.int64]:
    """1 or -1 where a difference's whole 90 % interval lies beyond ``NEGLIGIBLE``, else 0."""
    surely = np.abs(by) - NINETY * sd > NEGLIGIBLE
    return np.asarray(np.sign(by) * surely, dtype=np.int64)


def key_of(text: str) -> int:
    """A 64-bit key of an id, so that a model holds neither raters' nor items' ids."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def find(keys: NDArray[np.uint64], key: int) -> int | None:
    """Where ``key`` stands in a sorted array, or None."""
    at = int(keys.searchsorted(np.uint64(key)))
    return at if at < len(keys) and int(keys[at]) == key else None


class Posterior(NamedTuple):
    """What is believed of one learner: (K, K) covariance, (C, K) means, (C,) log weights, and when."""

    covariance: Array
    means: Array
    log_weights: Array
    at: int


def prior(model: ProfileModel, job: Job = NO_JOB) -> Posterior:
    """The belief about somebody never measured."""
    there, doubt = model.departments.of(job.department_id)
    as_what, more = model.roles.of(job.role)
    wider = (doubt + more) * np.eye(len(model.covariance))
    return Posterior(model.covariance + wider, model.means + there + as_what, np.log(model.weights), 0)


def weights(posterior: Posterior) -> Array:
    """(C,) probabilities of the segments."""
    shifted = np.exp(posterior.log_weights - posterior.log_weights.max())
    return np.asarray(shifted / shifted.sum())


def moments(posterior: Posterior) -> tuple[Array, Array]:
    """Mean (K,) and covariance (K, K) of the mixture: what is told outward."""
    w = weights(posterior)
    mean = w @ posterior.means
    apart = posterior.means - mean
    return mean, posterior.covariance + (apart * w[:, None]).T @ apart


def widen(model: ProfileModel, posterior: Posterior, at: int) -> Posterior:
    """The belief at a later moment: the mean stays, the covariance widens with the gap."""
    if model.drift and posterior.at and at > posterior.at:
        share, k = min(model.drift * (at - posterior.at) / DAY, 1.0), len(model.covariance)
        covariance = posterior.covariance.copy()
        covariance[:k, :k] += share * model.covariance
        return posterior._replace(covariance=covariance, at=at)
    return posterior._replace(at=max(at, posterior.at))


class Update(NamedTuple):
    """A posterior after an observation, and what the gain regression wants to know of the step."""

    posterior: Posterior
    gain: Array
    """(K, n) Kalman gain."""


def observe(posterior: Posterior, looked: Array, value: Array, noise: Array) -> Update:
    """Condition on ``value = looked @ theta + error`` with error covariance ``noise``.

    Parameters
    ----------
    posterior : Posterior
    looked : (n, K) array
    value : (n,) array
        Offsets and severity already taken off, in points.
    noise : (n, n) array
    """
    cross = posterior.covariance @ looked.T
    return condition(posterior, cross, looked @ cross + noise, value - posterior.means @ looked.T)


def condition(posterior: Posterior, cross: Array, spread: Array, surprise: Array) -> Update:
    """Condition on something observed that co-varies with the profile.

    Parameters
    ----------
    posterior : Posterior
    cross : (K, n) array
        Covariance of the profile with what is observed, the same in every component.
    spread : (n, n) array
        Covariance of what is observed.
    surprise : (C, n) array
        Observed less expected, by component.

    Returns
    -------
    Update
        All means move by one gain; weights by each component's predictive density.
    """
    inverse = np.linalg.inv(spread)
    gain = cross @ inverse
    log_weights = posterior.log_weights - 0.5 * ((surprise @ inverse) * surprise).sum(1)
    covariance = posterior.covariance - gain @ cross.T
    return Update(
        Posterior(
            0.5 * (covariance + covariance.T),
            posterior.means + surprise @ gain.T,
            log_weights - log_weights.max(),
            posterior.at,
        ),
        gain,
    )


def shift(posterior: Posterior, by: Array, variance: Array) -> Posterior:
    """Move the components by (C, K) or (K,) points; (K,) variances of that move widen the belief.

    Coordinates beyond the K of the profile (``occasions``) stay where they are.
    """
    k = len(variance)
    covariance, means = posterior.covariance.copy(), posterior.means.copy()
    covariance[np.arange(k), np.arange(k)] += variance
    means[:, :k] += by
    return posterior._replace(covariance=covariance, means=means)


class Answered(NamedTuple):
    """What is believed after an answer, how likely it was, and what the gain regression wants to know."""

    posterior: Posterior
    chance: float
    """That the answer would be what it was."""
    residual: float
    """Of the Gaussian observation that would have moved the mean as much, and its variance; 0 information
    where the answer told nothing."""
    variance: float
    gain: Array
    """(K,) by which the mean moves with the residual."""


def answer(
    model: ProfileModel, posterior: Posterior, looked: Array, difficulty: float, *, right: bool
) -> Answered:
    """Condition on one right or wrong answer about ``looked @ theta``, then add what practice does.

    Each component takes the answer's exact first two moments and is reweighed by its chance; the shared
    covariance shrinks by their mean.

    Parameters
    ----------
    model : ProfileModel
    posterior : Posterior
    looked : (K,) array
        Weights of the leaves that the item looks at.
    difficulty : float
        Of the item as it was put, in points.
    right : bool
    """
    how, share = model.practice, weights(posterior)
    toward = posterior.covariance @ looked
    variance = float(looked @ toward)
    at = posterior.means @ looked
    heard = hear(at, np.full(len(at), variance), difficulty, np.full(len(at), right), how.slip, how.guess)
    chance = float(share @ heard.chance)
    log_weights = posterior.log_weights + np.log(heard.chance)
    now = posterior._replace(log_weights=log_weights - log_weights.max())
    left = min(float(weights(now) @ heard.variance), variance * (1.0 - LEAST_TOLD))
    means = posterior.means + np.outer((heard.mean - at) / variance, toward)
    covariance = posterior.covariance - np.outer(toward, toward * ((variance - left) / variance**2))
    moved = float(weights(now) @ heard.mean - share @ at)
    told = (variance - left) / variance
    after = _practise(model, now._replace(means=means, covariance=covariance), looked)
    return Answered(after, chance, moved / told, variance / told, toward * (told / variance))


LEAST_TOLD = 1e-6
"""Share of its variance that an answer takes away at least: with slip and guess it may tell nothing."""


def _practise(model: ProfileModel, posterior: Posterior, looked: Array) -> Posterior:
    """What answering does: some is learnt, some of the way back to the centre gone, all is less sure."""
    how, k = model.practice, np.flatnonzero(looked)
    keep = 1.0 - how.fade[k] * looked[k]
    means, covariance = posterior.means.copy(), posterior.covariance.copy()
    means[:, k] = model.centre[k] + keep * (means[:, k] - model.centre[k]) + how.gain[k] * looked[k]
    covariance[k] *= keep[:, None]
    covariance[:, k] *= keep
    covariance[k, k] += how.wander[k] * looked[k] ** 2
    return posterior._replace(means=means, covariance=covariance)


SOURCE_INDEX = {s: i for i, s in enumerate(SOURCES)}

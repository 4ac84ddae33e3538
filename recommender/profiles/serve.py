"""One learner's profile: a mixture of Gaussians, updated by one observation at a time.

The prior of a profile theta (K competencies, 0-100) is a mixture of C Gaussians that share one
covariance, so a learner's state is one (K, K) covariance, C means and C weights: conditioning on a
linear Gaussian observation moves every mean by the same gain matrix and leaves the covariance shared
(Bovy, Hogg & Roweis 2011, Annals of Applied Statistics 5:1657; Kalman 1960).

Numpy only; pure functions on frozen arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.evidence import SOURCES
from recommender.framework import looks_at

Array = NDArray[np.float64]

DAY = 86_400_000_000
"""Microseconds of a day."""
POINTS_PER_LOGIT = 10.0
"""Points of the 0-100 scale for one logit of a right-or-wrong item."""
SLIP = GUESS = 0.02
PRACTICE_MEAN = 0.05 * POINTS_PER_LOGIT
PRACTICE_VARIANCE = 0.15 * POINTS_PER_LOGIT**2
"""What answering once adds to mean and variance (measured on ASSISTments 2009, docs/models.md)."""
NEWTON_STEPS = 3


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
    severity : float
        Variance of raters' severities: that of a rater never seen.
    rater_keys : (R,) sorted uint64 array
        ``key_of`` the raters seen; ``rater_mean`` and ``rater_variance`` are their severities.
    drift : float
        Share of the covariance that a profile widens by in a day.
    item_keys : (I,) sorted uint64 array
        ``key_of`` the right-or-wrong items seen; ``difficulty`` is where a learner gets half of them
        right. ``typical`` (K,) is that of an item never seen.
    learners : int
        How many learners with evidence it was fitted on.
    next_segment : int
        Number of the next segment to be named.
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
    rater_keys: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))
    rater_mean: Array = field(default_factory=lambda: np.empty(0))
    rater_variance: Array = field(default_factory=lambda: np.empty(0))
    drift: float = 0.0
    item_keys: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))
    difficulty: Array = field(default_factory=lambda: np.empty(0))
    typical: Array = field(default_factory=lambda: np.empty(0))
    learners: int = 0
    next_segment: int = 1

    @cached_property
    def looks_at(self) -> dict[str, Array]:
        """The (K,) weights of the leaves that evidence about a competency looks at."""
        return looks_at(self.tree, self.competencies)

    def severity_of(self, rater: str | None) -> tuple[float, float]:
        """Mean and variance of a rater's severity."""
        found = find(self.rater_keys, key_of(rater)) if rater else None
        if found is None:
            return 0.0, self.severity
        return float(self.rater_mean[found]), float(self.rater_variance[found])

    def difficulty_of(self, item: str, looked: Array) -> float:
        """Where a learner gets half of an item's kind right, on the 0-100 scale, by what it looks at."""
        found = find(self.item_keys, key_of(item))
        return float(self.typical @ looked if found is None else self.difficulty[found])


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


def prior(model: ProfileModel) -> Posterior:
    """The belief about somebody never measured."""
    return Posterior(model.covariance, model.means, np.log(model.weights), 0)


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
        share = min(model.drift * (at - posterior.at) / DAY, 1.0)
        return Posterior(
            posterior.covariance + share * model.covariance, posterior.means, posterior.log_weights, at
        )
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
    """Move the components by (C, K) or (K,) points; (K,) variances of that move widen the belief."""
    return Posterior(
        posterior.covariance + np.diag(variance), posterior.means + by, posterior.log_weights, posterior.at
    )


def answer(posterior: Posterior, looked: Array, difficulty: float, right: bool) -> Posterior:
    """Condition on one right or wrong answer about ``looked @ theta``, then add what practice gives.

    The likelihood is logistic with slip and guess; it enters as one Gaussian pseudo-observation, mode
    and curvature found by Newton's method at the mixture's mean, shared by all components.
    """
    mean, covariance = moments(posterior)
    centre, variance = float(looked @ mean), float(looked @ covariance @ looked)
    at = centre
    for _ in range(NEWTON_STEPS):
        slope, curve = _logistic(at, difficulty, right)
        precision = 1.0 / variance + curve
        at = at + (slope - (at - centre) / variance) / precision
    slope, curve = _logistic(at, difficulty, right)
    pseudo = np.array([at + slope / curve])
    updated = observe(posterior, looked[None], pseudo, np.array([[1.0 / curve]])).posterior
    return shift(updated, PRACTICE_MEAN * looked, PRACTICE_VARIANCE * looked**2)


def _logistic(theta: float, difficulty: float, right: bool) -> tuple[float, float]:
    """Gradient and (expected) curvature of an answer's log-likelihood at ``theta``, per point."""
    plain = 1.0 / (1.0 + np.exp(-(theta - difficulty) / POINTS_PER_LOGIT))
    chance = GUESS + (1.0 - SLIP - GUESS) * plain
    slope = (1.0 - SLIP - GUESS) * plain * (1.0 - plain) / POINTS_PER_LOGIT
    spread = chance * (1.0 - chance)
    return float((right - chance) * slope / spread), float(slope**2 / spread)


SOURCE_INDEX = {s: i for i, s in enumerate(SOURCES)}

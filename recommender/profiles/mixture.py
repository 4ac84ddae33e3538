"""Extreme deconvolution with one shared covariance, on each learner's evidence in information form.

The evidence about learner i is exp(eta_i'theta - theta'Lambda_i theta / 2). Free functions on arrays.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.cluster.vq import ClusterError, kmeans2

from recommender import priors
from recommender.profiles.batches import inverses, parts
from recommender.profiles.prior import CENTRE, prior_covariance
from recommender.profiles.serve import Array

PRIOR_COUNT = 4.0
"""How many learners beyond K the covariance's pattern counts as, at least."""
CENTRE_COUNT = 1.0
"""How many learners, or variances of a segment's mean, what is assumed before data counts as."""
MEANS_DOUBT = 0.5
"""Share of the means' uncertainty counted into the covariance; in full it dissolves segments hardly seen."""
MOST_COUNT = 10.0
"""Most that the covariance's pattern counts as, in multiples of the learners."""
THINNEST = 0.005
"""Least variance in any direction, in mean variances, that a covariance is extrapolated to."""
TOLERANCE = 1e-2
"""Stop where the log-likelihood rises by less than this."""


class Mixture(NamedTuple):
    """Weights (C,), means (C, K), the shared covariance (K, K), and the variance of means about theirs."""

    weights: Array
    means: Array
    covariance: Array
    between: float = priors.SD_THETA**2


class Beliefs(NamedTuple):
    """What a mixture says of every learner: (N, C) memberships, (N, C, K) means, (N, K, K) covariances."""

    membership: Array
    means: Array
    covariance: Array
    log_likelihood: float

    def moved(self, by: Array) -> Beliefs:
        """The same of profiles (N, K) points further up."""
        return self._replace(means=self.means + by[:, None, :]) if by.any() else self

    def moments(self) -> tuple[Array, Array]:
        """Mean (N, K) and covariance (N, K, K) of every learner."""
        mean = np.einsum("nc,nck->nk", self.membership, self.means)
        if self.means.shape[1] == 1:
            return mean, self.covariance
        apart = (self.means - mean[:, None, :]) * np.sqrt(self.membership)[:, :, None]
        covariance = apart.swapaxes(1, 2) @ apart
        covariance += self.covariance
        return mean, covariance


def beliefs(precision: Array, shift: Array, mixture: Mixture) -> Beliefs:
    """Posterior of every learner under a mixture (Bovy et al. 2011, eq. 24-25, tied covariance)."""
    (n, k), c = shift.shape, len(mixture.weights)
    inverse = np.linalg.inv(mixture.covariance)
    pulled = mixture.means @ inverse
    prior = np.log(mixture.weights) - 0.5 * np.einsum("ck,ck->c", pulled, mixture.means)
    prior -= 0.5 * np.linalg.slogdet(mixture.covariance)[1]
    membership, means, covariance = np.empty((n, c)), np.empty((n, c, k)), np.empty((n, k, k))
    evidence = 0.0
    for part in parts(n, k):
        covariance[part], log_det = inverses(precision[part] + inverse)
        total = shift[part, None, :] + pulled
        means[part] = total @ covariance[part]
        quadratic = np.einsum("nck,nck->nc", total, means[part])
        log_joint = prior + 0.5 * (quadratic - log_det[:, None])
        top = log_joint.max(1, keepdims=True)
        joint = np.exp(log_joint - top)
        whole = joint.sum(1, keepdims=True)
        membership[part] = joint / whole
        evidence += float((top + np.log(whole)).sum())
    return Beliefs(membership, means, covariance, evidence)


def maximise(found: Beliefs, before: Mixture) -> Mixture:
    """The mixture's M step, every part shrunk as far as the data themselves say (empirical Bayes).

    Segments' means are draws around their own mean, with a variance that is estimated from them and from
    their uncertainty (Dempster, Rubin & Tsutakawa 1981, JASA 76:341). The covariance is shrunk to equal
    variances and one correlation, by as much as it differs from that no more than chance would have it
    (``pattern_count``).
    """
    n, c, k = found.means.shape
    size = found.membership.sum(0)
    weights = (size + 1.0) / (n + c)
    if not k:  # nothing to stand in
        return before._replace(weights=weights)
    total = np.einsum("nc,nck->ck", found.membership, found.means)
    overall = before.weights @ before.means
    centre = (overall * n + CENTRE * CENTRE_COUNT) / (n + CENTRE_COUNT)
    doubt = doubts(found, before)
    if c == 1:
        means, between = (total + CENTRE_COUNT * CENTRE) / (n + CENTRE_COUNT), before.between
    else:
        pull = before.covariance / before.between
        means = np.stack([
            np.linalg.solve(s * np.eye(k) + pull, t + pull @ centre) for s, t in zip(size, total, strict=True)
        ])  # fmt: skip
        spread = float(((means - centre) ** 2).sum() + np.trace(doubt, axis1=1, axis2=2).sum())
        between = (spread + CENTRE_COUNT * k * priors.SD_THETA**2) / (k * (c + CENTRE_COUNT))
    apart = (np.sqrt(found.membership)[:, :, None] * (found.means - means)).reshape(n * c, k)
    scatter = apart.T @ apart + found.covariance.sum(0)
    if c > 1:
        scatter += MEANS_DOUBT * np.einsum("c,ckl->kl", size, doubt)
    n0 = n + CENTRE_COUNT
    fresh = (scatter + CENTRE_COUNT * prior_covariance(k)) / n0
    return Mixture(weights, means, shrunk(found, before.covariance, fresh, n0), between)


def doubts(found: Beliefs, mixture: Mixture) -> Array:
    """(C, K, K) covariances of the segments' means, profiles integrated out and memberships as found."""
    n, k = found.covariance.shape[:2]
    inverse = np.linalg.inv(mixture.covariance)
    size = found.membership.sum(0)
    unseen = (found.membership.T @ found.covariance.reshape(n, k * k)).reshape(len(size), k, k)
    told = size[:, None, None] * inverse - inverse @ unseen @ inverse
    return np.asarray(np.linalg.inv(told + np.eye(k) / mixture.between))


def compound(covariance: Array) -> Array:
    """The nearest covariance with equal variances and one correlation."""
    k = len(covariance)
    variance = np.trace(covariance) / k
    shared = (covariance.sum() - np.trace(covariance)) / (k * (k - 1)) if k > 1 else 0.0
    return np.asarray((variance - shared) * np.eye(k) + shared)


def worth(found: Beliefs, covariance: Array) -> Array:
    """(N,) share of what seeing a profile exactly would tell that each learner's evidence tells."""
    k = len(covariance)
    left = found.covariance.reshape(len(found.covariance), k * k) @ np.linalg.inv(covariance).ravel() / k
    return np.asarray(np.clip(1.0 - left, 0.0, 1.0))


def shrunk(found: Beliefs, covariance: Array, fresh: Array, weight: float) -> Array:
    """A covariance drawn to equal variances and one correlation.

    Parameters
    ----------
    found : Beliefs
        Under ``covariance``, from which EM goes to ``fresh``, were it not shrunk.
    weight : float
        How many learners ``fresh`` counts as.

    Where equal variances are out of the question, correlations alone are drawn to one, as far as they look
    like it: people may differ far more in one competency than in another, and any two go together alike (as
    in Ledoit & Wolf 2004, Journal of Portfolio Management 30:110; apart from variances as in Barnard,
    McCulloch & Meng 2000, Statistica Sinica 10:1281).
    """
    n, k = found.covariance.shape[:2]
    if k < 2 or n < 2:
        pull = PRIOR_COUNT + float(k)
        return np.asarray((weight * fresh + pull * compound(fresh)) / (weight + pull))
    seen = max(float((worth(found, covariance) ** 2).sum()), 1.0)
    # EM goes as much of the way to the likeliest covariance as is seen
    likeliest = covariance + (fresh - covariance) * (n / seen)
    pull = pattern_count(likeliest, compound(fresh), 2, seen, n)
    drawn = (weight * fresh + pull * compound(fresh)) / (weight + pull)
    if pull > PRIOR_COUNT + k:
        return np.asarray(drawn)
    unit = np.sqrt(np.diag(fresh))
    alike = compound(fresh / np.outer(unit, unit))
    between = likeliest / np.outer(unit, unit)
    np.fill_diagonal(between, 1.0)
    further = max(pattern_count(between, alike, k + 1, seen, n) - pull, 0.0)
    sd = np.sqrt(np.diag(drawn))
    return np.asarray(
        ((weight + pull) * drawn + further * alike * np.outer(sd, sd)) / (weight + pull + further)
    )


def pattern_count(likeliest: Array, pattern: Array, fixed: int, seen: float, n: int) -> float:
    """How many learners a covariance's pattern counts as.

    Parameters
    ----------
    likeliest : (K, K) array
        The covariance that the evidence alone would have.
    pattern : (K, K) array
        What it is drawn to.
    fixed : int
        Numbers of the pattern that ``likeliest`` is free in: they do not count as a difference.
    seen : float
        How many profiles seen exactly the evidence is worth.
    n : int
        Learners.

    A covariance that chance alone parts from its pattern differs from it, in the pattern's units, by
    ``room / seen`` on average; what lies beyond that is true difference, and the less there is the more the
    pattern counts (Ledoit & Wolf 2004, Journal of Multivariate Analysis 88:365, with an inverse Wishart about
    the pattern).
    """
    k = len(pattern)
    room = k * (k + 1.0) - 2.0 * fixed
    least = PRIOR_COUNT + float(k)
    if room <= 0:
        return least
    root = np.linalg.inv(np.linalg.cholesky(pattern))
    differs = float(((root @ (likeliest - compound(likeliest)) @ root.T) ** 2).sum())
    beyond = differs / room - 1.0 / seen
    return float(np.clip(1.0 / max(beyond, 1e-12), least, MOST_COUNT * n))


def climb(precision: Array, shift: Array, start: Mixture, steps: int = 60) -> tuple[Mixture, float]:
    """EM from a start, extrapolated; returns the mixture and its log-likelihood.

    Where segments overlap EM creeps. Two steps tell the direction and the length of a third, which is
    taken where the likelihood does not fall by it (SQUAREM, Varadhan & Roland 2008, Scandinavian Journal of
    Statistics 35:335, scheme S3).
    """
    mixture, found, still = start, beliefs(precision, shift, start), 0
    for _ in range(steps):
        before = found.log_likelihood
        once = maximise(found, mixture)
        between = beliefs(precision, shift, once)
        twice = maximise(between, once)
        further = extrapolated(mixture, once, twice)
        if further is not None:
            mixture, found = further, beliefs(precision, shift, further)
        if further is None or not found.log_likelihood >= between.log_likelihood:
            mixture, found = twice, beliefs(precision, shift, twice)
        still = still + 1 if found.log_likelihood - before < TOLERANCE else 0
        if still == 2:  # a single step may have been too long
            break
    return mixture, found.log_likelihood


def extrapolated(before: Mixture, once: Mixture, twice: Mixture) -> Mixture | None:
    """Where two steps lead, as far as their shortening says; None where that is no mixture."""
    c, k = before.means.shape
    unit = float(np.sqrt(np.trace(before.covariance) / max(k, 1)))

    def flat(m: Mixture) -> Array:
        return np.concatenate([
            np.log(m.weights), m.means.ravel() / unit, m.covariance.ravel() / unit**2, [np.log(m.between)]
        ])  # fmt: skip

    start, step = flat(before), flat(once) - flat(before)
    bend = flat(twice) - flat(once) - step
    far = np.sqrt((step @ step) / max(float(bend @ bend), 1e-300))
    if not far > 1.0:
        return None
    to = start + 2 * far * step + far**2 * bend
    weights, covariance = np.exp(to[:c]), to[c + c * k : -1].reshape(k, k) * unit**2
    if not np.isfinite(weights.sum()) or np.linalg.eigvalsh(covariance)[0] <= THINNEST * unit**2:
        return None
    means = to[c : c + c * k].reshape(c, k) * unit
    return Mixture(weights / weights.sum(), means, covariance, float(np.exp(to[-1])))


AWAY, NARROW, FIRST_STEPS = 1.6, 0.3, 6
"""Posterior means are shrunk, so centres found among them are moved out by the first; the second is the share
of everybody's covariance that a segment starts with, as from wide segments EM does not come apart; the third
is how many steps are climbed from there."""


def criterion(log_likelihood: float, c: int, k: int, seen: float) -> float:
    """Sample-size-adjusted Bayesian information criterion of so many components; smaller is better.

    Sclove 1987, Psychometrika 52:333, with AIC's price of a parameter as the least, and with n the number of
    profiles seen exactly that the evidence is worth (``worth``).
    """
    price = max(float(np.log((seen + 2) / 24)), 2.0)
    return -2.0 * log_likelihood + price * (c * k + c - 1)


def clustered(precision: Array, shift: Array, single: Mixture, c: int, seed: int) -> Mixture | None:
    """So many segments to begin with: k-means (Lloyd, k-means++ seeds) on posterior means of one Gaussian.

    None where people do not differ enough.
    """
    mean = beliefs(precision, shift, single).means[:, 0]
    if len(np.unique(mean.round(6), axis=0)) < c:
        return None  # fewer places than clusters
    try:
        centres, label = kmeans2(mean, c, minit="++", rng=np.random.default_rng(seed), missing="raise")
    except ClusterError:
        return None
    sizes = np.bincount(label, minlength=c) + 1.0
    moved = single.means + (centres - single.means) * AWAY
    narrow = Mixture(sizes / sizes.sum(), moved, NARROW * single.covariance)
    return climb(precision, shift, narrow, FIRST_STEPS)[0]

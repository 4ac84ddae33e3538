"""Extreme deconvolution with one shared covariance, on each learner's evidence in information form.

The evidence about learner i is exp(eta_i'theta - theta'Lambda_i theta / 2). Free functions on arrays.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.cluster.vq import ClusterError, kmeans2

from recommender.profiles.prior import CENTRE, prior_covariance
from recommender.profiles.serve import Array

PRIOR_COUNT = 4.0
"""How many learners beyond K the covariance before data counts as."""
CENTRE_COUNT = 1.0
"""How many learners the centre before data counts as."""
TOLERANCE = 1e-4
"""Stop where the log-likelihood rises by less than this a learner."""


class Mixture(NamedTuple):
    """Weights (C,), means (C, K) and the shared covariance (K, K)."""

    weights: Array
    means: Array
    covariance: Array


class Beliefs(NamedTuple):
    """What a mixture says of every learner: (N, C) memberships, (N, C, K) means, (N, K, K) covariances."""

    membership: Array
    means: Array
    covariance: Array
    log_likelihood: float

    def moments(self) -> tuple[Array, Array]:
        """Mean (N, K) and covariance (N, K, K) of every learner."""
        mean = np.einsum("nc,nck->nk", self.membership, self.means)
        apart = self.means - mean[:, None, :]
        return mean, self.covariance + np.einsum("nc,nck,ncl->nkl", self.membership, apart, apart)


def beliefs(precision: Array, shift: Array, mixture: Mixture) -> Beliefs:
    """Posterior of every learner under a mixture (Bovy et al. 2011, eq. 24-25, tied covariance)."""
    inverse = np.linalg.inv(mixture.covariance)
    covariance = np.linalg.inv(precision + inverse)
    pulled = mixture.means @ inverse
    total = shift[:, None, :] + pulled[None]
    means = np.einsum("nkl,ncl->nck", covariance, total)
    quadratic = np.einsum("nck,nck->nc", total, means) - np.einsum("ck,ck->c", pulled, mixture.means)
    _, log_p = np.linalg.slogdet(covariance)
    _, log_s = np.linalg.slogdet(mixture.covariance)
    log_joint = np.log(mixture.weights) + 0.5 * quadratic + 0.5 * (log_p - log_s)[:, None]
    top = log_joint.max(1, keepdims=True)
    evidence = top[:, 0] + np.log(np.exp(log_joint - top).sum(1))
    return Beliefs(np.exp(log_joint - evidence[:, None]), means, covariance, float(evidence.sum()))


def maximise(found: Beliefs, before: Mixture) -> Mixture:
    """The mixture's M step, with weak priors so that a single learner does no harm."""
    n, c, k = found.means.shape
    size = found.membership.sum(0)
    weights = (size + 1.0) / (n + c)
    overall = before.weights @ before.means
    lead = (overall * n + CENTRE * CENTRE_COUNT) / (n + CENTRE_COUNT)
    means = (np.einsum("nc,nck->ck", found.membership, found.means) + CENTRE_COUNT * lead) / (
        size + CENTRE_COUNT
    )[:, None]
    apart = found.means - means[None]
    scatter = np.einsum("nc,nck,ncl->kl", found.membership, apart, apart) + found.covariance.sum(0)
    count = PRIOR_COUNT + k
    return Mixture(weights, means, (scatter + count * prior_covariance(k)) / (n + count))


def climb(precision: Array, shift: Array, start: Mixture, steps: int = 60) -> tuple[Mixture, float]:
    """EM from a start; returns the mixture and its log-likelihood."""
    mixture, last = start, -np.inf
    for _ in range(steps):
        found = beliefs(precision, shift, mixture)
        if found.log_likelihood - last < TOLERANCE * len(shift):
            break
        last = found.log_likelihood
        mixture = maximise(found, mixture)
    return mixture, last


STARTS = 6
SPREAD_OUT = 1.3
"""Posterior means are shrunk; centres found among them are moved out by this."""


def starts(precision: Array, shift: Array, single: Mixture, c: int, seed: int) -> list[Mixture]:
    """Where to climb from: k-means (Lloyd, k-means++ seeds) on the posterior means of one Gaussian.

    Of ``STARTS`` clusterings the two tightest that differ are kept; none where people do not differ.
    """
    found = beliefs(precision, shift, single)
    mean, doubt = found.means[:, 0], found.covariance.mean(0)
    rng = np.random.default_rng(seed)
    out: list[tuple[float, Mixture]] = []
    if len(np.unique(mean.round(6), axis=0)) < c:
        return []  # fewer places than clusters
    for _ in range(STARTS):
        try:
            centres, label = kmeans2(mean, c, minit="++", rng=rng, missing="raise")
        except ClusterError:
            continue
        apart = mean - centres[label]
        sizes = np.bincount(label, minlength=c) + 1.0
        moved = single.means + (centres - single.means) * SPREAD_OUT
        start = Mixture(sizes / sizes.sum(), moved, apart.T @ apart / len(mean) + doubt)
        out.append((float((apart**2).sum()), start))
    out.sort(key=lambda pair: pair[0])
    kept = out[:1]
    kept += [pair for pair in out[1:] if pair[0] > out[0][0] * 1.001][:1]
    return [start for _, start in kept]


def criterion(log_likelihood: float, c: int, k: int, n: int) -> float:
    """Sample-size-adjusted Bayesian information criterion; smaller is better.

    Sclove 1987, Psychometrika 52:333, with AIC's price of a parameter as the least. Profiles are seen
    through noisy ratings, so that n of them weigh less than n profiles would: plain BIC found two of
    five segments among 300 learners, this one four or five, and neither found any where there were none.
    """
    price = max(float(np.log((n + 2) / 24)), 2.0)
    return -2.0 * log_likelihood + price * (c * k + c - 1 + k * (k + 1) / 2)

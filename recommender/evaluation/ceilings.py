"""What could be reached at most: the truth's own parameters on the same evidence.

Profiles and memberships come from the exact posterior under the true mixture, covariance, noise and
variances of severity and halo, with severities integrated out by Gibbs sampling (Geman & Geman 1984,
IEEE PAMI 6:721), means and memberships averaged in closed form within each sweep (Gelfand & Smith 1990,
JASA 85:398). Where true profiles lie outside the models' family, its best member stands in: the mixture
fitted to the true profiles themselves.

With ``learnt`` only how such organisations are made is known: where this one's segments lie and how large
they are is drawn too, sweep by sweep, so that what is left to reach is what the evidence allows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from sklearn.mixture import GaussianMixture

from recommender.evaluation.worlds import Floats, Ints, Kind, People, Ratings
from recommender.evaluation.worlds.people import CENTRE, EVEN
from recommender.evaluation.worlds.ratings import ROUNDING

BURN_IN, SWEEPS = 60, 240


@dataclass(frozen=True)
class Posterior:
    """Of N learners: ``mean`` (N, K), ``membership`` (N, C), and draws (S, N, K) with segments (S, N)."""

    mean: Floats
    membership: Floats
    draws: Floats
    segments: Ints


@dataclass(frozen=True)
class Family:
    """Parameters of a mixture with one shared covariance: ``weights``, ``means``, ``covariance``."""

    weights: Floats
    means: Floats
    covariance: Floats


def family(kind: Kind, people: People) -> Family:
    """The true parameters, or the best there are within the family."""
    if kind.in_family:
        return Family(people.weights, people.means, people.covariance)
    found = GaussianMixture(
        kind.segments, covariance_type="tied", weights_init=people.weights, means_init=people.means,
        precisions_init=np.linalg.inv(people.covariance), max_iter=200,
    ).fit(people.theta)  # fmt: skip
    return Family(found.weights_, found.means_, found.covariances_)


class Forms:
    """Ratings as forms, each with error covariance noise I + halo 11' once the severity is known."""

    def __init__(self, kind: Kind, ratings: Ratings) -> None:
        self.ratings = ratings
        own = ratings.rater < 0
        code = ratings.learner * (len(ratings.severity) + 1) + ratings.rater + 1
        first, self.form = np.unique(code, return_index=True, return_inverse=True)[1:]
        self.rater = ratings.rater[first]
        self.noise = np.where(own, kind.self_noise, kind.noise) ** 2 + ROUNDING
        self.error = ratings.points - np.where(own, kind.self_offset, 0.0)
        size = np.bincount(self.form)
        noise = self.noise[first]
        # R^-1 = (I - share 11') / noise (Sherman & Morrison 1950)
        self.share = kind.halo**2 / (noise + size * kind.halo**2)
        self.pull = size * (1.0 - size * self.share) / noise

    def weigh(self, error: Floats) -> Floats:
        """R^-1 times an error, form by form."""
        total = np.bincount(self.form, error)
        return np.asarray((error - (self.share * total)[self.form]) / self.noise)


def posterior(
    kind: Kind, ratings: Ratings, true: Family, learners: int, seed: int = 0, *, learnt: bool = False
) -> Posterior:
    """The posterior of the first ``learners`` given their ratings, all parameters known.

    Parameters
    ----------
    kind : Kind
        For the true variances and the self-ratings' offset.
    ratings : Ratings
        Of those learners.
    true : Family
    learners : int
    seed : int
    learnt : bool
        Whether segments' means and sizes must be learnt; their number and covariance are known.
    """
    rng = np.random.default_rng(seed)
    forms, k = Forms(kind, ratings), true.means.shape[1]
    prior, segments = np.linalg.inv(true.covariance), true
    covariance = np.linalg.inv(_precision(forms, learners, k) + prior)
    root = np.linalg.cholesky(covariance)
    cell = ratings.learner * k + ratings.competency
    rated = forms.rater >= 0
    raters, held = forms.rater[rated], np.full(len(ratings.severity), 1.0 / max(kind.severity**2, 1e-9))
    held += np.bincount(raters, forms.pull[rated], minlength=len(held))
    severity = np.zeros(len(held) + 1)  # the last stands for learners' own forms
    mean, membership = np.zeros((learners, k)), np.zeros((learners, len(true.weights)))
    draws, labels = [], []
    for sweep in range(BURN_IN + SWEEPS):
        told = forms.weigh(forms.error - severity[ratings.rater])
        shift = np.bincount(cell, told, minlength=learners * k).reshape(learners, k)
        pulled = segments.means @ prior
        against = np.einsum("ck,ck->c", pulled, segments.means)
        total = shift[:, None, :] + pulled
        means = np.einsum("nkl,ncl->nck", covariance, total)
        odds = np.log(segments.weights) + 0.5 * (np.einsum("nck,nck->nc", total, means) - against)
        share = np.exp(odds - odds.max(1, keepdims=True))
        share /= share.sum(1, keepdims=True)
        label = (share.cumsum(1) < rng.random((learners, 1))).sum(1).clip(max=len(true.weights) - 1)
        theta = means[np.arange(learners), label] + np.einsum(
            "nkl,nl->nk", root, rng.standard_normal((learners, k))
        )
        left = forms.weigh(forms.error - theta[ratings.learner, ratings.competency])
        by_form = np.bincount(forms.form, left)
        drawn = np.bincount(raters, by_form[rated], minlength=len(held)) / held
        severity[:-1] = drawn + rng.standard_normal(len(held)) / np.sqrt(held)
        if sweep >= BURN_IN:
            mean += np.einsum("nc,nck->nk", share, means) / SWEEPS
            membership += share / SWEEPS
            draws.append(theta)
            labels.append(label)
        if learnt and kind.segments > 1:
            segments = _redrawn(rng, kind, true, theta, label)
    return Posterior(mean, membership, np.stack(draws), np.stack(labels))


def _redrawn(rng: np.random.Generator, kind: Kind, true: Family, theta: Floats, label: Ints) -> Family:
    """Segments drawn given who is in them, in the order of the true ones they are nearest to."""
    c, k = true.means.shape
    size = np.bincount(label, minlength=c)
    prior = np.linalg.inv(true.covariance)
    spread = np.linalg.inv(size[:, None, None] * prior + np.eye(k) / kind.apart**2)
    total = np.stack([theta[label == a].sum(0) for a in range(c)]) @ prior + CENTRE / kind.apart**2
    means = np.einsum("ckl,cl->ck", spread, total)
    means += np.einsum("ckl,cl->ck", np.linalg.cholesky(spread), rng.standard_normal((c, k)))
    order = linear_sum_assignment(cdist(true.means, means, "mahalanobis", VI=prior))[1]
    return Family(rng.dirichlet(EVEN + size)[order], means[order], true.covariance)


def _precision(forms: Forms, learners: int, k: int) -> Floats:
    """(N, K, K) precision that forms bring, severities known."""
    rows = forms.ratings
    dense = np.zeros((len(forms.rater), k))
    dense[forms.form, rows.competency] = 1.0
    first = np.unique(forms.form, return_index=True)[1]
    noise, who = forms.noise[first], rows.learner[first]
    block = dense[:, :, None] * np.eye(k) - forms.share[:, None, None] * dense[:, :, None] * dense[:, None, :]
    out = np.zeros((learners, k, k))
    np.add.at(out, who, block / noise[:, None, None])
    return out

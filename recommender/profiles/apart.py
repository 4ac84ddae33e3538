"""How far components stand from everybody, and how sure that is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recommender.profiles.mixture import Beliefs, Mixture
from recommender.profiles.serve import Array

SAMPLE = 3000
"""Learners by whom the information is counted, where there are more."""
LEAST = 1.0
"""Learners that what is known of a mean is worth at least: the centre before data counts as one."""


class Apart(NamedTuple):
    """Components against everybody, in points.

    Parameters
    ----------
    covariance : (C, K, K) array
        Of each component's means.
    by, sd : (C, K) arrays
        How far the component lies above the mean of everybody, and its standard error.
    lean, lean_sd : (C, K) arrays
        How far that is above the component's own average over competencies: its shape.
    """

    covariance: Array
    by: Array
    sd: Array
    lean: Array
    lean_sd: Array


def apart(found: Beliefs, mixture: Mixture) -> Apart:
    """Compare components with everybody.

    Parameters
    ----------
    found : Beliefs
        Of the learners the mixture was fitted on, under it.
    mixture : Mixture
    """
    c, k = mixture.means.shape
    joint = _covariance(found, mixture)
    everybody = mixture.weights @ mixture.means
    by = mixture.means - everybody
    pairs = np.empty((c, k, k))
    for a in range(c):
        slope = np.kron(np.eye(c)[a] - mixture.weights, np.eye(k))
        slope = np.hstack([slope, -(mixture.weights[:, None] * by).T])
        pairs[a] = slope @ joint @ slope.T
    shape = np.eye(k) - 1.0 / max(k, 1)
    leaning = np.einsum("jk,ckl,jl->cj", shape, pairs, shape)
    own = joint[: c * k, : c * k].reshape(c, k, c, k)[np.arange(c), :, np.arange(c)]
    return Apart(
        own, by, np.sqrt(np.diagonal(pairs, axis1=1, axis2=2)), by @ shape, np.sqrt(np.maximum(leaning, 0.0))
    )


def _covariance(found: Beliefs, mixture: Mixture) -> Array:
    """Covariance of the means, component by component, and then of the C logits of the weights.

    The inverse of the observed information: what memberships and noisy evidence leave open is taken off
    the information that known memberships and profiles would give (Louis 1982, Journal of the Royal
    Statistical Society B 44:226); the shared covariance is held. Counted in learners' worth, no direction
    has less than ``LEAST``.
    """
    c, k = mixture.means.shape
    n = len(found.membership)
    some = np.linspace(0, n - 1, min(n, SAMPLE)).astype(int)
    share = found.membership[some]
    root = np.linalg.cholesky(mixture.covariance)
    whiten = np.linalg.inv(root)
    off = (found.means[some] - mixture.means) @ whiten.T
    inside = whiten @ np.einsum("nc,nkl->ckl", share, found.covariance[some]) @ whiten.T
    inside += np.einsum("nc,nck,ncl->ckl", share, off, off)
    score = np.hstack([(share[:, :, None] * off).reshape(len(some), c * k), share])
    known = score.T @ score
    for a in range(c):
        mine, logit = slice(a * k, (a + 1) * k), c * k + a
        known[mine, mine] += share[:, a].sum() * np.eye(k) - inside[a]
        known[mine, logit] -= share[:, a] @ off[:, a]
        known[logit, mine] -= share[:, a] @ off[:, a]
        known[logit, logit] -= share[:, a].sum()
    w = mixture.weights
    known[c * k :, c * k :] += len(some) * (np.diag(w) - np.outer(w, w))
    known *= n / max(len(some), 1)
    known[c * k :, c * k :] += 1.0  # logits have no level of their own
    value, vector = np.linalg.eigh(known)
    scale = np.block([[np.kron(np.eye(c), root), np.zeros((c * k, c))], [np.zeros((c, c * k)), np.eye(c)]])
    half = scale @ vector / np.sqrt(np.maximum(value, LEAST))
    return np.asarray(half @ half.T)

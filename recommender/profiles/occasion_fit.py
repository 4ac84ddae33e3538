"""Occasions in the fit: whether there are any, how much they vary, and what they take off the evidence.

See ``occasions`` for what one is. Forms of an occasion are integrated one by one, then the occasion: given
a profile theta its effect u has precision ``size`` and shift ``told - looked @ theta``, a second Woodbury
step over the forms' first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.evidence import SOURCES
from recommender.profiles.cells import Cells
from recommender.profiles.serve import Array

CLEAR = 4.0
"""Standard errors by which the likelihood must rise with a source's variance at 0 before there is one."""
FEWEST = 50
"""Occasions that can tell a shared error from the person, below which a source has none."""
SHARED = tuple(SOURCES.index(s) for s in ("manager", "peer", "report", "internal_customer"))
"""Sources of which several may speak of a learner on one day."""


@dataclass(frozen=True)
class Occasions:
    """Which form belongs to which occasion.

    Parameters
    ----------
    of : (F,) array of int
        Occasion of each form; -1 where its source has none.
    learner, source : (G,) arrays of int
    telling : (G,) array of bool
        Several forms, of a learner whom the source rated on other days as well: what such forms share
        beyond the person shows. One survey of everybody tells nothing of it.
    """

    of: NDArray[np.int64]
    learner: NDArray[np.int64]
    source: NDArray[np.int64]
    telling: NDArray[np.bool_]

    @classmethod
    def among(cls, cells: Cells) -> Occasions:
        """Group the forms of the sources in ``SHARED``."""
        shared = np.isin(cells.form_source, SHARED)
        keys = np.stack([cells.form_learner, cells.form_source, cells.form_day])[:, shared]
        groups, code, forms = np.unique(keys, axis=1, return_inverse=True, return_counts=True)
        of = np.full(len(shared), -1, dtype=np.int64)
        of[shared] = code.ravel()
        pair = groups[0] * len(SOURCES) + groups[1]
        days = np.bincount(pair) if len(pair) else np.zeros(0, np.int64)
        return cls(of, groups[0], groups[1], (forms > 1) & (days[pair] > 1))


class OnForms(NamedTuple):
    """Of every form's occasion: the effect expected (F,), how it falls with the profile (F, K), its
    variance given the profile (F,)."""

    effect: Array
    slope: Array
    variance: Array


@dataclass(frozen=True)
class Told:
    """What the forms say of their occasions' effects, and how these enter.

    ``share`` (F,) is how much of an effect a form's answers keep once its own error is integrated out;
    ``size`` (G,), ``looked`` (G, K), ``told`` (G,) as at the top; ``variance`` (G,) of an effect given the
    profile, 0 where its source has none.
    """

    occasions: Occasions
    share: Array
    size: Array
    looked: Array
    told: Array
    variance: Array

    @classmethod
    def by(
        cls, occasions: Occasions, prior: Array, total: Array, looked: Array, answers: Array, shrink: Array
    ) -> Told:
        """From forms: weights' totals, what they look at, weighted answers, shared error given the rest.

        Parameters
        ----------
        prior : (S,) array
            Variance of effects by source.
        total, answers, shrink : (F,) arrays
        looked : (F, K) array
        """
        share = 1.0 - shrink * total
        groups, within = len(occasions.learner), np.flatnonzero(occasions.of >= 0)
        at = occasions.of[within]
        size = np.bincount(at, (total * share)[within], minlength=groups).astype(float)
        told = np.bincount(at, (answers * share)[within], minlength=groups).astype(float)
        gather = sparse.csr_matrix((share[within], (at, within)), (groups, len(total)))
        with np.errstate(divide="ignore"):
            variance = 1.0 / (1.0 / prior[occasions.source] + size)
        return cls(occasions, share, size, np.asarray(gather @ looked), told, variance)

    def enter(self, precision: Array, shift: Array) -> None:
        """Take the effects' doubt off every learner's (N, K, K) precision and (N, K) shift, in place."""
        n, k = shift.shape
        groups = len(self.told)
        owner = sparse.csr_matrix((self.variance, (self.occasions.learner, np.arange(groups))), (n, groups))
        shift -= np.asarray(owner @ (self.looked * self.told[:, None]))
        for a in range(k):
            precision[:, a] -= np.asarray(owner @ (self.looked * self.looked[:, a : a + 1]))

    def effects(self, mean: Array) -> Array:
        """(G,) expected effects, given (N, K) profiles."""
        return self.variance * self.surprise(mean)

    def on_forms(self, mean: Array) -> OnForms:
        """The effects as forms meet them, given (N, K) profiles."""
        at, k = self.occasions.of, mean.shape[1]
        # The last row stands for forms of no occasion, whose number is -1.
        slope = np.vstack([self.variance[:, None] * self.looked, np.zeros((1, k))])
        return OnForms(np.append(self.effects(mean), 0.0)[at], slope[at], np.append(self.variance, 0.0)[at])

    def surprise(self, mean: Array) -> Array:
        """(G,) what was said beyond the profile."""
        seen = np.einsum("gk,gk->g", self.looked, mean[self.occasions.learner])
        return np.asarray(self.told - seen)

    def doubt(self, covariance: Array) -> Array:
        """(G,) variance of what is looked at, given (N, K, K) covariances of profiles."""
        half = np.einsum("gk,gkl->gl", self.looked, covariance[self.occasions.learner])
        return np.asarray(np.einsum("gl,gl->g", half, self.looked))


def evident(told: Told, mean: Array, covariance: Array) -> Array:
    """(S,) variances to start from where the likelihood rises clearly with them; 0 elsewhere.

    The score of a variance at 0, with its standard error over learners (Rao 1948, Proceedings of the
    Cambridge Philosophical Society 44:50), and one step of Newton's method from there.
    """
    out = np.zeros(len(SOURCES))
    bends = told.size - told.doubt(covariance)
    slope = told.surprise(mean) ** 2 - bends
    for source in SHARED:
        mine = (told.occasions.source == source) & told.occasions.telling
        if mine.sum() < FEWEST:
            continue
        by_learner = np.bincount(told.occasions.learner[mine], slope[mine])
        if by_learner.sum() > CLEAR * np.sqrt((by_learner**2).sum()):
            out[source] = slope[mine].sum() / (bends[mine] ** 2).sum()
    return out


def update(told: Told, before: Array, mean: Array, covariance: Array) -> Array:
    """(S,) variances, from effects with their own uncertainty in them."""
    square = told.effects(mean) ** 2 + told.variance + told.variance**2 * told.doubt(covariance)
    after = before.copy()
    for source in np.flatnonzero(before):
        after[source] = square[(told.occasions.source == source) & told.occasions.telling].mean()
    return after

"""Who rates whom, and what they write down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.evaluation.worlds.kinds import Kind
from recommender.evaluation.worlds.people import Floats, Ints

STEP = 25.0
"""Points between two marks of the 1-5 scale."""
ROUNDING = STEP**2 / 12.0
"""Variance that rounding to whole marks adds."""


@dataclass(frozen=True)
class Ratings:
    """One row a rating: ``learner``, ``competency``, ``rater`` (-1: themselves), ``mark`` on 1-5.

    ``severity`` (R,) is the truth about the raters.
    """

    learner: Ints
    competency: Ints
    rater: Ints
    mark: Ints
    severity: Floats

    @property
    def points(self) -> Floats:
        """The marks on the 0-100 scale."""
        return np.asarray((self.mark - 1) * STEP, dtype=np.float64)

    def among(self, learners: int) -> Ratings:
        """The ratings of the first learners only."""
        kept = self.learner < learners
        return Ratings(
            self.learner[kept], self.competency[kept], self.rater[kept], self.mark[kept], self.severity
        )


def ratings(kind: Kind, rng: np.random.Generator, theta: Floats) -> Ratings:
    """Everybody is rated by colleagues and by themselves, in the competencies that are rated at all."""
    n, k = theta.shape
    seen = rng.random((n, k)) >= kind.unrated * k / (k - 1)  # one cell of each is seen in any case
    seen[np.arange(n), rng.integers(k, size=n)] = True
    severity = np.asarray(kind.severity * rng.standard_normal(n))
    # everybody rates as often: colleagues sit at fixed distances around a table, drawn anew each round
    seat = rng.permutation(n)
    colleagues = [
        seat[(np.argsort(seat) + step) % n] for step in rng.choice(np.arange(1, n), kind.raters, False)
    ]
    by = np.stack([*colleagues, np.full(n, -1)], axis=1)
    halo = kind.halo * rng.standard_normal(by.shape)
    own = by < 0
    shared = halo + np.where(own, kind.self_offset, severity[by])
    spread = np.where(own, kind.self_noise, kind.noise)
    said = theta[:, None, :] + shared[:, :, None] + spread[:, :, None] * rng.standard_normal((*by.shape, k))
    mark = np.clip(np.round(said / STEP) + 1, 1, 5).astype(np.int64)
    who, form, what = np.nonzero(np.broadcast_to(seen[:, None, :], mark.shape))
    return Ratings(who, what, by[who, form], mark[who, form, what], severity)

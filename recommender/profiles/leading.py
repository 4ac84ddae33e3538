"""Where competencies are many, segments are looked for in the directions in which people differ most."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recommender import priors
from recommender.profiles.mixture import Mixture, beliefs
from recommender.profiles.prior import CENTRE
from recommender.profiles.serve import Array

DIRECTIONS = 12
"""How many; segments that lie apart lead among them, and eight need seven."""


class Leading(NamedTuple):
    """Principal directions of one Gaussian: ``theta = single's mean + along @ (z - CENTRE) + rest``.

    ``z`` has r coordinates, in which people differ by ``SD_THETA`` each; the rest goes with none of them.
    """

    single: Mixture
    along: Array
    """(K, r)"""
    across: Array
    """(r, K)"""

    @classmethod
    def of(cls, single: Mixture) -> Leading:
        """The directions in which a mixture of one component is widest."""
        value, vector = np.linalg.eigh(single.covariance)
        scale = np.sqrt(value[-DIRECTIONS:]) / priors.SD_THETA
        along = vector[:, -DIRECTIONS:]
        return cls(single, along * scale, (along / scale).T)

    def narrow(self, mixture: Mixture) -> Mixture:
        """A mixture of profiles as one of z."""
        means = CENTRE + (mixture.means - self.single.means) @ self.across.T
        return Mixture(mixture.weights, means, self.across @ mixture.covariance @ self.across.T)

    def widen(self, mixture: Mixture) -> Mixture:
        """A mixture of z as one of profiles, which differ in nothing but z."""
        means = self.single.means + (mixture.means - CENTRE) @ self.along.T
        inside = mixture.covariance - priors.SD_THETA**2 * np.eye(len(mixture.covariance))
        covariance = self.single.covariance + self.along @ inside @ self.along.T
        spread = float(((means - mixture.weights @ means) ** 2).mean()) or self.single.between
        return Mixture(mixture.weights, means, covariance, spread)

    def evidence(self, precision: Array, shift: Array) -> tuple[Array, Array]:
        """What evidence about profiles, (N, K, K) and (N, K), says of z, the rest integrated out."""
        found = beliefs(precision, shift, self.single)
        inverse = np.linalg.inv(self.across @ found.covariance @ self.across.T)
        mean = CENTRE + (found.means[:, 0] - self.single.means) @ self.across.T
        before = np.eye(inverse.shape[1]) / priors.SD_THETA**2
        return inverse - before, np.einsum("nkl,nl->nk", inverse, mean) - CENTRE / priors.SD_THETA**2

"""What all who rate a learner on one day from one side share: the lecture they heard, the week it was.

An occasion is one learner, one day and one source. Its effect is one more coordinate beside the profile's
K, opened by the first rating of it and closed by the first event of another day; while it is open, each
rating tells of the profile and of the effect together. Ratings of many days then say more of a person than
as many of one day. Where the data know no such effect its variance is 0, and nothing is opened.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from recommender.profiles.serve import DAY, Array, Posterior, ProfileModel

Occasion = tuple[int, int]
"""A day since 1970 and the row of a source in ``evidence.SOURCES``."""


def occasion_of(at: int, source: int) -> Occasion:
    """The occasion of what a source says at a moment, in microseconds since 1970."""
    return at // DAY, source


def opened(model: ProfileModel, posterior: Posterior, source: int) -> Posterior:
    """The belief with one more coordinate: an occasion's effect, of which nothing is known yet."""
    variance = np.array([[model.occasion[source]]])
    size = len(posterior.covariance)
    covariance = np.zeros((size + 1, size + 1))
    covariance[:size, :size] = posterior.covariance
    covariance[size:, size:] = variance
    means = np.pad(posterior.means, ((0, 0), (0, 1)))
    return posterior._replace(covariance=covariance, means=means)


def left_open(k: int, held: Collection[Occasion], day: int, kept: Collection[Occasion]) -> NDArray[np.intp]:
    """Which of K + m coordinates stay on a day: the profile's, and occasions of that day or ``kept``."""
    stay = [k + i for i, one in enumerate(held) if one[0] == day or one in kept]
    return np.array([*range(k), *stay], dtype=np.intp)


def narrowed(posterior: Posterior, coordinates: NDArray[np.intp]) -> Posterior:
    """The belief about some coordinates."""
    return posterior._replace(
        covariance=posterior.covariance[np.ix_(coordinates, coordinates)],
        means=posterior.means[:, coordinates],
    )


def profile_of(posterior: Posterior, k: int) -> Posterior:
    """The belief about the profile alone."""
    if len(posterior.covariance) == k:
        return posterior
    return posterior._replace(covariance=posterior.covariance[:k, :k], means=posterior.means[:, :k])


def widened(looked: Array, size: int, at: int | None = None) -> Array:
    """What looks at the profile, (…, K), over ``size`` coordinates; 1 in an occasion's where one is named."""
    out = np.zeros((*looked.shape[:-1], size))
    out[..., : looked.shape[-1]] = looked
    if at is not None:
        out[..., at] = 1.0
    return out

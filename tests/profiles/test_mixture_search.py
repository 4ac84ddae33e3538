"""The search for the best mixture finds what there is to find."""

from __future__ import annotations

import numpy as np

from recommender.profiles import mixture as mix


def seen(seed: int) -> tuple[np.ndarray, np.ndarray, mix.Mixture]:
    """Overlapping segments, two in five cells unseen; the last is the truth."""
    rng = np.random.default_rng(seed)
    n, k, c = 1500, 7, 5
    truth = mix.Mixture(
        np.full(c, 1 / c), 55 + 10 * rng.standard_normal((c, k)), 56.0 * (0.7 * np.eye(k) + 0.3)
    )
    label = rng.choice(c, n)
    theta = truth.means[label] + rng.multivariate_normal(np.zeros(k), truth.covariance, n)
    weight = (rng.random((n, k)) < 0.6) / 45.0
    score = theta + np.sqrt(45.0) * rng.standard_normal((n, k))
    return weight[:, :, None] * np.eye(k), weight * score, truth


def test_extrapolated_steps_arrive_where_many_plain_ones_do() -> None:
    precision, shift, truth = seen(0)
    mixture = start = truth._replace(means=truth.means.mean(0) + 0.2 * (truth.means - truth.means.mean(0)))
    for _ in range(60):  # each extrapolated step looks at everybody three times
        mixture = mix.maximise(mix.beliefs(precision, shift, mixture), mixture)
    plain = mix.beliefs(precision, shift, mixture).log_likelihood
    assert mix.climb(precision, shift, start, 20)[1] > plain + 1.0


def test_steps_that_grow_longer_lead_to_no_mixture_beyond() -> None:
    one = mix.Mixture(np.ones(1), np.zeros((1, 2)), np.eye(2))
    two, far = one._replace(means=np.ones((1, 2))), one._replace(means=np.full((1, 2), 9.0))
    assert mix.extrapolated(one, two, far) is None

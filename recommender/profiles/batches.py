"""Many small matrices at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.profiles.serve import Array

SMALL = 12
"""Up to this size, eliminating in all matrices together is faster than LAPACK in one after another."""
TOGETHER = 2**16
"""Numbers in the matrices that are worked on together, so that they stay in the processor's cache."""


def inverses(matrices: Array) -> tuple[Array, Array]:
    """Inverses (N, K, K) and log determinants (N,) of positive definite matrices."""
    if matrices.shape[1] > SMALL:
        return np.asarray(np.linalg.inv(matrices)), np.asarray(np.linalg.slogdet(matrices)[1])
    log_det = np.zeros(len(matrices))
    held = np.array(np.moveaxis(matrices, 0, 2), order="C")
    for j in range(len(held)):  # Gauss-Jordan elimination; such matrices need no pivots
        pivot, column = held[j, j].copy(), held[:, j].copy()
        row = held[j] / pivot
        log_det += np.log(pivot)
        held -= column[:, None] * row
        held[:, j], held[j] = -column / pivot, row
        held[j, j] = 1.0 / pivot
    return np.moveaxis(held, 2, 0), log_det


def across(rows: Array, covariance: Array, of: NDArray[np.int64]) -> Array:
    """(F, K) products of rows (F, K) with (N, K, K) covariances, each with that ``of`` (F,) it."""
    out = np.empty_like(rows)
    for part in parts(*rows.shape):
        out[part] = np.matmul(covariance[of[part]], rows[part, :, None])[:, :, 0]
    return out


def parts(n: int, k: int) -> list[slice]:
    """Slices of n (K, K) matrices."""
    step = max(TOGETHER // max(k * k, 1), 1)
    return [slice(at, at + step) for at in range(0, n, step)]

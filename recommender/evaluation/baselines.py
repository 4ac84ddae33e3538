"""What a version must beat, as plain functions of who took what.

``taken`` is a sparse (L, M) array, 1 where a learner took a module. Scores of modules already taken
are for the caller to leave out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.affinity.ease import ease

Array = NDArray[np.float64]

EASE_RIDGE = 100.0
"""Steck's lambda, as tuned on MOOCCubeX."""


def popularity(taken: sparse.csr_array) -> Array:
    """(M,) how many took each module."""
    return np.asarray(taken.sum(0), dtype=float).ravel()


def item_knn(taken: sparse.csr_array) -> Array:
    """(M, M) cosine of modules by who took them, its diagonal empty.

    s_ij = n_ij / sqrt(n_i n_j) (Sarwar, Karypis, Konstan & Riedl 2001, WWW, section 3.1.1).
    """
    root = sparse.diags_array(1.0 / np.sqrt(np.maximum(popularity(taken), 1.0)))
    out = np.asarray((root @ (taken.T @ taken) @ root).toarray(), dtype=float)
    np.fill_diagonal(out, 0.0)
    return out


def ease_r(taken: sparse.csr_array, ridge: float = EASE_RIDGE) -> Array:
    """(M, M) item weights of EASE-R (Steck 2019, WWW, eq. 8)."""
    return ease(taken, ridge)


def scores(taken: sparse.csr_array, weights: Array) -> Array:
    """(L, M) scores of an item-to-item model: X W."""
    return np.asarray(taken @ weights, dtype=float)

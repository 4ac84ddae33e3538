"""What a version must beat, as plain functions of who took what.

``taken`` is a sparse (L, M) array, 1 where a learner took a module. Scores of modules already taken
are for the caller to leave out.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.affinity.ease import ease

Array = NDArray[np.float64]

EASE_RIDGE = 100.0
"""Steck's lambda, as tuned on MOOCCubeX."""


PEERS = ("item kNN (implicit)", "ALS (implicit)")
"""Published implementations, where the extra ``bench`` is installed."""
NEIGHBOURS, FACTORS, TRUST, RIDGE = 100, 64, 20.0, 1.0
"""Of implicit's item kNN; and factors, weight of what was taken and ridge of its ALS (MOOCCubeX)."""


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
    return np.ascontiguousarray(ease(taken, ridge))  # rows are what scoring reads


def scores(taken: sparse.csr_array, weights: Array) -> Array:
    """(L, M) scores of an item-to-item model: X W."""
    return np.asarray(taken @ weights, dtype=float)


def implicit_knn(
    taken: sparse.csr_array, asked: sparse.csr_array
) -> Callable[[NDArray[np.intp]], Array] | None:
    """Item kNN by TF-IDF (implicit), scoring rows of ``asked``; None where it is not installed."""
    if find_spec("implicit") is None:
        return None
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # else it warns
    from implicit.nearest_neighbours import TFIDFRecommender

    model = TFIDFRecommender(K=NEIGHBOURS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a conversion inside
        model.fit(sparse.csr_matrix(taken), show_progress=False)
    alike = sparse.csr_array(model.similarity)
    return lambda rows: np.asarray((asked[rows] @ alike).toarray(), dtype=float)


def implicit_als(
    taken: sparse.csr_array, rows_of: NDArray[np.intp], seed: int
) -> Callable[[NDArray[np.intp]], Array] | None:
    """Alternating least squares (Hu, Koren & Volinsky 2008, by implicit); None where it is not installed.

    Scores the learners who stand in the rows ``rows_of`` of ``taken``.
    """
    if find_spec("implicit") is None:
        return None
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from implicit.cpu.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(FACTORS, regularization=RIDGE, alpha=TRUST, random_state=seed)
    model.fit(sparse.csr_matrix(taken, dtype=np.float32), show_progress=False)
    return lambda rows: np.asarray(model.user_factors[rows_of[rows]] @ model.item_factors.T, dtype=float)

"""The closed forms: EASE, and its sequential kin.

EASE (Steck 2019, *Embarrassingly Shallow Autoencoders for Sparse Data*) explains each module a
learner took by the others. Here the explaining side is what came *before*, in two memories that
forget at different speeds, and what is explained is what came next.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from recommender.affinity.histories import Histories
from recommender.affinity.serve import FAST_LAGS, SLOW_LAGS, memory

AHEAD = (1.0, 0.5, 0.25)
"""How much the next module, the second and the third count as what came next."""
ROW_WEIGHT = 3.0
"""A position weighs this over the square root of its learner's number of modules."""
FEW, MANY = 3_000, 20_000
"""Numbers of learners up to which the small-data settings hold, and from which the large-data ones do."""


def settings(learners: int) -> tuple[tuple[float, float], float, float]:
    """Decays, ridge and weight of the reversed histories for so many learners.

    Both ends are from the findings; between FEW and MANY learners they pass into each other evenly
    in the logarithm, so that one more learner never switches the model.
    """
    small = float(np.clip(np.log(MANY / max(learners, 1)) / np.log(MANY / FEW), 0.0, 1.0))
    return (0.35 + 0.05 * small, 0.96 - 0.06 * small), 300.0 - 50.0 * small, 0.5 * small


def memories(past: Histories, decays: tuple[float, float]) -> sparse.csr_array:
    """(N, 2 M) what stood in the two memories before each position."""
    n, m = past.items.size, len(past.module_ids)
    position = np.arange(n) - np.repeat(past.starts[:-1], past.lengths)
    blocks = []
    for weights, lags in zip(memory(decays), (FAST_LAGS, SLOW_LAGS), strict=True):
        longest = min(lags, int(position.max(initial=0)))
        rows = [np.flatnonzero(position > lag) for lag in range(longest)]
        columns = [past.items[r - 1 - lag] for lag, r in enumerate(rows)]
        sizes = np.array([r.size for r in rows], np.intp)
        where = (
            np.concatenate([*rows, np.zeros(0, np.intp)]),
            np.concatenate([*columns, np.zeros(0, np.intp)]),
        )
        blocks.append(sparse.coo_array((np.repeat(weights[:longest], sizes), where), (n, m)))
    return sparse.hstack(blocks, format="csr")


def nexts(past: Histories) -> sparse.csr_array:
    """(N, M) what came next at each position: the module there and, for less, the two after it."""
    n, m = past.items.size, len(past.module_ids)
    left = np.repeat(past.starts[1:], past.lengths) - np.arange(n)
    out = sparse.csr_array((n, m))
    for ahead, weight in enumerate(AHEAD):
        rows = np.flatnonzero(left > ahead)
        out = out + sparse.csr_array((np.full(rows.size, weight), (rows, past.items[rows + ahead])), (n, m))
    return out


def products(past: Histories, decays: tuple[float, float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gram matrix X'wX (2M, 2M) and cross product X'wY (2M, M) over all positions but the first."""
    X = memories(past, decays)
    weight = np.repeat(ROW_WEIGHT / np.sqrt(np.maximum(past.lengths, 1)), past.lengths)
    weighted = (X.multiply(weight[:, None])).tocsr().T.tocsr()
    return (weighted @ X).toarray(), (weighted @ nexts(past)).toarray()


def ease(taken: sparse.csr_array, ridge: float) -> NDArray[np.float64]:
    """(M, M) item weights of EASE (Steck 2019, eq. 8) from a learners x modules matrix."""
    gram = (taken.T @ taken).toarray().astype(float)
    gram[np.diag_indices_from(gram)] += ridge
    inverse = linalg.inv(gram, overwrite_a=True, check_finite=False)
    weights: NDArray[np.float64] = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return weights


def incidence(past: Histories) -> sparse.csr_array:
    """(L, M) 1 where the learner took the module."""
    shape = (past.lengths.size, len(past.module_ids))
    return sparse.csr_array((np.ones(past.items.size), past.items, past.starts), shape)


def followers(past: Histories) -> NDArray[np.int32]:
    """(M, M) learners who took the column's module after the row's."""
    m = len(past.module_ids)
    out = np.zeros((m, m), np.int32)
    for start, end in zip(past.starts[:-1], past.starts[1:], strict=True):
        items = past.items[start:end]
        earlier, later = np.triu_indices(items.size, 1)
        out[items[earlier], items[later]] += 1
    return out


def sequential_ease(
    past: Histories, decays: tuple[float, float], ridge: float, reverse: float, ease_ridge: float
) -> NDArray[np.float32]:
    """(2, M, M) weights from the two memories to the next module."""
    m = len(past.module_ids)
    if not m:
        return np.zeros((2, 0, 0), np.float32)
    gram, cross = products(past, decays)
    if reverse:
        backward = products(past.reversed(), decays)
        gram += reverse * backward[0]
        cross += reverse * backward[1]
    half = 0.5 * ridge * ease(incidence(past), ease_ridge)
    cross[:m] += half
    cross[m:] += half
    gram[np.diag_indices_from(gram)] += ridge
    solved = linalg.solve(gram, cross, assume_a="pos", overwrite_a=True, overwrite_b=True, check_finite=False)
    return np.ascontiguousarray(solved.reshape(2, m, m), np.float32)

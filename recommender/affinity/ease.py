"""The closed forms: EASE, and its sequential kin.

EASE (Steck 2019, *Embarrassingly Shallow Autoencoders for Sparse Data*) explains each module a
learner took by the others. Here the explaining side is what came *before*, in two memories that
forget at different speeds, and what is explained is what came next.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from recommender.affinity.histories import Histories
from recommender.affinity.serve import FAST_LAGS, SLOW_LAGS

AHEAD = (1.0, 0.5, 0.25)
"""How much the next module, the second and the third count as what came next."""
ROW_WEIGHT = 3.0
"""A position weighs this over the square root of its learner's number of modules."""
NEARBY_LAGS, NEARBY_DECAY, NEARBY_BACK = 12, 0.8, 0.7
"""Modules count as nearby up to so many places apart, each place less, and less still backwards."""
NEARBY_DAMPING = 5.0
"""Learners added to a module's count before nearness is divided by it, so that rare pairs do not win."""


LEAST_ORDER = 0.03
"""Neighbours in a history must be alike by so much more than any two of it, else order tells nothing.
On MOOCCubeX it is .25 (2,056 learners) to .35 (58,553), and .000 once the histories are shuffled."""
UNORDERED_NEARBY = 3.0
"""How many times as much nearness weighs where order tells nothing."""


class Settings(NamedTuple):
    """What the closed form is fitted with.

    ``decays``: what a module keeps in the fast and the slow memory with each newer one. ``ridge``:
    pull towards plain EASE. ``reverse``: weight of the same histories read backwards, which double
    thin data. ``nearby``: weight of modules taken within a few of each other.
    """

    decays: tuple[float, float]
    ridge: float
    reverse: float
    nearby: float


SMALL = Settings((0.4, 0.9), 250.0, 0.5, 0.1)
LARGE = Settings((0.35, 0.96), 300.0, 0.0, 0.03)
FEW, MANY = 3_000, 20_000
"""Numbers of learners up to which SMALL holds, and from which LARGE does."""


def settings(learners: int) -> Settings:
    """Settings for so many learners.

    Both ends were chosen on MOOCCubeX (2,056 and 58,553 learners); between FEW and MANY they pass into
    each other evenly in the logarithm, so that one more learner never switches the model.
    """
    small = float(np.clip(np.log(MANY / max(learners, 1)) / np.log(MANY / FEW), 0.0, 1.0))

    def between(a: float, b: float) -> float:
        return small * a + (1.0 - small) * b

    (fast, slow), *rest = SMALL
    return Settings(
        (between(fast, LARGE.decays[0]), between(slow, LARGE.decays[1])),
        *(between(a, b) for a, b in zip(rest, LARGE[1:], strict=True)),
    )


def remembered(past: Histories, lags: int, decay: float) -> sparse.csr_array:
    """(N, M) what stood in a memory before each position: decay^lag, the newest at lag 0."""
    n, m = past.items.size, len(past.module_ids)
    position = np.arange(n) - np.repeat(past.starts[:-1], past.lengths)
    none = np.zeros(0, np.intp)
    rows = [np.flatnonzero(position > lag) for lag in range(min(lags, int(position.max(initial=0))))]
    columns = [past.items[r - 1 - lag] for lag, r in enumerate(rows)]
    weights = np.repeat(decay ** np.arange(len(rows)), [r.size for r in rows])
    where = (np.concatenate([none, *rows]), np.concatenate([none, *columns]))
    return sparse.coo_array((weights, where), (n, m)).tocsr()


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
    lags = (FAST_LAGS, SLOW_LAGS)
    X = sparse.hstack([remembered(past, *memory) for memory in zip(lags, decays, strict=True)], "csr")
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


def lately(past: Histories, lags: int, decay: float) -> NDArray[np.float64]:
    """(M, M) how often the column's module came within so many after the row's, decay^lag each time."""
    n, m = past.items.size, len(past.module_ids)
    here = sparse.csr_array((np.ones(n), (np.arange(n), past.items)), (n, m))
    return np.asarray((remembered(past, lags, decay).T @ here).toarray(), dtype=float)


def nearby(past: Histories, ahead: NDArray[np.float64]) -> NDArray[np.float64]:
    """(M, M) how often the column's module was taken soon after the row's (or, for less, before it).

    Over the root of both popularities; ``ahead`` from ``lately``. It sees pairs, where the regression
    divides the credit among all that was taken; the two err differently, the more so the fewer the
    learners.
    """
    damped = np.sqrt(np.bincount(past.items, minlength=len(past.module_ids)) + NEARBY_DAMPING)
    out: NDArray[np.float64] = (ahead + NEARBY_BACK * ahead.T) / np.outer(damped, damped)
    return out


def order_tells(past: Histories) -> bool:
    """Whether what was taken one after the other is more alike than any two modules of a history.

    Alike is the cosine of who took them. Each neighbouring pair is compared with a pair by chance of
    the same history; False only where the data rule LEAST_ORDER out by two standard errors, since
    respecting an order that means nothing costs less than passing over one that does.
    """
    length = np.repeat(past.lengths, past.lengths)
    start = np.repeat(past.starts[:-1], past.lengths)
    at = np.flatnonzero((np.arange(past.items.size) > start) & (length > 2))
    if not at.size:
        return True
    alike = (incidence(past).T @ incidence(past)).toarray()
    times = np.maximum(alike.diagonal(), 1.0)
    alike /= np.sqrt(np.outer(times, times))
    rng = np.random.default_rng(0)
    one = (rng.random(at.size) * length[at]).astype(np.intp)
    other = (one + 1 + (rng.random(at.size) * (length[at] - 1)).astype(np.intp)) % length[at]
    by_chance = alike[past.items[start[at] + one], past.items[start[at] + other]]
    more = alike[past.items[at - 1], past.items[at]] - by_chance
    highest = more.mean() + 2.0 * more.std() / np.sqrt(at.size)
    return bool(highest >= LEAST_ORDER * by_chance.mean())


class Counted(NamedTuple):
    """The closed form and what it was made of.

    ``weights`` (2, M, M) from the two memories to the next module, ``decays`` of the memories; ``plain``
    (M, M) EASE; ``near`` and ``adjacent`` (M, M) how often one was taken within NEARBY_LAGS after the
    other and right after it; ``late`` (M,) where in histories a module stands on average, 0 to 1.
    """

    weights: NDArray[np.float32]
    decays: tuple[float, float]
    plain: NDArray[np.float64]
    near: NDArray[np.float64]
    adjacent: NDArray[np.float64]
    late: NDArray[np.float64]


def counted(past: Histories, with_: Settings, ease_ridge: float) -> Counted:
    """Fit the closed form.

    Where order tells nothing it is plain EASE on memories that lose nothing, the fast one unused.
    """
    m = len(past.module_ids)
    weights = np.zeros((2, m, m), np.float32)
    decays = with_.decays
    if not m:
        nothing = np.zeros((0, 0))
        return Counted(weights, decays, nothing, nothing, nothing, np.zeros(0))
    plain, ahead = ease(incidence(past), ease_ridge), lately(past, NEARBY_LAGS, NEARBY_DECAY)
    near = with_.nearby * nearby(past, ahead)
    if order_tells(past):
        weights[:] = sequential_ease(past, with_, plain)
        weights[1] += near
    else:
        weights[1] = plain + UNORDERED_NEARBY * near
        decays = (decays[0], 1.0)
    return Counted(weights, decays, plain, ahead, lately(past, 1, 1.0), lateness(past))


def lateness(past: Histories) -> NDArray[np.float64]:
    """(M,) where in histories a module stands on average: 0 the beginning, 1 the end."""
    m = len(past.module_ids)
    start, length = (np.repeat(x, past.lengths) for x in (past.starts[:-1], past.lengths))
    place = (np.arange(past.items.size) - start + 0.5) / length
    times = np.bincount(past.items, minlength=m)
    return np.asarray(np.bincount(past.items, place, m) / np.maximum(times, 1))


def sequential_ease(past: Histories, with_: Settings, plain: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, M, M) weights of the ridge regression, shrunk to half of ``plain`` EASE in each memory."""
    m = len(past.module_ids)
    gram, cross = products(past, with_.decays)
    if with_.reverse:
        backward = products(past.reversed(), with_.decays)
        gram += with_.reverse * backward[0]
        cross += with_.reverse * backward[1]
    half = 0.5 * with_.ridge * plain
    cross[:m] += half
    cross[m:] += half
    gram[np.diag_indices_from(gram)] += with_.ridge
    solved: NDArray[np.float64] = linalg.solve(
        gram, cross, assume_a="pos", overwrite_a=True, overwrite_b=True, check_finite=False
    )
    return solved.reshape(2, m, m)

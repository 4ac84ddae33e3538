"""Serve: a learned ranker over the best candidates of the closed form, numpy only.

What the closed form adds up with fixed weights is read here by lag and by kind, and weighed by a small
network that was trained so that the module taken next stands out among the candidates (a conditional
logit, McFadden 1974, with one hidden layer). Its odds are therefore chances, not mere scores.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.affinity.serve import SLOW_LAGS, AffinityModel, Reading

CANDIDATES = 120
"""The closed form's best so many are ranked anew: they hold the next course of two learners in three
(MOOCCubeX); with 200 they hold it of 71 in 100, and the first ten are no better."""
BY_LAG = 5
"""So many of the newest modules speak for themselves; how much each counts is learnt."""
MEMORIES = (0.4, 0.7, 0.8, 0.9, 1.0)
"""What a module keeps with each newer one in the sums over a history."""
FORGETTING, NEARBY, LASTING = (MEMORIES.index(decay) for decay in (0.7, 0.8, 0.9))
DAMPING = 5.0
"""Learners added to a count before anything is divided by it."""
FLOOR = 1e-3
"""Added to what cannot be negative before its logarithm is taken."""
BEND = 50.0
"""Item weights of either sign are bent by arcsinh at a fiftieth."""

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Ranker:
    """What was counted, and the network that weighs it; H modules carry weights, F clues, U units.

    Parameters
    ----------
    plain : (H, H) float16 array
        Item weights of EASE.
    near : (H, H) float16 array
        How often the column's module was taken within a few after the row's, nearer ones counting more.
    adjacent : (H, H) float16 array
        How often it was taken right after it.
    late : (H,) float32 array
        Where in histories a module stands on average, 0 the beginning and 1 the end.
    centre, scale : (F,) float32 arrays
        What clues are standardised by.
    hidden : (F, U), bias : (U,), out : (U,), direct : (F,) float32 arrays
        score = direct'z + out'max(hidden'z + bias, 0).
    reach : float
        Chance that what is taken next is among the candidates.
    """

    plain: NDArray[np.float16]
    near: NDArray[np.float16]
    adjacent: NDArray[np.float16]
    late: Floats
    centre: Floats
    scale: Floats
    hidden: Floats
    bias: Floats
    out: Floats
    direct: Floats
    reach: float

    def score(self, clues: Floats) -> Floats:
        """(...,) scores of (..., F) clues."""
        z = (clues - self.centre) / self.scale
        return np.asarray(z @ self.direct + np.maximum(z @ self.hidden + self.bias, 0.0) @ self.out)

    def odds(self, model: AffinityModel, read: Reading) -> tuple[NDArray[np.intp], Floats]:
        """Rows of the candidates, and how likely each is the next one, given that one of them is."""
        rows = candidates(read)
        score = self.score(clues(model, self, read, rows))
        odds = np.exp(score - score.max(initial=0.0))
        return rows, odds / odds.sum()


def candidates(read: Reading) -> NDArray[np.intp]:
    """Rows of the best modules not taken yet, the best first."""
    score = read.raw[: read.fast.size].copy()
    score[read.mine[read.mine < score.size]] = -np.inf
    size = min(CANDIDATES, score.size - int(np.isinf(score).sum()))
    best = np.argpartition(-score, size - 1)[:size] if size else np.zeros(0, np.intp)
    return best[np.argsort(-score[best], kind="stable")]


def clues(model: AffinityModel, with_: Ranker, read: Reading, of: NDArray[np.intp]) -> Floats:
    """(n, F) what speaks for each candidate.

    Parameters
    ----------
    model : AffinityModel
        Its ``followers`` are counted.
    read : Reading
        With at least one module that carries weights.
    of : (n,) array of int
        From ``candidates``.
    """
    rows, counts = read.rows, model.counts
    at = rows[:, None] * read.fast.size + of
    back = of * read.fast.size + rows[:, None]
    # one gather a table: `take` on the flat array is several times faster than two index arrays
    tables: Iterator[Floats] = (
        table.reshape(-1).take(index).astype(np.float32)
        for table, index in ((with_.plain, at), (with_.near, at), (with_.near, back))
    )
    plain, near, before = tables
    followers = model.followers
    assert followers is not None, "the fit counts them wherever it learns a ranker"
    followed, preceded = (followers.reshape(-1).take(index).astype(np.float32) for index in (at, back))
    adjacent = with_.adjacent.reshape(-1).take(at[:3]).astype(np.float32)
    newest = model.weights[0].reshape(-1).take(at[:3])
    taken = counts[rows][:, None] + np.float32(DAMPING)
    others = counts[of] + np.float32(DAMPING)
    root = np.sqrt(taken * others)
    near, before, alike = near / root, before / root, (followed + preceded) / root
    after = followed / taken
    memory: Floats = _MEMORY[:, : rows.size]
    summed, soon = memory @ plain, memory[NEARBY] @ near
    raw = read.raw[of]
    positive = [
        raw, soon, memory[NEARBY] @ before, near.max(0), memory[LASTING] @ alike, alike.max(0),
        memory[LASTING] @ after, memory[NEARBY] @ (preceded / others),
        *_lags(near, BY_LAG), *_lags(before, 2), *_lags(after, 3), *_lags(adjacent / taken[:3], 3),
    ]  # fmt: skip
    either = [
        read.fast[of], read.slow[of], *summed, *_lags(plain, 3), *_lags(newest, 3),
    ]  # fmt: skip
    beside = [
        raw / max(raw[0], 1e-6), summed[FORGETTING] / max(float(summed[FORGETTING].max()), 1e-3),
        soon / max(float(soon.max()), 1e-6),
    ]  # fmt: skip
    return np.concatenate(
        [
            np.log(np.maximum(positive, 0.0) + FLOOR),
            np.arcsinh(np.multiply(either, BEND)),
            np.log(np.maximum(beside, FLOOR)),
            [np.log1p(np.arange(of.size)), np.log1p(counts[of]), with_.late[of]],
            np.full((1, of.size), np.log1p(rows.size)),
        ],
        dtype=np.float32,
    ).T


def _lags(table: Floats, most: int) -> list[Floats]:
    """The rows of the newest modules, nothing where a history is shorter."""
    return [table[lag] if lag < len(table) else _NOTHING[: table.shape[1]] for lag in range(most)]


_MEMORY = np.array(MEMORIES, np.float32)[:, None] ** np.arange(SLOW_LAGS, dtype=np.float32)
_NOTHING = np.zeros(CANDIDATES, np.float32)

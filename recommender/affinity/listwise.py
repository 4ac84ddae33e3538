"""Fit of the ranker: lists of candidates from histories cut short, and the network that learns from them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.affinity.ease import Counted
from recommender.affinity.histories import Histories
from recommender.affinity.ranker import CANDIDATES, Ranker, candidates, clues
from recommender.affinity.serve import AffinityModel

Floats = NDArray[np.floating[Any]]

FEWEST = 5_000
"""Learners whose next module must be among the candidates, for a ranker to be tried. With the 1,200 that
2,056 learners give it gained less than its standard error (MOOCCubeX) and narrowed what gets recommended."""
MOST = 30_000
"""Learners asked at most."""
JUDGES = 5
"""One list in so many judges the network, the others teach it."""
SURE = 2.0
"""Standard errors by which it must rank better than the closed form."""
SCALES = np.linspace(0.3, 1.2, 19)
"""What scores may be multiplied by, so that on lists kept from the network its odds are chances: taught by
few it is too sure."""
UNITS, EPOCHS, BATCH, RATE, DECAY = 32, 8, 64, 3e-3, 1e-4
"""Of the network and its training: more of any moved NDCG@10 by less than .001 (MOOCCubeX)."""


class Lists(NamedTuple):
    """Candidates as (n, CANDIDATES, F) clues, and (n,) the place among them of what was taken.

    ``reach`` is the share of all asked whose next module was among them.
    """

    clues: Floats
    place: NDArray[np.intp]
    reach: float


def cut_short(past: Histories) -> tuple[Histories, NDArray[np.intp]]:
    """Histories without their last module, and that module; (L,) -1 where nothing would be left before it."""
    last = past.starts[1:] - 1
    cut = past.lengths > 1
    keep = np.ones(past.items.size, bool)
    keep[last[cut]] = False
    starts = np.append(0, np.cumsum(keep))[past.starts]
    target = np.full(past.lengths.size, -1, np.intp)
    target[cut] = past.items[last[cut]]
    return Histories(past.items[keep], starts, past.module_ids), target


def untrained(counted: Counted) -> Ranker:
    """A ranker with its tables, and a network that is still to be learnt."""
    nothing = np.zeros(0, np.float32)
    plain, near, adjacent = (
        np.ascontiguousarray(table, np.float16) for table in (counted.plain, counted.near, counted.adjacent)
    )
    return Ranker(
        plain, near, adjacent, counted.late.astype(np.float32), nothing, nothing,
        np.zeros((0, 0), np.float32), nothing, nothing, nothing, 0.0,
    )  # fmt: skip


def lists_of(
    model: AffinityModel, tables: Ranker, past: Histories, target: NDArray[np.intp], seed: int
) -> Lists:
    """What the model, fitted on ``past``, proposes to learners, and where what they took next stands."""
    asked = np.flatnonzero((target >= 0) & (past.lengths > 0))
    if asked.size > MOST:
        asked = np.sort(np.random.default_rng(seed).choice(asked, MOST, replace=False))
    found, places = [], []
    for i in asked:
        read = model.read([past.module_ids[j] for j in past.items[past.starts[i] : past.starts[i + 1]]])
        rows = candidates(read)
        at = np.flatnonzero(rows == target[i])
        if at.size and rows.size == CANDIDATES:
            found.append(clues(model, tables, read, rows))
            places.append(at[0])
    reach = len(places) / max(asked.size, 1)
    return Lists(np.array(found, np.float32), np.array(places, np.intp), reach)


def learn(lists: Lists, tables: Ranker, seed: int) -> Ranker | None:
    """The network, if on lists kept from it it ranks better than the closed form; else None."""
    kept = np.random.default_rng(seed).permutation(lists.place.size) % JUDGES == 0
    taught = lists.clues[~kept]
    tables = replace(
        tables, centre=taught.mean((0, 1)), scale=taught.std((0, 1)) + np.float32(1e-6), reach=lists.reach
    )
    network = train((taught - tables.centre) / tables.scale, lists.place[~kept], seed)
    ranker = replace(
        tables, hidden=network["hidden"], bias=network["bias"], out=network["out"], direct=network["direct"]
    )
    score = ranker.score(lists.clues[kept])
    own = np.take_along_axis(score, lists.place[kept][:, None], 1)
    gain = _ndcg((score > own).sum(1)) - _ndcg(lists.place[kept])
    if gain.mean() <= SURE * gain.std() / np.sqrt(gain.size):
        return None
    said = np.float32(max(SCALES, key=lambda scale: _log_likelihood(scale * score, lists.place[kept])))
    return replace(ranker, out=said * ranker.out, direct=said * ranker.direct)


def _log_likelihood(score: Floats, place: NDArray[np.intp]) -> float:
    """Mean log odds of what was taken."""
    top = score.max(1, keepdims=True)
    own = np.take_along_axis(score, place[:, None], 1)
    return float((own - top)[:, 0].mean() - np.log(np.exp(score - top).sum(1)).mean())


def _ndcg(place: NDArray[np.intp]) -> NDArray[np.float64]:
    """NDCG@10 of places counted from 0."""
    return np.where(place < 10, 1.0 / np.log2(place + 2.0), 0.0)


def train(z: Floats, place: NDArray[np.intp], seed: int) -> dict[str, Floats]:
    """Weights of the network, by Adam (Kingma & Ba 2015) on the log-likelihood of what was taken.

    Parameters
    ----------
    z : (n, C, F) array
        Standardised clues.
    place : (n,) array
        Which of the C candidates was taken.
    seed : int

    Returns
    -------
    dict
        ``hidden``, ``bias``, ``out`` and ``direct``, as of ``Ranker``.
    """
    rng = np.random.default_rng(seed)
    n, _, f = z.shape
    weights: dict[str, Floats] = {
        "hidden": rng.normal(0.0, f**-0.5, (f, UNITS)).astype(np.float32),
        "bias": np.zeros(UNITS, np.float32),
        "out": rng.normal(0.0, 0.1 * UNITS**-0.5, UNITS).astype(np.float32),
        "direct": np.zeros(f, np.float32),
    }
    first = {name: np.zeros_like(w) for name, w in weights.items()}
    second = {name: np.zeros_like(w) for name, w in weights.items()}
    steps, order = EPOCHS * (n // BATCH), rng.permutation(n)
    for step in range(1, steps + 1):
        at = (step - 1) % (n // BATCH)
        if not at:
            order = rng.permutation(n)
        batch = order[at * BATCH : (at + 1) * BATCH]
        rate = 0.5 * RATE * (1.0 + np.cos(np.pi * step / steps))
        for name, slope in _slopes(weights, z[batch], place[batch]).items():
            first[name] += 0.1 * (slope - first[name])
            second[name] += 0.01 * (slope * slope - second[name])
            moved = first[name] / (1.0 - 0.9**step)
            weights[name] -= np.float32(rate) * moved / (np.sqrt(second[name] / (1.0 - 0.99**step)) + 1e-8)
    return weights


def _slopes(weights: dict[str, Floats], z: Floats, place: NDArray[np.intp]) -> dict[str, Floats]:
    """Gradient of the mean negative log-likelihood and of the weights' decay."""
    n, c, f = z.shape
    flat = z.reshape(n * c, f)
    active = np.maximum(flat @ weights["hidden"] + weights["bias"], 0.0)
    score = (active @ weights["out"] + flat @ weights["direct"]).reshape(n, c)
    odds = np.exp(score - score.max(1, keepdims=True))
    odds /= odds.sum(1, keepdims=True)
    odds[np.arange(n), place] -= 1.0
    error = odds.reshape(-1) / np.float32(n)
    back = np.outer(error, weights["out"]) * (active > 0.0)
    slopes = {"hidden": flat.T @ back, "bias": back.sum(0), "out": active.T @ error, "direct": flat.T @ error}
    decayed = ("hidden", "out", "direct")
    return {k: v + np.float32(DECAY) * weights[k] if k in decayed else v for k, v in slopes.items()}

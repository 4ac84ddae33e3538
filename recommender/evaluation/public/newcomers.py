"""Modules and learners that no fit has met: what is foretold of them, beside rules that could do it too."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.affinity.fit import NextModule
from recommender.affinity.histories import histories
from recommender.affinity.kin import kin_of, letters
from recommender.affinity.serve import AffinityModel, columns, next_shares
from recommender.evaluation import baselines, metrics
from recommender.evaluation.ranking import TOP, matrix
from recommender.evaluation.rows import OURS, Row
from recommender.framework import Module

Array = NDArray[np.float64]
Sequences = Mapping[str, list[str]]
Scored = Callable[[list[str]], Array]

NEW_SHARE = 10
"""One module in so many is taken out of the fit entirely."""
MODULES, LEARNERS = "new modules", "new learners"
RANDOM, LAST, ALL = "at random", "most like the last taken", "most like all taken"


def drawn(names: Iterable[str], salt: str) -> list[str]:
    """Names in the order of SHA-256 of salt and name."""
    return sorted(names, key=lambda name: hashlib.sha256(f"{salt}{name}".encode()).digest())


def rows(whole: Sequences, modules: Sequence[Module], seed: int, crowd: int, asked: int) -> list[Row]:
    """HR@10 and NDCG@10 of the first new module and of what new learners take.

    Parameters
    ----------
    whole : mapping of learner to modules in order
    modules : sequence of Module
        The catalogue with what it tells of each.
    seed : int
    crowd, asked : int
        Learners fitted on, and of them those who took a new module; as many others are new learners.
    """
    taken = {m for course in whole.values() for m in course}
    new = set(drawn(taken, "new module:")[: len(taken) // NEW_SHARE])
    order = drawn(whole, "newcomers:")
    fitted, unseen = order[:crowd], order[crowd : crowd + asked]
    met = [(who, first) for who in fitted for first in [_first(whole[who], new)] if first > 0][:asked]
    if not met or not unseen:
        return [Row(part, "HR@10", note="too few learners") for part in (MODULES, LEARNERS)]
    past = {who: [m for m in whole[who] if m not in new] for who in fitted}
    past |= {who: whole[who][:first] for who, first in met}  # nothing of what came after
    model = NextModule(seed=seed).fit(histories([p for p in past.values() if p])).model_
    told = _of_modules(model, modules, new, [(past[who], whole[who][first]) for who, first in met])
    return told + _of_learners(model, past, [[m for m in whole[who] if m not in new] for who in unseen])


def _first(course: list[str], new: set[str]) -> int:
    """Where the first new module stands; 0 where there is none, or nothing before it."""
    return next((i for i, m in enumerate(course) if m in new), 0)


def _of_modules(
    model: AffinityModel, modules: Sequence[Module], new: set[str], met: list[tuple[list[str], str]]
) -> list[Row]:
    """New modules among themselves, where what they are about is all there is; and among all."""
    index = {m.module_id: j for j, m in enumerate(modules)}
    where = columns(model, list(index))
    kin = kin_of(modules, where)
    fresh = sorted(new & index.keys(), key=index.__getitem__)
    at = np.array([index[m] for m in fresh], np.intp)
    about = letters(modules)
    about /= np.maximum(np.sqrt((about**2).sum(1, keepdims=True)), 1e-9)

    def ours(past: list[str]) -> Array:
        return next_shares(model, past, where, kin=kin)

    def alike(past: list[str]) -> Array:
        return np.asarray((about[at] @ about[[index[m] for m in past]].T).mean(1), dtype=float)

    ways: dict[str, Scored] = {
        OURS: lambda past: ours(past)[at],
        LAST: lambda past: alike(past[-1:]),
        ALL: alike,
    }
    met = [(past, target) for past, target in met if target in index and index.keys() >= set(past)]
    out = [_random(MODULES, len(fresh), len(met))]
    for name, score in ways.items():
        out += _told(MODULES, name, [_rank(score(past), fresh.index(target)) for past, target in met])
    everywhere = [_rank(ours(past), index[target], [index[m] for m in past]) for past, target in met]
    return [*out, *_told(f"{MODULES}, among all", OURS, everywhere)]


def _of_learners(model: AffinityModel, past: Sequences, unseen: list[list[str]]) -> list[Row]:
    """First and second module of learners the fit has not met."""
    known = list(model.module_ids)
    index = {m: j for j, m in enumerate(known)}
    where = columns(model, known)
    together = matrix([[m for m in p if m in index] for p in past.values()], index)
    popular, ease = baselines.popularity(together).astype(float), baselines.ease_r(together)

    def items(before: list[str]) -> Array:
        return np.asarray(ease[[index[m] for m in before]].sum(0), dtype=float)

    out = []
    for have, part in enumerate((LEARNERS, f"{LEARNERS}, one module known")):
        asked = [p[: have + 1] for p in unseen if len(p) > have and index.keys() >= set(p[: have + 1])]
        ways: dict[str, Scored] = {
            OURS: lambda before: next_shares(model, before, where),
            "popularity": lambda before: popular,
        }
        if have:
            ways["EASE-R"] = items
        out.append(_random(part, len(known), len(asked)))
        for name, score in ways.items():
            ranks = [_rank(score(p[:-1]), index[p[-1]], [index[m] for m in p[:-1]]) for p in asked]
            out += _told(part, name, ranks)
    return out


def _rank(score: Array, target: int, gone: Sequence[int] = ()) -> float:
    """Place of the target among what is not gone; the middle of those that score the same."""
    left = np.ones(len(score), bool)
    left[list(gone)] = False
    same = (score == score[target]) & left
    return 1.0 + float((score[left] > score[target]).sum()) + (float(same.sum()) - 1.0) / 2.0


def _random(part: str, size: int, n: int) -> Row:
    """What any order by chance hits of ``size`` modules."""
    return Row(part, "HR@10", RANDOM, min(TOP / max(size, 1), 1.0), 0.0, n)


def _told(part: str, name: str, ranks: list[float]) -> list[Row]:
    if not ranks:
        return [Row(part, "HR@10", name, note="nobody of the kind")]
    return [
        Row(part, "HR@10", name, *metrics.mean_and_error(metrics.hit(ranks)), len(ranks)),
        Row(part, "NDCG@10", name, *metrics.mean_and_error(metrics.ndcg(ranks)), len(ranks)),
    ]

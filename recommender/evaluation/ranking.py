"""What learners took next: its rank under a version and under the baselines, fitted on the same split."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from recommender.affinity.histories import taken_up
from recommender.affinity.serve import columns, next_shares
from recommender.engine import Engine
from recommender.engine.hearing import events_by_learner, jobs_of
from recommender.evaluation import baselines, metrics
from recommender.evaluation.comparison import paired
from recommender.evaluation.rows import OURS, Row, absent, against
from recommender.evaluation.splits import Split
from recommender.framework import NO_JOB

Array = NDArray[np.float64]
Scores = Callable[[NDArray[np.intp]], Array]

TOP = 10
MOST = 10_000
"""Learners asked at most: the standard error of a share is then at most .005."""
MOST_LISTS = 1_000
"""Learners whose whole list is drawn up: each costs a replay."""
AT_ONCE = 250
LIST = "its recommendations"


@dataclass(frozen=True)
class Asked:
    """Learners and what they took next.

    ``learners`` (n,); ``taken`` (n, M) who took what before; ``histories`` the same in order;
    ``target`` (n,) column of what came next; ``day`` (n,) on which.
    """

    learners: list[str]
    taken: sparse.csr_array
    histories: list[list[str]]
    target: NDArray[np.intp]
    day: list[dt.date]


def ranking(engine: Engine, split: Split, seed: int = 0) -> list[Row]:
    """HR@10, NDCG@10, MRR and coverage, full ranking over the catalogue, beside the baselines.

    Parameters
    ----------
    engine : Engine
        Fitted on nothing later than ``split.before``.
    """
    index = engine.catalogue.module_index
    everybody = _before(split, index, seed)
    asked = _asked(split, everybody, index, seed)
    if not asked.learners:
        return [
            absent("ranking", "HR@10", "nobody took a module in the held-out part that they had not taken")
        ]
    crowd = matrix([*everybody.values()], index)
    popular = baselines.popularity(crowd)
    where = columns(engine.layout.parts.affinity, list(index))
    models: dict[str, Scores] = {
        OURS: lambda rows: np.array(
            [next_shares(engine.layout.parts.affinity, asked.histories[i], where) for i in rows]
        ),
        "popularity": lambda rows: np.tile(popular, (len(rows), 1)),
        "item kNN": _item_model(baselines.item_knn(crowd), asked),
        "EASE-R": _item_model(baselines.ease_r(crowd), asked),
    }
    found = {name: ranks_of(scores, asked, popular) for name, scores in models.items()}
    out = [
        row for name, (ranks, lists) in found.items() for row in _told(name, ranks, lists, len(index), found)
    ]
    return out + _lists(engine, split, asked)


def _before(split: Split, index: dict[str, int], seed: int) -> dict[str, list[str]]:
    """What each learner took in the part a version may see, oldest first."""
    taken = taken_up(split.before.interactions, seed=seed)
    taken = taken[taken["module_id"].isin(index)]
    return {str(k): list(v) for k, v in taken.groupby("learner_id", sort=True)["module_id"]}


def _asked(split: Split, everybody: dict[str, list[str]], index: dict[str, int], seed: int) -> Asked:
    """The first module that each learner took in the held-out part and had not taken before."""
    after = taken_up(split.after.interactions, seed=seed)
    after = after[after["module_id"].isin(index)]
    learner, module = after["learner_id"].astype(str), after["module_id"].astype(str)
    new = [m not in everybody.get(who, ()) for who, m in zip(learner, module, strict=True)]
    first = after[np.array(new, dtype=bool)].groupby("learner_id", sort=True).head(1)
    if len(first) > MOST:
        kept = np.random.default_rng(seed).choice(len(first), MOST, replace=False)
        first = first.iloc[np.sort(kept)]
    learners = first["learner_id"].astype(str).tolist()
    histories = [everybody.get(who, []) for who in learners]
    return Asked(
        learners,
        matrix(histories, index),
        histories,
        np.asarray(first["module_id"].map(index), dtype=np.intp),
        pd.to_datetime(first["occurred_at"], unit="us").dt.date.tolist(),
    )


def matrix(histories: list[list[str]], index: dict[str, int]) -> sparse.csr_array:
    """(n, M) 1 where a history holds a module."""
    flat = [index[m] for history in histories for m in history]
    starts = np.cumsum([0, *map(len, histories)])
    return sparse.csr_array((np.ones(len(flat)), flat, starts), (len(histories), len(index)))


def _item_model(weights: Array, asked: Asked) -> Scores:
    return lambda rows: baselines.scores(asked.taken[rows], weights)


def _blocks(n: int) -> Iterator[NDArray[np.intp]]:
    yield from (np.arange(start, min(start + AT_ONCE, n)) for start in range(0, n, AT_ONCE))


def ranks_of(scores: Scores, asked: Asked, popular: Array) -> tuple[Array, NDArray[np.intp]]:
    """(n,) rank of what came next among all not yet taken, and the (n, 10) first columns.

    Of two with one score the more popular goes first, then the earlier in the catalogue.
    """
    by_popularity = np.argsort(-popular, kind="stable")
    place = np.argsort(by_popularity)
    ranks, firsts = [], []
    for rows in _blocks(len(asked.learners)):
        score = scores(rows)
        score[asked.taken[rows].nonzero()] = -np.inf
        target = asked.target[rows]
        own = score[np.arange(len(rows)), target][:, None]
        ahead = (score > own) | ((score == own) & (place < place[target][:, None]))
        ranks.append(1.0 + ahead.sum(1))
        order = np.argsort(-score[:, by_popularity], axis=1, kind="stable")[:, :TOP]
        firsts.append(by_popularity[order])
    return np.concatenate(ranks), np.concatenate(firsts)


def _told(
    name: str,
    ranks: Array,
    lists: NDArray[np.intp],
    size: int,
    found: dict[str, tuple[Array, NDArray[np.intp]]],
) -> list[Row]:
    """A model's four rows; a baseline's NDCG says how this version compares."""
    n = len(ranks)
    note = ""
    if name != OURS:
        note = against(paired(1.0 - metrics.ndcg(found[OURS][0]), 1.0 - metrics.ndcg(ranks)))
    return [
        Row("ranking", "HR@10", name, *metrics.mean_and_error(metrics.hit(ranks)), n),
        Row("ranking", "NDCG@10", name, *metrics.mean_and_error(metrics.ndcg(ranks)), n, note=note),
        Row("ranking", "MRR", name, *metrics.mean_and_error(metrics.reciprocal_rank(ranks)), n),
        Row("ranking", "coverage@10", name, metrics.catalogue_coverage(lists.tolist(), size), n=n),
    ]


def _lists(engine: Engine, split: Split, asked: Asked) -> list[Row]:
    """The same of what the version would recommend, where gains have a say in the order."""
    if not engine.layout.gains.known.any():
        return []
    drawn = np.random.default_rng(0).permutation(len(asked.learners))[:MOST_LISTS]
    chosen = {asked.learners[i]: i for i in drawn}
    jobs = jobs_of(split.before)
    known = dict(events_by_learner(split.before, set(chosen)))
    ranks, shown = [], set[str]()
    modules = engine.catalogue.modules
    for who, i in chosen.items():
        job = jobs.get(who, NO_JOB)
        listed = engine.recommend(
            engine.replay(known.get(who, []), 0, job), role=job.role, day=asked.day[i], limit=TOP,
            draw_key=None,
        )  # fmt: skip
        ids = [item.module_id for item in listed]
        shown.update(ids)
        target = modules[asked.target[i]].module_id
        ranks.append(1.0 + ids.index(target) if target in ids else np.inf)
    n = len(ranks)
    note = "ordered by what is learnt, not only by what is taken up"
    return [
        Row("ranking", "HR@10", LIST, *metrics.mean_and_error(metrics.hit(ranks)), n, note=note),
        Row("ranking", "NDCG@10", LIST, *metrics.mean_and_error(metrics.ndcg(ranks)), n),
        Row("ranking", "coverage@10", LIST, len(shown) / len(modules), n=n),
    ]

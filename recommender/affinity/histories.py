"""Histories: who took which module in which order, as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recommender.evidence import TAKEN

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Histories:
    """What learners took, oldest first, one after another.

    ``items`` (N,) rows of modules; ``starts`` (L + 1,) where each learner's begin; ``module_ids`` by
    popularity, ties by id.
    """

    items: NDArray[np.intp]
    starts: NDArray[np.intp]
    module_ids: tuple[str, ...]

    @property
    def lengths(self) -> NDArray[np.intp]:
        """(L,) modules a learner took."""
        return np.diff(self.starts)

    def reversed(self) -> Histories:
        """The same with the newest first."""
        return Histories(self.items[::-1], self.starts[-1] - self.starts[::-1], self.module_ids)


def histories(sequences: Iterable[Sequence[str]]) -> Histories:
    """Histories of sequences of module ids, repeats of a module passed over."""
    clean = [list(dict.fromkeys(s)) for s in sequences]
    flat = np.array(list(chain.from_iterable(clean)), dtype=object)
    starts = np.cumsum([0, *(len(s) for s in clean)], dtype=np.intp)
    return ranked(flat, starts)


def ranked(flat: NDArray[Any], starts: NDArray[np.intp]) -> Histories:
    """Number the modules by popularity, ties by id."""
    ids, codes, counts = (
        np.unique(flat.astype(str), return_inverse=True, return_counts=True)
        if flat.size
        else (np.zeros(0, str), np.zeros(0, np.intp), np.zeros(0, np.intp))
    )
    order = np.lexsort((ids, -counts))
    rank = np.empty(order.size, np.intp)
    rank[order] = np.arange(order.size)
    return Histories(rank[codes], starts, tuple(ids[order].tolist()))


def taken_up(interactions: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """First time each learner took each module, in order.

    Parameters
    ----------
    interactions : DataFrame
        Columns learner_id, module_id, status, occurred_at. Recommended, viewed, dropped and dismissed
        rows say nothing about taking a module up.
    seed : int
        Modules taken at one moment have no order; they get one by chance, so that none is learnt.

    Returns
    -------
    DataFrame
        learner_id, module_id, occurred_at; one learner's rows together, oldest first.
    """
    columns = ["learner_id", "module_id", "occurred_at"]
    frame = interactions.loc[interactions["status"].isin(TAKEN), columns]
    frame = frame.sort_values(["learner_id", "occurred_at", "module_id"], kind="stable")
    frame = frame.drop_duplicates(["learner_id", "module_id"])
    chance = np.random.default_rng(seed).random(len(frame))
    return frame.assign(_chance=chance).sort_values(["learner_id", "occurred_at", "_chance"])[columns]


def of_taken(taken: pd.DataFrame) -> Histories:
    """Histories of a frame that ``taken_up`` made."""
    learner = taken["learner_id"].to_numpy(dtype=object)
    new = np.flatnonzero(learner[1:] != learner[:-1]) + 1
    starts = [0, *new.tolist(), len(taken)] if len(taken) else [0]
    return ranked(taken["module_id"].to_numpy(dtype=object), np.array(starts, np.intp))


def histories_of(interactions: pd.DataFrame, *, seed: int = 0) -> Histories:
    """Histories of an interactions frame."""
    return of_taken(taken_up(interactions, seed=seed))

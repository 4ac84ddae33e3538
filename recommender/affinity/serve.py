"""Serve: from what one learner took to what that learner is likely to take next, numpy only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.affinity.groups import Group, GroupUptake
from recommender.affinity.kin import Kin, lend

if TYPE_CHECKING:
    from recommender.affinity.ranker import Ranker

FAST_LAGS = 8
"""How many of the newest modules the fast memory sees (docs/models.md)."""
SLOW_LAGS = 60
"""How many of the newest modules the slow memory sees."""
TARGET_MASS = 1.75
"""What the scores of all modules would sum to: the next module, half the second, a quarter of the third."""
POPULARITY_POWER = 0.1
"""Scores are divided by popularity to this power, which widens what gets recommended."""
LEAST_POPULARITY = 0.1
"""Share of popularity in every score, so that no module's is nothing."""


@dataclass(frozen=True)
class AffinityModel:
    """Sequential EASE over the modules somebody took, as arrays.

    Modules stand in order of popularity (ties by id), so that the first H are the ones with item
    weights; what is rarer than that is ranked by popularity alone.

    Parameters
    ----------
    module_ids : (M,) tuple of str
    counts : (M,) float32 array
        Learners who took each module.
    weights : (2, H, H) float32 array
        From a module in the fast (0) and the slow (1) memory to the score of a next module.
    decays : (2,) tuple of float
        How much a module loses in the fast and the slow memory with each newer one.
    followers : (H, H) int32 array or None
        Learners who took column's module after row's; None in catalogues too large to hold it.
    newcomer : float
        The count that stands in for a module nobody could take yet.
    learners : int
        Learners with at least one module taken.
    ranker : Ranker or None
        Ranks the best candidates anew; None where it did not earn it on histories held out.
    groups : GroupUptake or None
        What is popular in a role or a segment.
    """

    module_ids: tuple[str, ...]
    counts: NDArray[np.float32]
    weights: NDArray[np.float32]
    decays: tuple[float, float]
    followers: NDArray[np.int32] | None
    newcomer: float
    learners: int
    ranker: Ranker | None = None
    groups: GroupUptake | None = None

    @cached_property
    def row(self) -> dict[str, int]:
        """Row of each module."""
        return {module_id: j for j, module_id in enumerate(self.module_ids)}

    @cached_property
    def _popularity(self) -> NDArray[np.float64]:
        """(M + 1,) shares by popularity; the last is a new module's."""
        return popularity(np.append(self.counts, self.newcomer))

    @cached_property
    def _discount(self) -> NDArray[np.float64]:
        """(M + 1,) what scores are divided by."""
        return discount(np.append(self.counts, self.newcomer))

    @cached_property
    def _memory(self) -> NDArray[np.float64]:
        """(2, SLOW_LAGS) weight of a module by its lag in the two memories."""
        return memory(self.decays)

    def __getstate__(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in self.__dataclass_fields__}

    def scores(self, taken: Sequence[str]) -> NDArray[np.float32]:
        """Scores of the closed form for the model's modules and one learner, before any ranker.

        Parameters
        ----------
        taken : sequence of str
            Modules in the order first taken, oldest first; unknown ones and repeats are passed over.

        Returns
        -------
        (M,) float32 array
            Only their order means anything; modules taken are scored like any other.
        """
        return self.read(taken).raw[:-1].astype(np.float32)

    def read(self, taken: Sequence[str], belongs: Mapping[Group, float] | None = None) -> Reading:
        """What the closed form makes of a history, and of what is popular where the learner belongs."""
        rows = self.recent(taken)
        out = np.zeros(len(self.module_ids) + 1)
        head = self.weights.shape[1]
        fast, slow = np.zeros(head, np.float32), np.zeros(head, np.float32)
        if rows.size and head:
            least = min(rows.size, FAST_LAGS)
            fast = self._memory[0, :least].astype(np.float32) @ self.weights[0][rows[:least]]
            slow = self._memory[1, : rows.size].astype(np.float32) @ self.weights[1][rows]
            out[:head] = fast + slow
        popular = self.groups.share(self._popularity, belongs) if self.groups and belongs else None
        out += max(TARGET_MASS - float(out.sum()), LEAST_POPULARITY * TARGET_MASS) * (
            self._popularity if popular is None else popular
        )
        out /= self._discount
        mine = np.array([self.row[m] for m in taken if m in self.row], np.intp)
        return Reading(rows, mine, fast, slow, out)

    def recent(self, taken: Sequence[str]) -> NDArray[np.intp]:
        """Rows of the newest modules that carry item weights, newest first."""
        row, head = self.row, self.weights.shape[1]
        found = (row.get(module_id, head) for module_id in reversed(dict.fromkeys(taken)))
        return np.fromiter((j for j in found if j < head), np.intp)[:SLOW_LAGS]


class Reading(NamedTuple):
    """What the closed form makes of one history.

    ``rows`` of the newest modules that carry weights, newest first; ``mine`` rows of all modules taken
    that the model knows; ``fast`` and ``slow`` (H,) what each memory says; ``raw`` (M + 1,) scores, the
    last that of a module the model does not know.
    """

    rows: NDArray[np.intp]
    mine: NDArray[np.intp]
    fast: NDArray[np.float32]
    slow: NDArray[np.float32]
    raw: NDArray[np.float64]


class Uptake(NamedTuple):
    """Which module taken speaks most for another, and how many learners took both in that order."""

    module_id: str
    learners: int | None


def memory(decays: tuple[float, float]) -> NDArray[np.float64]:
    """(2, SLOW_LAGS) weights by lag; the fast memory ends after FAST_LAGS."""
    lags = np.arange(SLOW_LAGS)
    out: NDArray[np.float64] = np.array(decays)[:, None] ** lags
    out[0, FAST_LAGS:] = 0.0
    return out


def popularity(counts: NDArray[Any]) -> NDArray[np.float64]:
    """Shares by popularity, half a learner added to each so that none is 0."""
    smoothed = np.asarray(counts, float) + 0.5
    share: NDArray[np.float64] = smoothed / max(float(smoothed.sum()), 1.0)
    return share


def discount(counts: NDArray[Any]) -> NDArray[np.float64]:
    """What popularity takes off a score."""
    out: NDArray[np.float64] = np.maximum(np.asarray(counts, float), 1.0) ** POPULARITY_POWER
    return out


def columns(model: AffinityModel, module_ids: Sequence[str]) -> NDArray[np.intp]:
    """The model's row of each module, -1 where it does not know one; compute once a catalogue."""
    return np.fromiter((model.row.get(m, -1) for m in module_ids), np.intp, len(module_ids))


def next_shares(
    model: AffinityModel,
    taken: Sequence[str],
    columns: NDArray[np.intp],
    *,
    kin: Kin | None = None,
    belongs: Mapping[Group, float] | None = None,
) -> NDArray[np.float64]:
    """How likely each of today's modules is the one taken next, relative to the others.

    In the order of the raw scores and positive: the score where that is large, falling off as
    1 / |score| where it is negative, so that the logarithm stays moderate. Where there is a ranker its
    candidates share what it reaches by its odds, and the others share the rest. Modules not taken yet
    sum to 1. One taken already cannot be taken next; as what is open is likelier finished than
    what has not been begun, it gets the share of the likeliest of the others.

    Parameters
    ----------
    model : AffinityModel
    taken : sequence of str
        Modules in the order first taken, oldest first.
    columns : (M,) array of int
        From ``columns``: the model's row of each module, -1 for one it does not know, which counts
        as a module that few took.
    kin : Kin, optional
        From ``kin_of``: whom modules the model does not know borrow from.
    belongs : mapping of Group to float, optional
        The learner's role and segments: the less was taken, the more it counts what is popular there.

    Returns
    -------
    (M,) array
    """
    read = model.read(taken, belongs)
    score = read.raw[columns]
    if kin is not None:
        score[kin.new] = lend(kin, read.raw, read.mine)
    knee = TARGET_MASS / (2.0 * max(columns.size, 1))
    share: NDArray[np.float64] = score + np.sqrt(score * score + 4.0 * knee * knee)
    mine = np.zeros(len(model.module_ids) + 1, bool)
    mine[read.mine] = True
    gone = mine[columns]
    share[gone] = 0.0
    if model.ranker is not None and read.rows.size:
        share = _ranked(model.ranker, model, read, share, columns)
    total = float(share.sum())
    if total <= 0.0:
        return np.full(columns.size, 1.0 / max(columns.size, 1))
    share /= total
    share[gone] = share.max()
    return share


def _ranked(
    ranker: Ranker,
    model: AffinityModel,
    read: Reading,
    share: NDArray[np.float64],
    columns: NDArray[np.intp],
) -> NDArray[np.float64]:
    """The shares, those of the ranker's candidates by its odds."""
    rows, odds = ranker.odds(model, read)
    anew = np.full(len(model.module_ids) + 1, -1.0)
    anew[rows] = odds
    anew = anew[columns]
    among = anew >= 0.0
    others = float(share[~among].sum())
    rest = np.where(among, 0.0, share) * ((1.0 - ranker.reach) / others if others > 0.0 else 0.0)
    return np.where(among, ranker.reach * anew, rest)


def log_ratio(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """log(q M): by how much each share is over (or under) an even one; what ``chance`` asks for."""
    out: NDArray[np.float64] = np.log(shares * max(shares.size, 1))
    return out


def after(model: AffinityModel, taken: Sequence[str], column: int) -> Uptake | None:
    """The module taken that speaks most for the module in the model's row ``column``, if one does."""
    rows = model.recent(taken)
    if not rows.size or not 0 <= column < model.weights.shape[1]:
        return None
    lags = model._memory[:, : rows.size]
    said = (lags * model.weights[:, rows, column]).sum(0)
    best = int(said.argmax())
    if said[best] <= 0.0 or rows[best] == column:
        return None
    both = None if model.followers is None else int(model.followers[rows[best], column])
    return Uptake(model.module_ids[rows[best]], both)


@dataclass(frozen=True)
class FinishModel:
    """P(finish | shown) = logistic(intercept + slope log(q M)), q the share of ``next_shares``."""

    intercept: float = 0.0
    slope: float = 0.5


def chance(model: FinishModel, ratio: NDArray[Any] | float) -> NDArray[np.float64]:
    """Chance that a module shown is finished within 30 days.

    Parameters
    ----------
    model : FinishModel
    ratio : array
        From ``log_ratio``: 0 where nothing speaks for or against a module.

    Returns
    -------
    array of the same shape, in (0, 1)
    """
    logit = np.clip(model.intercept + model.slope * np.asarray(ratio, float), -30.0, 30.0)
    out: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-logit))
    return out

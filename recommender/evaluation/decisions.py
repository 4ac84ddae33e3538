"""The log of decisions as arrays: what each place earned, and how likely a target version was to fill it so.

The reward of a place is what finishing its module within 30 days of the decision was worth: the score
after it less the one before, on 0-100, where both were measured. Where they were not, the module's mean
of all measured, shrunk to that of all modules: never either version's own belief, by which it would be
its own judge. Where nothing was measured at all a finished module counts 1.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recommender.engine import Engine
from recommender.engine.choose import Eligible
from recommender.evaluation.off_policy import Log, module_means
from recommender.evidence import percent
from recommender.framework import Job
from recommender.state import LearnerState

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Event = Mapping[str, Any]

WITHIN = 30 * 86_400_000_000
"""Microseconds in which a decision shows what it was good for."""
PLACES = 5
"""Places of a list that count: as many as an answer holds unless more are asked for."""
STRENGTH = 5.0
"""Measured modules that the mean of all counts as, in a module's own mean."""


@dataclass(frozen=True)
class Worth:
    """What finishing a module is worth where it was not measured; ``unit`` of what."""

    by_module: Mapping[str, float]
    typical: float
    unit: str

    @classmethod
    def of(cls, interactions: pd.DataFrame) -> Worth:
        """Mean gains of finished modules with a score before and after."""
        frame = interactions[interactions["status"] == "completed"]
        frame = frame.dropna(subset=["pre_score", "post_score"])
        if not len(frame):
            return cls({}, 1.0, "modules finished")
        gain = percent(frame["post_score"] - frame["pre_score"], 0.0, frame["score_max"] - frame["score_min"])
        typical = float(gain.mean())
        grouped = gain.groupby(frame["module_id"].astype(str))
        mean = (grouped.sum() + STRENGTH * typical) / (grouped.count() + STRENGTH)
        return cls(mean.to_dict(), typical, "points")

    def earned(self, event: Event) -> float:
        """What one finished module earned."""
        if self.unit == "points" and event["pre_score"] is not None and event["post_score"] is not None:
            width = event["score_max"] - event["score_min"]
            return float(percent(event["post_score"] - event["pre_score"], 0.0, width))
        return self.of_module(str(event["module_id"]))

    def of_module(self, module_id: str) -> float:
        """What finishing a module is worth where it was not measured."""
        return self.by_module.get(module_id, self.typical)


@dataclass(frozen=True)
class Judged:
    """A log under a target version, with a reward model's guesses, and what had to be left out."""

    log: Log
    predicted: Array
    expected: Array
    unit: str
    immature: int
    unknown: int


def first_of_each_state(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """One decision a learner's state and version: the list stays until something happens."""
    kept: dict[tuple[str, str, int], Mapping[str, Any]] = {}
    for row in sorted(rows, key=lambda r: (r["decided_at"], r["learner_id"])):
        kept.setdefault((row["learner_id"], row["version"], row["seq"]), row)
    return list(kept.values())


class Judge:
    """Judges learner by learner; ``result`` lays what was found out as arrays.

    Parameters
    ----------
    target : Engine
        The version to be judged, over today's catalogue.
    worth : Worth
    until : int
        The end of what is known, microseconds: decisions less than 30 days older are left out.
    """

    def __init__(self, target: Engine, worth: Worth, until: int) -> None:
        self.target, self.worth, self.until = target, worth, until
        self._places: list[tuple[int, int, int, float, float, float]] = []
        self._odds: list[tuple[NDArray[np.intp], Array]] = []
        self._clusters: list[int] = []
        self._immature = self._unknown = self._learners = 0

    def add(self, job: Job, decisions: Sequence[Mapping[str, Any]], events: Sequence[Event]) -> None:
        """Take in a learner's decisions, and all events with the number (``seq``) at which each came."""
        cluster, self._learners = self._learners, self._learners + 1
        state: LearnerState | None = None
        for row in sorted(decisions, key=lambda r: r["seq"]):
            if row["decided_at"] + WITHIN > self.until:
                self._immature += 1
                continue
            state = self._at(state, events, row["seq"], job)
            self._decision(cluster, job.role, row, state, events)

    def _at(self, state: LearnerState | None, events: Sequence[Event], seq: int, job: Job) -> LearnerState:
        """The state that the target version would have had at a learner's number."""
        if state is not None:
            fresh = [e for e in events if state.seq < e["seq"] <= seq]
            moved = self.target.advance(state, fresh, seq)
            if moved is not None:
                return moved
        return self.target.replay([e for e in events if e["seq"] <= seq], seq, job)

    def _decision(
        self,
        cluster: int,
        role: str | None,
        row: Mapping[str, Any],
        state: LearnerState,
        events: Sequence[Event],
    ) -> None:
        """Take in one decision, down to the first module that today's catalogue does not know."""
        index = self.target.catalogue.module_index
        listed, logging = json.loads(row["modules"])[:PLACES], json.loads(row["propensities"])
        known = next((at for at, m in enumerate(listed) if m not in index), len(listed))
        if not known:
            self._unknown += 1
            return
        listed = listed[:known]
        odds = self.target.propensities(
            state,
            listed,
            role=role,
            day=dt.date.fromisoformat(row["day"]),
            eligible=Eligible(**json.loads(row["eligible"])),
        )
        decision = len(self._clusters)
        self._clusters.append(cluster)
        for at, (module, there) in enumerate(zip(listed, odds, strict=True)):
            share = float(there.shares[there.rows == index[module]][0])
            reward = self._reward(module, row["decided_at"], events)
            self._places.append((decision, at, index[module], float(logging[at]), share, reward))
            self._odds.append((there.rows, there.shares))

    def _reward(self, module: str, decided_at: int, events: Sequence[Event]) -> float:
        """What a module earned within 30 days of a decision."""
        for event in events:
            if event.get("status") == "completed" and event["module_id"] == module:
                late = event["occurred_at"] - decided_at
                return self.worth.earned(event) if 0 <= late <= WITHIN else 0.0
        return 0.0

    def result(self) -> Judged | None:
        """The whole log; None where no decision can be judged."""
        if not self._places:
            return None
        decision, at, module, logging, target, reward = (np.array(x) for x in zip(*self._places, strict=True))
        cluster = np.array(self._clusters, dtype=np.int64)
        shape = (len(cluster), PLACES)

        def laid_out(values: Array) -> Array:
            out = np.zeros(shape)
            out[decision, at] = values
            return out

        there = laid_out(np.ones(len(at))) > 0
        log = Log(laid_out(reward), laid_out(logging), laid_out(target), there, cluster)
        guess = module_means(module, reward, cluster[decision], len(self.target.catalogue.modules))
        fold = cluster[decision] % 2
        mean = [float(shares @ guess[f, rows]) for f, (rows, shares) in zip(fold, self._odds, strict=True)]
        return Judged(
            log, laid_out(guess[fold, module]), laid_out(np.array(mean)), self.worth.unit,
            self._immature, self._unknown,
        )  # fmt: skip

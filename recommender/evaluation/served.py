"""A world that was served: lists drawn with exploration, what learners made of them, and the log of it.

What a store would hold is made by the real engine: decisions with propensities, events with numbers.
What comes of a list is the world's: whoever finishes a module gains what it truly teaches. So it is known
what another version would have earned, and estimates from the log can be held against it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from recommender.engine import Engine, draw_key
from recommender.engine.hearing import events_by_learner
from recommender.engine.layout import lay_out
from recommender.engine.learn import fit_parts
from recommender.evaluation import peers
from recommender.evaluation.closed_loop import rows_of, run
from recommender.evaluation.decisions import PLACES, Event, Judge, Judged, Worth
from recommender.evaluation.off_policy import Estimate
from recommender.evaluation.peers import Flags
from recommender.evaluation.policy import DIFFERENCE, LOGGED, Reach, estimates, reach
from recommender.evaluation.worlds import Floats, Ints, World, frames
from recommender.evaluation.worlds.courses import QUIZ_NOISE
from recommender.framework import NO_JOB
from recommender.state import LearnerState, dump, load

SECRET = b"served world"
EVERY_DAYS = 45
"""From a learner's one list to the next: what came of the first is then settled."""
MOST_LISTS = 3
"""Lists a learner is shown at most; how many is chance."""
IN_TIME = 0.75
"""Share of modules that are finished soon enough to count."""
SOON, LATE = (1.0, 29.0), (31.0, 40.0)
"""Days until a module is finished in time, and too late."""
MEASURED = 0.8
"""Share of finished modules with a score before and after."""
FADE = 0.85
"""A module is finished so much less often a place further down."""
KEEN = (0.1, 0.7)
"""Between which the chances lie that somebody finishes a module in the first place."""


@dataclass(frozen=True)
class Known:
    """A log judged, and what the target's own lists earn on average, in states of this log."""

    judged: Judged
    instead: Floats


@dataclass(frozen=True)
class Checked:
    """What so many logs of one served world said, and the truth by estimator.

    ``estimates`` and ``reaches`` hold one entry a log; what a list of the target earns is the truth of
    every estimator but ``LOGGED``, whose own is what served.
    """

    estimates: list[dict[str, Estimate]]
    reaches: list[Reach]
    truth: dict[str, float]

    def holds(self, name: str, truth: float | None = None) -> Flags:
        """(logs,) whether an estimator's interval holds its truth, or another."""
        there = self.truth[name] if truth is None else truth
        return np.array([e[name].low <= there <= e[name].high for e in self.estimates])

    @property
    def tells(self) -> Flags:
        """(logs,) whether a log can tell."""
        return np.array([r.tells for r in self.reaches])


def check(served: Served, logs: int, learners: int) -> Checked:
    """Draw logs of so many learners, judge each, and put the truth beside."""
    known = [served.log(learners, seed) for seed in range(logs)]
    found = [estimates(k.judged) for k in known]
    truth = dict.fromkeys(found[0], float(np.concatenate([k.instead for k in known]).mean()))
    truth[LOGGED] = float(np.mean([e[LOGGED].value for e in found]))
    truth[DIFFERENCE] -= truth[LOGGED]
    return Checked(found, [reach(k.judged.log) for k in known], truth)


@dataclass(frozen=True)
class _Life:
    """A learner of a log; ``instead`` holds what the target's lists would have earned on average."""

    decisions: list[Mapping[str, Any]]
    events: list[Event]
    instead: list[_Hoped]


class _Hoped(NamedTuple):
    """What a list earns on average: points measured, and modules (with chances) finished unmeasured.

    An average over what is finished and over scores at every place, given what was finished above: the mean
    of many is that of rewards, with a fraction of the noise (Blackwell 1947).
    """

    points: float
    unmeasured: dict[str, float]

    def worth(self, worth: Worth) -> float:
        """In the reward's own measure."""
        return self.points + sum(p * worth.of_module(m) for m, p in self.unmeasured.items())


class Served:
    """The newest cohort of a world, served by one version and judged for a later one.

    The version that serves has seen one cohort take modules by chance, the later one all but the newest.
    """

    def __init__(self, world: World) -> None:
        self.world, self.cohort = world, int(world.cohort.max())
        noted = _Noted(world)
        run(world, noted)
        self.past = [row for taken in noted.diary for row in rows_of(taken)]
        first = [row for taken in noted.diary if taken.cohort == 0 for row in rows_of(taken)]
        evidence = world.evidence(happened=frames.interactions(first))
        earlier = fit_parts(evidence, None, world.seed)
        later = fit_parts(world.evidence(happened=frames.interactions(self.past)), earlier, world.seed)
        self.serving, self.target = (Engine(lay_out(p, evidence.catalogue)) for p in (earlier, later))
        ids = {frames.learner_id(i): i for i in world.members(self.cohort).tolist()}
        self.rated = {
            ids[who]: [{**event, "seq": n} for n, event in enumerate(events, 1)]
            for who, events in events_by_learner(evidence, set(ids))
        }
        self.begun = {
            who: tuple(dump(engine.replay(events, 0)) for engine in (self.serving, self.target))
            for who, events in self.rated.items()
        }
        rng = np.random.default_rng([world.seed, 1])
        low, high = KEEN
        liking = rng.random((world.learners, 1)) * rng.random((1, len(world.courses.anchor)))
        self.keen = low + (high - low) * np.sqrt(liking)

    def exploring(self, serving: float, target: float) -> Served:
        """The same with other temperatures of the two versions."""
        other = copy(self)
        other.serving, other.target = _heated(self.serving, serving), _heated(self.target, target)
        return other

    def log(self, learners: int, seed: int) -> Known:
        """Serve so many learners, drawn with replacement, and judge the log.

        Every second learner is also shown, in thought, what the target would have listed.
        """
        rng = np.random.default_rng([self.world.seed, 2, seed])
        whom = rng.choice(list(self.rated), learners).tolist()
        lives = [self._life(who, bool(n % 2), rng) for n, who in enumerate(whom)]
        new = [e for who, life in zip(whom, lives, strict=True) for e in life.events[len(self.rated[who]) :]]
        worth = Worth.of(frames.interactions(self.past + [dict(e) for e in new]))
        until = self.start + 2 * MOST_LISTS * EVERY_DAYS * frames.DAY
        judge = Judge(self.target, worth, until)
        for life in lives:
            judge.add(NO_JOB, life.decisions, life.events)
        judged = judge.result()
        assert judged is not None
        instead = [hoped.worth(worth) for life in lives for hoped in life.instead]
        return Known(judged, np.array(instead, dtype=np.float64))

    @property
    def start(self) -> int:
        """When the first lists are shown, microseconds since 1970."""
        return frames.START + (self.cohort * frames.COHORT_DAYS + 1) * frames.DAY

    def _life(self, who: int, in_thought: bool, rng: np.random.Generator) -> _Life:
        """One to three lists of a learner and what came of them."""
        life = _Life([], list(self.rated[who]), [])
        theta = self.world.people.theta[who].copy()
        served, other = (load(body, len(life.events)) for body in self.begun[who])
        for nth in range(int(rng.integers(1, MOST_LISTS + 1))):
            at = self.start + nth * EVERY_DAYS * frames.DAY
            day = dt.date(1970, 1, 1) + dt.timedelta(at // frames.DAY)
            key = draw_key(SECRET, int(rng.integers(2**62)))
            items, eligible = self.serving.draw(served, role=None, day=day, limit=PLACES, draw_key=key)
            listed = [item.module_id for item in items]
            life.decisions.append({
                "learner_id": str(who), "day": day.isoformat(), "version": "served", "seq": served.seq,
                "modules": json.dumps(listed), "eligible": json.dumps(eligible._asdict()), "decided_at": at,
                "propensities": json.dumps([item.propensity for item in items]),
            })  # fmt: skip
            if in_thought:
                wanted = self.target.recommend(other, role=None, day=day, limit=PLACES, draw_key=key + 1)
                *_, hoped = self._live(who, theta, [item.module_id for item in wanted], at, rng)
                life.instead.append(hoped)
            events, theta, _ = self._live(who, theta, listed, at, rng)
            new = [{**event, "seq": len(life.events) + n} for n, event in enumerate(events, 1)]
            life.events.extend(new)
            served = _advanced(self.serving, served, new, len(life.events))
            if in_thought:
                other = _advanced(self.target, other, new, len(life.events))
        return life

    def _live(
        self, who: int, theta: Floats, listed: Sequence[str], at: int, rng: np.random.Generator
    ) -> tuple[list[Event], Floats, _Hoped]:
        """From the top down a learner finishes some of a list in time, then some of the rest too late.

        Returns
        -------
        list of Event, (K,) array, _Hoped
            What happened, where that leads, and what the list earns on average.
        """
        courses, names = self.world.courses, self.target.catalogue.modules
        rows = [self.target.catalogue.module_index[m] for m in listed]
        chance = self.keen[who, rows] * FADE ** np.arange(len(rows))
        luck = rng.random(len(rows))
        soon, late = luck < IN_TIME * chance, (luck >= IN_TIME * chance) & (luck < chance)
        days = np.sort(rng.uniform(*SOON, len(rows)))
        events: list[Event] = []
        points, unmeasured = 0.0, dict[str, float]()
        for row, p, done, day in zip(rows, IN_TIME * chance, soon, days, strict=True):
            after = self._taught(who, theta, row)
            points += MEASURED * p * float(courses.weights[row] @ (after - theta))
            unmeasured[names[row].module_id] = (1.0 - MEASURED) * float(p)
            if done:
                events.append(self._finished(who, row, theta, after, at + int(day * frames.DAY), rng))
                theta = after
        for row, day in zip(np.array(rows)[late], np.sort(rng.uniform(*LATE, int(late.sum()))), strict=True):
            after = self._taught(who, theta, int(row))
            events.append(self._finished(who, int(row), theta, after, at + int(day * frames.DAY), rng))
            theta = after
        return events, theta, _Hoped(points, unmeasured)

    def _taught(self, who: int, theta: Floats, row: int) -> Floats:
        """Where a module truly leads a learner."""
        courses = self.world.courses
        gain = courses.gain(self.cohort, theta, self.world.people.segment[who], np.int64(row))
        return np.asarray(np.minimum(theta + gain * courses.luck[who, row], 100.0))

    def _finished(
        self, who: int, row: int, before: Floats, after: Floats, when: int, rng: np.random.Generator
    ) -> Event:
        """What the platform tells of a module."""
        looked = self.world.courses.weights[row]
        pre, post = (float(looked @ theta + QUIZ_NOISE * rng.normal()) for theta in (before, after))
        measured = rng.random() < MEASURED
        return {
            "type": "interaction", "id": f"{who}-{when}", "interaction_id": f"{who}-{when}",
            "learner_id": frames.learner_id(who), "occurred_at": when, "reason": None,
            "module_id": self.target.catalogue.modules[row].module_id, "status": "completed",
            "score_min": 0.0, "score_max": 100.0,
            "pre_score": pre if measured else None, "post_score": post if measured else None,
        }  # fmt: skip


class _Noted(peers.Chance):
    """Chance, and what happened before the newest cohort."""

    diary: Sequence[peers.Taken] = ()

    def begin(self, cohort: int, members: Ints, diary: Sequence[peers.Taken]) -> None:
        self.diary = diary


def _heated(engine: Engine, temperature: float) -> Engine:
    """A version that explores so much."""
    return replace(engine, layout=replace(engine.layout, temperature=temperature))


def _advanced(engine: Engine, state: LearnerState, new: Sequence[Event], seq: int) -> LearnerState:
    """A state moved on by what came last."""
    moved = engine.advance(state, new, seq)
    assert moved is not None
    return moved

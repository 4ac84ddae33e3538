"""The closed loop: cohorts of learners one after another, and what a policy truly teaches them.

Everybody takes so many modules, one a week; the world knows what each teaches. What is earned is told as a
share of what a greedy policy earns that knows every true gain, and of the ceiling
(``best_learner.BestLearner``). Whoever learns may do so before every round of modules.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from recommender.engine import Engine, draw_key
from recommender.engine.hearing import events_by_learner
from recommender.engine.layout import Parts, lay_out
from recommender.engine.learn import Switches, fit_parts, refit_gains
from recommender.evaluation import ceilings
from recommender.evaluation.peers import Flags, Policy, Taken
from recommender.evaluation.worlds import Floats, Ints, World, frames
from recommender.evaluation.worlds.courses import QUIZ_NOISE
from recommender.evidence import Evidence
from recommender.framework import Catalogue

SECRET = b"closed loop"
STEP_DAYS = 7


def moment(cohort: int, step: int) -> int:
    """When the ``step``-th module of a cohort is finished, in microseconds since 1970."""
    return frames.START + (cohort * frames.COHORT_DAYS + (step + 1) * STEP_DAYS) * frames.DAY


def run(world: World, policy: Policy, *, modules: int = 6, realised: list[float] | None = None) -> Floats:
    """(T,) true gain that a policy earns each cohort, a learner, in points summed over competencies.

    Parameters
    ----------
    world : World
    policy : Policy
    modules : int
        How many each learner takes.
    realised : list, optional
        Gets what each module truly gave its learner, luck included, in the order in which they were taken.
    """
    courses, segment = world.courses, world.people.segment
    theta, diary = world.people.theta.copy(), list[Taken]()
    done = np.zeros((world.learners, len(courses.anchor)), dtype=bool)
    earned = np.zeros(int(world.cohort.max()) + 1)
    for cohort in range(len(earned)):
        members = world.members(cohort)
        seats = _seats(world, len(members) * modules)
        policy.begin(cohort, members, tuple(diary))
        for step in range(modules):
            if step:
                policy.refit(tuple(diary))
            for who in members.tolist():
                open_now = _open(world, done[who], seats)
                if not open_now.any():  # every seat taken: this learner goes without
                    continue
                module = policy.pick(who, open_now)
                gain = courses.gain(cohort, theta[who], segment[who], np.int64(module))
                earned[cohort] += gain.sum() / len(members)
                weights, noise = courses.weights[module], courses.quiz[who, module]
                pre = weights @ theta[who] + noise[0]
                before = theta[who].sum()
                theta[who] = np.minimum(theta[who] + gain * courses.luck[who, module], 100.0)
                if realised is not None:
                    realised.append(float(theta[who].sum() - before))
                taken = Taken(who, module, cohort, step, float(pre), float(weights @ theta[who] + noise[1]))
                done[who, module] = True
                seats[module] -= 1
                diary.append(taken)
                policy.saw(taken)
    return earned


def _seats(world: World, places: int) -> Floats:
    """(M,) seats of each module in a cohort that takes so many places together."""
    even = places / len(world.courses.anchor)
    share = world.kind.seats
    return np.full(len(world.courses.anchor), np.inf if share is None else np.ceil(share * even))


def _open(world: World, done: Flags, seats: Floats) -> Flags:
    """What a learner may take now: not done, prerequisite done, a seat left."""
    before = world.courses.before
    return ~done & (seats > 0) & ((before < 0) | done[before])


class Oracle(Policy):
    """Greedy on every true gain."""

    name = "oracle"

    def __init__(self, world: World) -> None:
        self.world, self.theta, self.cohort = world, world.people.theta.copy(), 0

    def begin(self, cohort: int, members: Ints, diary: Sequence[Taken]) -> None:
        """Know the time."""
        self.cohort = cohort

    def pick(self, who: int, open_now: Flags) -> int:
        """The module that truly teaches most."""
        gain = self.world.courses.gain(self.cohort, self.theta[who], self.world.people.segment[who])
        return int(np.where(open_now, gain.sum(-1), -np.inf).argmax())

    def saw(self, taken: Taken) -> None:
        """Follow the truth."""
        who, module, courses = taken.who, np.int64(taken.module), self.world.courses
        here = self.theta[who]
        gain = courses.gain(taken.cohort, here, self.world.people.segment[who], module)
        self.theta[who] = np.minimum(here + gain * courses.luck[who, taken.module], 100.0)


class Knowing(Policy):
    """Every effect of every module is known, the learner only by the same evidence: what nobody can learn.

    A learner is a cloud of draws from the exact posterior (``ceilings.posterior``); it moves by the true
    gains and is weighed by the scores before and after each module (Gordon, Salmond & Smith 1993).
    """

    name = "all known"

    def __init__(self, world: World) -> None:
        self.world, self.cohort = world, 0
        self.rng = np.random.default_rng(world.seed)
        self.cloud: dict[int, tuple[Floats, Ints, Floats]] = {}

    def begin(self, cohort: int, members: Ints, diary: Sequence[Taken]) -> None:
        """Draw the cohort's clouds from the ratings of all who were rated by now."""
        world, known = self.world, int(members.max()) + 1
        found = ceilings.posterior(
            world.kind,
            world.ratings.among(known),
            ceilings.family(world.kind, world.people),
            known,
            world.seed,
        )
        self.cohort = cohort
        weight = np.full(len(found.draws), 1.0 / len(found.draws))
        self.cloud = {int(i): (found.draws[:, i], found.segments[:, i], weight) for i in members}

    def pick(self, who: int, open_now: Flags) -> int:
        """The module that teaches most on average over the cloud."""
        theta, segment, weight = self.cloud[who]
        value = weight @ self.world.courses.gain(self.cohort, theta, segment).sum(-1)
        return int(np.where(open_now, value, -np.inf).argmax())

    def saw(self, taken: Taken) -> None:
        """Move and weigh the cloud; the quizzes' offsets are known."""
        theta, segment, weight = self.cloud[taken.who]
        courses, module = self.world.courses, taken.module
        looked, offset = courses.weights[module], float(courses.quiz_offset[module])
        gain = courses.gain(taken.cohort, theta, segment, np.full(len(theta), module))
        luck = np.clip(self.rng.normal(1.0, courses.luck_sd, (len(theta), 1)), 0.0, 2.0)
        after = np.minimum(theta + luck * gain, 100.0)
        missed = (taken.pre - offset - theta @ looked) ** 2 + (taken.post - offset - after @ looked) ** 2
        weight = weight * np.exp(-0.5 * (missed - missed.min()) / QUIZ_NOISE**2)
        self.cloud[taken.who] = after, segment, weight / weight.sum()


class Ours(Policy):
    """The engine, choosing one module at a time from the learner's state.

    All of it is trained when a cohort's ratings are in, and its gains anew before every further round.

    Parameters
    ----------
    world : World
    explore : bool
        False takes the best by the mean.
    switches : Switches
        Rooms to leave out.
    know_raters : bool
        False hides who rated, so that no severity can be learnt.
    """

    def __init__(
        self,
        world: World,
        *,
        name: str = "ours",
        explore: bool = True,
        switches: Switches | None = None,
        know_raters: bool = True,
    ) -> None:
        self.name, self.world, self.explore, self.know_raters = name, world, explore, know_raters
        self.switches = switches or Switches()
        self.engine: Engine | None = None
        self.states: dict[int, Any] = {}
        self.told = list[tuple[float, float]]()
        """The 90 % interval of the gain of each module picked, in their order."""
        self.served: dict[tuple[int, ...], Engine] = {}
        self.cohort, self.step = 0, dict[int, int]()

    def begin(self, cohort: int, members: Ints, diary: Sequence[Taken]) -> None:
        """A cohort's ratings are in: refit on everything so far."""
        self.cohort, self.members = cohort, members
        evidence = self._evidence(diary)
        before = None if self.engine is None else self.engine.layout.parts
        self._serve(fit_parts(evidence, before, self.world.seed, switches=self.switches), evidence, diary)

    def refit(self, diary: Sequence[Taken]) -> None:
        """Learn gains anew after every round of modules; profiles and segments wait for the next cohort."""
        assert self.engine is not None
        evidence = self._evidence(diary)
        parts = refit_gains(self.engine.layout.parts, evidence, self.world.seed, self.switches)
        self._serve(parts, evidence, diary)

    def _evidence(self, diary: Sequence[Taken]) -> Evidence:
        happened = frames.interactions([row for taken in diary for row in rows_of(taken)])
        return self.world.evidence(cohorts=self.cohort + 1, happened=happened, know_raters=self.know_raters)

    def _serve(self, parts: Parts, evidence: Evidence, diary: Sequence[Taken]) -> None:
        """Put a version in service, and replay who is learning now."""
        self.engine, self.served = Engine(lay_out(parts, evidence.catalogue)), {}
        ids = {frames.learner_id(i): i for i in self.members.tolist()}
        known = events_by_learner(evidence, set(ids))
        self.states = {ids[who]: self.engine.replay(events, 0) for who, events in known}
        self.step = dict.fromkeys(self.states, 0)
        for taken in diary:
            if taken.cohort == self.cohort:
                self.step[taken.who] = taken.step + 1

    def pick(self, who: int, open_now: Flags) -> int:
        """The first place of the learner's list; modules that are full are off the catalogue."""
        engine, state = self._over(open_now, who), self.states[who]
        day = dt.date(1970, 1, 1) + dt.timedelta(moment(self.cohort, self.step[who]) // frames.DAY - 1)
        key = draw_key(SECRET, self.world.seed, who, self.step[who]) if self.explore else None
        items = engine.recommend(state, role=None, day=day, limit=1, draw_key=key)
        assert items[0].interval is not None
        self.told.append(items[0].interval)
        return engine.catalogue.module_index[items[0].module_id]

    def saw(self, taken: Taken) -> None:
        """Take the module into the state."""
        assert self.engine is not None
        events = [{**row, "type": "interaction", "id": row["interaction_id"]} for row in rows_of(taken)]
        moved = self.engine.advance(self.states[taken.who], events, taken.step + 1)
        assert moved is not None
        self.states[taken.who] = moved
        self.step[taken.who] = taken.step + 1

    def _over(self, open_now: Flags, who: int) -> Engine:
        """The engine over a catalogue without the modules that are full."""
        assert self.engine is not None
        if self.world.kind.seats is None:
            return self.engine
        modules = self.engine.layout.catalogue.modules
        known = self.states[who].modules
        before = self.world.courses.before
        full = tuple(
            j for j, m in enumerate(modules)
            if not open_now[j] and m.module_id not in known
            and (before[j] < 0 or modules[before[j]].module_id in known)
        )  # fmt: skip
        if full not in self.served:
            self.served[full] = self.engine.over(_without(self.engine.catalogue, full))
        return self.served[full]


def _without(catalogue: Catalogue, full: tuple[int, ...]) -> Catalogue:
    """The catalogue with some modules off offer."""
    return replace(
        catalogue,
        modules=tuple(replace(m, active=m.active and j not in full) for j, m in enumerate(catalogue.modules)),
    )


def rows_of(taken: Taken) -> list[dict[str, Any]]:
    """What the platform tells of a module: that it was recommended, and that it was finished."""
    about = {
        "learner_id": frames.learner_id(taken.who), "module_id": f"m{taken.module:02d}",
        "score_min": 0.0, "score_max": 100.0,
    }  # fmt: skip
    done = moment(taken.cohort, taken.step)
    name = f"i{taken.who:05d}-{taken.step}"
    return [
        about | {"interaction_id": name + "r", "status": "recommended", "pre_score": None, "post_score": None,
                 "occurred_at": done - frames.DAY},
        about | {"interaction_id": name + "s", "status": "completed", "pre_score": taken.pre,
                 "post_score": taken.post, "occurred_at": done},
    ]  # fmt: skip

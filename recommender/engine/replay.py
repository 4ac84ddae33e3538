"""How a learner's state moves: one step of evidence after another.

An event later than all others of its learner moves the state on; anything else (late, corrected,
withdrawn, or joining a form already taken in) replays the learner's evidence in order. Both ways end in
the same state.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.evidence import SOURCES, TAKEN, percent
from recommender.framework import NO_JOB, Job
from recommender.gains.serve import GainTable, transition
from recommender.profiles import blocks, occasions
from recommender.profiles import serve as profiles
from recommender.profiles.blocks import Event, Step
from recommender.profiles.occasions import Occasion
from recommender.profiles.serve import DAY, SOURCE_INDEX, Answered, Array, Posterior, ProfileModel
from recommender.state import LearnerState, ModuleStatus


@dataclass(frozen=True)
class Rules:
    """What a replay needs of a version: the profile model, and the gain model over a catalogue."""

    profile: ProfileModel
    gains: GainTable
    rows: Mapping[str, int]


class Finish(NamedTuple):
    """A module finished: its row, when, and the belief just before."""

    row: int
    at: int
    means: Array
    variances: Array
    share: Array


class Seen(NamedTuple):
    """An observation after some finished modules: n values, each linear in the points those moved."""

    reach: Array
    """(F, n, K) derivative by the points that each of the first F finished modules moves a competency."""
    residual: Array
    """(n,) of the value, under the gains of the replay."""
    spread: Array
    """(n, n) its covariance, were the gains certain."""


@dataclass
class Tap:
    """What the gain regression listens to while one learner's evidence is replayed.

    The state's mean is linear in the points that finished modules moved it by, and the filter damps them:
    each observation is then a row of a regression with known error covariance, so that all evidence after
    a module counts, not only its own post score (Rosenberg 1973, Annals of Economic and Social Measurement
    2:399: regression coefficients inside a Kalman filter).
    """

    lift: Array
    """(K,) points that modules have earned so far."""
    reach: Array
    """(F, S, K) derivative of the state's mean by the points of each finished module; the S coordinates are
    the profile's K and those of open occasions."""
    lifts: dict[str, Array] = field(default_factory=dict)
    """Points modules had earned before each form."""
    finished: list[Finish] = field(default_factory=list)
    measured: int = 0
    """How many of them something was measured after."""
    seen: list[Seen] = field(default_factory=list)
    quizzes: list[tuple[int, Array, Array]] = field(default_factory=list)
    """Of each pair of a module's own scores: row, surprises, their variances without quiz errors."""
    surprises: list[tuple[Array, Array]] = field(default_factory=list)
    """(residual (n,), predictive covariance (n, n)) of every observation."""
    answers: list[tuple[str, bool, float]] = field(default_factory=list)
    """Of every right or wrong answer: its id, which it was, and how likely it was to be that."""

    @classmethod
    def fresh(cls, competencies: int, size: int | None = None) -> Tap:
        """Nothing heard, by a state of so many coordinates (those of the profile, if not told)."""
        return cls(np.zeros(competencies), np.zeros((0, size or competencies, competencies)))

    def finish(self, row: int, before: Posterior, weights: Array, move: Array) -> Array:
        """A module was finished; returns the reach before it."""
        earlier, k = self.reach, len(weights)
        self.lift = self.lift + move
        self.finished.append(
            Finish(row, before.at, before.means, np.diag(before.covariance), profiles.weights(before))
        )
        fresh = np.zeros((1, *earlier.shape[1:]))
        fresh[0, :k] = np.diag(weights)
        self.reach = np.concatenate([earlier, fresh])
        return earlier

    def open(self) -> None:
        """An occasion was opened: its effect is a further coordinate of the state."""
        self.reach = np.pad(self.reach, ((0, 0), (0, 1), (0, 0)))

    def close(self, stay: NDArray[np.intp]) -> None:
        """Of the state's coordinates these stay."""
        self.reach = self.reach[:, stay]

    def answered(self, event_id: str, right: bool, looked: Array, found: Answered) -> None:
        """Take in a right or wrong answer, as the Gaussian observation that moves the belief as much."""
        self.answers.append((event_id, right, found.chance))
        self._took(
            looked[None] @ self.reach, np.array([found.residual]), np.array([[found.variance]]),
            found.gain[:, None],
        )  # fmt: skip

    def observed(self, reach: Array, residual: Array, spread: Array, gain: Array) -> None:
        """Take in one observation."""
        self.surprises.append((residual, spread))
        self._took(reach, residual, spread, gain)

    def _took(self, reach: Array, residual: Array, spread: Array, gain: Array) -> None:
        """A row of the regression; the filter's gain damps what was earned."""
        if len(reach):
            self.seen.append(Seen(reach, residual, spread))
            self.reach = self.reach - gain @ reach
        self.measured = len(self.reach)


def initial(model: ProfileModel, job: Job = NO_JOB) -> LearnerState:
    """The state of somebody with no evidence."""
    start = profiles.prior(model, job)
    return LearnerState(
        0, start.covariance, start.means, start.log_weights, 0,
        np.zeros((len(SOURCES), len(model.competencies)), dtype=np.int64),
    )  # fmt: skip


def belief(state: LearnerState) -> Posterior:
    """The posterior of the profile in a state."""
    return occasions.profile_of(whole(state), state.answers.shape[1])


def whole(state: LearnerState) -> Posterior:
    """The posterior of the profile and of what the open occasions share."""
    return Posterior(state.covariance, state.means, state.log_weights, state.at)


def replay(rules: Rules, events: Iterable[Event], seq: int, job: Job = NO_JOB) -> LearnerState:
    """The state that all of a learner's events lead to, whatever order they come in."""
    state = follow(rules, blocks.steps_of(events), job=job)
    state.seq = seq
    return state


def follow(
    rules: Rules, steps: Iterable[Step], tap: Tap | None = None, keep: Collection[Occasion] = (),
    job: Job = NO_JOB,
) -> LearnerState:  # fmt: skip
    """The state that steps lead to, in their order; ``tap`` listens, and occasions to ``keep`` stay open."""
    state = initial(rules.profile, job)
    for step in steps:
        take(rules, state, step, tap, keep)
    return state


def advance(rules: Rules, state: LearnerState, events: Iterable[Event], seq: int) -> LearnerState | None:
    """Move a state on by new events in place; None where they do not all come after it: replay."""
    steps = blocks.steps_of(events)
    if any(
        step.order <= state.last or (step.form and blocks.mark_of(step.form) in state.forms) for step in steps
    ):
        return None
    for step in steps:
        take(rules, state, step)
    state.seq = seq
    return state


def take(
    rules: Rules, state: LearnerState, step: Step, tap: Tap | None = None, keep: Collection[Occasion] = ()
) -> None:
    """Take one step of evidence into a state."""
    if state.occasions:
        _close(state, step.order[0] // DAY, tap, keep)
    if step.order[0] > state.last[0]:
        # What only a moment holds together cannot be joined any more without a replay.
        state.forms = {mark for mark in state.forms if not mark.startswith("t")}
    if step.form:
        after = _take_form(rules.profile, state, step, tap)
        state.forms.add(blocks.mark_of(step.form))
    else:
        after = _take_interaction(rules, state, step.events[0], tap)
    state.covariance, state.means, state.log_weights, state.at = after
    state.last = step.order


def _close(state: LearnerState, day: int, tap: Tap | None, keep: Collection[Occasion]) -> None:
    """Forget the effects of other days' occasions, but for those to keep."""
    stay = occasions.left_open(state.answers.shape[1], state.occasions, day, keep)
    state.covariance, state.means, _, _ = occasions.narrowed(whole(state), stay)
    state.occasions = tuple(one for one in state.occasions if one[0] == day or one in keep)
    if tap is not None:
        tap.close(stay)


def _at(
    model: ProfileModel, state: LearnerState, before: Posterior, source: int, tap: Tap | None
) -> tuple[Posterior, int | None]:
    """The belief with the occasion of a source open, and the coordinate of its effect; None: it has none."""
    if not model.occasion[source]:
        return before, None
    one = occasions.occasion_of(before.at, source)
    if one not in state.occasions:
        state.occasions = (*state.occasions, one)
        before = occasions.opened(model, before, source)
        if tap is not None:
            tap.open()
    return before, state.answers.shape[1] + state.occasions.index(one)


def _now(model: ProfileModel, state: LearnerState, at: int) -> Posterior:
    """The belief at the moment of something that tells; what tells nothing does not move the clock."""
    return profiles.widen(model, whole(state), at)


def _take_form(model: ProfileModel, state: LearnerState, step: Step, tap: Tap | None) -> Posterior:
    if tap is not None:
        tap.lifts[step.form] = tap.lift.copy()
    known = [e for e in step.events if e["competency_id"] in model.looks_at]
    if not known:
        return whole(state)
    before = _now(model, state, step.order[0])
    for event in known:
        _count(model, state, event)
    block = blocks.block_of(model, known)
    if block is not None:
        before, shared = _at(model, state, before, block.source, tap)
        looked = occasions.widened(block.looked, len(before.covariance), shared)
        update = profiles.observe(before, looked, block.value, block.noise)
        if tap is not None:
            mean, covariance = profiles.moments(before)
            tap.observed(
                looked @ tap.reach, block.value - looked @ mean,
                looked @ covariance @ looked.T + block.noise, update.gain,
            )  # fmt: skip
        before = update.posterior
    for event in known:
        if blocks.is_answer(event):
            before = _take_answer(model, state, before, event, tap)
    return before


def _take_answer(
    model: ProfileModel, state: LearnerState, before: Posterior, event: Event, tap: Tap | None
) -> Posterior:
    competency = event["competency_id"]
    looked = model.looks_at[competency]
    hard = model.difficulty_of(blocks.item_of(event), looked, warm=competency == state.answered)
    right = blocks.is_right(event)
    looked = occasions.widened(looked, len(before.covariance))
    found = profiles.answer(model, before, looked, hard, right=right)
    state.answered = competency
    if tap is not None:
        tap.answered(event["id"], right, looked, found)
    return found.posterior


def _count(model: ProfileModel, state: LearnerState, event: Event) -> None:
    """Count an answer and its rater, for every leaf it looks at."""
    source = SOURCE_INDEX[blocks.source_of(event)]
    for k in np.flatnonzero(model.looks_at[event["competency_id"]]).tolist():
        state.answers[source, k] += 1
        if event["type"] == "feedback":
            state.raters.setdefault((source, k), set()).add(blocks.rater_mark(event))


def _take_interaction(rules: Rules, state: LearnerState, event: Event, tap: Tap | None) -> Posterior:
    module, status = event["module_id"], event["status"]
    now = state.modules.get(module)
    if status in TAKEN and module not in state.taken:
        state.taken.append(module)
    done = now is not None and now.status == "completed"
    had = now.scored if now else (False, False)
    row = rules.rows.get(module)
    teaches = row is not None and bool(rules.gains.known[row])
    given = [
        name for name, known in zip(QUIZZES, had, strict=True)
        if teaches and event.get(name) is not None and not known and _side(name, status, done)
    ]  # fmt: skip
    scored = (had[0] or QUIZZES[0] in given, had[1] or QUIZZES[1] in given)
    if now is not None and (done or status in ("recommended", "viewed")):
        state.modules[module] = ModuleStatus(now.status, now.at, now.reason, scored)
    else:
        state.modules[module] = ModuleStatus(status, event["occurred_at"], event.get("reason"), scored)
    finished = status == "completed" and not done
    if row is None or not teaches or not (finished or given):
        return whole(state)
    before = _now(rules.profile, state, event["occurred_at"])
    after, earlier = (before, None) if not finished else _finish(rules, before, row, tap)
    return _quiz(rules, before, after, row, event, given, earlier, tap) if given else after


QUIZZES = ("pre_score", "post_score")


def _side(name: str, status: str, done: bool) -> bool:
    """Whether a module's own score tells of its side: before until it is done, after once it is."""
    return not done if name == QUIZZES[0] else done or status == "completed"


def _finish(rules: Rules, before: Posterior, row: int, tap: Tap | None) -> tuple[Posterior, Array | None]:
    """A finished module moves the belief; also the tap's reach before it."""
    profile = occasions.profile_of(before, len(rules.profile.competencies))
    by, variance = transition(rules.gains, row, profile)
    earlier = None
    if tap is not None:
        earlier = tap.finish(row, profile, rules.gains.weights[row], profiles.weights(before) @ by)
    return profiles.shift(before, by, variance), earlier


def _quiz(
    rules: Rules, before: Posterior, after: Posterior, row: int, event: Event, given: list[str],
    earlier: Array | None, tap: Tap | None,
) -> Posterior:  # fmt: skip
    """A module's own scores, taken in together.

    Pre and post observe the profile on either side of the move and share the error of the module's
    own test; their difference is never added as well.
    """
    tab, model = rules.gains, rules.gains.model
    share = profiles.weights(before)
    weight = occasions.widened(tab.weights[row] / tab.weights[row].sum(), len(before.covariance))
    own = int(tab.columns[row])
    offset = float(model.quiz_offset[own]) if own >= 0 else 0.0
    value = np.array([percent(event[n], event["score_min"], event["score_max"]) for n in given])
    sides = [before if n == QUIZZES[0] else after for n in given]
    plain = np.full((len(given), len(given)), weight @ before.covariance @ weight)
    plain[np.diag_indices(len(given))] = [weight @ side.covariance @ weight for side in sides]
    spread = plain + model.quiz_bias + model.quiz_noise * np.eye(len(given))
    cross = np.stack([side.covariance @ weight for side in sides], axis=1)
    surprise = value - offset - np.stack([side.means @ weight for side in sides], axis=1)
    update = profiles.condition(after, cross, spread, surprise)
    if tap is not None:
        reach = np.zeros((len(tap.reach), len(given), tap.reach.shape[2]))
        for i, name in enumerate(given):
            side = earlier if name == QUIZZES[0] and earlier is not None else tap.reach
            reach[: len(side), i] = weight @ side
        mean = share @ surprise
        between = ((surprise - mean) * share[:, None]).T @ (surprise - mean)
        tap.quizzes.append((own, mean + offset, np.diag(plain + between)))
        tap.observed(reach, mean, spread + between, update.gain)
    return update.posterior

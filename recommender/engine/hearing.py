"""Learners whose evidence teaches gains, and its replay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.engine.replay import QUIZZES, Rules, Tap, initial, take
from recommender.evidence import EVENTS, TABLES, Evidence
from recommender.framework import NO_JOB, Catalogue, Job
from recommender.gains.serve import GainModel, table
from recommender.profiles.blocks import Step, steps_of
from recommender.profiles.serve import ProfileModel
from recommender.state import LearnerState

SAMPLE = 200
"""Learners by whom drift, spread and level match are chosen."""
MOST_AT_ONCE = 500
"""Learners whose rows are turned into events together: bounds memory."""
LEARNERS_HEARD = 6000
"""Learners whose replay teaches gains, where more finished modules."""


def events_by_learner(
    evidence: Evidence, learners: set[str] | None = None
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Each learner's events, as the store gives them, from the frames."""
    frames: list[tuple[str, str, pd.DataFrame, dict[Any, Any]]] = []
    for kind, name in EVENTS.items():
        frame: pd.DataFrame = getattr(evidence, name)
        if learners is not None:
            frame = frame[frame["learner_id"].isin(learners)]
        places = frame.groupby("learner_id", sort=False).indices if len(frame) else {}
        frames.append((kind, TABLES[name].key[0], frame, places))
    known = sorted({str(key) for _, _, _, places in frames for key in places})
    for start in range(0, len(known), MOST_AT_ONCE):
        some = known[start : start + MOST_AT_ONCE]
        events: dict[str, list[dict[str, Any]]] = {who: [] for who in some}
        for kind, key, frame, places in frames:
            at = [places[who] for who in some if who in places]
            part = frame.iloc[np.concatenate(at)] if at else frame.iloc[:0]
            rows: list[Any] = part.astype(object).where(part.notna(), None).to_dict("records")
            for row in rows:
                events[row["learner_id"]].append({**row, "type": kind, "id": row[key]})
        yield from events.items()


def jobs_of(evidence: Evidence) -> dict[str, Job]:
    """Where learners work and as what; those of whom nothing is told are left out."""
    told = evidence.learners.reindex(columns=["learner_id", *Job._fields]).astype(object)
    told = told.where(told.notna(), None).set_index("learner_id")
    told = told[told.notna().any(axis=1)]
    return {str(who): Job(*row) for who, row in zip(told.index, told.to_numpy(), strict=True)}


@dataclass(frozen=True)
class Heard:
    """Learners whose replay can teach something: their evidence by id, and that of a sample of them."""

    steps: dict[str, list[Step]]
    jobs: dict[str, Job]
    sample: tuple[str, ...]
    now: int
    """The last moment of all evidence, in microseconds since 1970."""


def hear(evidence: Evidence, seed: int) -> Heard:
    """Learners who finished something and were measured; and some who were measured, whatever they did."""
    frame = evidence.interactions
    finished = _ids(frame[frame["status"] == "completed"])
    measured = np.union1d(_ids(evidence.assessments), _ids(evidence.feedback))
    scored = _ids(frame[frame["post_score"].notna()])
    rng = np.random.default_rng(seed)
    taught = rng.permutation(np.intersect1d(finished, np.union1d(measured, scored)))[:LEARNERS_HEARD]
    drawn = rng.permutation(np.union1d(measured, taught))[:SAMPLE]
    wanted = set(taught) | set(drawn)
    found = {who: steps_of(events) for who, events in events_by_learner(evidence, wanted)}
    steps = {str(who): found[str(who)] for who in (*taught, *drawn)}  # in the order of the draw
    times = [int(f["occurred_at"].max()) for f in (evidence.assessments, evidence.feedback, frame) if len(f)]
    return Heard(steps, jobs_of(evidence), tuple(str(who) for who in drawn), max(times, default=0))


def _ids(frame: pd.DataFrame) -> NDArray[np.object_]:
    """Distinct learners of a frame, sorted."""
    return np.asarray(np.unique(frame["learner_id"].astype(str).to_numpy(dtype=object)), dtype=object)


@dataclass(frozen=True)
class Rehearsal:
    """Learners' evidence under one profile model, replayed as often as gains are tried.

    What comes before a learner's first module does not depend on gains: it is replayed once.
    """

    profile: ProfileModel
    catalogue: Catalogue
    starts: dict[str, tuple[LearnerState, list[Step]]]

    @classmethod
    def of(cls, profile: ProfileModel, catalogue: Catalogue, gains: GainModel, heard: Heard) -> Rehearsal:
        """Bring every learner to the first module."""
        starts = {}
        rules = rules_of(profile, gains, catalogue)
        for learner, steps in heard.steps.items():
            first = next((i for i, step in enumerate(steps) if _teaches(step)), len(steps))
            state = initial(profile, heard.jobs.get(learner, NO_JOB))
            for step in steps[:first]:
                take(rules, state, step)
            starts[learner] = state, steps[first:]
        return cls(profile, catalogue, starts)

    def replay(self, gains: GainModel, learners: tuple[str, ...] | None = None) -> Iterator[tuple[str, Tap]]:
        """Everybody's tap, or that of some learners, under a gain model."""
        rules = rules_of(self.profile, gains, self.catalogue)
        for learner in self.starts if learners is None else learners:
            start, steps = self.starts[learner]
            state = _copy(start)
            tap = Tap.fresh(len(self.profile.competencies), len(state.covariance))
            for step in steps:
                take(rules, state, step, tap)
            yield learner, tap


def _teaches(step: Step) -> bool:
    """Whether a step may look at gains: a module finished, or its own score."""
    event = step.events[0]
    return not step.form and (
        event["status"] == "completed" or any(event.get(name) is not None for name in QUIZZES)
    )


def _copy(state: LearnerState) -> LearnerState:
    """A state that can be moved on without the first noticing."""
    return replace(
        state,
        answers=state.answers.copy(),
        forms=set(state.forms),
        modules=dict(state.modules),
        taken=list(state.taken),
        raters={key: set(raters) for key, raters in state.raters.items()},
    )


def rules_of(profile: ProfileModel, gains: GainModel, catalogue: Catalogue) -> Rules:
    """The rules by which evidence is replayed."""
    return Rules(profile, table(gains, catalogue, profile.competencies), catalogue.module_index)

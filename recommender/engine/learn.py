"""Fit a version: profiles and gains in turns, then what people take up.

Later evidence holds what modules earned, and gains are learnt from states that hold the profiles: the
mixture is fitted, evidence is replayed, beta is learnt from the replay, and once more with what modules
had earned taken off the evidence after them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from recommender.affinity.fit import fit_affinity
from recommender.engine.layout import Parts
from recommender.engine.replay import Rules, Tap, replay
from recommender.evidence import EVENTS, Evidence
from recommender.framework import Catalogue
from recommender.gains.fit import GainRegression, Sums, gain_model, quiz_errors
from recommender.gains.serve import GainModel, bare, table
from recommender.profiles.cells import Cells, cells_of
from recommender.profiles.fit import ProfileMixture
from recommender.profiles.serve import DAY, Array, ProfileModel

Progress = Callable[[str, float], None]
ROUNDS = 2
"""Turns between profiles and gains; a third moves nothing that is printed."""
DRIFTS = (0.0, 0.25 / 365, 0.5 / 365, 1.0 / 365, 2.0 / 365)
"""Candidates for the share of the covariance that a profile widens by in a day."""
CLEAR_DRIFT = 3.0
"""Log-likelihood by which a drift must beat none."""
DRIFT_SAMPLE = 300
MONTH = 30 * DAY
LEARNERS_HEARD = 6000
"""Learners whose replay teaches gains, where more finished modules."""
IDS = {"assessment": "assessment_id", "feedback": "feedback_id", "interaction": "interaction_id"}


def events_by_learner(
    evidence: Evidence, learners: set[str] | None = None
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Each learner's events, as the store gives them, from the frames."""
    frames: list[tuple[str, str, dict[Any, pd.DataFrame]]] = []
    for kind, name in EVENTS.items():
        frame: pd.DataFrame = getattr(evidence, name)
        if learners is not None:
            frame = frame[frame["learner_id"].isin(learners)]
        frame = frame.astype(object).where(frame.notna(), None)
        groups = dict(iter(frame.groupby("learner_id", sort=False))) if len(frame) else {}
        frames.append((kind, IDS[kind], groups))
    for learner in sorted({str(key) for _, _, groups in frames for key in groups}):
        events: list[dict[str, Any]] = []
        for kind, key, groups in frames:
            if learner in groups:
                rows: list[Any] = groups[learner].to_dict("records")
                events += [{**row, "type": kind, "id": row[key]} for row in rows]
        yield learner, events


def fit_parts(
    evidence: Evidence, previous: Parts | None = None, seed: int = 0, progress: Progress | None = None
) -> Parts:
    """Fit all models to evidence.

    Parameters
    ----------
    evidence : Evidence
    previous : Parts, optional
        The version before; segments keep their ids.
    seed : int
    progress : function of (str, float), optional
        Told what is being done and the share done.
    """
    tell = progress or (lambda _what, _share: None)
    tell("affinity", 0.0)
    affinity, finish = fit_affinity(evidence, seed=seed)
    tell("profiles", 0.3)
    names = {c.competency_id: (c.name("en"), c.name("zh")) for c in evidence.catalogue.competencies}
    cells = cells_of(evidence)
    before = previous.profile if previous else None
    profile = ProfileMixture(seed=seed).fit(cells, names, previous=before).model_
    events = dict(events_by_learner(evidence, _heard(evidence, seed)))
    modules = _measured_modules(evidence)
    gains = bare(tuple(s.segment_id for s in profile.segments), modules)
    for turn in range(ROUNDS):
        tell("gains", 0.5 + 0.2 * turn)
        if turn:
            lift = lifts(cells, profile, gains, evidence.catalogue, events)
            profile = ProfileMixture(seed=seed).fit(cells, names, lift=lift, previous=profile).model_
            gains = _reshaped(gains, tuple(s.segment_id for s in profile.segments))
        gains = learn_gains(profile, gains, evidence.catalogue, events)
    tell("drift", 0.9)
    profile = replace(profile, drift=choose_drift(profile, gains, evidence.catalogue, events, seed))
    tell("done", 1.0)
    return Parts(profile, gains, affinity, finish, evidence.catalogue)


def _heard(evidence: Evidence, seed: int) -> set[str]:
    """Learners whose replay can teach anything: those who finished something, a sample where many."""
    frame = evidence.interactions
    finished = frame.loc[frame["status"] == "completed", "learner_id"].astype(str).unique()
    measured = (
        pd.concat([evidence.assessments["learner_id"], evidence.feedback["learner_id"]]).astype(str).unique()
    )
    scored = frame.loc[frame["post_score"].notna(), "learner_id"].astype(str).unique()
    heard = np.intersect1d(finished, np.union1d(measured, scored))
    heard = np.union1d(heard, measured[:DRIFT_SAMPLE])
    return set(np.random.default_rng(seed).permutation(heard)[:LEARNERS_HEARD])


def _measured_modules(evidence: Evidence) -> tuple[str, ...]:
    """Modules that get a coefficient of their own: those somebody finished, that train a competency."""
    frame = evidence.interactions
    finished = set(frame.loc[frame["status"] == "completed", "module_id"].astype(str))
    return tuple(
        m.module_id for m in evidence.catalogue.modules if m.module_id in finished and m.competencies
    )


def _reshaped(gains: GainModel, segments: tuple[str, ...]) -> GainModel:
    """The same model where the segments stayed; a fresh one where they changed."""
    return gains if gains.segments == segments else replace(bare(segments, gains.modules),
        quiz_offset=gains.quiz_offset, quiz_bias=gains.quiz_bias, quiz_noise=gains.quiz_noise)  # fmt: skip


def _rules(profile: ProfileModel, gains: GainModel, catalogue: Catalogue) -> Rules:
    return Rules(profile, table(gains, catalogue, profile.competencies), catalogue.module_index)


def _tap(profile: ProfileModel) -> Tap:
    k = len(profile.competencies)
    return Tap(np.zeros((k, 0)), lift=np.zeros(k))


def learn_gains(
    profile: ProfileModel, gains: GainModel, catalogue: Catalogue, events: dict[str, list[dict[str, Any]]]
) -> GainModel:
    """One pass over learners' evidence, one regression."""
    rules = _rules(profile, gains, catalogue)
    sums = Sums.empty(len(gains.beta))
    finished, quizzes = [], []
    for rows in events.values():
        tap = _tap(profile)
        replay(rules, rows, 0, tap)
        sums.add(tap.rows, gains.beta)
        quizzes += tap.quizzes
        finished += [
            (int(rules.gains.columns[row]), share, at, pull) for row, share, at, pull in tap.finished
        ]
    regression = GainRegression().fit(sums, len(gains.segments), len(gains.modules))
    return gain_model(
        regression, gains.modules, gains.segments, finished, quiz_errors(quizzes, len(gains.modules))
    )


def lifts(
    cells: Cells, profile: ProfileModel, gains: GainModel, catalogue: Catalogue,
    events: dict[str, list[dict[str, Any]]],
) -> Array:  # fmt: skip
    """(n,) points that modules had earned before each cell, in what the cell looks at."""
    rules = _rules(profile, gains, catalogue)
    by_form = np.zeros((len(cells.form_learner), len(profile.competencies)))
    where = {name: i for i, name in enumerate(cells.form_names)}
    for learner, rows in events.items():
        tap = _tap(profile)
        replay(rules, rows, 0, tap)
        for form, lift in tap.lifts.items():
            at = where.get(f"{learner}\x1f{form}")
            if at is not None:
                by_form[at] = lift
    return np.asarray(np.einsum("nk,nk->n", by_form[cells.form], cells.patterns[cells.pattern]))


def choose_drift(
    profile: ProfileModel, gains: GainModel, catalogue: Catalogue, events: dict[str, list[dict[str, Any]]],
    seed: int,
) -> float:  # fmt: skip
    """How fast a belief goes stale, from learners measured on several dates; 0 where the data have none."""
    several = [
        rows for rows in events.values()
        if (times := [e["occurred_at"] for e in rows if e["type"] != "interaction"])
        and max(times) - min(times) > MONTH
    ]  # fmt: skip
    if not several:
        return 0.0
    chosen = np.random.default_rng(seed).permutation(len(several))[:DRIFT_SAMPLE]
    score = {}
    for drift in DRIFTS:
        rules = _rules(replace(profile, drift=drift), gains, catalogue)
        total = 0.0
        for i in chosen:
            tap = _tap(profile)
            replay(rules, several[i], 0, tap)
            for residual, spread in tap.surprises:
                _, size = np.linalg.slogdet(spread)
                total -= 0.5 * float(size + residual @ np.linalg.solve(spread, residual))
        score[drift] = total
    best = max(DRIFTS, key=lambda d: score[d])
    return best if score[best] - score[0.0] > CLEAR_DRIFT else 0.0

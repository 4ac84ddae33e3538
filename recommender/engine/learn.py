"""Fit a version: profiles and gains in turns, then what people take up.

Later evidence holds what modules earned, and gains are learnt from states that hold the profiles: the
mixture is fitted, evidence is replayed, beta is learnt from the replay, and once more with what modules
had earned taken off the evidence after them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.affinity.finish import carried_on
from recommender.affinity.fit import fit_affinity, group_uptake
from recommender.engine.layout import Parts
from recommender.engine.replay import Rules, Tap, follow
from recommender.evidence import EVENTS, TABLES, Evidence
from recommender.framework import Catalogue
from recommender.gains.fit import GainRegression, Sums, gain_model, quiz_errors
from recommender.gains.serve import GainModel, bare, table
from recommender.profiles.blocks import Step, steps_of
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
SPREADS = tuple(x**2 for x in (0.1, 0.25, 0.4, 0.6, 0.9))
"""Candidates for the variance of learners' own gains, in squared units."""
SAMPLE = 200
"""Learners by whom drift and spread are chosen."""
DAYS_APART = 30.0
LEARNERS_HEARD = 6000
"""Learners whose replay teaches gains, where more finished modules."""


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
        frames.append((kind, TABLES[name].key[0], groups))
    for learner in sorted({str(key) for _, _, groups in frames for key in groups}):
        events: list[dict[str, Any]] = []
        for kind, key, groups in frames:
            if learner in groups:
                rows: list[Any] = groups[learner].to_dict("records")
                events += [{**row, "type": kind, "id": row[key]} for row in rows]
        yield learner, events


@dataclass(frozen=True)
class Switches:
    """Rooms that a fit may leave out, so that it can be measured what each earns (docs/worlds.md)."""

    segments: bool = True
    """False: everybody is of one kind."""
    segment_gains: bool = True
    """False: a method suits all segments alike."""


EVERYTHING = Switches()


def fit_parts(
    evidence: Evidence,
    previous: Parts | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    switches: Switches = EVERYTHING,
    first_segment: int = 1,
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
    switches : Switches, optional
        Rooms to leave out.
    first_segment : int
        No segment gets a new number below this.
    """
    tell = progress or (lambda _what, _share: None)
    tell("affinity", 0.0)
    affinity, finish = fit_affinity(evidence, seed=seed)
    tell("profiles", 0.3)
    names = {c.competency_id: (c.name("en"), c.name("zh")) for c in evidence.catalogue.competencies}
    cells = cells_of(evidence)
    before = previous.profile if previous else None
    mixture = ProfileMixture(seed=seed) if switches.segments else ProfileMixture(max_segments=1, seed=seed)
    profile = mixture.fit(cells, names, previous=before, first_segment=first_segment).model_
    heard = hear(evidence, seed)
    modules = _measured_modules(evidence)
    gains = bare(tuple(s.segment_id for s in profile.segments), modules)
    for turn in range(ROUNDS if modules else 1):
        tell("gains", 0.5 + 0.2 * turn)
        if turn:
            lift = lifts(cells, profile, gains, evidence.catalogue, heard)
            profile = mixture.fit(cells, names, lift=lift, previous=profile).model_
            gains = _reshaped(gains, tuple(s.segment_id for s in profile.segments))
        gains = learn_gains(profile, gains, evidence.catalogue, heard, switches)
        if not turn:
            gains = choose_spread(profile, gains, evidence.catalogue, heard)
    tell("drift", 0.9)
    profile = replace(profile, drift=choose_drift(profile, gains, evidence.catalogue, heard))
    tell("fitted", 1.0)
    named = tuple(s.segment_id for s in profile.segments)
    affinity = replace(
        affinity, groups=group_uptake(affinity, evidence, cells.learners, named, mixture.membership_)
    )
    carry_on = carried_on(evidence.interactions)
    return Parts(profile, gains, affinity, finish, carry_on, evidence.catalogue)


@dataclass(frozen=True)
class Heard:
    """Learners whose replay can teach something: their evidence by id, and that of a sample of them."""

    steps: dict[str, list[Step]]
    sample: list[list[Step]]


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
    steps = {who: steps_of(events) for who, events in events_by_learner(evidence, wanted)}
    return Heard(steps, [steps[str(who)] for who in drawn])


def _ids(frame: pd.DataFrame) -> NDArray[np.object_]:
    """Distinct learners of a frame, sorted."""
    return np.asarray(np.unique(frame["learner_id"].astype(str).to_numpy(dtype=object)), dtype=object)


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
    profile: ProfileModel,
    gains: GainModel,
    catalogue: Catalogue,
    heard: Heard,
    switches: Switches = EVERYTHING,
) -> GainModel:
    """One pass over learners' evidence, one regression."""
    rules = _rules(profile, gains, catalogue)
    sums = Sums.empty(len(gains.beta))
    finished, quizzes = [], []
    for steps in heard.steps.values():
        tap = _tap(profile)
        follow(rules, steps, tap)
        sums.add(tap.rows, gains.beta)
        quizzes += tap.quizzes
        finished += [
            (int(rules.gains.columns[row]), share, at, pull) for row, share, at, pull in tap.finished
        ]
    held = () if switches.segment_gains else ("segment",)
    regression = GainRegression(held=held).fit(sums, len(gains.segments), len(gains.modules))
    return gain_model(regression, gains, finished, quiz_errors(quizzes, len(gains.modules)))


def lifts(cells: Cells, profile: ProfileModel, gains: GainModel, catalogue: Catalogue, heard: Heard) -> Array:
    """(n,) points that modules had earned before each cell, in what the cell looks at."""
    rules = _rules(profile, gains, catalogue)
    by_form = np.zeros((len(cells.form_learner), len(profile.competencies)))
    where = {name: i for i, name in enumerate(cells.form_names)}
    for learner, steps in heard.steps.items():
        tap = _tap(profile)
        follow(rules, steps, tap)
        for form, lift in tap.lifts.items():
            at = where.get(f"{learner}\x1f{form}")
            if at is not None:
                by_form[at] = lift
    return np.asarray(np.einsum("nk,nk->n", by_form[cells.form], cells.patterns[cells.pattern]))


def likeliest(
    candidates: Sequence[float],
    rules_of: Callable[[float], Rules],
    several: Sequence[list[Step]],
    least: float = 0.0,
) -> float:
    """The candidate under which learners' evidence is best foretold, each observation from those before.

    Candidates are tried in order for as long as the log-likelihood rises; the first one is left only for
    a rise of more than ``least``.
    """
    tried: list[float] = []
    for candidate in candidates:
        tried.append(_log_likelihood(rules_of(candidate), several))
        if len(tried) > 1 and tried[-1] <= tried[-2]:
            break
    best = int(np.argmax(tried))
    return candidates[best if tried[best] - tried[0] > least else 0]


def _log_likelihood(rules: Rules, several: Sequence[list[Step]]) -> float:
    """Of every observation of these learners, each given the ones before it; a constant is left out."""
    total = 0.0
    for steps in several:
        tap = _tap(rules.profile)
        follow(rules, steps, tap)
        for residual, spread in tap.surprises:
            _, size = np.linalg.slogdet(spread)
            total -= 0.5 * float(size + residual @ np.linalg.solve(spread, residual))
        total += sum(float(np.log(chance)) for _, _, chance in tap.answers)
    return total


def choose_drift(profile: ProfileModel, gains: GainModel, catalogue: Catalogue, heard: Heard) -> float:
    """How fast a belief goes stale, from learners measured on several dates; 0 where the data have none."""
    several = [steps for steps in heard.sample if _days_apart(steps) > DAYS_APART]
    return likeliest(
        DRIFTS, lambda d: _rules(replace(profile, drift=d), gains, catalogue), several, CLEAR_DRIFT
    )


def choose_spread(profile: ProfileModel, gains: GainModel, catalogue: Catalogue, heard: Heard) -> GainModel:
    """How much learners differ in what one module gives them, by what was measured afterwards."""
    finished = [
        steps for steps in heard.sample if any(s.events[0].get("status") == "completed" for s in steps)
    ]
    if not finished:
        return gains
    best = likeliest(SPREADS, lambda s: _rules(profile, replace(gains, spread=s), catalogue), finished)
    return replace(gains, spread=best)


def _days_apart(steps: list[Step]) -> float:
    times = [step.order[0] for step in steps if step.form]
    return (max(times) - min(times)) / DAY if times else 0.0

"""What a version foretells of held-out measurements: ratings and scores, gains, and their intervals.

The version's parameters know nothing of the held-out part; a learner's state takes it in step by step,
each measurement foretold from those before it, as it is in service.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recommender.engine import Engine
from recommender.engine.hearing import events_by_learner, jobs_of
from recommender.engine.replay import Rules, Tap, initial, take
from recommender.evaluation import metrics
from recommender.evaluation.comparison import paired
from recommender.evaluation.rows import IN_NINETY, OURS, TO_BE, Row, absent, against
from recommender.evaluation.splits import Split
from recommender.evidence import EVENTS, SOURCES
from recommender.framework import NO_JOB, looks_at
from recommender.profiles.blocks import Step, is_answer, score_of, source_of, steps_of
from recommender.profiles.cells import cells_of
from recommender.profiles.marks import reach

Array = NDArray[np.float64]

MOST = 2_000
"""Learners judged at most."""
RAW, SOURCE = "raw mean", "mean by source"


@dataclass
class Foretold:
    """Held-out measurements with what was foretold of them; one list entry each.

    ``errors`` of ratings and scores by model, ``spread`` the version's standard deviation, ``cell`` how far
    below and above it what was marked reaches; ``gain`` and
    ``observed`` of modules with a score before and after, ``post_error`` and ``post_spread`` of the score
    after, given the one before.
    """

    learner: list[str] = field(default_factory=list)
    errors: dict[str, list[float]] = field(default_factory=lambda: {OURS: [], RAW: [], SOURCE: []})
    spread: list[float] = field(default_factory=list)
    cell: list[tuple[float, float]] = field(default_factory=list)
    gain: list[float] = field(default_factory=list)
    observed: list[float] = field(default_factory=list)
    post_error: list[float] = field(default_factory=list)
    post_spread: list[float] = field(default_factory=list)


def foretelling(engine: Engine, split: Split, seed: int = 0) -> list[Row]:
    """Rows on profiles, gains and intervals."""
    found = foretell(engine, split, seed)
    return [*_profiles(found), *_gains(found), *_intervals(found)]


def foretell(engine: Engine, split: Split, seed: int = 0) -> Foretold:
    """Walk through the held-out part of up to ``MOST`` learners."""
    met = {str(x) for name in EVENTS.values() for x in getattr(split.after, name)["learner_id"].unique()}
    chosen = set(np.random.default_rng(seed).permutation(sorted(met))[:MOST])
    earlier = dict(events_by_learner(split.before, chosen))
    means, jobs = Means.of(split), jobs_of(split.before)
    out = Foretold()
    for learner, events in events_by_learner(split.after, chosen):
        own = Own(means)
        rules = engine.layout.rules
        state = initial(rules.profile, jobs.get(learner, NO_JOB))
        new = {(e["type"], e["id"]) for e in events}
        for step in steps_of([*earlier.get(learner, []), *events]):
            held_out = all((e["type"], e["id"]) in new for e in step.events)
            tap = Tap.fresh(len(rules.profile.competencies), len(state.covariance))
            take(rules, state, step, tap)
            if held_out and tap.surprises:
                residual, covariance = tap.surprises[-1]
                if step.form:
                    _note_ratings(out, learner, _rated(rules, step), residual, covariance, own)
                elif len(residual) == 2:
                    _note_gain(out, step, residual, covariance)
            own.add(_rated(rules, step))
    return out


Rated = list[tuple[str, str, float, tuple[float, float]]]
"""(competency, source, value, its cell) of every rating or score of a form."""


def _rated(rules: Rules, step: Step) -> Rated:
    """What a form says, in the order in which a state takes it in; right or wrong answers are none."""
    if not step.form:
        return []
    known = (e for e in step.events if e["competency_id"] in rules.profile.looks_at and not is_answer(e))
    return [(e["competency_id"], source_of(e), score_of(e), reach(e, rules.profile.edges)) for e in known]


def _note_ratings(
    out: Foretold, learner: str, rated: Rated, residual: Array, covariance: Array, own: Own
) -> None:
    deviation = np.sqrt(np.diag(covariance))
    for (competency, source, value, cell), error, sd in zip(rated, residual, deviation, strict=True):
        out.learner.append(learner)
        out.errors[OURS].append(float(error))
        out.errors[RAW].append(value - own.mean(competency))
        out.errors[SOURCE].append(value - own.everybody.by_source(source, competency))
        out.spread.append(float(sd))
        out.cell.append(cell)


def _note_gain(out: Foretold, step: Step, residual: Array, covariance: Array) -> None:
    """A module finished with a score before and after: E[after - before], and after given before."""
    event = step.events[0]
    width = event["score_max"] - event["score_min"]
    observed = 100.0 * (event["post_score"] - event["pre_score"]) / width
    slope = covariance[1, 0] / covariance[0, 0]
    out.observed.append(observed)
    out.gain.append(observed - float(residual[1] - residual[0]))
    out.post_error.append(float(residual[1] - slope * residual[0]))
    out.post_spread.append(float(np.sqrt(covariance[1, 1] - slope * covariance[0, 1])))


@dataclass(frozen=True)
class Means:
    """Mean ratings and scores in the part a version may see: by source and competency, and overall."""

    cells: dict[tuple[str, str], float]
    competency: dict[str, float]
    overall: float

    @classmethod
    def of(cls, split: Split) -> Means:
        """The means of the part before."""
        cells = cells_of(split.before)
        names = list(looks_at(cells.tree, cells.competencies))
        total: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for form, pattern, count, value in zip(
            cells.form, cells.pattern, cells.count, cells.value, strict=True
        ):
            entry = total[SOURCES[cells.form_source[form]], names[pattern]]
            entry[0] += count
            entry[1] += count * value
        by_competency: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for (_, competency), (n, s) in total.items():
            by_competency[competency][0] += n
            by_competency[competency][1] += s
        n = float(cells.count.sum())
        return cls(
            {key: s / m for key, (m, s) in total.items()},
            {key: s / m for key, (m, s) in by_competency.items()},
            float(cells.count @ cells.value) / n if n else 50.0,
        )

    def by_source(self, source: str, competency: str) -> float:
        """The source's mean in a competency; the competency's where the source never spoke of it."""
        return self.cells.get((source, competency), self.competency.get(competency, self.overall))


class Own:
    """One learner's raw means so far; the competency's where there is nothing yet."""

    def __init__(self, everybody: Means) -> None:
        self.everybody = everybody
        self._values: dict[str, list[float]] = defaultdict(list)

    def add(self, rated: Rated) -> None:
        """Take in what a form said."""
        for competency, _, value, _ in rated:
            self._values[competency].append(value)

    def mean(self, competency: str) -> float:
        """The mean of what was said of the competency."""
        if competency in self._values:
            return float(np.mean(self._values[competency]))
        return self.everybody.competency.get(competency, self.everybody.overall)


def _profiles(found: Foretold) -> list[Row]:
    if not found.learner:
        return [absent("profiles", "RMSE", "no rating or score lies in the held-out part")]
    names, where = np.unique(found.learner, return_inverse=True)
    n = np.bincount(where)
    by_learner = {name: np.sqrt(np.bincount(where, np.square(e)) / n) for name, e in found.errors.items()}
    out = []
    for name, errors in found.errors.items():
        value = metrics.rmse(errors)
        residual = np.bincount(where, np.square(errors) - value**2)
        error = float(np.sqrt((residual**2).sum())) / len(errors) / (2 * value) if value else 0.0
        note = "in points of 0-100" if name == OURS else against(paired(by_learner[OURS], by_learner[name]))
        out.append(Row("profiles", "RMSE", name, value, error, len(names), note=note))
    return out


def _gains(found: Foretold) -> list[Row]:
    if not found.gain:
        why = "no module finished in the held-out part has a score before and one after"
        return [absent("gains", "calibration", why)]
    bins = metrics.calibration(found.gain, found.observed)
    n, unit = len(found.gain), "modules"
    out = [
        Row(
            "gains",
            "calibration error",
            OURS,
            metrics.calibration_error(bins),
            n=n,
            unit=unit,
            note="in points of 0-100",
        ),
        Row("gains", "calibration error", "the mean gain", _flat(found.observed, bins), n=n, unit=unit),
    ]
    for i, b in enumerate(bins, 1):
        note = f"predicted {b.predicted:.1f}"
        out.append(Row("gains", f"observed, group {i}", OURS, b.observed, b.error, b.n, unit, note))
    return out


def _flat(observed: list[float], bins: list[metrics.Bin]) -> float:
    """The calibration error of foretelling the mean for everybody, over the same groups."""
    mean = float(np.mean(observed))
    return metrics.calibration_error(b._replace(predicted=mean) for b in bins)


def _intervals(found: Foretold) -> list[Row]:
    out = []
    exact = [(0.0, 0.0)] * len(found.post_error)
    for measure, errors, spread, cells, unit in (
        ("score after a module in its 90 %", found.post_error, found.post_spread, exact, "modules"),
        (IN_NINETY, found.errors[OURS], found.spread, found.cell, "ratings"),
    ):
        if not errors:
            out.append(absent("intervals", measure, "nothing of the kind lies in the held-out part"))
            continue
        share, error = metrics.marks_coverage(errors, spread, cells)
        out.append(Row("intervals", measure, OURS, share, error, len(errors), unit, TO_BE))
    return out

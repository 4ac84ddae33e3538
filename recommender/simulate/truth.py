"""What is really so, in a folder of its own that no importer ever sees."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from recommender.framework import METHODS
from recommender.simulate.courses import Courses, finish, gain
from recommender.simulate.measuring import Eyes
from recommender.simulate.people import People
from recommender.simulate.results import INDICATORS, RAMP, begins
from recommender.simulate.settings import Floats, Ints, Settings, Span
from recommender.simulate.tables import Labels
from recommender.simulate.training import Progress
from recommender.simulate.writing import picked, write

MOST_PAIRS = 2_000_000
"""Gains are told for every learner up to this many (learner, module) pairs, else for the first learners."""
BIG = 200_000
"""From this many rows on a table of truth is written as Parquet."""


def write_truth(
    folder: Path,
    settings: Settings,
    people: People,
    courses: Courses,
    eyes: Eyes,
    labels: Labels,
    spans: list[Span],
    means: Floats,
    course_of_year: tuple[Floats, Progress],
) -> None:
    """Profiles before and after, segments, raters, gains, chances and effects.

    ``course_of_year`` holds the (N, K) profiles of the first day and everybody's last state.
    """
    before, state = course_of_year
    n, k = before.shape
    write(
        folder,
        "learners",
        {
            "learner_id": people.ids,
            "segment": state.segment,
            "self_inflation": np.round(eyes.vanity, 3),
            "silent": people.silent.astype(np.int64),
        },
    )
    write(
        folder,
        "profiles",
        {
            "learner_id": picked(people.ids, np.repeat(np.arange(n), k)),
            "competency_id": picked(courses.leaves, np.tile(np.arange(k), n)),
            "before": np.round(before.ravel(), 3),
            "after": np.round(state.theta.ravel(), 3),
        },
        parquet=n * k > BIG,
    )
    write(folder, "raters", {"rater_id": labels.raters, "severity": np.round(eyes.severity, 3)})
    _gains(folder, people, courses, before, state)
    (folder / "truth.json").write_text(
        json.dumps(_parameters(settings, people, courses, spans, means), ensure_ascii=False, indent=1) + "\n",
        encoding="utf-8",
    )


def _gains(folder: Path, people: People, courses: Courses, before: Floats, state: Progress) -> None:
    """Every module for every learner: its gain on the first day and on the last, and the chance to finish."""
    m = len(courses.ids)
    n = min(len(people), max(MOST_PAIRS // max(m, 1), 1))
    who, module = np.repeat(np.arange(n), m), np.tile(np.arange(m), n)
    segment = state.segment[who]
    chance = finish(courses, state.theta[who], segment, state.keen[who], module)
    write(
        folder,
        "gains",
        {
            "learner_id": picked(people.ids, who),
            "module_id": picked(courses.ids, module),
            "gain_before": np.round(_points(courses, before, segment, who, module), 3),
            "gain_after": np.round(_points(courses, state.theta, segment, who, module), 3),
            "chance": np.round(chance.prod(axis=1), 4),
        },
        parquet=n * m > BIG,
    )


def _points(courses: Courses, theta: Floats, segment: Ints, who: Ints, module: Ints) -> Floats:
    """True gain of each pair, summed over competencies; in pieces, to bound memory."""
    out = np.empty(len(who))
    for i in range(0, len(who), BIG):
        part = slice(i, i + BIG)
        out[part] = gain(courses, theta[who[part]], segment[part], module[part]).sum(axis=1)
    return out


def _parameters(
    settings: Settings, people: People, courses: Courses, spans: list[Span], means: Floats
) -> dict[str, object]:
    """What one would have to know to make the world again."""
    ids = people.department_ids
    only = courses.only_for
    return {
        "settings": asdict(settings) | {"until": settings.until.isoformat()},
        "competencies": list(courses.leaves),
        "segment_means": means.round(3).tolist(),
        "walls": [[ids[s], ids[c]] for s, c in np.argwhere(people.walls)],
        "useless_module": None if courses.useless is None else str(courses.ids[courses.useless]),
        "module_for_one_segment": None if only is None else [str(courses.ids[only[0]]), only[1]],
        "departments_begin": dict(zip(ids, begins(people, spans), strict=True)),
        "effects": {i.metric: i.effect for i in INDICATORS},
        "months_to_full_effect": RAMP,
        "method_by_segment": {x: courses.style[:, j].round(3).tolist() for j, x in enumerate(METHODS)},
        "strength": dict(zip(courses.ids.tolist(), courses.strength.round(3).tolist(), strict=True)),
    }

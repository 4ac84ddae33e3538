"""What modules truly do: whom they teach how much, who takes them up and who finishes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.framework import LEVEL_ANCHORS, METHODS, Catalogue
from recommender.simulate.settings import Flags, Floats, Ints, Settings

STRENGTH = {
    "role_play": 19.0,
    "simulation": 19.0,
    "workshop": 17.0,
    "coaching": 16.0,
    "case_study": 14.0,
    "group_discussion": 14.0,
    "e_learning": 12.0,
    "seminar": 10.0,
}
"""Points a two-hour module of a method teaches at its best, summed over its competencies."""
JUST_ABOVE, TOO_HARD, TOO_EASY, FLOOR = 6.0, 26.0, 34.0, 0.12
"""A module teaches most this far above the learner, and least this far up or down from there."""
POPULAR = 2.4
"""Appeal of the two modules with a story, so that a small organisation has enough people who took them."""
ONLY_THERE = 1.6


@dataclass(frozen=True, slots=True)
class Courses:
    """The catalogue as arrays (M modules, K competencies, C segments) with its hidden truth.

    ``weights`` (M, K) sum to 1 where a module trains anything. ``applies`` (C, M) is 0 where a module
    does nothing for a segment. ``style`` (C, methods) multiplies, ``taste`` (C, M) and ``near`` (M, M)
    move what people take up. ``before`` holds (module, prerequisite) pairs.
    """

    ids: NDArray[np.str_]
    leaves: tuple[str, ...]
    weights: Floats
    level: Ints
    anchor: Floats
    method: Ints
    minutes: Floats
    before: list[tuple[int, int]]
    active: Flags
    strength: Floats
    style: Floats
    applies: Floats
    appeal: Floats
    taste: Floats
    near: Floats
    useless: int | None
    only_for: tuple[int, int] | None
    level_match: bool


def courses(settings: Settings, catalogue: Catalogue, means: Floats) -> Courses:
    """The hidden truth of a catalogue; ``means`` (C, K) are those of the segments."""
    rng = settings.stream("courses")
    modules = catalogue.modules
    m, c = len(modules), settings.segments
    weights = catalogue.weights()
    total = weights.sum(axis=1, keepdims=True)
    weights = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
    level = np.array([x.level or 2 for x in modules], dtype=np.int64)
    known = [METHODS.index(x.method) if x.method in METHODS else -1 for x in modules]
    method = np.where(np.array(known) < 0, rng.integers(0, len(METHODS), m), known).astype(np.int64)
    minutes = catalogue.minutes
    base = np.array([STRENGTH[METHODS[x]] for x in method])
    length = np.clip(minutes / 120.0, 0.2, 3.0) ** 0.25
    index = catalogue.module_index
    before = [(j, index[p]) for j, x in enumerate(modules) for p in x.prerequisites if p in index]
    appeal = 0.8 * rng.standard_normal(m)
    strength = base * length * rng.lognormal(0.0, 0.2, m)
    anchor = np.array([LEVEL_ANCHORS[int(x)] for x in level])
    needs = anchor - JUST_ABOVE - means @ weights.T
    useless, only_for, applies = _story(rng, level, before, needs)
    for j in [useless] if only_for is None else [useless, only_for[0]]:
        if j is not None:
            appeal[j] = POPULAR
    if useless is not None:
        strength[useless] = 0.0
    return Courses(
        ids=np.array([x.module_id for x in modules]),
        leaves=catalogue.leaves,
        weights=weights,
        level=level,
        anchor=anchor,
        method=method,
        minutes=minutes,
        before=before,
        active=np.array([x.active for x in modules]),
        strength=strength,
        style=np.clip(rng.normal(1.0, 0.2, (c, len(METHODS))), 0.5, 1.5),
        applies=applies,
        appeal=appeal,
        taste=0.5 * rng.standard_normal((c, m)),
        near=_near(weights, level, before),
        useless=useless,
        only_for=only_for,
        level_match=settings.level_match,
    )


def _story(
    rng: np.random.Generator, level: Ints, before: list[tuple[int, int]], needs: Floats
) -> tuple[int | None, tuple[int, int] | None, Floats]:
    """One module that teaches nobody anything, and one only the segment whose level it meets.

    ``needs`` (C, M) is how far a segment's mean lies below where a module teaches most.
    """
    c, m = needs.shape
    applies = np.ones((c, m))
    with_prerequisite = {j for j, _ in before}
    open_ones = [j for j in range(m) if j not in with_prerequisite and level[j] <= 2]
    if m < 4 or len(open_ones) < 2:
        return None, None, applies
    useless, only = (int(j) for j in rng.choice(open_ones, 2, replace=False))
    if c < 2:
        return useless, None, applies
    segment = int(np.abs(needs[:, only]).argmin())
    applies[:, only] = 0.0
    applies[segment, only] = ONLY_THERE
    return useless, (only, segment), applies


def _near(weights: Floats, level: Ints, before: list[tuple[int, int]]) -> Floats:
    """(M, M) pull from the module taken last to the next: same theme, one level up, what it opens."""
    alike = weights @ weights.T
    up = (level[None, :] - level[:, None] == 1).astype(float)
    near: Floats = 1.2 * alike + 0.8 * alike * up
    for j, p in before:
        near[p, j] += 2.0
    return near


def gain(courses: Courses, theta: Floats, segment: Ints, module: Ints) -> Floats:
    """(n, K) points that module ``module[i]`` truly teaches learner i, before any luck.

    Parameters
    ----------
    theta : (n, K)
        True profiles on the 0-100 scale.
    segment, module : (n,)
        Their segments and the modules taken.
    """
    match = np.ones_like(theta)
    if courses.level_match:
        away = courses.anchor[module][:, None] - theta - JUST_ABOVE
        share = np.clip(np.where(away > 0, away / TOO_HARD, -away / TOO_EASY), 0.0, 1.0)
        match = FLOOR + (1.0 - FLOOR) * 0.5 * (1.0 + np.cos(np.pi * share))
    scale = (
        courses.strength[module]
        * courses.style[segment, courses.method[module]]
        * courses.applies[segment, module]
    )
    return np.minimum(scale[:, None] * courses.weights[module] * match, 100.0 - theta)


def finish(courses: Courses, theta: Floats, segment: Ints, keen: Floats, module: Ints) -> Floats:
    """(n, 3) true chances: to view what is shown, to enrol having viewed, to finish having enrolled."""
    wish = courses.appeal[module] + courses.taste[segment, module] + keen
    reach = np.einsum("nk,nk->n", courses.weights[module], theta)
    strain = np.abs(courses.anchor[module] - reach) / 30.0
    view = _chance(0.3 + 0.5 * wish)
    enrol = _chance(0.4 + 0.5 * wish)
    done = _chance(2.2 + 0.7 * keen - 0.9 * strain - courses.minutes[module] / 400.0)
    return np.stack([view, enrol, done], axis=1)


def _chance(x: Floats) -> Floats:
    """A number as a probability; not the logistic the models use."""
    return 0.5 + 0.5 * x / np.sqrt(1.0 + x * x)

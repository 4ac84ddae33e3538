"""Modules and what they truly teach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.evaluation.worlds.kinds import Kind
from recommender.evaluation.worlds.people import Floats, Ints
from recommender.framework import LEVEL_ANCHORS, METHODS, Catalogue, Competency, Module

JUST_ABOVE = 8.0
"""A module teaches most who stands this far below its level."""
TOO_HARD, TOO_EASY = 14.0, 22.0
FLOOR = 0.05
"""Share of its effect that a module keeps where its level is far off."""
STRENGTH = 4.0
KINDNESS, OWN = 0.2, 0.2
"""Logarithmic standard deviations of what a method, and a module, teach beside the strength."""
SUITS, SUITS_WITHIN = 0.2, (0.5, 1.5)
"""Standard deviation of how a method suits a segment around 1, and its limits."""
LUCK = 0.25
QUIZ_NOISE, QUIZ_OFFSET = 4.0, 5.0
MINUTES = (60.0, 120.0, 240.0)


@dataclass(frozen=True)
class Courses:
    """The truth about M modules.

    ``weights`` (M, K) sum to 1; ``anchor`` (M,) is the level in points; ``strength`` (T, M) the points
    taught at the best level in each cohort; ``style`` (C, M) how it suits a segment; ``luck`` (N, M) a
    learner's own factor around 1; ``before`` (M,) the module to do first, -1 for none; ``quiz`` (N, M, 2)
    errors of the scores before and after, ``quiz_offset`` (M,) what they have in common.
    """

    catalogue: Catalogue
    weights: Floats
    anchor: Floats
    strength: Floats
    style: Floats
    luck: Floats
    before: Ints
    quiz: Floats
    quiz_offset: Floats
    level_match: bool
    luck_sd: float = LUCK

    def gain(
        self, cohort: int, theta: Floats, segment: Ints, module: Ints | np.int64 | None = None
    ) -> Floats:
        """(..., K) points that a module teaches on average, or (..., M, K) of every module.

        Parameters
        ----------
        cohort : int
        theta : (..., K) array
        segment : (...) array
        module : (...) array, optional
        """
        which = np.arange(len(self.anchor)) if module is None else module
        if module is None:
            theta, segment = theta[..., None, :], segment[..., None]
        scale = self.strength[cohort, which] * self.style[segment, which]
        share = self.match(self.anchor[which][..., None] - theta) if self.level_match else 0.6
        return np.asarray(np.minimum(scale[..., None] * self.weights[which] * share, 100.0 - theta))

    @staticmethod
    def match(above: Floats) -> Floats:
        """Share of its effect that a module has so far above the learner: a lopsided peak."""
        away = above - JUST_ABOVE
        width = np.where(away > 0, TOO_HARD, TOO_EASY)
        return np.asarray(FLOOR + (1 - FLOOR) / (1 + (away / width) ** 2) ** 2)


def courses(kind: Kind, rng: np.random.Generator, shape: tuple[int, int, int], cohorts: int) -> Courses:
    """Draw M modules for N learners and K competencies; ``shape`` is (N, M, K)."""
    n, m, k = shape
    main = np.arange(m) % k
    side = (main + 1 + rng.integers(k - 1, size=m)) % k
    weights = np.zeros((m, k))
    weights[np.arange(m), main] = 1.0
    two = rng.random(m) < 0.5
    weights[two, main[two]], weights[two, side[two]] = 0.7, 0.3
    level = 1 + (np.arange(m) // k) % 3
    method = rng.integers(len(METHODS), size=m)
    fit = np.clip(rng.normal(1.0, SUITS, (kind.segments, len(METHODS))), *SUITS_WITHIN)
    kindness = rng.normal(0.0, KINDNESS, len(METHODS))
    first = np.exp(kindness[method] + rng.normal(0.0, OWN, m))
    walk = np.cumsum(rng.normal(0.0, 1.0, (cohorts, m)), axis=0)
    minutes = rng.choice(MINUTES, m)
    first = first * usual(minutes)
    before = _before(kind, rng, main, level)
    offset = QUIZ_OFFSET * rng.standard_normal(m)
    return Courses(
        _catalogue(k, weights, level, method, minutes, before),
        weights,
        np.array([LEVEL_ANCHORS[int(x)] for x in level]),
        first * np.exp(kind.wander * (walk - walk[0])),
        fit[:, method],
        np.clip(rng.normal(1.0, LUCK, (n, m)), 0.0, 2.0),
        before,
        offset[:, None] + QUIZ_NOISE * rng.standard_normal((n, m, 2)),
        offset,
        kind.level_match,
    )


def usual(minutes: Floats) -> Floats:
    """Points that a module of so many minutes teaches at the best level, were all else as usual."""
    return np.asarray(STRENGTH * (minutes / 120.0) ** 0.3)


def _before(kind: Kind, rng: np.random.Generator, main: Ints, level: Ints) -> Ints:
    """Some modules ask for one of the level below in the same competency."""
    before = np.full(len(main), -1)
    for j in np.flatnonzero((level > 1) & (rng.random(len(main)) < 1.5 * kind.prerequisites)):
        lower = np.flatnonzero((main == main[j]) & (level == level[j] - 1))
        if len(lower):
            before[j] = rng.choice(lower)
    return before


def _catalogue(
    k: int, weights: Floats, level: Ints, method: Ints, minutes: Floats, before: Ints
) -> Catalogue:
    """What the engine is told of the modules: everything but what they teach."""
    return Catalogue(
        tuple(Competency(f"c{i}", f"Skill {i + 1}", f"能力{i + 1}") for i in range(k)),
        tuple(
            Module(
                f"m{j:02d}",
                f"Module {j:02d}",
                competencies=tuple((f"c{i}", float(w)) for i, w in enumerate(weights[j]) if w),
                level=int(level[j]),
                method=METHODS[method[j]],
                minutes=float(minutes[j]),
                prerequisites=(f"m{before[j]:02d}",) if before[j] >= 0 else (),
            )
            for j in range(len(weights))
        ),
    )

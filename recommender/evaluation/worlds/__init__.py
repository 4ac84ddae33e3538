"""Organisations with a known truth, in memory, by which the models are judged.

They share no formula with the models and import none of them.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recommender.evaluation.worlds import frames
from recommender.evaluation.worlds.courses import Courses, courses
from recommender.evaluation.worlds.kinds import BASE, KINDS, Kind
from recommender.evaluation.worlds.people import Floats, Ints, People, people
from recommender.evaluation.worlds.ratings import Ratings, ratings
from recommender.evidence import Evidence

LEARNERS, COMPETENCIES, MODULES, COHORTS = 360, 7, 40, 3


@dataclass(frozen=True)
class World:
    """One organisation: the truth, and what can be seen of it.

    Learners stand in the order of their cohorts; ``cohort`` (N,) is in which they learn.
    """

    kind: Kind
    seed: int
    people: People
    ratings: Ratings
    courses: Courses
    cohort: Ints

    @property
    def learners(self) -> int:
        """How many there are."""
        return len(self.cohort)

    def members(self, cohort: int) -> Ints:
        """Learners of a cohort."""
        return np.flatnonzero(self.cohort == cohort)

    def evidence(
        self,
        *,
        cohorts: int | None = None,
        happened: pd.DataFrame | None = None,
        know_raters: bool = True,
    ) -> Evidence:
        """What is known once so many cohorts were rated (all, if not told) and so much had happened."""
        known = self.learners if cohorts is None else int((self.cohort < cohorts).sum())
        rated = frames.feedback(self.ratings.among(known), self.cohort, know_raters=know_raters)
        past = frames.interactions([]) if happened is None else happened
        return frames.evidence(self.courses.catalogue, rated, past)


def make(
    kind: Kind,
    seed: int,
    *,
    learners: int = LEARNERS,
    competencies: int = COMPETENCIES,
    modules: int = MODULES,
    cohorts: int = COHORTS,
) -> World:
    """Draw a world; the same arguments give the same one, and kinds differ only in what they change."""

    def stream(part: str) -> np.random.Generator:
        return np.random.default_rng([seed, zlib.crc32(part.encode())])

    who = people(kind, stream("people"), learners, competencies)
    shape = (learners, modules, competencies)
    return World(
        kind,
        seed,
        who,
        ratings(kind, stream("ratings"), who.theta),
        courses(kind, stream("courses"), shape, cohorts),
        np.arange(learners) * cohorts // learners,
    )


__all__ = ["BASE", "COHORTS", "KINDS", "LEARNERS", "Courses", "Floats", "Ints", "Kind", "People", "Ratings",
           "World", "make"]  # fmt: skip

"""Profiles before any data: the literature's weak priors as a model."""

from __future__ import annotations

import numpy as np

from recommender import priors
from recommender.evidence import SOURCES
from recommender.profiles.answering import Practice
from recommender.profiles.serve import Array, ProfileModel, Segment

CENTRE = 50.0
"""Where everybody stands before data, the middle of the scale."""
CORRELATION = 0.5
"""Between competencies (judgement: one general factor beside each one's own)."""
ITEMS = 4.0
"""How many items a whole score counts as."""
EVERYBODY = Segment("all", "Everyone", "全体学员")


def prior_covariance(k: int) -> Array:
    """(K, K) covariance of profiles."""
    return np.asarray(priors.SD_THETA**2 * ((1 - CORRELATION) * np.eye(k) + CORRELATION * np.ones((k, k))))


SLIP = GUESS = 0.02
PRACTICE_GAIN, PRACTICE_WANDER, PRACTICE_FADE = 0.5, 15.0, 0.005
"""What one answer does before data: points, squared points, and the share of what is above the centre that
is lost again (measured on ASSISTments 2009, docs/real-data.md)."""


def bare_practice(k: int) -> Practice:
    """How answers come about, and what answering does, before data."""
    return Practice(
        SLIP, GUESS, 0.0, np.full(k, PRACTICE_GAIN), np.full(k, PRACTICE_WANDER), np.full(k, PRACTICE_FADE)
    )


def bare_profile(competencies: tuple[str, ...], tree: tuple[tuple[str, str | None], ...]) -> ProfileModel:
    """A model of these competencies that has seen nobody."""
    k = len(competencies)
    parts = [priors.error_parts(s) for s in SOURCES]
    random = np.array([p.random**2 for p in parts])
    return ProfileModel(
        competencies=competencies,
        tree=tree,
        segments=(EVERYBODY,),
        weights=np.ones(1),
        means=np.full((1, k), CENTRE),
        covariance=prior_covariance(k),
        offset=np.array([priors.OFFSET[s][0] for s in SOURCES]),
        noise=np.stack([random, ITEMS * random], axis=1),
        halo=np.array([p.halo**2 for p in parts]),
        severity=priors.SEVERITY_SD**2,
        typical=np.full(k, CENTRE),
        practice=bare_practice(k),
    )

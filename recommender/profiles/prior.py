"""Profiles before any data: the literature's weak priors as a model."""

from __future__ import annotations

import numpy as np

from recommender import priors
from recommender.evidence import SOURCES
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
    )

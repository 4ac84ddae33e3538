"""Raters as the models see them: by a keyed pseudonym.

A model keeps the severity of every rater under a hash of what it is given. Ids of people are few and
guessable, so a plain hash could be turned back; one keyed by the store's secret cannot, and a model that
leaves the house tells nobody who was severe.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recommender.store.masks import digest


def rater(secret: bytes, learner_id: str, rater_id: str | None) -> str | None:
    """What stands for a rater; a learner who rates themselves stays, so that it shows."""
    if rater_id is None or rater_id == learner_id:
        return rater_id
    return digest(secret, "model", rater_id)[:16]


def event(secret: bytes, given: Mapping[str, Any]) -> dict[str, Any]:
    """An event as the models see it."""
    seen = dict(given)
    if seen.get("rater_id") is not None:
        seen["rater_id"] = rater(secret, seen["learner_id"], seen["rater_id"])
    return seen

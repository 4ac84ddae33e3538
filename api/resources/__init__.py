"""The resources: one blueprint each, mounted by ``app.create_app``."""

from __future__ import annotations

from apiflask import APIBlueprint

from recommender.api.resources import (
    catalogue,
    departments,
    events,
    health,
    learners,
    models,
    people,
    recommendations,
    reference,
    segments,
)

BLUEPRINTS: tuple[APIBlueprint, ...] = (
    recommendations.bp,
    events.bp,
    learners.bp,
    catalogue.bp,
    segments.bp,
    departments.bp,
    models.bp,
    people.bp,
    health.bp,
    reference.bp,
)

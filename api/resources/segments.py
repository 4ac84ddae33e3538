"""Segments: groups of learners with like profiles."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask.wrappers import Response

from recommender.api import answers
from recommender.api.auth import needs
from recommender.api.context import answer, workspace
from recommender.service import segments

bp = APIBlueprint("segments", __name__, url_prefix="/v1/segments", tag="Organisation")


@bp.get("")
@needs("recommend", "analyst")
@bp.output(answers.Page)
def listing() -> Response:
    """List the segments of the version in service"""
    return answer({**segments.segments(workspace()), "next": None})

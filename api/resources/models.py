"""The registry of model versions."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask.wrappers import Response

from recommender.api import answers
from recommender.api.auth import needs
from recommender.api.context import answer, workspace
from recommender.service import training

bp = APIBlueprint("models", __name__, url_prefix="/v1/models", tag="Models")


@bp.get("")
@needs("analyst")
@bp.output(answers.Page)
def listing() -> Response:
    """List the model versions"""
    return answer({**training.models(workspace()), "next": None})


@bp.post("/<version>/promote")
@needs("analyst")
@bp.output(answers.Document)
def promote(version: str) -> Response:
    """Put a version in service; running servers follow at once"""
    return answer(training.promote(workspace(), version))

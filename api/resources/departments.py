"""Departments, as aggregates: nothing that rests on fewer than three raters."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask.wrappers import Response

from recommender.api import answers
from recommender.api.auth import needs
from recommender.api.context import answer, workspace
from recommender.service import reports

bp = APIBlueprint("departments", __name__, url_prefix="/v1/departments", tag="Organisation")


@bp.get("")
@needs("recommend", "analyst")
@bp.output(answers.Page)
def listing() -> Response:
    """List the departments with what may be said of them"""
    return answer({**reports.departments(workspace()), "next": None})

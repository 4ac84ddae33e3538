"""A person's data: out, or gone."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask.wrappers import Response

from recommender.api import answers
from recommender.api.auth import needs
from recommender.api.context import answer, nothing, workspace
from recommender.service import people

bp = APIBlueprint("people", __name__, url_prefix="/v1/learners", tag="Privacy")


@bp.get("/<id:learner_id>/export")
@needs("admin")
@bp.output(answers.Document)
def export(learner_id: str) -> Response:
    """Export everything held about a learner"""
    return answer(people.export(workspace(), learner_id))


@bp.delete("/<id:learner_id>")
@needs("admin")
@bp.output({}, status_code=204)
def erase(learner_id: str) -> Response:
    """Erase a learner; no later import brings them back

    Ratings this person gave to others stay, under a pseudonym.
    """
    people.erase(workspace(), learner_id)
    return nothing()

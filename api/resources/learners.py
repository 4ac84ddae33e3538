"""Learners: who they are. Erasing and exporting one is in ``people``."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask.wrappers import Response

from recommender.api import answers, examples
from recommender.api.auth import needs
from recommender.api.context import answer, workspace
from recommender.api.documents import LearnerFields, LearnerList, Row, RowList, pointing, with_id
from recommender.api.paging import PageQuery
from recommender.service import people

bp = APIBlueprint("learners", __name__, url_prefix="/v1/learners", tag="Learners")


@bp.get("")
@needs("recommend", "analyst")
@bp.input(PageQuery, location="query", arg_name="query")
@bp.output(answers.Page)
def listing(query: PageQuery) -> Response:
    """List the learners"""
    return answer(people.list_learners(workspace(), query.cursor, query.limit))


@bp.put("")
@needs("ingest")
@bp.input(LearnerList, arg_name="body", example=examples.LEARNERS)
@bp.output(answers.Changed)
def put_many(body: RowList) -> Response:
    """Add or correct many learners; all of them or none"""
    with pointing(body.at):
        return answer(people.put_learners(workspace(), body.rows()))


@bp.get("/<id:learner_id>")
@needs("recommend", "analyst")
@bp.output(answers.Document)
def get(learner_id: str) -> Response:
    """Show one learner"""
    return answer(people.get_learner(workspace(), learner_id))


@bp.put("/<id:learner_id>")
@needs("ingest")
@bp.input(LearnerFields, arg_name="body", example=examples.LEARNER)
@bp.output(answers.Document)
def put(learner_id: str, body: Row) -> Response:
    """Add or correct one learner; fields left out stay as they are"""
    ws = workspace()
    row = with_id(body, "learner_id", learner_id)
    with pointing(None):
        people.put_learners(ws, [row])
    return answer(people.get_learner(ws, learner_id))

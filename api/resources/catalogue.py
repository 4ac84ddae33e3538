"""The catalogue: competencies and modules."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask.wrappers import Response

from recommender.api import answers, examples
from recommender.api.auth import needs
from recommender.api.context import answer, workspace
from recommender.api.documents import (
    CompetencyFields,
    CompetencyList,
    ModuleFields,
    ModuleList,
    Row,
    RowList,
    pointing,
    with_id,
)
from recommender.api.paging import PageQuery
from recommender.service import catalogue

bp = APIBlueprint("catalogue", __name__, url_prefix="/v1", tag="Catalogue")


@bp.get("/modules")
@needs("recommend", "analyst")
@bp.input(PageQuery, location="query", arg_name="query")
@bp.output(answers.Page)
def modules(query: PageQuery) -> Response:
    """List the modules"""
    return answer(catalogue.list_modules(workspace(), query.cursor, query.limit))


@bp.put("/modules")
@needs("ingest")
@bp.input(ModuleList, arg_name="body", example=examples.MODULES)
@bp.output(answers.Changed)
def put_modules(body: RowList) -> Response:
    """Add or correct many modules; the first of your own remove the shipped ones"""
    with pointing(body.at):
        return answer(catalogue.put_modules(workspace(), body.rows()))


@bp.put("/modules/<id:module_id>")
@needs("ingest")
@bp.input(ModuleFields, arg_name="body", example=examples.MODULE)
@bp.output(answers.Changed)
def put_module(module_id: str, body: Row) -> Response:
    """Add or correct one module; fields left out stay as they are"""
    rows = [with_id(body, "module_id", module_id)]
    with pointing(None):
        return answer(catalogue.put_modules(workspace(), rows))


@bp.get("/competencies")
@needs("recommend", "analyst")
@bp.input(PageQuery, location="query", arg_name="query")
@bp.output(answers.Page)
def competencies(query: PageQuery) -> Response:
    """List the competencies"""
    return answer(catalogue.list_competencies(workspace(), query.cursor, query.limit))


@bp.put("/competencies")
@needs("ingest")
@bp.input(CompetencyList, arg_name="body", example=examples.COMPETENCIES)
@bp.output(answers.Changed)
def put_competencies(body: RowList) -> Response:
    """Add or correct many competencies; the first of your own remove the shipped ones"""
    with pointing(body.at):
        return answer(catalogue.put_competencies(workspace(), body.rows()))


@bp.put("/competencies/<id:competency_id>")
@needs("ingest")
@bp.input(CompetencyFields, arg_name="body", example=examples.COMPETENCY)
@bp.output(answers.Changed)
def put_competency(competency_id: str, body: Row) -> Response:
    """Add or correct one competency; fields left out stay as they are"""
    rows = [with_id(body, "competency_id", competency_id)]
    with pointing(None):
        return answer(catalogue.put_competencies(workspace(), rows))

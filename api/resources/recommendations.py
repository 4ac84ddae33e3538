"""What next for a learner: recommendations, a path, and the profile they rest on."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask.wrappers import Response
from pydantic import BaseModel, ConfigDict, Field

from recommender.api import answers, examples
from recommender.api.auth import needs
from recommender.api.context import answer, ready, workspace
from recommender.api.documents import Lang, LearnerIds
from recommender.api.limits import MAX_ITEMS, MAX_MINUTES
from recommender.api.queries import query
from recommender.service import advice

bp = APIBlueprint("recommendations", __name__, url_prefix="/v1", tag="Recommendations")

LANG = Field(default=None, description="language of titles and reasons; the learner's own where left out")


class ListQuery(BaseModel):
    """How long a list, in which language."""

    model_config = ConfigDict(frozen=True)

    limit: int = Field(default=advice.DEFAULT_LIMIT, ge=1, le=MAX_ITEMS)
    lang: Lang | None = LANG


class PathQuery(BaseModel):
    """How much time there is."""

    model_config = ConfigDict(frozen=True)

    minutes: float = Field(default=advice.DEFAULT_MINUTES, gt=0, le=MAX_MINUTES, allow_inf_nan=False)
    lang: Lang | None = LANG


@bp.get("/learners/<id:learner_id>/recommendations")
@needs("recommend")
@query(bp, ListQuery)
@bp.output(answers.Recommendations)
def recommendations(learner_id: str, query: ListQuery) -> Response:
    """Recommend the next modules to a learner, with reasons"""
    return ready(advice.recommend_json(workspace(), learner_id, limit=query.limit, lang=query.lang))


@bp.get("/learners/<id:learner_id>/path")
@needs("recommend")
@query(bp, PathQuery)
@bp.output(answers.Path)
def path(learner_id: str, query: PathQuery) -> Response:
    """Plan a path of modules within some minutes"""
    return ready(advice.path_json(workspace(), learner_id, minutes=query.minutes, lang=query.lang))


@bp.get("/learners/<id:learner_id>/profile")
@needs("recommend")
@bp.output(answers.Profile)
def profile(learner_id: str) -> Response:
    """Show where a learner stands, and on how much evidence that rests"""
    return answer(advice.profile(workspace(), learner_id))


@bp.post("/recommendations")
@needs("recommend")
@bp.input(LearnerIds, arg_name="body", example=examples.LEARNER_IDS)
@bp.output(answers.Lists)
def many(body: LearnerIds) -> Response:
    """Recommend to many learners in one call"""
    ids = body.learner_ids
    return ready(advice.recommend_many_json(workspace(), ids, limit=body.limit, lang=body.lang))

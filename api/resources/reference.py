"""The API's reference: for programs, and for people."""

from __future__ import annotations

from typing import cast

import orjson
from apiflask import APIBlueprint, APIFlask
from flask import current_app, render_template
from flask.wrappers import Response

from recommender.api import openapi, reference
from recommender.api.auth import open_route
from recommender.api.context import answer
from recommender.api.problems import HTTP, PROBLEMS
from recommender.service.keys import SCOPES

bp = APIBlueprint("reference", __name__, enable_openapi=False)


def _document() -> dict[str, object]:
    return openapi.document(cast(APIFlask, current_app._get_current_object()))  # type: ignore[attr-defined]


@bp.get("/openapi.json")
@open_route
def document() -> Response:
    """Give the OpenAPI document"""
    return answer(_document())


@bp.get("/docs")
@open_route
def docs() -> str:
    """Give the same as a page, without script"""
    spec = _document()
    kinds = {kind.name: kind for kind in (*HTTP.values(), *PROBLEMS.values())}
    return render_template(
        "docs.html",
        spec=spec,
        operations=reference.operations(spec),
        schemas=reference.schemas(spec),
        scopes=SCOPES,
        problems=sorted(kinds.values(), key=lambda kind: (kind.status, kind.name)),
        pretty=lambda example: orjson.dumps(example, option=orjson.OPT_INDENT_2).decode(),
    )

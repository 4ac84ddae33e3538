"""What a view needs of the app it runs in, and how it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from flask import current_app
from flask.wrappers import Response

if TYPE_CHECKING:
    from recommender.service.workspace import Workspace

JSON = "application/json"


def workspace() -> Workspace:
    """The store and registry this app serves."""
    found: Workspace = current_app.extensions["recommender"]
    return found


def ready(body: bytes, status: int = 200, content_type: str = JSON) -> Response:
    """An answer that is already JSON."""
    return Response(body, status, content_type=content_type)


def answer(result: Any, status: int = 200) -> Response:
    """A result as JSON; keys may be of a class of their own, as a database's names are."""
    return ready(orjson.dumps(result, option=orjson.OPT_NON_STR_KEYS), status)


def nothing() -> Response:
    """An answer without a body: it is done."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response

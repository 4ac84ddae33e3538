"""The app factory: resources, errors, auth, headers and figures, put together."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, Any

import orjson
from apiflask import APIFlask
from flask.json.provider import JSONProvider

from recommender.api import auth, openapi, problems, security, telemetry
from recommender.api.limits import MAX_BODY
from recommender.api.media import only_json
from recommender.api.pages import blueprint as pages
from recommender.api.resources import BLUEPRINTS

if TYPE_CHECKING:
    from recommender.service.workspace import Workspace

DISTRIBUTION = "adaptive-training-recommender"


class Orjson(JSONProvider):
    """JSON by orjson: fast, and it refuses NaN and Infinity, which are no JSON."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """A document as text."""
        return orjson.dumps(obj, option=orjson.OPT_NON_STR_KEYS).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """A text or bytes as a document; ValueError where it is none."""
        return orjson.loads(s)


def create_app(workspace: Workspace) -> APIFlask:
    """The app that serves a workspace.

    Parameters
    ----------
    workspace : Workspace
        The opened store and registry; the app does not close it.

    Returns
    -------
    APIFlask
        A WSGI application. Every route is closed unless it says who may call it.
    """
    app = APIFlask(
        "recommender.api",
        title="Adaptive training recommender",
        version=metadata.version(DISTRIBUTION),
        spec_path=None,
        docs_path=None,
    )
    app.json = Orjson(app)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.extensions["recommender"] = workspace
    app.extensions["recommender.keys"] = auth.Keys()
    telemetry.register(app, telemetry.Telemetry())
    app.before_request(auth.guard)
    app.before_request(only_json)
    app.after_request(security.secure)
    problems.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_blueprint(pages)
    auth.open_route(app.view_functions["static"])
    openapi.register(app)
    return app

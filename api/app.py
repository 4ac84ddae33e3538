"""The app factory: resources, errors, auth, headers and figures, put together."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from typing import TYPE_CHECKING, Any

import orjson
from apiflask import APIFlask
from flask.json.provider import JSONProvider
from werkzeug.middleware.proxy_fix import ProxyFix

from recommender.api import auth, openapi, problems
from recommender.api.admission import admit
from recommender.api.edge import Edge
from recommender.api.ids import IdConverter
from recommender.api.limits import MAX_BODY
from recommender.api.pages import blueprint as pages
from recommender.api.resources import BLUEPRINTS
from recommender.api.telemetry import Telemetry

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


class App(APIFlask):
    """APIFlask without coroutines: nothing here is one, and asking costs at every call."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself."""
        return func


def create_app(workspace: Workspace, *, behind_proxy: bool = False) -> APIFlask:
    """The app that serves a workspace.

    Parameters
    ----------
    workspace : Workspace
        The opened store and registry; the app does not close it.
    behind_proxy : bool
        A proxy in front of the server ends TLS and sets ``X-Forwarded-Proto``, which is then believed.
        Nobody else's is: without a proxy any client could send it.

    Returns
    -------
    APIFlask
        A WSGI application. Every route is closed unless it says who may call it.
    """
    app = App(
        "recommender.api",
        title="Adaptive training recommender",
        version=metadata.version(DISTRIBUTION),
        spec_path=None,
        docs_path=None,
    )
    app.json = Orjson(app)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    telemetry = Telemetry()
    workspace.steadfast = True
    app.extensions["recommender"] = workspace
    app.extensions["recommender.keys"] = auth.Keys()
    app.extensions["recommender.telemetry"] = telemetry
    app.url_map.converters["id"] = IdConverter
    app.url_map.merge_slashes = False  # two of them may stand in an id
    app.before_request(admit)
    problems.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_blueprint(pages)
    auth.open_route(app.view_functions["static"])
    openapi.register(app)
    app.wsgi_app = Edge(app.wsgi_app, telemetry)  # type: ignore[method-assign]
    if behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=0, x_proto=1)  # type: ignore[method-assign]
    return app

"""The outermost layer: what holds for every answer, whoever made it.

A WSGI middleware rather than hooks of Flask's: it sees answers to errors too, and costs a tenth.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from recommender.api.security import secure
from recommender.api.telemetry import NO_ROUTE, ROUTE, Telemetry

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Edge:
    """Adds the security headers, and counts and logs each request by its route.

    Parameters
    ----------
    app : WSGI application
        It leaves the route's template in ``environ[ROUTE]``.
    telemetry : Telemetry
    """

    def __init__(self, app: WSGIApplication, telemetry: Telemetry) -> None:
        self._app = app
        self._telemetry = telemetry

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """One request."""
        began = time.perf_counter()

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            secure(headers)
            route = environ.get(ROUTE, NO_ROUTE)
            self._telemetry.record(
                environ["REQUEST_METHOD"], route, int(status[:3]), time.perf_counter() - began
            )
            return start_response(status, headers, exc_info)

        return self._app(environ, start)

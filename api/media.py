"""Bodies are JSON: anything else is told so before it is read."""

from __future__ import annotations

from flask import request
from flask.wrappers import Response

from recommender.api.problems import HTTP, problem

API = "/v1/"


def only_json() -> Response | None:
    """Before a request to the API: refuse a body that does not say it is JSON."""
    if request.method in ("GET", "DELETE", "HEAD") or not request.path.startswith(API):
        return None
    has_body = request.content_length != 0 and (
        request.content_length is not None or "HTTP_TRANSFER_ENCODING" in request.environ
    )
    if not has_body or request.is_json:
        return None
    sent = request.mimetype or "a body without a Content-Type"
    return problem(HTTP[415], f"{sent} was sent. Send JSON with Content-Type: application/json.")

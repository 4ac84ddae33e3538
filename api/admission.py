"""Before every view: which route this is, who calls, and whether the body is one we read."""

from __future__ import annotations

from flask import Request, request
from flask.wrappers import Response

from recommender.api.auth import guard
from recommender.api.problems import HTTP, problem
from recommender.api.telemetry import ROUTE

API = "/v1/"
BODILESS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})


def admit() -> Response | None:
    """Let a request go on, or answer it with a problem."""
    asked = request._get_current_object()  # type: ignore[attr-defined]  # the proxy costs at each use
    rule = asked.url_rule
    if rule is None:
        return None  # no such route or method: the router's own error follows
    asked.environ[ROUTE] = rule.rule.replace("<id:", "<")
    refused = guard(rule.endpoint, asked.environ.get("HTTP_AUTHORIZATION"))
    if refused is None and asked.environ["REQUEST_METHOD"] not in BODILESS and rule.rule.startswith(API):
        return only_json(asked)
    return refused


def only_json(asked: Request) -> Response | None:
    """Refuse a body that does not say it is JSON, before it is read."""
    has_body = asked.content_length or "HTTP_TRANSFER_ENCODING" in asked.environ
    if not has_body or asked.is_json:
        return None
    sent = asked.mimetype or "A body without a Content-Type"
    return problem(HTTP[415], f"{sent} was sent. Send JSON with Content-Type: application/json.")

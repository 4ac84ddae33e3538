"""Is it alive, is it ready, and how is it doing."""

from __future__ import annotations

from apiflask import APIBlueprint
from flask import current_app
from flask.wrappers import Response
from prometheus_client import CONTENT_TYPE_LATEST

from recommender.api import answers
from recommender.api.auth import open_route
from recommender.api.context import answer, ready, workspace
from recommender.api.telemetry import Telemetry

bp = APIBlueprint("health", __name__, tag="Operation")


@bp.get("/healthz")
@open_route
@bp.output(answers.Document)
def healthz() -> Response:
    """Say that the process is alive"""
    return answer({"status": "ok"})


@bp.get("/readyz")
@open_route
@bp.output(answers.Document)
def readyz() -> Response:
    """Say whether the store answers, and whether the version in service can be used

    Where it is damaged an earlier one answers, or the catalogue alone, so that no page breaks; the status
    is `degraded` then, and the server's log says what is wrong.
    """
    ws = workspace()
    ws.engine()
    return answer({"status": "degraded" if ws.damage else "ok"})


@bp.get("/metrics")
@open_route
@bp.output({}, content_type="text/plain")
def metrics() -> Response:
    """Give the figures for Prometheus"""
    telemetry: Telemetry = current_app.extensions["recommender.telemetry"]
    return ready(telemetry.exposition(), content_type=CONTENT_TYPE_LATEST)

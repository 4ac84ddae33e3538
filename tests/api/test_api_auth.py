"""Closed by default: who may call what."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from api_shape import assert_problem
from apiflask import APIFlask
from werkzeug.routing import Rule

from recommender.api import auth
from recommender.service import keys
from recommender.service.workspace import Workspace

sqlite_only = pytest.mark.parametrize("store_kind", ["sqlite"], indirect=True)

SCOPES = {"recommend", "ingest", "analyst", "admin"}
EITHER = ("recommend", "analyst")
CONTRACT = {
    ("GET", "/v1/learners/<learner_id>/recommendations"): ("recommend",),
    ("GET", "/v1/learners/<learner_id>/path"): ("recommend",),
    ("GET", "/v1/learners/<learner_id>/profile"): ("recommend",),
    ("POST", "/v1/recommendations"): ("recommend",),
    ("POST", "/v1/events"): ("ingest",),
    ("DELETE", "/v1/events/<type>/<event_id>"): ("ingest",),
    ("PUT", "/v1/learners"): ("ingest",),
    ("PUT", "/v1/learners/<learner_id>"): ("ingest",),
    ("PUT", "/v1/modules"): ("ingest",),
    ("PUT", "/v1/modules/<module_id>"): ("ingest",),
    ("PUT", "/v1/competencies"): ("ingest",),
    ("PUT", "/v1/competencies/<competency_id>"): ("ingest",),
    ("GET", "/v1/learners"): EITHER,
    ("GET", "/v1/learners/<learner_id>"): EITHER,
    ("GET", "/v1/modules"): EITHER,
    ("GET", "/v1/competencies"): EITHER,
    ("GET", "/v1/segments"): EITHER,
    ("GET", "/v1/departments"): EITHER,
    ("GET", "/v1/models"): ("analyst",),
    ("POST", "/v1/models/<version>/promote"): ("analyst",),
    ("GET", "/v1/learners/<learner_id>/export"): ("admin",),
    ("DELETE", "/v1/learners/<learner_id>"): ("admin",),
}


def calls(app: APIFlask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


@sqlite_only
def test_every_route_says_who_may_call_it(app: APIFlask) -> None:
    unmarked = [
        rule.rule for rule, _ in calls(app) if not hasattr(app.view_functions[rule.endpoint], "scopes")
    ]
    assert unmarked == []


@sqlite_only
def test_the_contracts_calls_have_the_contracts_scopes(app: APIFlask) -> None:
    found = {
        (method, rule.rule.replace("<id:", "<")): app.view_functions[rule.endpoint].__dict__["scopes"]
        for rule, method in calls(app)
        if rule.rule.startswith("/v1/")
    }
    assert found == CONTRACT


@sqlite_only
def test_no_route_opens_without_a_key_or_with_the_wrong_scope(
    app: APIFlask, caller: Callable[..., Any]
) -> None:
    nobody = caller()
    holders = {scope: caller(scope) for scope in SCOPES}
    walked = 0
    for rule, method in calls(app):
        scopes = app.view_functions[rule.endpoint].__dict__["scopes"]
        if not scopes:
            continue
        path = rule.build(dict.fromkeys(rule.arguments, "x"))[1]  # type: ignore[index]
        response = nobody(method, path)
        assert_problem(response, 401, "no-key")
        assert "Bearer" in response.headers["WWW-Authenticate"]
        for wrong in SCOPES - set(scopes):
            document = assert_problem(holders[wrong](method, path), 403, "missing-scope")
            assert " or ".join(scopes) in str(document["detail"])
        for right in scopes:
            status = holders[right](method, path).status_code
            assert status in (200, 204, 400, 404, 415, 422), (method, path)
        walked += 1
    assert walked >= len(CONTRACT)


@sqlite_only
def test_an_unmarked_route_is_closed(app: APIFlask, call: Any) -> None:
    @app.get("/forgotten")
    def forgotten() -> str:
        return "open"

    assert_problem(call("GET", "/forgotten"), 403, "closed")


def test_a_misspelt_scope_does_not_start() -> None:
    with pytest.raises(ValueError, match="unknown scopes \\['recomend'\\]"):
        auth.needs("recomend")


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@sqlite_only
def test_a_key_comes_as_bearer_or_as_basics_password(app: APIFlask, workspace: Workspace) -> None:
    key = keys.create_key(workspace, ["recommend"])[1]
    client = app.test_client()
    for header in (f"Bearer {key}", f"bearer {key}", basic("", key), basic("lms", key), basic("员工", key)):
        response = client.get("/v1/modules", headers={"Authorization": header})
        assert response.status_code == 200, header
    wrong = (
        "",
        key,
        f"Bearer {key}x",
        "Bearer",
        "Bearer ",
        basic(key, ""),
        "Basic !",
        "Digest x",
        "Bearer é",
    )
    for header in wrong:
        response = client.get("/v1/modules", headers={"Authorization": header})
        assert_problem(response, 401, "no-key")


@sqlite_only
def test_a_revoked_key_ends_within_a_second(
    app: APIFlask, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_id, key = keys.create_key(workspace, ["recommend"])
    clock = [100.0]
    monkeypatch.setattr(auth.time, "monotonic", lambda: clock[0])
    ask = {"headers": {"Authorization": f"Bearer {key}"}}
    client = app.test_client()
    assert client.get("/v1/modules", **ask).status_code == 200
    keys.revoke_key(workspace, key_id)
    clock[0] += 1.01
    assert_problem(client.get("/v1/modules", **ask), 401, "no-key")

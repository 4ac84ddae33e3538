"""Every way to fail has one shape, and says what to do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from api_shape import assert_problem
from apiflask import APIFlask

from recommender.api.auth import open_route
from recommender.api.limits import MAX_BATCH, MAX_BODY
from recommender.api.problems import PROBLEMS
from recommender.errors import CannotServe, RecommenderError, StoreBusy
from recommender.service.workspace import Workspace
from recommender.store import Store

sqlite_only = pytest.mark.parametrize("store_kind", ["sqlite"], indirect=True)

JSON = {"Content-Type": "application/json"}
EVENTS = "/v1/events"
RECOMMENDATIONS = "/v1/learners/ada/recommendations"

FAILURES: list[tuple[str, str, dict[str, Any], int, str, list[str]]] = [
    ("GET", "/nothing", {}, 404, "not-found", []),
    ("GET", "/v1/nothing", {}, 404, "not-found", []),
    ("POST", "/healthz", {}, 405, "method-not-allowed", []),
    ("GET", "/v1/learners/nobody", {}, 404, "unknown-learner", []),
    ("GET", "/v1/learners/nobody/recommendations", {}, 404, "unknown-learner", []),
    ("GET", "/v1/learners/nobody/path", {}, 404, "unknown-learner", []),
    ("GET", "/v1/learners/nobody/profile", {}, 404, "unknown-learner", []),
    ("GET", "/v1/learners/nobody/export", {}, 404, "unknown-learner", []),
    ("DELETE", "/v1/learners/nobody", {}, 404, "unknown-learner", []),
    ("DELETE", "/v1/events/assessment/none", {}, 404, "unknown-event", []),
    ("DELETE", "/v1/events/dream/none", {}, 404, "not-found", []),
    ("POST", "/v1/models/none/promote", {}, 404, "unknown-version", []),
    ("GET", f"{RECOMMENDATIONS}?limit=0", {}, 422, "invalid", ["/limit"]),
    ("GET", f"{RECOMMENDATIONS}?limit=101", {}, 422, "invalid", ["/limit"]),
    ("GET", f"{RECOMMENDATIONS}?limit=few&lang=fr", {}, 422, "invalid", ["/limit", "/lang"]),
    ("GET", "/v1/learners/ada/path?minutes=0", {}, 422, "invalid", ["/minutes"]),
    ("GET", "/v1/learners/ada/path?minutes=nan", {}, 422, "invalid", ["/minutes"]),
    ("GET", "/v1/learners?limit=0", {}, 422, "invalid", ["/limit"]),
    ("POST", EVENTS, {}, 400, "malformed", [""]),
    ("POST", EVENTS, {"data": b"{", "headers": JSON}, 400, "malformed", [""]),
    ("POST", EVENTS, {"data": b'{"events": [NaN]}', "headers": JSON}, 400, "malformed", [""]),
    ("POST", EVENTS, {"data": b'{"events": [1e999]}', "headers": JSON}, 400, "malformed", [""]),
    ("POST", EVENTS, {"data": b"\xff\xfe{}", "headers": JSON}, 400, "malformed", [""]),
    ("POST", EVENTS, {"data": b"{}", "headers": {"Content-Type": "text/plain"}}, 415,
     "unsupported-media-type", []),
    ("POST", EVENTS, {"data": b"{}"}, 415, "unsupported-media-type", []),
    ("POST", EVENTS, {"json": []}, 422, "invalid", [""]),
    ("POST", EVENTS, {"json": {}}, 422, "invalid", ["/events"]),
    ("POST", EVENTS, {"json": {"events": {}}}, 422, "invalid", ["/events"]),
    ("POST", EVENTS, {"json": {"events": [{}] * (MAX_BATCH + 1)}}, 413, "too-large", []),
    ("POST", EVENTS, {"data": b" " * (MAX_BODY + 1), "headers": JSON}, 413, "too-large", []),
    ("POST", "/v1/recommendations", {"json": {"learner_ids": ["a"] * (MAX_BATCH + 1)}}, 413, "too-large", []),
    ("POST", "/v1/recommendations", {"json": {"learner_ids": [None], "limit": 0}}, 422, "invalid",
     ["/learner_ids/0", "/limit"]),
    ("PUT", "/v1/learners", {"json": [{"learner_id": "a"}, {"name": 7}]}, 422, "invalid",
     ["/1/learner_id", "/1/name"]),
    ("PUT", "/v1/learners", {"json": {"learners": [{"learner_id": " "}]}}, 422, "invalid",
     ["/learners/0/learner_id"]),
    ("PUT", "/v1/learners/ada", {"json": {"learner_id": "bob"}}, 422, "bad-input", ["/learner_id"]),
    ("PUT", "/v1/learners/ada", {"json": {"hired_on": "last year"}}, 422, "invalid", ["/hired_on"]),
    ("PUT", "/v1/modules/m", {"json": {"competencies": {"flying": 1}}}, 422, "bad-input", ["/competencies"]),
    ("PUT", "/v1/modules", {"json": [{"module_id": "m", "competencies": "flying:1"}]}, 422, "bad-input",
     ["/0/competencies"]),
    ("PUT", "/v1/modules", {"json": {"modules": [{"module_id": "m", "competencies": "flying:1"}]}}, 422,
     "bad-input", ["/modules/0/competencies"]),
    ("PUT", "/v1/competencies/a", {"json": {"parent_id": "a"}}, 422, "bad-input", ["/parent_id"]),
]  # fmt: skip


@sqlite_only
@pytest.mark.usefixtures("ada")
def test_every_failure_is_a_problem(call: Any) -> None:
    for method, path, kwargs, status, kind, pointers in FAILURES:
        response = call(method, path, **kwargs)
        assert_problem(response, status, kind, pointers)


@sqlite_only
def test_a_wrong_method_names_the_right_ones(call: Any) -> None:
    response = call("PATCH", "/v1/learners/ada")
    assert {"GET", "PUT", "DELETE"} <= set(response.headers["Allow"].split(", "))


@sqlite_only
def test_a_busy_store_asks_to_come_again(store: Store, call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy() -> None:
        raise StoreBusy("The store did not answer in time. Repeat the call.")

    monkeypatch.setattr(store, "write", busy)
    response = call("POST", EVENTS, json={"events": []})
    assert_problem(response, 503, "store-busy")
    assert response.headers["Retry-After"] == "1"


@sqlite_only
def test_an_accident_tells_nothing(
    app: APIFlask, caller: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    @app.get("/accident")
    @open_route
    def accident() -> None:
        raise ValueError("learner-4711 has the key s3cret")

    with caplog.at_level(logging.DEBUG):
        response = caller()("GET", "/accident")
    document = assert_problem(response, 500, "internal")
    told = str(document) + "".join(str(record.__dict__) for record in caplog.records)
    assert "4711" not in told
    assert "s3cret" not in told
    assert "test_api_errors.py" in str(caplog.records[-1].__dict__["where"])


def test_whatever_a_call_can_raise_has_its_problem() -> None:
    def family(base: type[RecommenderError]) -> set[type[RecommenderError]]:
        return {base} | {found for sub in base.__subclasses__() for found in family(sub)}

    here = {kind for kind in family(RecommenderError) if kind.__module__ == "recommender.errors"}
    assert here - set(PROBLEMS) == {RecommenderError, CannotServe}


@sqlite_only
def test_not_ready_where_the_store_is_gone(call: Any, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call("GET", "/readyz").get_json() == {"status": "ok"}

    def busy() -> None:
        raise StoreBusy("The store did not answer in time. Repeat the call.")

    monkeypatch.setattr(store, "read", busy)
    assert_problem(call("GET", "/readyz"), 503, "store-busy")
    assert call("GET", "/healthz").status_code == 200


def damage(workspace: Workspace, version: str) -> None:
    for path in (workspace.registry.folder / version).rglob("*.joblib"):
        path.write_bytes(b"damaged")


def add(workspace: Workspace, fingerprint: str) -> str:
    made = workspace.registry.add(workspace.engine().parts(), metrics={}, fingerprint=fingerprint, card="")
    workspace.registry.promote(made)
    return made


@sqlite_only
def test_a_damaged_version_breaks_nothing(call: Any, workspace: Workspace, ada: str) -> None:
    first, second = add(workspace, "a"), add(workspace, "b")
    damage(workspace, second)
    assert call("GET", "/readyz").get_json() == {"status": "degraded"}
    url = f"/v1/learners/{ada}/recommendations"
    assert call("GET", url).get_json()["model_version"] == first
    damage(workspace, first)
    third = add(workspace, "c")
    assert call("GET", "/readyz").get_json() == {"status": "ok"}
    assert call("GET", url).get_json()["model_version"] == third


@sqlite_only
def test_without_any_sound_version_the_catalogue_answers_and_events_go_in(
    call: Any, workspace: Workspace, ada: str
) -> None:
    damage(workspace, add(workspace, "a"))
    (workspace.registry.folder / "registry.json").touch()
    event = {"type": "assessment", "learner_id": ada, "competency_id": "listening", "score": 30}
    taken = call("POST", "/v1/events", json={"events": [event | {"occurred_at": "2026-01-01T00:00:00Z"}]})
    assert taken.get_json()["accepted"] == 1
    answer = call("GET", f"/v1/learners/{ada}/recommendations").get_json()
    assert answer["model_version"] is None
    assert answer["items"]
    (workspace.registry.folder / "registry.json").write_text("bad")
    assert call("GET", f"/v1/learners/{ada}/recommendations").status_code == 200


@pytest.mark.parametrize("store_kind", ["postgresql"], indirect=True)
def test_not_ready_where_the_database_is_gone(call: Any, store: Store, postgres: Any) -> None:
    assert call("GET", "/readyz").status_code == 200
    administrator = sa.create_engine(postgres.url, isolation_level="AUTOCOMMIT")
    with administrator.connect() as conn:
        conn.exec_driver_sql(f"DROP DATABASE {store.url.database} WITH (FORCE)")
    administrator.dispose()
    for _ in range(2):
        response = call("GET", "/readyz")
        assert response.status_code == 503
        assert response.content_type == "application/problem+json"
        assert response.headers["Retry-After"]
    assert call("GET", "/healthz").status_code == 200

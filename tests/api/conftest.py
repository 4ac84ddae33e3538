"""The API over a real store: an app, and clients with keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from recommender.api.app import create_app
from recommender.registry import Registry
from recommender.service import keys
from recommender.service.workspace import Workspace
from recommender.store import Store

SCOPES = ("recommend", "ingest", "analyst", "admin")


class Caller:
    """A client that sends one key with every call."""

    def __init__(self, client: FlaskClient, key: str | None) -> None:
        self._client = client
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def __call__(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        headers = {**self.headers, **kwargs.pop("headers", {})}
        return self._client.open(path, method=method, headers=headers, **kwargs)


@pytest.fixture
def workspace(store: Store, tmp_path: Path) -> Workspace:
    """A workspace over a fresh store and an empty registry."""
    return Workspace(store, Registry(tmp_path / "models"))


@pytest.fixture
def app(workspace: Workspace) -> APIFlask:
    """The app over that workspace."""
    return create_app(workspace)


@pytest.fixture
def caller(app: APIFlask, workspace: Workspace) -> Callable[..., Caller]:
    """Makes a client whose key has the scopes named; without any it sends no key."""

    def make(*scopes: str) -> Caller:
        key = keys.create_key(workspace, scopes)[1] if scopes else None
        return Caller(app.test_client(), key)

    return make


@pytest.fixture
def call(caller: Callable[..., Caller]) -> Caller:
    """A client whose key may do everything."""
    return caller(*SCOPES)


@pytest.fixture
def ada(call: Caller) -> str:
    """A learner of whom nothing is known."""
    assert call("PUT", "/v1/learners/ada", json={"name": "Ada", "language": "zh"}).status_code == 200
    return "ada"

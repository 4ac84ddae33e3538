"""A real server on a free port over a throw-away store, and a headless browser to look at it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from recommender.api.app import create_app
from recommender.service import intake, people
from recommender.service.workspace import Workspace, open_workspace

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium; without one there is nothing to look with."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.skip("no Chromium is installed; apt install chromium")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def workspace(sqlite_template: Path, tmp_path: Path) -> Iterator[Workspace]:
    """The shipped catalogue and a learner who was measured and has begun a module."""
    path = tmp_path / "browser.db"
    shutil.copy(sqlite_template, path)
    opened = open_workspace(f"sqlite:///{path}", str(tmp_path / "models"))
    people.put_learners(opened, [{"learner_id": "e1"}])
    learner = {"learner_id": "e1", "occurred_at": "2026-05-04T09:00:00Z"}
    events: list[dict[str, Any]] = [
        {"type": "assessment", "id": f"a{n}", "competency_id": k, "score": 30.0 + 7 * n, **learner}
        for n, k in enumerate(opened.engine().catalogue.leaves)
    ]
    events += [
        {"type": "interaction", "id": module_id, "module_id": module_id, "status": status, **learner}
        for module_id, status in (("customer-map", "started"), ("five-questions", "completed"))
    ]
    assert intake.take_in(opened, events)["rejected"] == []
    yield opened
    opened.close()


@pytest.fixture
def address(workspace: Workspace) -> Iterator[str]:
    """Where a server of the workspace listens."""
    server = make_server("127.0.0.1", 0, create_app(workspace), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def link(workspace: Workspace, address: str) -> str:
    """A link to the learner's page."""
    return f"{address}/learn/enter?token={people.link(workspace, 'e1')}"

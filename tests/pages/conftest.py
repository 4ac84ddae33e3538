"""An app over a throw-away store, with somebody to look at it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from page_door import Door
from page_events import assessment, take_in

from recommender.api.app import create_app
from recommender.service import people
from recommender.service.workspace import Workspace, open_workspace


@pytest.fixture
def workspace(sqlite_template: Path, tmp_path: Path) -> Iterator[Workspace]:
    """The shipped catalogue, one measured learner and one on the first day."""
    path = tmp_path / "pages.db"
    shutil.copy(sqlite_template, path)
    opened = open_workspace(f"sqlite:///{path}", str(tmp_path / "models"))
    people.put_learners(opened, [{"learner_id": "e1", "language": "zh"}, {"learner_id": "e0"}])
    take_in(opened, [assessment(n, k) for n, k in enumerate(opened.engine().catalogue.leaves)])
    yield opened
    opened.close()


@pytest.fixture
def visit(workspace: Workspace) -> Callable[[str], Door]:
    """Opens a learner's page by a link and gives the door to it."""
    app = create_app(workspace)

    def enter(learner_id: str) -> Door:
        client = app.test_client()
        response = client.get(f"/learn/enter?token={people.link(workspace, learner_id)}")
        assert (response.status_code, response.location) == (303, "/learn")
        return Door(client)

    return enter


@pytest.fixture
def door(visit: Callable[[str], Door]) -> Door:
    """The measured learner's door."""
    return visit("e1")

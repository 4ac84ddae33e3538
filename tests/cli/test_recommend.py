"""What is shown on the command line is logged as what a page shows, and never lost to a busy store."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager

import pytest
from click.testing import CliRunner

from recommender.cli import main
from recommender.errors import StoreBusy
from recommender.service import people
from recommender.service.workspace import open_workspace
from recommender.store import Store, decisions, states


@pytest.fixture(autouse=True)
def _ada() -> None:
    ws = open_workspace()
    people.put_learners(ws, [{"learner_id": "ada"}])
    ws.close()


def test_what_was_recommended_is_logged() -> None:
    result = CliRunner().invoke(main, ["recommend", "ada", "--limit", "3", "--json"])
    assert result.exit_code == 0, result.output
    CliRunner().invoke(main, ["path", "ada"], catch_exceptions=False)
    ws = open_workspace()
    with ws.store.read() as conn:
        (row,) = decisions.read(conn)
        assert list(states.get_many(conn, ["ada"], ws.engine().state_key)) == ["ada"]
    ws.close()
    assert json.loads(row["modules"]) == [item["module_id"] for item in json.loads(result.stdout)["items"]]


def test_an_answer_stands_where_the_store_is_too_busy_to_log_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_: Store) -> AbstractContextManager[None]:
        raise StoreBusy("The store is busy. Try again.")

    monkeypatch.setattr(Store, "write", busy)
    result = CliRunner().invoke(main, ["recommend", "ada", "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["learner_id"] == "ada"
    assert result.stderr == "The decision was not logged: The store is busy. Try again.\n"

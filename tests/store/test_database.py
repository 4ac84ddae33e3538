"""Opening: the right database, once, at the declared schema."""

from __future__ import annotations

import multiprocessing
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from recommender.errors import StoreBusy, StoreFull, StoreUnusable
from recommender.store import Store, database, dialect, open_store, settings, tables
from recommender.store.catalogue import read_catalogue
from recommender.store.migrations import configuration
from recommender.store.tables import metadata


def test_the_migrated_schema_is_the_declared_one(store: Store) -> None:
    with store.engine.connect() as conn:
        context = MigrationContext.configure(
            conn,
            opts={
                "version_table": database.VERSION_TABLE,
                "compare_type": True,
                "compare_server_default": True,
            },
        )
        assert compare_metadata(context, metadata) == []


def test_the_program_knows_its_newest_schema(store: Store) -> None:
    with store.engine.connect() as conn:
        script = ScriptDirectory.from_config(configuration(conn, database.VERSION_TABLE))
    assert script.get_heads() == [database.HEAD]


def test_every_constraint_has_a_name() -> None:
    for table in metadata.sorted_tables:
        assert all(constraint.name for constraint in table.constraints), table.name
        assert all(index.name for index in table.indexes), table.name


def test_a_new_store_holds_the_shipped_catalogue(store: Store) -> None:
    with store.read() as conn:
        catalogue = read_catalogue(conn)
    assert catalogue.revision == 1
    assert "listening" in catalogue.leaves
    assert len(catalogue.modules) > 40


def test_opening_again_changes_nothing_and_needs_no_alembic(store: Store) -> None:
    url = store.url.render_as_string(hide_password=False)
    code = (
        "import sys; from recommender.store import open_store; s = open_store(sys.argv[1]);"
        "assert 'alembic' not in sys.modules and 'pandas' not in sys.modules; print(s.secret.hex())"
    )
    seen = subprocess.run([sys.executable, "-c", code, url], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == store.secret.hex()
    assert len(store.secret) == 32


def _open_and_tell(url: str, start: object, told: object) -> None:
    start.wait()  # type: ignore[attr-defined]
    told.put(open_store(url).secret)  # type: ignore[attr-defined]


def test_servers_that_start_together_migrate_once(store_url: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    start, told = spawn.Event(), spawn.Queue()
    servers = [spawn.Process(target=_open_and_tell, args=(store_url, start, told)) for _ in range(2)]
    for server in servers:
        server.start()
    start.set()
    secrets = {told.get(timeout=60) for _ in servers}
    for server in servers:
        server.join(timeout=10)
    assert len(secrets) == 1
    assert [server.exitcode for server in servers] == [0, 0]


def test_a_server_waits_while_another_migrates(store_url: str) -> None:
    open_store(store_url).close()
    place = dialect.database_url(store_url)
    engine = dialect.create_engine(place, 10)
    with dialect.for_writing(engine).begin() as conn:
        conn.exec_driver_sql(f"UPDATE {database.VERSION_TABLE} SET version_num = '0000'")
    opened: list[Store] = []
    server = threading.Thread(target=lambda: opened.append(open_store(store_url, patience=0.05)))
    with dialect.for_writing(engine).begin() as conn:
        dialect.lock_migrations(conn)
        server.start()
        server.join(timeout=0.5)
        assert server.is_alive()
        conn.exec_driver_sql(f"UPDATE {database.VERSION_TABLE} SET version_num = '{database.HEAD}'")
    server.join(timeout=30)
    assert len(opened) == 1
    opened[0].close()
    engine.dispose()


def test_a_database_of_others_is_refused_and_left_alone(store_url: str) -> None:
    engine = sa.create_engine(dialect.database_url(store_url))
    with engine.begin() as conn:
        conn.exec_driver_sql("CREATE TABLE invoices (n INTEGER)")
    with pytest.raises(StoreUnusable, match=r"holds other tables \(invoices\)\. Name an empty database"):
        open_store(store_url)
    assert sa.inspect(engine).get_table_names() == ["invoices"]
    engine.dispose()


def test_a_newer_schema_is_refused(store: Store) -> None:
    with store.write() as conn:
        conn.exec_driver_sql(f"UPDATE {database.VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(
        StoreUnusable, match=r"newer version of this program \(schema 9999, known up to 0002\)"
    ):
        open_store(store.url.render_as_string(hide_password=False))


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database at all, " * 100)
    with pytest.raises(StoreUnusable, match=r"notes\.txt is not an SQLite database\. Name another file"):
        open_store(f"sqlite:///{tmp_path}/notes.txt")


@pytest.mark.parametrize("path", ["missing/folder/a.db", "/proc/a.db"])
def test_a_folder_that_cannot_be_written_to_is_named(path: str) -> None:
    with pytest.raises(StoreUnusable, match=r"cannot be opened\. Check that the folder .* can be written to"):
        open_store(f"sqlite:///{path}")


def test_a_read_only_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        dialect, "_prepare_sqlite", lambda raw: raw.execute("PRAGMA query_only=ON") and None, raising=True
    )
    with pytest.raises(StoreUnusable, match="cannot be written to"):
        open_store(f"sqlite:///{tmp_path}/a.db")


def test_an_unreachable_server_is_named_without_its_password() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StoreUnusable, match=r"cannot be used \(.*Check that the server runs") as caught:
        open_store("postgresql://someone:geheim@127.0.0.1:1/nothing")
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "nonsense",
            "The database is not a URL. Write sqlite:///recommender.db or postgresql://user@host/name.",
        ),
        ("mysql://h/d", "mysql is not supported. Use an sqlite:/// or a postgresql:// URL."),
        ("sqlite://", "A store in memory would be lost. Name a file: sqlite:///recommender.db."),
    ],
)
def test_an_unusable_url_is_refused(url: str, message: str) -> None:
    with pytest.raises(StoreUnusable) as caught:
        open_store(url)
    assert str(caught.value) == message


def test_both_spellings_of_postgresql_mean_psycopg_3() -> None:
    for spelling in ("postgresql", "postgres"):
        assert dialect.database_url(f"{spelling}://h/d").drivername == "postgresql+psycopg"


def test_a_locked_store_is_busy(store: Store) -> None:
    hasty = open_store(store.url.render_as_string(hide_password=False), patience=0.1)
    with store.write() as conn:
        settings.put(conn, "a", "1")
        with pytest.raises(StoreBusy, match="Nothing was kept; repeat the call"), hasty.write() as other:
            settings.put(other, "a", "2")
    with store.read() as conn:
        assert settings.get(conn, "a") == "1"
    hasty.close()


def test_a_full_disk_keeps_nothing_and_says_so(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/a.db")

    def limit(raw: sqlite3.Connection, record: object) -> None:
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count={pages + 2}")

    store.engine.dispose()
    sa.event.listen(store.engine, "connect", limit)
    with (
        pytest.raises(StoreFull, match=r"The disk under .*a\.db is full\. Nothing was kept"),
        store.write() as conn,
    ):
        settings.put(conn, "key", "x" * 100_000)
    with store.read() as conn:
        assert settings.get(conn, "key") is None
    store.close()


def test_what_goes_wrong_inside_is_rolled_back(store: Store) -> None:
    def put_and_fail() -> None:
        with store.write() as conn:
            settings.put(conn, "a", "1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        put_and_fail()
    with store.read() as conn:
        assert settings.get(conn, "a") is None


def test_an_error_of_the_database_names_no_values(store: Store) -> None:
    with pytest.raises(sa.exc.IntegrityError) as caught, store.write() as conn:
        conn.execute(sa.insert(tables.settings), {"key": "a", "value": None})
    assert "[SQL parameters hidden due to hide_parameters=True]" in str(caught.value)


def test_a_reader_sees_one_state_throughout(store: Store) -> None:
    with store.read() as conn:
        assert settings.get(conn, "a") is None
        with store.write() as other:
            settings.put(other, "a", "1")
        assert settings.get(conn, "a") is None


def test_sqlite_is_durable(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/a.db")
    with store.write() as conn:
        found = {
            p: conn.exec_driver_sql(f"PRAGMA {p}").scalar()
            for p in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    store.close()

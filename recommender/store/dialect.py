"""What differs between SQLite and PostgreSQL, all of it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, Dialect, Engine, make_url
from sqlalchemy.exc import ArgumentError

from recommender.errors import BadInput, RecommenderError, StoreBusy, StoreFull, StoreUnusable
from recommender.store.checks import microseconds

Identifier = sa.String().with_variant(sa.String(collation="C"), "postgresql")
"""Ids sort by code point on both stores and in Python alike."""

_T = TypeVar("_T")
Insert = sqlite.Insert | postgresql.Insert

_MIGRATION_LOCK = 0x7265636F6D6D
"""Any number, the same in every process ("recomm")."""
_MOST_VALUES = 5_000
"""Values of one IN list; SQLite's default limit of a statement is 32,766."""


class Moment(sa.types.TypeDecorator[int]):
    """A time as BIGINT microseconds since 1970 UTC; a datetime without a zone is refused."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | datetime | None, dialect: Dialect) -> int | None:
        """From microseconds or an aware datetime."""
        return microseconds(value) if isinstance(value, datetime) else value


def database_url(text: str) -> URL:
    """An SQLAlchemy URL from what people write; ``postgresql://`` and ``postgres://`` mean psycopg 3.

    Raises
    ------
    StoreUnusable
        Not a URL, another database, a driver that is not installed, or a store in memory.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise StoreUnusable(
            "The database is not a URL. Write sqlite:///recommender.db or postgresql://user@host/name."
        ) from None
    backend = url.get_backend_name()
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise StoreUnusable(f"{backend} is not supported. Use an sqlite:/// or a postgresql:// URL.")
    if url.database in (None, "", ":memory:"):
        raise StoreUnusable("A store in memory would be lost. Name a file: sqlite:///recommender.db.")
    # Absolute, so that every connection means the same file wherever the process goes later.
    return URL.create("sqlite", database=os.path.abspath(str(url.database)))


def name_of(url: URL) -> str:
    """How messages name a database: never with its password."""
    is_file = url.get_backend_name() == "sqlite"
    return str(url.database) if is_file else url.render_as_string(hide_password=True)


def create_engine(url: URL, patience: float) -> Engine:
    """An engine whose transactions behave alike on both stores, and whose errors name nobody.

    Parameters
    ----------
    url : URL
        From ``database_url``.
    patience : float
        Seconds to wait for a lock or a free connection.
    """
    if url.get_backend_name() == "sqlite":
        engine = sa.create_engine(
            url, hide_parameters=True, pool_timeout=patience, connect_args={"timeout": patience}
        )
        sa.event.listen(engine, "connect", lambda raw, record: _prepare_sqlite(raw))
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        return sa.create_engine(
            url, hide_parameters=True, pool_pre_ping=True, pool_timeout=patience,
            connect_args=_postgres_arguments(url, patience),
        )  # fmt: skip
    except ModuleNotFoundError:
        raise StoreUnusable(
            "PostgreSQL needs psycopg 3, which is not installed. Install it: pip install 'psycopg[binary]'."
        ) from None


def _postgres_arguments(url: URL, patience: float) -> dict[str, Any]:
    theirs = url.query.get("options", "")
    options = f"{theirs} -c lock_timeout={int(patience * 1000)} -c timezone=UTC"
    return {"connect_timeout": 5, "options": options.strip()}


def _prepare_sqlite(raw: Any) -> None:
    raw.isolation_level = None  # transactions are begun below, not by the driver's guess
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        raw.execute(f"PRAGMA {pragma}")


def _begin_sqlite(conn: Connection) -> None:
    immediate = conn.get_execution_options().get("store_writes")
    conn.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def for_reading(engine: Engine) -> Engine:
    """The engine whose transactions see one state of the store throughout."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def for_writing(engine: Engine) -> Engine:
    """The engine whose transactions write: on SQLite they take the write lock at once."""
    return engine.execution_options(store_writes=True)


def keep_a_log(engine: Engine) -> None:
    """Put an SQLite file into WAL, so that readers and a writer do not wait for each other."""
    if engine.dialect.name != "sqlite":
        return
    raw = engine.raw_connection()
    try:
        with translated_raw(engine.url):
            raw.cursor().execute("PRAGMA journal_mode=WAL").close()
    finally:
        raw.close()


def scrub(engine: Engine) -> None:
    """Leave no copy of deleted rows in SQLite's log (its pages are overwritten by secure_delete)."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as conn:
            driver = conn.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            with translated_raw(engine.url):
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def lock_migrations(conn: Connection) -> None:
    """Wait until no other process migrates; BEGIN IMMEDIATE has seen to it on SQLite."""
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))


def insert(conn: Connection, table: sa.Table) -> Insert:
    """An INSERT that has ON CONFLICT."""
    return sqlite.insert(table) if conn.dialect.name == "sqlite" else postgresql.insert(table)


def replace(conn: Connection, table: sa.Table, columns: list[str]) -> Insert:
    """An INSERT that overwrites ``columns`` of a row with the same primary key."""
    statement = insert(conn, table)
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: statement.excluded[name] for name in columns},
    )


def chunks(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Lists short enough for one statement."""
    for start in range(0, len(values), _MOST_VALUES):
        yield values[start : start + _MOST_VALUES]


@contextmanager
def translated(url: URL, *, opening: bool = False) -> Iterator[None]:
    """Turn the drivers' errors into this project's; what is a bug stays what it is.

    Parameters
    ----------
    url : URL
        For the message.
    opening : bool
        A server that does not answer is unusable at the start, and busy later on.
    """
    try:
        yield
    except sa.exc.TimeoutError as error:
        raise _busy() from error
    except UnicodeEncodeError as error:
        raise _broken() from error
    except sa.exc.DBAPIError as error:
        known = _known(error.orig, url, opening)
        if known is None:
            raise
        raise known from error


def _known(error: BaseException | None, url: URL, opening: bool) -> RecommenderError | None:
    if isinstance(error, sqlite3.Error):
        return _known_sqlite(error, url)
    state = getattr(error, "sqlstate", None) or ""
    if "NUL" in str(error):
        return _broken()
    if state == "53100":
        return _full(url)
    if state in ("55P03", "40P01", "40001") or state.startswith("53"):
        return _busy()
    if state.startswith(("08", "57P", "28", "3D")) or type(error).__name__ == "OperationalError":
        if not opening:
            return _busy()
        first_line = str(error).strip().splitlines()[-1:] or [""]
        return StoreUnusable(
            f"PostgreSQL at {name_of(url)} cannot be used ({first_line[0].strip()}). "
            "Check that the server runs and that host, name, user and password are right."
        )
    return None


def _known_sqlite(error: sqlite3.Error, url: URL) -> RecommenderError | None:
    code = getattr(error, "sqlite_errorcode", None)
    name = name_of(url)
    folder = os.path.dirname(os.path.abspath(name))
    match (code or 0) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return _busy()
        case sqlite3.SQLITE_FULL:
            return _full(url)
        case sqlite3.SQLITE_NOTADB:
            return StoreUnusable(f"{name} is not an SQLite database. Name another file with --database.")
        case sqlite3.SQLITE_CORRUPT:
            return StoreUnusable(f"{name} is damaged. Restore it from a backup.")
        case sqlite3.SQLITE_CANTOPEN if os.path.isdir(name):
            return StoreUnusable(f"{name} is a folder. Name a file in it: sqlite:///{name}/recommender.db")
        case sqlite3.SQLITE_CANTOPEN:
            return StoreUnusable(
                f"{name} cannot be opened. Check that the folder {folder} exists and can be written to."
            )
        case sqlite3.SQLITE_READONLY:
            return StoreUnusable(f"{name} cannot be written to. Check who owns it and its folder {folder}.")
        case sqlite3.SQLITE_IOERR:
            return StoreUnusable(
                f"The disk under {name} is full or fails ({error}). Free some space and repeat; if there is "
                "space, check the disk."
            )
    return None


def _broken() -> BadInput:
    return BadInput("A text holds a NUL or a broken character, which no store keeps. Send it without.")


def _busy() -> StoreBusy:
    return StoreBusy("The store is busy and did not answer in time. Nothing was kept; repeat the call.")


def _full(url: URL) -> StoreFull:
    return StoreFull(f"The disk under {name_of(url)} is full. Nothing was kept; free some space and repeat.")


def raw_connection(url: URL, patience: float) -> Any:
    """A driver's own connection in autocommit, for ``fast``; reads only."""
    if url.get_backend_name() == "sqlite":
        raw = sqlite3.connect(
            str(url.database), timeout=patience, isolation_level=None, check_same_thread=False
        )
        raw.execute("PRAGMA query_only=ON")
        return raw
    import psycopg

    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(dsn, autocommit=True, **_postgres_arguments(url, patience))


def raw_placeholder(url: URL) -> str:
    """How the driver marks a value."""
    return "?" if url.get_backend_name() == "sqlite" else "%s"


def raw_errors(url: URL) -> type[Exception]:
    """What the driver raises."""
    if url.get_backend_name() == "sqlite":
        return sqlite3.Error
    import psycopg

    return psycopg.Error


@contextmanager
def translated_raw(url: URL) -> Iterator[None]:
    """As ``translated``, for the driver's own connections."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise _broken() from error
    except raw_errors(url) as error:
        known = _known(error, url, opening=False)
        if known is None:
            raise
        raise known from error

"""Opening a store: the right database, at the right schema, filled with the shipped catalogue."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine

from recommender.errors import StoreBusy, StoreUnusable
from recommender.framework import Catalogue
from recommender.store import dialect, settings
from recommender.store.catalogue import put_shipped
from recommender.store.fast import Fast

DEFAULT_URL = "sqlite:///recommender.db"
PATIENCE = 10.0
"""Seconds a call waits for a lock before it says that the store is busy."""
MIGRATION_PATIENCE = 120.0
"""Seconds a server waits at its start while another one migrates."""

HEAD = "0002"
"""The newest schema; stands here so that a server need not import Alembic to find nothing to do."""
VERSION_TABLE = "recommender_schema"


class Store:
    """One database, opened. Safe to share between threads; not between forked processes.

    Attributes
    ----------
    url : URL
        Where it is; messages show it by ``dialect.name_of``.
    engine : Engine
        For ``read`` and ``write`` below; nothing else connects.
    fast : Fast
        The two reads of every request, below SQLAlchemy.
    """

    def __init__(self, url: URL, engine: Engine, patience: float) -> None:
        self.url = url
        self.engine = engine
        self.fast = Fast(url, patience)
        self._reading = dialect.for_reading(engine)
        self._writing = dialect.for_writing(engine)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the store throughout and changes nothing.

        Raises
        ------
        StoreBusy
            The store did not answer in time.
        """
        with dialect.translated(self.url), self._reading.connect() as conn:
            yield conn

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is durable when the block ends, and gone when it raises.

        Raises
        ------
        StoreBusy, StoreFull
            Nothing was kept.
        """
        with dialect.translated(self.url), self._writing.begin() as conn:
            yield conn

    @cached_property
    def secret(self) -> bytes:
        """32 random bytes, made once with the store: signs links, keys tombstones, seeds draws."""
        with self.read() as conn:
            return settings.secret(conn)

    def scrub(self) -> None:
        """Leave no copy of deleted rows beside the database."""
        with dialect.translated(self.url):
            dialect.scrub(self.engine)

    def close(self) -> None:
        """Give all connections back."""
        self.fast.close()
        self.engine.dispose()


def open_store(
    url: str | None = None,
    *,
    patience: float = PATIENCE,
    shipped: Callable[[], Catalogue] | None = None,
) -> Store:
    """Open a store, and make or migrate it where needed; processes that start together do so once.

    Parameters
    ----------
    url : str, optional
        An SQLAlchemy URL; ``postgresql://`` means psycopg 3; the default is ``recommender.db`` in the
        working directory.
    patience : float
        Seconds to wait for locks.
    shipped : callable, optional
        What a new store's catalogue is, the program's own by default.

    Raises
    ------
    StoreUnusable
        It is no database, holds something else, cannot be reached, or is newer than this program.
    """
    place = dialect.database_url(url or DEFAULT_URL)
    engine = dialect.create_engine(place, patience)
    try:
        with dialect.translated(place, opening=True):
            with engine.connect() as conn:
                found = _schema(conn, place)
            if found != HEAD:
                _insist(lambda: dialect.keep_a_log(engine), place)
                _insist(lambda: _migrate(engine, place, shipped), place)
    except BaseException:
        engine.dispose()
        raise
    return Store(place, engine, patience)


def _schema(conn: Connection, place: URL) -> str | None:
    """The schema a database has, None where it is empty.

    Raises
    ------
    StoreUnusable
        The database is somebody else's, or newer than this program.
    """
    tables = sa.inspect(conn).get_table_names()
    if VERSION_TABLE not in tables:
        if tables:
            raise StoreUnusable(
                f"{dialect.name_of(place)} holds other tables ({', '.join(sorted(tables)[:3])}). "
                "Name an empty database or a new file with --database."
            )
        return None
    query = sa.select(sa.column("version_num", sa.String)).select_from(sa.table(VERSION_TABLE))
    found = conn.scalar(query)
    if found is not None and found > HEAD:
        raise StoreUnusable(
            f"{dialect.name_of(place)} was written by a newer version of this program (schema {found}, "
            f"known up to {HEAD}). Upgrade this program, or name another database."
        )
    return found


def _migrate(engine: Engine, place: URL, shipped: Callable[[], Catalogue] | None) -> None:
    """Bring the schema to HEAD and fill a new store, as one transaction under one lock."""
    from recommender.store.migrations import upgrade

    with dialect.for_writing(engine).begin() as conn:
        dialect.lock_migrations(conn)
        before = _schema(conn, place)
        if before == HEAD:
            return
        upgrade(conn, VERSION_TABLE)
        if before is None:
            settings.put(conn, settings.SECRET, secrets.token_bytes(32).hex())
            put_shipped(conn, (shipped or _shipped)())


def _shipped() -> Catalogue:
    from recommender.shipped import shipped_catalogue

    return shipped_catalogue()


def _insist(act: Callable[[], None], place: URL) -> None:
    """Do what others may be doing just now, once they let us: a migration may outlast any call."""
    give_up = time.monotonic() + MIGRATION_PATIENCE
    while True:
        try:
            with dialect.translated(place, opening=True):
                return act()
        except StoreBusy:
            if time.monotonic() > give_up:
                raise
        time.sleep(0.05)  # SQLite answers at once where the journal's mode is to change

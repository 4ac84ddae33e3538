"""Single facts of a store: its secret, the number of its catalogue."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from recommender.store import dialect
from recommender.store.tables import settings

SECRET = "secret"  # noqa: S105 - the name of a row, not its value
CATALOGUE_REVISION = "catalogue_revision"


def get(conn: Connection, key: str) -> str | None:
    """The value of a setting, or None."""
    return conn.scalar(sa.select(settings.c.value).where(settings.c.key == key))


def put(conn: Connection, key: str, value: str) -> None:
    """Set a setting."""
    conn.execute(dialect.replace(conn, settings, ["value"]), {"key": key, "value": value})


def hold(conn: Connection, key: str) -> None:
    """Let no other transaction change what hangs on a setting until this one ends."""
    conn.execute(sa.select(settings.c.value).where(settings.c.key == key).with_for_update())


def secret(conn: Connection) -> bytes:
    """The store's 32 random bytes."""
    return bytes.fromhex(get(conn, SECRET) or "")

"""The store's schema, step by step. ``open_store`` runs what is missing; nobody calls Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection


def configuration(conn: Connection, version_table: str) -> Config:
    """Alembic's configuration for a connection; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes.update(connection=conn, version_table=version_table)
    return config


def upgrade(conn: Connection, version_table: str) -> None:
    """Bring a database to the newest schema inside the caller's transaction."""
    command.upgrade(configuration(conn, version_table), "head")

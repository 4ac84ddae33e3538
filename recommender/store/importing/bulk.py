"""Arrow columns into a database table, as fast as each driver can."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from pyarrow import csv as arrow_csv
from sqlalchemy.engine import Connection

Columns = dict[str, pa.Array]
_CACHE_KIB = 65_536
_FEW_ROWS = {"sqlite": 10_000, "postgresql": 100_000}
"""Fewer rows than this are inserted with the indexes in place."""


def write_rows(conn: Connection, table: sa.Table, columns: Columns) -> None:
    """Insert rows into a table.

    Parameters
    ----------
    conn : Connection
        Of ``Store.write()``.
    table : Table
    columns : dict
        One array a column, equally long.
    """
    if conn.dialect.name == "postgresql":
        _copy(conn, table, columns)
    else:
        _execute_many(conn, table, columns)


@contextmanager
def loading(conn: Connection, table: sa.Table, rows: int) -> Iterator[None]:
    """Within it an empty table is filled without its secondary indexes, which are built after.

    On PostgreSQL who reads that table waits meanwhile; it is empty, and nothing else is held. Its foreign
    key stays, though checking it takes a third of the time: dropping it would lock the learners.
    """
    if rows < _FEW_ROWS[conn.dialect.name]:
        yield
        return
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    with roomy(conn):
        for index in indexes:
            index.drop(conn)
        yield
        for index in indexes:
            index.create(conn)


@contextmanager
def roomy(conn: Connection) -> Iterator[None]:
    """Give SQLite a larger page cache while much is written."""
    if conn.dialect.name != "sqlite":
        yield
        return
    before = conn.exec_driver_sql("PRAGMA cache_size").scalar()
    conn.exec_driver_sql(f"PRAGMA cache_size = -{_CACHE_KIB}")
    try:
        yield
    finally:
        conn.exec_driver_sql(f"PRAGMA cache_size = {before}")


def _execute_many(conn: Connection, table: sa.Table, columns: Columns) -> None:
    """Values that are the same in all rows stand in the statement: binding costs most of the time."""
    constant = {name: value for name, values in columns.items() if (value := _constant(values)) is not None}
    varying = [name for name in columns if name not in constant]
    values = {name: constant.get(name, sa.bindparam(name)) for name in columns}
    statement = sa.insert(table).values(values).compile(dialect=conn.dialect)
    lists = [columns[name].to_pylist() for name in varying]
    rows = list(zip(*lists, strict=True)) if varying else [()] * len(next(iter(columns.values())))
    if rows:
        conn.exec_driver_sql(str(statement), rows)


def _constant(values: pa.Array) -> sa.ColumnElement[Any] | None:
    """The one value of a column as SQL, where it is a number or nothing."""
    if values.null_count == len(values):
        return sa.null()
    if values.null_count or pa.types.is_string(values.type):
        return None
    ends = pc.min_max(values)
    low = ends["min"].as_py()
    return sa.literal_column(repr(low)) if low == ends["max"].as_py() else None


def _copy(conn: Connection, table: sa.Table, columns: Columns) -> None:
    import psycopg

    quote = conn.dialect.identifier_preparer
    names = ", ".join(quote.quote(name) for name in columns)
    statement = f"COPY {quote.format_table(table)} ({names}) FROM STDIN (FORMAT csv)"
    data = io.BytesIO()
    options = arrow_csv.WriteOptions(include_header=False, quoting_style="needed")
    arrow_csv.write_csv(pa.table(columns), data, options)
    driver = conn.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    try:
        with driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            copy.write(data.getbuffer())
    except psycopg.Error as error:
        raise sa.exc.DBAPIError(statement, None, error) from error

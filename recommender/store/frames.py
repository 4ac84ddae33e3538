"""The evidence as frames, for training; the only file of the store that imports pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from recommender.evidence import EVENTS, TABLES, Column, Evidence
from recommender.store import blind, settings
from recommender.store.catalogue import read_catalogue
from recommender.store.identity import id_column
from recommender.store.tables import metadata

LEARNER_COLUMNS = ("learner_id", "department_id", "role", "language", "group", "active")
_ROWS_AT_ONCE = 50_000
_ARROW = {"number": pa.float64(), "integer": pa.int64(), "flag": pa.int8(), "time": pa.int64()}


def read_evidence(conn: Connection) -> Evidence:
    """Everything a fit may see.

    Comments stay in the store: no model reads them; raters stand under keyed pseudonyms (``blind``).
    Missing numbers and texts are NaN.

    Parameters
    ----------
    conn : Connection
        Of ``Store.read()``, so that all tables are of one moment.
    """
    learners = _frame(conn, "learners", LEARNER_COLUMNS, ["learner_id"])
    learners["active"] = learners["active"].fillna(1).astype(bool)
    frames = {
        name: _frame(
            conn,
            name,
            tuple(c.name for c in TABLES[name].columns if not (c.personal and c.kind == "text")),
            ["learner_id", "occurred_at", id_column(name)],
        )
        for name in EVENTS.values()
    }
    _blind(settings.secret(conn), frames["feedback"])
    return Evidence(read_catalogue(conn), learners, **frames)


def _blind(secret: bytes, feedback: pd.DataFrame) -> None:
    """Put keyed pseudonyms for raters, in place; see ``blind``."""
    code, raters = pd.factorize(feedback["rater_id"])
    hidden = np.array([*(blind.rater(secret, "", str(r)) for r in raters), None], dtype=object)
    own = (feedback["rater_id"].astype(object) == feedback["learner_id"].astype(object)).to_numpy()
    feedback["rater_id"] = pd.Series(
        np.where(own, feedback["rater_id"].astype(object).to_numpy(), hidden[code]), dtype="category"
    )


def _frame(conn: Connection, name: str, columns: tuple[str, ...], order: list[str]) -> pd.DataFrame:
    """A table's columns, sorted, read in parts so that it never stands twice in memory as objects."""
    table = metadata.tables[name]
    schema = pa.schema([(c, _ARROW.get(TABLES[name][c].kind, pa.string())) for c in columns])
    query = sa.select(*(table.c[c] for c in columns)).order_by(*(table.c[c] for c in order))
    parts = []
    streamed = {"stream_results": True, "max_row_buffer": _ROWS_AT_ONCE}
    result = conn.execute(query, execution_options=streamed)
    for rows in result.partitions(_ROWS_AT_ONCE):
        values = zip(*rows, strict=True)
        arrays = [pa.array(v, type=f.type) for v, f in zip(values, schema, strict=True)]
        parts.append(pa.RecordBatch.from_arrays(arrays, schema=schema))
    whole = pa.Table.from_batches(parts, schema)
    return pd.DataFrame({c: _series(whole[c], TABLES[name][c]) for c in columns})


def _series(values: pa.ChunkedArray, column: Column) -> pd.Series:
    wanted = np.float64 if column.kind in ("number", "integer") else None
    return pd.Series(values.to_pandas(), dtype=wanted)

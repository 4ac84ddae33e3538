"""Columns into files: CSV, or Parquet for the big tables, in the contract's shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
from numpy.typing import NDArray

from recommender.simulate.settings import Floats, Ints

BATCH = 100_000


def write(folder: Path, name: str, columns: Mapping[str, Any], parquet: bool = False) -> int:
    """Write one table and return its number of rows. Missing values are empty cells."""
    folder.mkdir(parents=True, exist_ok=True)
    table = pa.table({key: _array(value) for key, value in columns.items()})
    if parquet:
        pyarrow.parquet.write_table(table, folder / f"{name}.parquet")
    else:
        with (folder / f"{name}.csv").open("wb") as file:
            file.write((",".join(table.column_names) + "\n").encode())
            for batch in table.to_batches(BATCH):
                file.write(_lines(batch).encode())
    return int(table.num_rows)


def picked(labels: Sequence[str | None] | NDArray[np.str_], index: Ints | Floats) -> Any:
    """Labels by index as a text column; an index of -1 is missing."""
    codes = pa.array(np.asarray(index, dtype=np.int64), mask=np.asarray(index) < 0)
    values = pa.array([None if x is None else str(x) for x in labels], pa.string())
    if not len(values):
        return pa.nulls(len(codes), pa.string())
    return pc.take(values, codes)


def whole(values: Ints | Floats) -> Any:
    """Numbers as integers; NaN is missing."""
    blank = np.isnan(np.asarray(values, dtype=np.float64))
    return pa.array(np.where(blank, 0, values).astype(np.int64), mask=blank)


def moments(seconds: Ints | Floats, parquet: bool) -> Any:
    """Seconds since 1970 as timestamps with the zone UTC, or as ISO 8601 text for CSV."""
    stamps = (
        pa.array(np.asarray(seconds, dtype=np.int64)).cast(pa.timestamp("s")).cast(pa.timestamp("s", "UTC"))
    )
    return stamps.cast(pa.timestamp("us", "UTC")) if parquet else pc.strftime(stamps, "%Y-%m-%dT%H:%M:%SZ")


def numbered(prefix: str, count: int) -> Any:
    """Ids of ``count`` rows: the prefix and a running number of equal width."""
    digits = pc.utf8_lpad(pa.array(np.arange(1, count + 1)).cast(pa.string()), len(str(count)), "0")
    return pc.binary_join_element_wise(pa.scalar(prefix), digits, "")


def _lines(batch: Any) -> str:
    """Rows as CSV. Arrow's own writer quotes every text, which makes files a fifth larger."""
    cells = [_quoted(column.cast(pa.string())) for column in batch.columns]
    joined = pc.binary_join_element_wise(*cells, ",", null_handling="replace", null_replacement="")
    return "".join(f"{line}\n" for line in joined.to_pylist())


def _quoted(text: Any) -> Any:
    """Texts that hold a separator, a quote or a line break, in quotes."""
    special = pc.match_substring_regex(text, '[",\r\n]')
    if not pc.any(special).as_py():
        return text
    doubled = pc.replace_substring(text, '"', '""')
    return pc.if_else(special, pc.binary_join_element_wise('"', doubled, '"', ""), text)


def _array(value: Any) -> Any:
    if isinstance(value, pa.Array | pa.ChunkedArray):
        return value
    if isinstance(value, np.ndarray) and value.dtype.kind == "U":
        return pa.array(value.tolist(), pa.string())
    return pa.array(value)

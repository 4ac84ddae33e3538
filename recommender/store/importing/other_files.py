"""Workbooks, Parquet and JSON Lines."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook

from recommender.errors import BadInput
from recommender.store.importing.chunks import (
    CHUNK_ROWS,
    Broken,
    Chunk,
    Source,
    as_text,
    cell_text,
    rows_to_chunk,
    without_empty,
)

_KEPT_TYPED = (pa.types.is_floating, pa.types.is_boolean, pa.types.is_timestamp, pa.types.is_date)


def open_workbook(path: Path) -> list[Source]:
    """The sheets of a workbook that hold anything.

    Raises
    ------
    BadInput
        It is no workbook.
    """
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = [(name, book.get_sheet_by_name(name)) for name in book.sheet_names]
    except (CalamineError, ValueError) as error:
        raise BadInput(
            f"{path.name} is no XLSX workbook ({error}). Save it as .xlsx and try again."
        ) from error
    found = (_sheet(path, name, sheet) for name, sheet in sheets)
    return [source for source in found if source is not None]


def _sheet(path: Path, name: str, sheet: Any) -> Source | None:
    rows = enumerate(([cell_text(v) for v in row] for row in sheet.iter_rows()), 1)
    before, header = next(((n, row) for n, row in rows if any(map(str.strip, row))), (0, []))
    while header and not header[-1].strip():
        header.pop()
    if not header:
        return None

    def chunks() -> Iterator[Chunk]:
        done = before
        rows = islice(sheet.iter_rows(), done, None)
        while some := [[cell_text(v) for v in row] for row in islice(rows, CHUNK_ROWS)]:
            numbers = list(range(done + 1, done + 1 + len(some)))
            done += len(some)
            yield rows_to_chunk(some, numbers, len(header), [], min(1.0, done / sheet.total_height))

    return Source(path, name, header, chunks)


def open_parquet(path: Path) -> Source:
    """The table of a Parquet file.

    Raises
    ------
    BadInput
        It is no Parquet file.
    """
    try:
        with pq.ParquetFile(path) as file:
            header = file.schema_arrow.names
            total = max(file.metadata.num_rows, 1)
    except pa.ArrowException as error:
        raise BadInput(f"{path.name} is no Parquet file ({error}). Write it again.") from error

    def chunks() -> Iterator[Chunk]:
        first = 1
        with pq.ParquetFile(path) as opened:
            for batch in opened.iter_batches(batch_size=CHUNK_ROWS):
                cells = [c if any(t(c.type) for t in _KEPT_TYPED) else as_text(c) for c in batch.columns]
                numbers = np.arange(first, first + len(batch), dtype=np.int64)
                first += len(batch)
                numbers, cells = without_empty(numbers, cells)
                yield Chunk(numbers, cells, [], (first - 1) / total)

    return Source(path, None, list(header), chunks)


def open_json_lines(path: Path) -> Source:
    """The rows of a JSON Lines file: an object a line; headers are all names of its first lines."""
    with path.open("rb") as file:
        header: dict[str, None] = {}
        for line in islice(file, CHUNK_ROWS):
            row = _object(line)
            if isinstance(row, dict):
                header.update(dict.fromkeys(row))
    if not header:
        raise BadInput(f"{path.name} holds no JSON object. Write one object a line.")
    names = list(header)
    size = max(path.stat().st_size, 1)

    def chunks() -> Iterator[Chunk]:
        before = read = 0
        with path.open("rb") as opened:
            while lines := list(islice(opened, CHUNK_ROWS)):
                rows: list[list[str]] = []
                numbers: list[int] = []
                broken: list[Broken] = []
                for number, line in enumerate(lines, before + 1):
                    read += len(line)
                    row = _object(line)
                    if isinstance(row, dict):
                        rows.append([cell_text(row.get(name)) for name in names])
                        numbers.append(number)
                    elif line.strip():
                        text = line.decode("utf-8", "replace").strip()
                        broken.append(Broken(number, [text], "not a JSON object"))
                before += len(lines)
                yield rows_to_chunk(rows, numbers, len(names), broken, read / size)

    return Source(path, None, names, chunks)


def _object(line: bytes) -> Any:
    try:
        return orjson.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return None

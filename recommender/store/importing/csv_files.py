"""CSV: by pyarrow, and line by line in Python where a quote is left open."""

from __future__ import annotations

import csv
import io
import unicodedata
from array import array
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

from recommender.errors import BadInput
from recommender.store.importing.chunks import CHUNK_ROWS, Broken, Chunk, Source, rows_to_chunk, without_empty
from recommender.store.importing.encodings import Encoding, Utf8, detect, open_text

_SEPARATORS = ",;\t"
_BLOCK = 1 << 23
"""Bytes parsed at a time: about CHUNK_ROWS rows of feedback."""
_LONGEST_CELL = 1 << 20
_JOINED_LINES = 50
"""A quoted cell of more lines than this is taken for a quote that was never closed."""


def open_csv(path: Path) -> Source:
    """The one table of a CSV file.

    Raises
    ------
    BadInput
        The file is empty, or no text.
    """
    encoding = detect(path)
    with open_text(path, encoding) as file:
        first = next((line for line in file if line.strip()), "")
    if not first.strip():
        raise BadInput(f"{path.name} is empty. Its first line must hold the headers.")
    if any(unicodedata.category(ch) == "Cc" for ch in first.strip() if ch != "\t"):
        raise BadInput(f"{path.name} is no text file. Save it as CSV and try again.")
    separator = _separator(first)
    with open_text(path, encoding) as file:
        reader = csv.reader(file, delimiter=separator)
        header = next(cells for cells in reader if any(map(str.strip, cells)))
        before = reader.line_num

    def chunks() -> Iterator[Chunk]:
        if encoding.quotes % 2 or before > 1:
            return _by_line(path, encoding, separator, len(header))
        return _by_arrow(path, encoding, separator, len(header))

    return Source(path, None, header, chunks, separator, not encoding.clean)


def _separator(line: str) -> str:
    """The separator of a header line: the one that stands there most often outside quotes."""
    outside = "".join(line.split('"')[::2])
    return max(_SEPARATORS, key=outside.count)


def _by_arrow(path: Path, encoding: Encoding, separator: str, width: int) -> Iterator[Chunk]:
    odd: list[Any] = []
    skipped = array("q")
    good, last = 0, 1
    size = max(path.stat().st_size, 1)
    with Utf8(path, encoding) as stream:
        try:
            for batch in _arrow_batches(stream, separator, width, odd, skipped):
                numbers = _numbers(good, len(batch), np.array(skipped, np.int64))
                good += len(batch)
                last = int(numbers[-1]) if len(numbers) else last
                numbers, cells = without_empty(numbers, batch.columns)
                yield Chunk(numbers, cells, [], stream.tell_source() / size)
                yield from _salvaged([row for row in odd if row.number < last], separator, width)
                odd[:] = [row for row in odd if row.number > last]
        except pa.ArrowInvalid:
            # A quote that stays open for more than a block; what comes after is read line by line.
            yield from _by_line(path, encoding, separator, width, last - 1)
            return
    yield from _salvaged(odd, separator, width)


def _arrow_batches(
    stream: Utf8, separator: str, width: int, odd: list[Any], skipped: array[int]
) -> Iterator[pa.RecordBatch]:
    """Batches of text columns; rows of another width go to ``odd``, their numbers to ``skipped``."""
    names = [f"c{i}" for i in range(width)]

    def keep(row: Any) -> str:
        odd.append(row)
        skipped.append(row.number)
        return "skip"

    yield from arrow_csv.open_csv(
        io.BufferedReader(stream, _BLOCK),
        read_options=arrow_csv.ReadOptions(
            use_threads=False, block_size=_BLOCK, column_names=names, skip_rows_after_names=1
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=separator, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=keep
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types={name: pa.string() for name in names}, strings_can_be_null=False, check_utf8=False
        ),
    )


def _numbers(before: int, count: int, skipped: NDArray[np.int64]) -> NDArray[np.int64]:
    """Row numbers of ``count`` good rows behind ``before`` others; the header is 1."""
    plain = np.arange(before, before + count, dtype=np.int64)
    passed = np.searchsorted(skipped - 2 - np.arange(len(skipped)), plain, side="right")
    return plain + passed + 2


def _salvaged(rows: list[Any], separator: str, width: int) -> Iterator[Chunk]:
    """Rows of another width: shorter ones are filled up, an open quote's lines are read one by one."""
    for start in range(0, len(rows), CHUNK_ROWS):
        good: list[list[str]] = []
        numbers: list[int] = []
        broken: list[Broken] = []
        for row in rows[start : start + CHUNK_ROWS]:
            lines = row.text.splitlines(keepends=True)
            for number, cells, why in _records(lines, separator, width, row.number):
                _sort(number, cells, why, width, good, numbers, broken)
        yield rows_to_chunk(good, numbers, width, broken, 1.0)


def _by_line(path: Path, encoding: Encoding, separator: str, width: int, after: int = 0) -> Iterator[Chunk]:
    """Chunks behind the header and ``after`` more records."""
    with open_text(path, encoding) as file:
        records = _records(file, separator, width, 1)
        next((cells for _, cells, _ in records if any(map(str.strip, cells))), None)
        next(islice(records, after, after), None)
        while some := list(islice(records, CHUNK_ROWS)):
            good: list[list[str]] = []
            numbers: list[int] = []
            broken: list[Broken] = []
            for number, cells, why in some:
                _sort(number, cells, why, width, good, numbers, broken)
            yield rows_to_chunk(good, numbers, width, broken, 1.0)


def _sort(
    number: int,
    cells: list[str],
    why: str,
    width: int,
    good: list[list[str]],
    numbers: list[int],
    broken: list[Broken],
) -> None:
    if not why and any(map(str.strip, cells[width:])):
        why = f"{len(cells)} cells, but {width} headers"
    if why:
        broken.append(Broken(number, cells, why))
    else:
        good.append(cells)
        numbers.append(number)


def _records(
    lines: Iterator[str] | list[str], separator: str, width: int, number: int
) -> Iterator[tuple[int, list[str], str]]:
    """Records of a file as (number, cells, why not); one open quote costs one line, not the rest."""
    rest = iter(lines)
    waiting = list(islice(rest, 1))
    while waiting:
        line = waiting.pop(0)
        cells, why = _strictly([line], separator), ""
        if cells is None:
            waiting.extend(islice(rest, max(0, _JOINED_LINES - len(waiting))))
            cells, why = _joined(line, waiting, separator, width)
        yield number, cells, why
        number += 1
        waiting = waiting or list(islice(rest, 1))


def _joined(line: str, waiting: list[str], separator: str, width: int) -> tuple[list[str], str]:
    """A record that goes on in the lines waiting, which it takes; else the one line as it stands."""
    for end in range(1, len(waiting) + 1):
        cells = _strictly([line, *waiting[:end]], separator)
        if cells is not None and len(cells) == width:
            del waiting[:end]
            return cells, ""
        if cells is not None:
            break
    return line.rstrip("\r\n").split(separator), "a quote is not closed"


def _strictly(lines: list[str], separator: str) -> list[str] | None:
    """The cells of lines that are exactly one record, else None."""
    csv.field_size_limit(_LONGEST_CELL)
    try:
        records = list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error:
        return None
    return records[0] if len(records) == 1 else None

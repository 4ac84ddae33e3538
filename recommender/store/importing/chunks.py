"""What every reader hands on: a source of rows in chunks, cells as they stand in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

CHUNK_ROWS = 100_000
"""Rows handled at a time: some 50 MB of cells, whatever the file's length."""


class Broken(NamedTuple):
    """A line that is no row of this file: its number, its cells as far as they go, and why."""

    number: int
    cells: list[str]
    reason: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a file.

    ``cells`` holds one array a header, text or typed as the file has it; ``numbers`` the rows' numbers
    as a spreadsheet counts them; ``share`` how much of the file has been read.
    """

    numbers: NDArray[np.int64]
    cells: list[pa.Array]
    broken: list[Broken] = field(default_factory=list)
    share: float = 1.0

    def rows(self, places: list[int]) -> list[list[str]]:
        """The cells of some rows as text."""
        taken = [as_text(column.take(pa.array(places, pa.int64()))).to_pylist() for column in self.cells]
        return [["" if cell is None else cell for cell in row] for row in zip(*taken, strict=True)]


@dataclass(frozen=True, slots=True)
class Source:
    """One table of one file: its headers, and its rows as often as they are asked for."""

    path: Path
    sheet: str | None
    header: list[str]
    chunks: Callable[[], Iterator[Chunk]]
    separator: str = ","
    damaged: bool = False
    """The file holds bytes that are no text in its encoding; they read as U+FFFD."""

    @property
    def decimal_comma(self) -> bool:
        """Whether 4,5 may mean 4.5: where the comma does not separate cells."""
        return self.separator != ","

    @property
    def name(self) -> str:
        """What people call it: the file, and the sheet of a workbook."""
        return f"{self.path.name}[{self.sheet}]" if self.sheet else self.path.name


def printable(text: str, most: int = 60) -> str:
    """A text for a message: short, and with U+FFFD for what a terminal cannot show."""
    shown = "".join(ch if ch.isprintable() else "\N{REPLACEMENT CHARACTER}" for ch in text.strip())
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def cell_text(value: Any) -> str:
    """One cell of a workbook or a JSON line as text; a whole float loses its ``.0``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        if value != value:
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dict):
        return ";".join(f"{k}:{cell_text(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ";".join(map(cell_text, value))
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def as_text(cells: pa.Array) -> pa.Array:
    """Typed cells as the text a spreadsheet would hold."""
    kind = cells.type
    if pa.types.is_string(kind):
        return cells
    if pa.types.is_null(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind):
        return cells.cast(pa.string())
    if pa.types.is_dictionary(kind):
        return as_text(cells.dictionary_decode())
    return pa.array([None if v is None else cell_text(v) for v in cells.to_pylist()], pa.string())


def rows_to_chunk(
    rows: list[list[str]], numbers: list[int], width: int, broken: list[Broken], share: float
) -> Chunk:
    """A chunk from rows of text; what is empty in all columns is no row and left out."""
    kept = [i for i, row in enumerate(rows) if any(map(str.strip, row))]
    padded = [rows[i][:width] + [""] * (width - len(rows[i])) for i in kept]
    columns = zip(*padded, strict=True) if padded else ([] for _ in range(width))
    cells = [pa.array(list(column), pa.string()) for column in columns]
    return Chunk(np.array([numbers[i] for i in kept], np.int64), cells, broken, share)


def without_empty(
    numbers: NDArray[np.int64], cells: list[pa.Array]
) -> tuple[NDArray[np.int64], list[pa.Array]]:
    """The rows that hold anything at all."""
    if not cells or (len(cells[0]) and _filled(cells[0]).all()):
        return numbers, cells
    filled = np.zeros(len(numbers), bool)
    for column in cells:
        filled |= _filled(column)
        if filled.all():
            return numbers, cells
    mask = pa.array(filled)
    return numbers[filled], [column.filter(mask) for column in cells]


def _filled(column: pa.Array) -> NDArray[np.bool_]:
    if pa.types.is_string(column.type):
        column = pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(column)), 0)
        return np.asarray(pc.fill_null(column, False))
    return np.asarray(pc.is_valid(column))

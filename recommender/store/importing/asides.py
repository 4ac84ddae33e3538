"""The set-aside file: rows that could not be used, each behind its reason, ready to be mended.

Cells that a spreadsheet would take for a formula get a leading apostrophe; reading a set-aside file
takes it off again, so that an unchanged cell comes back as it was.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import tempfile
from collections import Counter
from itertools import count
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc

from recommender.errors import BadInput
from recommender.store.importing.chunks import Source
from recommender.store.importing.formulas import ESCAPED, harmless

OWN_HEADERS = (
    "set_aside_file",
    "set_aside_row",
    "set_aside_column",
    "set_aside_value",
    "set_aside_reason",
)
_SUFFIX = re.compile(r"\.set-aside(-\d+)?\.csv$")
_KINDS_TOLD = 20
_BLOCK = 1 << 20


def is_set_aside(name: str) -> bool:
    """Whether a file's name is that of a set-aside file."""
    return _SUFFIX.search(name) is not None


def unescape(header: list[str], cells: list[pa.Array]) -> list[pa.Array]:
    """Cells as they were before they went into a set-aside file; other files' pass unchanged."""
    if not set(OWN_HEADERS) <= {text.strip() for text in header}:
        return cells
    return [
        pc.replace_substring_regex(c, pattern=ESCAPED, replacement="\\1") if pa.types.is_string(c.type) else c
        for c in cells
    ]


class SetAside:
    """Collects one source's unusable rows; the file appears when the first row does.

    Parameters
    ----------
    source : Source
    write : bool
        Whether to write a file at all; otherwise rows are only counted.
    """

    def __init__(self, source: Source, *, write: bool) -> None:
        self.rows = 0
        self.reasons: Counter[tuple[str, str]] = Counter()
        self._source = source
        self._write = write
        self._keep = [i for i, text in enumerate(source.header) if text.strip() not in OWN_HEADERS]
        self.made: Path | None = None
        self._file: Any = None
        self._writer: Any = None

    def add(self, number: int, column: str, value: str, reason: str, cells: list[str]) -> None:
        """Set one row aside."""
        self.rows += 1
        if len(self.reasons) < _KINDS_TOLD or (column, reason) in self.reasons:
            self.reasons[column, reason] += 1
        if not self._write:
            return
        if self._file is None:
            self._open()
        kept = [cells[i] for i in self._keep if i < len(cells)] + cells[len(self._source.header) :]
        shown = [self._source.name, number, column, harmless(value), reason, *map(harmless, kept)]
        self._writer.writerow(shown)

    def refuse(self, number: int, place: int | None, name: str, reason: str, cells: list[str]) -> None:
        """Set a row aside for what stands in the column at ``place``; ``name`` is what we call it."""
        column = name if place is None else self._source.header[place]
        self.add(number, column, "" if place is None else cells[place], reason, cells)

    def place(self) -> Path | None:
        """Put the file beside its source, or into the working directory; None without a row.

        An earlier file that says the same is kept in its place, any other one is left alone.

        Raises
        ------
        BadInput
            Neither folder can be written to.
        """
        if self._file is None:
            return None
        self._file.flush()
        folder = self._source.path.resolve().parent
        folder = folder if os.access(folder, os.W_OK) else Path.cwd()
        for n in count(1):
            target = folder / f"{self._stem()}.set-aside{f'-{n}' if n > 1 else ''}.csv"
            self._file.buffer.seek(0)
            try:
                with target.open("xb") as out:
                    self.made = target
                    shutil.copyfileobj(self._file.buffer, out)
                return target
            except FileExistsError:
                if _same(self._file.buffer, target):
                    return target
            except (PermissionError, FileNotFoundError) as error:
                raise BadInput(
                    f"Rows of {self._source.name} have to be set aside, but no file can be made in {folder}. "
                    "Nothing of it was imported; run the import from a folder that can be written to."
                ) from error
        raise AssertionError

    def discard(self) -> None:
        """Leave no file behind: nothing of the source was imported."""
        if self.made is not None:
            self.made.unlink(missing_ok=True)

    def _stem(self) -> str:
        name = _SUFFIX.sub("", self._source.path.name)
        sheet = re.sub(r'[\\/:*?"<>|]', "_", self._source.sheet or "")
        return f"{name}.{sheet}" if sheet else name

    def _open(self) -> None:
        # Without a name until it is complete, so that nothing stays of a process that is killed.
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8-sig", newline="")  # noqa: SIM115
        self._writer = csv.writer(self._file, delimiter=self._source.separator)
        self._writer.writerow([*OWN_HEADERS, *(self._source.header[i] for i in self._keep)])


def _same(made: IO[bytes], target: Path) -> bool:
    """Whether a file holds the very same bytes."""
    made.seek(0)
    with target.open("rb") as there:
        while True:
            mine, theirs = made.read(_BLOCK), there.read(_BLOCK)
            if mine != theirs:
                return False
            if not mine:
                return True

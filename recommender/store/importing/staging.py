"""The first half of an import: read, check, set aside, and keep what is good in a file without a name.

Nothing is written to the store here, so it is not locked while a long file is read.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from recommender.evidence import EVENTS, Table
from recommender.store.importing.asides import SetAside, unescape
from recommender.store.importing.chunks import Chunk
from recommender.store.importing.identify import Hashes, Identifier, hash_keys, last_of_each
from recommender.store.importing.parse import TYPES, Faults, Reading, missing, parse
from recommender.store.importing.recognise import Recognised
from recommender.store.importing.references import References
from recommender.store.importing.scales import check_scales

Columns = dict[str, pa.Array]
_SMALL = ("competencies", "modules")
"""Tables whose rows depend on each other, so that a row may turn out unusable after all."""


@dataclass
class Staged:
    """The good rows of one source, checked, and what became of the others.

    ``file`` holds them as an Arrow stream; ``hashes`` what identifies each; ``_raw`` the cells as they
    stood, by position, for tables whose rows depend on each other.
    """

    found: Recognised
    file: IO[bytes]
    rows: int = 0
    good: int = 0
    erased: int = 0
    hashes: Hashes = field(default_factory=lambda: np.zeros(0, np.uint64))
    _raw: list[tuple[int, list[str]]] = field(default_factory=list)
    learners: set[str] = field(default_factory=set)
    new_modules: dict[str, None] = field(default_factory=dict)

    @property
    def table(self) -> Table:
        """What the rows are."""
        return self.found.table

    def chunks(self) -> Iterator[Columns]:
        """The good rows, of each key the last."""
        if not self.good:
            return
        keep = last_of_each(self.hashes)
        start = 0
        self.file.seek(0)
        for batch in pa.ipc.open_stream(self.file):
            columns = dict(zip(batch.schema.names, batch.columns, strict=True))
            if keep is not None:
                mask = pa.array(keep[start : start + len(batch)])
                columns = {name: values.filter(mask) for name, values in columns.items()}
            start += len(batch)
            yield columns

    def raw_rows(self) -> list[tuple[int, list[str]]]:
        """Number and cells of each row that ``chunks`` yields, for tables that keep them."""
        keep = last_of_each(self.hashes)
        return self._raw if keep is None else [self._raw[i] for i in np.flatnonzero(keep).tolist()]

    @property
    def repeated(self) -> int:
        """How many rows a later row of the same file replaces."""
        keep = last_of_each(self.hashes)
        return 0 if keep is None else int((~keep).sum())


def stage(
    conn: Connection,
    found: Recognised,
    how: Reading,
    aside: SetAside,
    progress: Callable[[float], None],
) -> Staged:
    """Read and check a whole source.

    Parameters
    ----------
    conn : Connection
        For what rows may refer to, and who was erased.
    found : Recognised
        The source, its table and columns.
    how : Reading
        Zone, decimal sign and the present.
    aside : SetAside
        Takes the unusable rows.
    progress : callable
        Told the share of the file that was read.
    """
    table = found.table
    references = References(conn, found)
    identifier = Identifier(table) if table.name in EVENTS.values() else None
    schema = pa.schema([(c.name, TYPES.get(c.kind, pa.string())) for c in table.columns])
    staged = Staged(found, tempfile.TemporaryFile())  # noqa: SIM115
    hashes = [staged.hashes]
    with pa.ipc.new_stream(staged.file, schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as out:
        for chunk in found.source.chunks():
            columns, mask = _good(chunk, found, how, references, aside, staged)
            if identifier is not None:
                columns[table.key[0]] = identifier.fill(columns)
            columns = references.masked(columns)
            hashes.append(hash_keys(table, columns))
            out.write_batch(pa.record_batch([columns[c.name] for c in table.columns], schema=schema))
            _note(staged, columns, chunk, mask)
            progress(chunk.share)
    staged.hashes = np.concatenate(hashes)
    staged.new_modules = references.new_modules
    return staged


def _good(
    chunk: Chunk, found: Recognised, how: Reading, references: References, aside: SetAside, staged: Staged
) -> tuple[Columns, NDArray[np.bool_]]:
    """The usable rows of a chunk, and which those are; the others go to the set-aside file."""
    count = len(chunk.numbers)
    cells = unescape(found.source.header, chunk.cells)
    chunk = Chunk(chunk.numbers, cells, chunk.broken, chunk.share)
    faults = Faults()
    columns: Columns = {}
    for column in found.table.columns:
        place = found.places.get(column.name)
        columns[column.name] = (
            missing(column, count) if place is None else parse(column, cells[place], how, faults)
        )
    check_scales(found.table.name, columns, faults)
    erased = references.check(columns, faults)
    mask = faults.good(count)
    staged.rows += count + len(chunk.broken)
    staged.erased += int(erased.sum())
    _set_aside(aside, found, chunk, {i: why for i, why in sorted(faults.rows.items()) if not erased[i]})
    mask &= ~erased
    if not mask.all():
        kept = pa.array(mask)
        columns = {name: values.filter(kept) for name, values in columns.items()}
    references.note(columns)
    return columns, mask


def _set_aside(aside: SetAside, found: Recognised, chunk: Chunk, wrong: dict[int, tuple[str, str]]) -> None:
    for i, row in zip(wrong, chunk.rows(list(wrong)), strict=True):
        name, text = wrong[i]
        aside.refuse(int(chunk.numbers[i]), found.places.get(name), name, text, row)
    for broken in chunk.broken:
        aside.add(broken.number, "", "", broken.reason, broken.cells)


def _note(staged: Staged, columns: Columns, chunk: Chunk, mask: NDArray[np.bool_]) -> None:
    """Keep what the second half must know before it reads the rows again."""
    name = staged.table.name
    staged.good += len(columns[staged.table.key[0]])
    if name in _SMALL:
        places = np.flatnonzero(mask).tolist()
        staged._raw += zip(chunk.numbers[places].tolist(), chunk.rows(places), strict=True)
    if name in EVENTS.values():
        staged.learners.update(pc.unique(columns["learner_id"]).to_pylist())


def rows_of(columns: Columns, names: list[str]) -> list[dict[str, Any]]:
    """Columns as rows."""
    lists = [columns[name].to_pylist() for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*lists, strict=True)]

"""One source after the other into the store: each wholly or not at all."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from recommender.errors import StoreFull
from recommender.evidence import EVENTS
from recommender.store.database import Store
from recommender.store.importing.asides import SetAside
from recommender.store.importing.attribute_rows import load_attributes
from recommender.store.importing.chunks import printable
from recommender.store.importing.evidence_rows import Loaded, load_evidence
from recommender.store.importing.mapping import Mapping
from recommender.store.importing.parse import Reading
from recommender.store.importing.recognise import Recognised
from recommender.store.importing.sources import Found, find
from recommender.store.importing.staging import Staged, stage
from recommender.store.tables import imports

Progress = Callable[[str, float], None]
_READING = 0.6
"""Reading's share of a source's progress."""


@dataclass(slots=True)
class FileReport:
    """What became of one source's rows: new + corrected + unchanged + erased + set aside = rows."""

    file: str
    sheet: str | None = None
    table: str | None = None
    rows: int = 0
    new: int = 0
    corrected: int = 0
    unchanged: int = 0
    erased: int = 0
    set_aside: int = 0
    set_aside_file: str | None = None
    replaced_shipped: int = 0
    unknown_columns: list[str] = field(default_factory=list)
    reasons: list[dict[str, str | int]] = field(default_factory=list)
    error: str | None = None


@dataclass(slots=True)
class Report:
    """What an import did, file by file."""

    dry_run: bool
    files: list[FileReport]
    """Without sheets that hold no row."""
    passed_over: list[str]


class _UndoError(Exception):
    """Ends the transaction of a dry run."""


def import_files(
    store: Store,
    paths: Sequence[Path],
    *,
    mapping: Mapping,
    timezone: str,
    dry_run: bool,
    progress: Progress,
) -> Report:
    """Import files; a dry run does the same and takes it all back."""
    found = find(paths, mapping)
    report = Report(dry_run, [FileReport(p.name, error=why) for p, why in found.failed], found.passed_over)
    if not dry_run:
        report.files += [_import(store, table, _reading(table, timezone), progress) for table in found.tables]
    else:
        try:
            with store.write() as conn:
                report.files += _rehearse(conn, found, timezone, progress)
                raise _UndoError
        except _UndoError:
            pass
    report.files = [f for f in report.files if f.rows or f.error or not f.sheet]
    return report


def _rehearse(conn: Connection, found: Found, timezone: str, progress: Progress) -> Iterator[FileReport]:
    for table in found.tables:
        aside = SetAside(table.source, write=False)
        staged = stage(conn, table, _reading(table, timezone), aside, _part(progress, table, 0.0, _READING))
        yield _report(table, staged, aside, _load(conn, staged, aside, _part(progress, table, _READING, 1.0)))


def _import(store: Store, found: Recognised, how: Reading, progress: Progress) -> FileReport:
    aside = SetAside(found.source, write=True)
    with _room(found):
        try:
            with store.read() as conn:
                staged = stage(conn, found, how, aside, _part(progress, found, 0.0, _READING))
            with store.write() as conn:
                loaded = _load(conn, staged, aside, _part(progress, found, _READING, 1.0))
                placed = aside.place()
                if staged.rows:
                    _record(conn, found, staged, aside, placed)
        except BaseException:
            aside.discard()
            raise
    report = _report(found, staged, aside, loaded)
    report.set_aside_file = None if placed is None else str(placed)
    return report


def _load(conn: Connection, staged: Staged, aside: SetAside, progress: Callable[[float], None]) -> Loaded:
    if staged.table.name in EVENTS.values():
        return load_evidence(conn, staged, progress)
    raw = staged.raw_rows()

    def refuse(n: int, column: str, reason: str) -> None:
        number, cells = raw[n]
        aside.refuse(number, staged.found.places.get(column), column, reason, cells)

    return load_attributes(conn, staged, refuse, progress)


def _record(
    conn: Connection, found: Recognised, staged: Staged, aside: SetAside, placed: Path | None
) -> None:
    row = {
        "file": found.source.name,
        "table": found.table.name,
        "rows": staged.rows,
        "set_aside": aside.rows,
        "set_aside_file": None if placed is None else placed.name,
        "at": time.time_ns() // 1000,
    }
    conn.execute(sa.insert(imports), row)


def _report(found: Recognised, staged: Staged, aside: SetAside, loaded: Loaded) -> FileReport:
    return FileReport(
        file=found.source.path.name,
        sheet=found.source.sheet,
        table=found.table.name,
        rows=staged.rows,
        new=loaded.new,
        corrected=loaded.corrected,
        unchanged=loaded.unchanged,
        erased=staged.erased + loaded.erased,
        set_aside=aside.rows,
        replaced_shipped=loaded.replaced,
        unknown_columns=[printable(name) for name in found.unknown],
        reasons=[
            {"column": printable(column), "reason": printable(reason, 300), "rows": rows}
            for (column, reason), rows in aside.reasons.most_common()
        ],
    )


def _reading(found: Recognised, timezone: str) -> Reading:
    source = found.source
    return Reading(timezone, time.time_ns() // 1000, source.decimal_comma, source.damaged)


def _part(progress: Progress, found: Recognised, start: float, end: float) -> Callable[[float], None]:
    return lambda share: progress(found.source.name, start + (end - start) * share)


@contextmanager
def _room(found: Recognised) -> Iterator[None]:
    """Say it plainly where the disk under the temporary or the set-aside file is full."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise StoreFull(
            "There is no room for the temporary or the set-aside file (a full disk or ulimit -f). Nothing of "
            f"{found.source.name} was kept; free some space and repeat."
        ) from error

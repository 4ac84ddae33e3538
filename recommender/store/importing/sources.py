"""Which files there are to import, and what opens them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from recommender.errors import BadInput
from recommender.store.importing.asides import is_set_aside
from recommender.store.importing.chunks import Source
from recommender.store.importing.csv_files import open_csv
from recommender.store.importing.mapping import Mapping
from recommender.store.importing.other_files import open_json_lines, open_parquet, open_workbook
from recommender.store.importing.recognise import Recognised, recognise, unrecognised

ORDER = (
    "departments",
    "services",
    "competencies",
    "modules",
    "learners",
    "targets",
    "assessments",
    "feedback",
    "interactions",
    "outcomes",
)
"""Tables in the order in which they are loaded: what others refer to comes first."""

_KINDS = {
    ".csv": open_csv,
    ".tsv": open_csv,
    ".txt": open_csv,
    ".parquet": open_parquet,
    ".jsonl": open_json_lines,
    ".ndjson": open_json_lines,
}
_WORKBOOKS = (".xlsx", ".xlsm")
_ENDINGS = (*_KINDS, *_WORKBOOKS)


class Found(NamedTuple):
    """Tables to load, in order; what could not be used, with why; and what was passed over."""

    tables: list[Recognised]
    failed: list[tuple[Path, str]]
    passed_over: list[str]


def find(paths: Iterable[Path], mapping: Mapping) -> Found:
    """The tables in files and folders.

    Sheets and files of a folder that are none of our tables, or hold nothing, are passed over; a file
    that was named itself must be one. Set-aside files in a folder are passed over as well: who has
    mended one names it.

    Raises
    ------
    BadInput
        A path does not exist.
    """
    found = Found([], [], [])
    for path in paths:
        if not path.exists():
            raise BadInput(f"There is no file or folder {path}. Check the path.")
        if path.is_dir():
            _folder(path, mapping, found)
        else:
            _file(path, mapping, found, named=True)
    found.tables.sort(key=lambda r: (ORDER.index(r.table.name), r.source.path.name))
    return found


def _folder(folder: Path, mapping: Mapping, found: Found) -> None:
    files = [p for p in sorted(folder.iterdir()) if p.suffix.lower() in _ENDINGS and p.name[0] not in ".~"]
    for path in files:
        if is_set_aside(path.name):
            found.passed_over.append(path.name)
        else:
            _file(path, mapping, found, named=False)


def _file(path: Path, mapping: Mapping, found: Found, *, named: bool) -> None:
    try:
        sources = _open(path)
        known = [recognise(source, mapping) for source in sources]
        tables = [table for table in known if table is not None]
        if not tables and named:
            raise unrecognised(sources[0]) if len(sources) == 1 else _no_table(path, sources)
    except BadInput as error:
        found.failed.append((path, str(error)))
        return
    found.tables.extend(tables)
    found.passed_over.extend(s.name for s, table in zip(sources, known, strict=True) if table is None)


def _open(path: Path) -> list[Source]:
    ending = path.suffix.lower()
    if ending in _WORKBOOKS:
        return open_workbook(path)
    if ending not in _KINDS:
        raise BadInput(
            f"{path.name} is of no known kind ({', '.join(_ENDINGS)}). Save it as CSV or XLSX and try again."
        )
    return [_KINDS[ending](path)]


def _no_table(path: Path, sources: list[Source]) -> BadInput:
    if not sources:
        return BadInput(f"{path.name} is empty. Its first row must hold the headers.")
    sheets = ", ".join(str(source.sheet) for source in sources)
    return BadInput(
        f"None of the sheets of {path.name} ({sheets}) is a table to import. Name each sheet after "
        f"its table: {', '.join(ORDER)}."
    )

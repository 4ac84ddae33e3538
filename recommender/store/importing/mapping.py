"""``--map mapping.toml``: what an organisation's own headers and files are called here.

::

    [files]                      # optional: table = pattern of file or sheet names
    feedback = "360_*.csv"

    [feedback]                   # a table: "their header" = "our column"
    "Bewertung" = "rating"
    "Mitarbeiter" = "learner_id"

    [all]                        # optional: for every table that has the column
    "Personalnummer" = "learner_id"
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from recommender.errors import BadInput
from recommender.evidence import TABLES, header


@dataclass(frozen=True, slots=True)
class Mapping:
    """``columns``: by table (or ``all``) from a folded header to our column; ``files``: patterns."""

    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    files: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def table_of(self, file: str, sheet: str | None) -> str | None:
        """The table that the mapping gives a file, if any."""
        for table, patterns in self.files.items():
            if any(fnmatch(name, p) for p in patterns for name in (file, sheet or file)):
                return table
        return None

    def column_of(self, table: str, text: str) -> str | None:
        """Our column for their header, if the mapping says."""
        folded = header(text)
        found = self.columns.get(table, {}).get(folded)
        if found is None:
            found = self.columns.get("all", {}).get(folded)
            if found is not None and found not in _names(table):
                return None
        return found


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Raises
    ------
    BadInput
        It is not TOML, or names a table or a column that does not exist.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path.name} is not TOML ({error}). Correct it and try again.") from error
    files: dict[str, tuple[str, ...]] = {}
    columns: dict[str, dict[str, str]] = {}
    for section, entries in data.items():
        if not isinstance(entries, dict):
            raise BadInput(f"{path.name}: {section} stands outside a section. Write it under [table].")
        if section == "files":
            files = {_table(path, table): _patterns(path, table, p) for table, p in entries.items()}
        else:
            table = _table(path, section)
            columns[table] = _renames(path, table, entries)
    return Mapping(columns, files)


def _table(path: Path, name: str) -> str:
    if name not in TABLES and name != "all":
        raise BadInput(f"{path.name}: there is no table {name!r}. Tables are {', '.join(TABLES)}.")
    return name


def _patterns(path: Path, table: str, value: Any) -> tuple[str, ...]:
    patterns = [value] if isinstance(value, str) else value
    if not isinstance(patterns, list) or not all(isinstance(p, str) for p in patterns):
        raise BadInput(
            f'{path.name}: [files] {table} must be a pattern such as "360_*.csv", or a list of them.'
        )
    return tuple(patterns)


def _renames(path: Path, table: str, entries: dict[str, Any]) -> dict[str, str]:
    allowed = _names(table)
    for theirs, ours in entries.items():
        if ours not in allowed:
            raise BadInput(
                f"{path.name}: [{table}] {theirs!r} = {ours!r}, but there is no such column. "
                f"Columns are {', '.join(allowed)}."
            )
    return {header(theirs): ours for theirs, ours in entries.items()}


def _names(table: str) -> list[str]:
    tables = TABLES.values() if table == "all" else [TABLES[table]]
    return list(dict.fromkeys(c.name for t in tables for c in t.columns))

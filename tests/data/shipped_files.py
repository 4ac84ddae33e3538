"""The shipped files as rows, and what texts are checked against."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import recommender

DATA = Path(recommender.__file__).parent / "data"
TABLES = ("competencies", "items", "surveys", "indicators")


def rows(name: str) -> list[dict[str, str]]:
    """Rows of one of the CSV files."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def modules() -> list[dict[str, Any]]:
    """Entries of modules.json."""
    entries: list[dict[str, Any]] = json.loads((DATA / "modules.json").read_text(encoding="utf-8"))
    return entries


def texts(lang: str) -> Iterator[tuple[str, str]]:
    """Every shipped text in a language, each with where it stands."""
    for entry in modules():
        for key, value in entry.items():
            if key.endswith(f"_{lang}"):
                for text in value if isinstance(value, list) else [value]:
                    yield f"modules {entry['module_id']} {key}", text
    for name in TABLES:
        for row in rows(name):
            for key, text in row.items():
                if key == lang or key.endswith(f"_{lang}"):
                    yield f"{name} {next(iter(row.values()))} {row.get('item_id', '')} {key}", text
    yield from _leaves("forms", json.loads((DATA / "forms.json").read_text(encoding="utf-8")), lang)


def _leaves(where: str, node: Any, lang: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == lang and isinstance(value, str):
                yield where, value
            else:
                yield from _leaves(f"{where} {key}", value, lang)
    elif isinstance(node, list):
        for value in node:
            yield from _leaves(where, value, lang)

"""A synthetic organisation in memory: its files and its truth as frames."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from recommender.simulate import simulate


@dataclass(frozen=True)
class World:
    """Files and truth as frames by name, and the truth's parameters."""

    counts: dict[str, int]
    files: dict[str, pd.DataFrame]
    truth: dict[str, pd.DataFrame]
    known: dict[str, Any]


def frames(folder: Path) -> dict[str, pd.DataFrame]:
    found = {p.stem: pd.read_csv(p, dtype={"learner_id": str}) for p in folder.glob("*.csv")}
    return found | {p.stem: pd.read_parquet(p) for p in folder.glob("*.parquet")}


def make(folder: Path, **options: Any) -> World:
    counts = simulate(folder / "files", truth=folder / "truth", **options)
    known = json.loads((folder / "truth" / "truth.json").read_text("utf-8"))
    return World(counts, frames(folder / "files"), frames(folder / "truth"), known)

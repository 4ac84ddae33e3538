"""What the simulator writes goes in whole, and a second time changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recommender.service.importing import import_paths
from recommender.service.workspace import open_workspace
from recommender.simulate import simulate


@pytest.mark.parametrize("options", [{}, {"own_modules": 20, "own_competencies": 4, "parquet": True}])
def test_nothing_is_set_aside_and_twice_is_once(options: dict[str, Any], tmp_path: Path) -> None:
    counts = simulate(tmp_path / "files", learners=40, seed=3, **options)
    ws = open_workspace(f"sqlite:///{tmp_path / 'store.db'}", str(tmp_path / "models"))
    first, second = (import_paths(ws, [tmp_path / "files"]) for _ in range(2))
    ws.close()
    assert {f["table"]: f["new"] for f in first["files"]} == counts
    assert {f["table"]: f["unchanged"] for f in second["files"]} == counts
    for file in (*first["files"], *second["files"]):
        assert (file["set_aside"], file["unknown_columns"], file["error"]) == (0, [], None), file

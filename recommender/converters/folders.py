"""Reading a data set's folder and writing the contract's files, with messages that help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from recommender.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

Tables = Mapping[str, "pd.DataFrame"]
"""The contract's tables by file name."""


def read(folder: Path, name: str, columns: Sequence[str]) -> pd.DataFrame:
    """A file of the folder, by its ending CSV or Parquet.

    Raises
    ------
    BadInput
        The file is not there, or lacks one of ``columns``.
    """
    import pandas as pd

    path = folder / name
    if not path.is_file():
        raise BadInput(f"{folder} holds no {name}. Give the folder the data set was unpacked into.")
    frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype=str)
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise BadInput(f"{path} has no column {', '.join(missing)}. Is it that data set's?")
    return frame[list(columns)]


def write(output: Path, tables: Tables) -> dict[str, int]:
    """Write each table under its file name into ``output``; return the rows by file name."""
    output.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        if name.endswith(".parquet"):
            frame.to_parquet(output / name, index=False)
        else:
            frame.to_csv(output / name, index=False, encoding="utf-8")
    return {name: len(frame) for name, frame in tables.items()}


def competencies(ids: Sequence[str], en: Sequence[str], zh: Sequence[str]) -> pd.DataFrame:
    """The table of competencies, with their names."""
    import pandas as pd

    return pd.DataFrame({"competency_id": ids, "name_en": en, "name_zh": zh})


SCORES = {"scale_min": 0, "scale_max": 1, "source": "test"}
"""What is the same of every score of a test between 0 and 1."""

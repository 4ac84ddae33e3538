"""Result tables as files: CSV, XLSX or Parquet by the ending of their name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from recommender.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

ENDINGS = (".csv", ".xlsx", ".parquet")
MOST_SHEET_ROWS = 1_048_575


def check_place(path: Path, endings: tuple[str, ...] = ENDINGS) -> None:
    """Refuse a place that cannot be written, before any work is done for it.

    Raises
    ------
    BadInput
    """
    if path.suffix.lower() not in endings:
        raise BadInput(
            f"{path} ends in none of {', '.join(endings)}. Name the file so that its ending says its kind."
        )
    if not path.parent.is_dir():
        raise BadInput(f"The folder {path.parent} does not exist. Make it first, or name another.")


@contextmanager
def placed(path: Path) -> Iterator[Path]:
    """A file beside ``path`` to write to, put in its place at once when done.

    Raises
    ------
    OSError
        It cannot be written; what was there stays.
    """
    from xlsxwriter.exceptions import FileCreateError

    aside = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix.lower()}")
    try:
        yield aside
        os.replace(aside, path)
    except FileCreateError as error:  # xlsxwriter wraps what the operating system says
        refused: OSError = error.args[0]
        raise refused from error
    finally:
        aside.unlink(missing_ok=True)


def _harmless(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with no text that a spreadsheet would run; XLSX says of each cell that it is text."""
    from recommender.store.importing.formulas import harmless

    texts = frame.select_dtypes(exclude=["number", "bool"]).columns
    told = {c: frame[c].map(lambda v: harmless(v) if isinstance(v, str) else v) for c in texts}
    return frame.assign(**told)


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a table beside its place and put it there at once, so that no reader sees half of it.

    Raises
    ------
    BadInput
        The ending is unknown, or a sheet cannot hold so many rows.
    OSError
        It cannot be written; what was there stays.
    """
    check_place(path)
    with placed(path) as aside:
        if aside.suffix == ".csv":
            _harmless(frame).to_csv(aside, index=False)
        elif aside.suffix == ".parquet":
            frame.to_parquet(aside, index=False)
        elif len(frame) > MOST_SHEET_ROWS:
            raise BadInput(
                f"A sheet holds {MOST_SHEET_ROWS:,} rows, not {len(frame):,}. Write CSV or Parquet instead."
            )
        else:
            plain = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
            frame.to_excel(aside, index=False, freeze_panes=(1, 0), engine="xlsxwriter", engine_kwargs=plain)

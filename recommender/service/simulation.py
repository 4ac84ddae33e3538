"""A synthetic organisation as files, for the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recommender.errors import BadInput


def simulate(output: Path, truth: Path | None = None, **options: Any) -> dict[str, int]:
    """Write the files and, if asked, their truth; see `recommender.simulate.simulate`.

    Raises
    ------
    BadInput
        Where the truth would land among the files that get imported, or an option is out of range.
    """
    from recommender.simulate import simulate

    if truth is not None and truth.resolve().is_relative_to(output.resolve()):
        raise BadInput(f"{truth} lies in {output}: the truth would be imported too. Give another folder.")
    return simulate(output, truth=truth, **options)

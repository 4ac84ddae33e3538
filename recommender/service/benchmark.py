"""The models on a public data set, by the way that every organisation's files take."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from recommender.converters import SETS, convert
from recommender.errors import BadInput
from recommender.service.importing import import_paths
from recommender.service.judging import Progress, read_evidence
from recommender.service.workspace import open_workspace

if TYPE_CHECKING:
    from recommender.evidence import Evidence


def run(name: str, folder: Path, *, seed: int = 0, progress: Progress | None = None) -> dict[str, Any]:
    """Convert, import into a store of its own, fit, and judge beside baselines of the same run.

    Parameters
    ----------
    name : str
        One of ``converters.SETS``.
    folder : Path
        The folder that the set was unpacked into; only read.
    seed : int

    Returns
    -------
    dict
        ``set``, ``held_out`` in words, ``rows`` (see ``evaluation.rows.Row``).

    Raises
    ------
    BadInput
        No set has that name, or the folder does not hold it.
    """
    if name not in SETS:
        raise BadInput(f"There is no data set {name!r}. Those known are {', '.join(SETS)}.")
    told = progress or (lambda stage, share: None)
    judge = import_module(f"recommender.evaluation.public.{name}")
    rows = judge.rows(_evidence(name, folder, told), seed, told)
    told("judged", 1.0)
    return {"set": name, "held_out": judge.HELD_OUT, "rows": [row.as_dict() for row in rows]}


def _evidence(name: str, folder: Path, progress: Progress) -> Evidence:
    """What the set is once converted and imported."""
    with TemporaryDirectory() as place:
        files = Path(place) / "files"
        convert(name, folder, files)
        ws = open_workspace(f"sqlite:///{place}/store.db", f"{place}/models")
        import_paths(ws, [files], progress=progress)
        return read_evidence(ws)

"""From public data sets to the files an organisation would bring; a module a set, each with ``tables``."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from recommender.converters.folders import write

SETS = {
    "assist2009": "Right and wrong answers by skill, in order (ASSISTments 2009-10).",
    "insteval": "Ratings of lecturers by students, a third from other departments (InstEval).",
    "mooccubex": "Enrolments in online courses, in order (MOOCCubeX).",
    "practice": "Scores of single questions in one course (personalized practice 2021).",
}
"""The sets and what each holds. ``recommender.evaluation.public`` has the tables of all of them."""


def convert(name: str, folder: Path, output: Path, **own: str) -> dict[str, int]:
    """Write the files that ``recommender import`` reads.

    Parameters
    ----------
    name : str
        One of ``SETS``.
    folder : Path
        The folder that the set was unpacked into; only read. Its module says what it holds.
    output : Path
        Folder for the files; made where missing.
    **own : str
        What the set leaves open, as its ``tables`` takes it.

    Returns
    -------
    dict
        Rows by file name.

    Raises
    ------
    BadInput
        The folder does not hold the set.
    """
    return write(output, import_module(f"recommender.converters.{name}").tables(folder, **own))

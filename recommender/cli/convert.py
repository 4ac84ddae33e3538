"""``recommender convert``: public data sets as files to import."""

from __future__ import annotations

from pathlib import Path

import click

from recommender.cli.trouble import writing
from recommender.converters.mooccubex import STATUSES

folder = click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
output = click.option(
    "--output",
    required=True,
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the files; made where missing.",
)


@click.group("convert")
def command() -> None:
    """Turn a public data set into files to import (docs/real-data.md)."""


@command.command("mooccubex")
@folder
@output
@click.option(
    "--status",
    type=click.Choice(STATUSES),
    default=STATUSES[0],
    show_default=True,
    help="What an enrolment counts as; the set does not say who finished.",
)
def mooccubex(folder: Path, output: Path, status: str) -> None:
    """Enrolments in online courses, in order (MOOCCubeX)."""
    from recommender.converters import mooccubex

    with writing(output):
        _tell(mooccubex.convert(folder, output, status=status), output)


@command.command("insteval")
@folder
@output
def insteval(folder: Path, output: Path) -> None:
    """Ratings of lecturers by students, a third from other departments (InstEval)."""
    from recommender.converters import insteval

    with writing(output):
        _tell(insteval.convert(folder, output), output)


@command.command("assist2009")
@folder
@output
def assist2009(folder: Path, output: Path) -> None:
    """Right and wrong answers by skill, in order (ASSISTments 2009-10)."""
    from recommender.converters import assist2009

    with writing(output):
        _tell(assist2009.convert(folder, output), output)


@command.command("practice")
@folder
@output
def practice(folder: Path, output: Path) -> None:
    """Scores of single questions in one course (personalized practice 2021)."""
    from recommender.converters import practice

    with writing(output):
        _tell(practice.convert(folder, output), output)


def _tell(rows: dict[str, int], output: Path) -> None:
    """Name each file written and its rows."""
    for name, count in rows.items():
        click.echo(f"{output / name}  {count:,} rows")

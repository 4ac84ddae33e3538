"""``recommender convert``: public data sets as files to import."""

from __future__ import annotations

from pathlib import Path

import click

from recommender.cli.trouble import writing
from recommender.converters import SETS, convert
from recommender.converters.mooccubex import STATUSES


@click.group("convert")
def command() -> None:
    """Turn a public data set into files to import (docs/real-data.md)."""


def _add(name: str, text: str) -> None:
    """Add the command of one set."""

    @command.command(name, help=text)
    @click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
    @click.option(
        "--output",
        required=True,
        metavar="DIR",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder for the files; made where missing.",
    )
    def one(folder: Path, output: Path, **own: str) -> None:
        with writing(output):
            rows = convert(name, folder, output, **own)
            for file, count in rows.items():
                click.echo(f"{output / file}  {count:,} rows")


for _name, _text in SETS.items():
    _add(_name, _text)
command.commands["mooccubex"].params.append(
    click.Option(
        ["--status"],
        type=click.Choice(STATUSES),
        default=STATUSES[0],
        show_default=True,
        help="What an enrolment counts as; the set does not say who finished.",
    )
)

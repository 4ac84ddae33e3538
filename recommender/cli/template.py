"""``recommender template``."""

from __future__ import annotations

from pathlib import Path

import click

from recommender.cli.common import output_option
from recommender.cli.trouble import writing


@click.command("template")
@output_option("FILE.xlsx")
@click.option(
    "--lang",
    type=click.Choice(["en", "zh"]),
    default="en",
    show_default=True,
    help="Language of headers, notes and choices.",
)
def command(output: Path, lang: str) -> None:
    """Write an empty workbook to fill in: one sheet a table."""
    if output.suffix.lower() != ".xlsx":
        raise click.UsageError("--output must end in .xlsx.")
    from recommender.service.template import write_template

    with writing(output):
        write_template(output, lang)
    click.echo(f"{output} written. Fill it in, then: recommender import {output}", err=True)

"""``recommender profiles``."""

from __future__ import annotations

from pathlib import Path

import click

from recommender.cli.common import output_option, place_options, workspace


@click.command("profiles")
@output_option("FILE")
@place_options
def command(output: Path) -> None:
    """Write every learner's profile to a CSV, XLSX or Parquet file, by its ending.

    Learners who are not active are among them.
    """
    from recommender.service import advice

    advice.profiles(workspace(), output)
    click.echo(f"Written to {output}.", err=True)

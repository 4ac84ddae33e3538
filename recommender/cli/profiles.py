"""``recommender profiles``."""

from __future__ import annotations

from pathlib import Path

import click

from recommender.cli.common import output_option, place_options, workspace
from recommender.cli.trouble import say_written, writing


@click.command("profiles")
@output_option("FILE")
@place_options
def command(output: Path) -> None:
    """Write every learner's profile to a CSV, XLSX or Parquet file, by its ending.

    Learners who are not active are among them.
    """
    from recommender.service import advice

    ws = workspace()
    with writing(output):
        rows = advice.profiles(ws, output)
    say_written(output, rows)

"""``recommender score``."""

from __future__ import annotations

from pathlib import Path

import click

from recommender.cli.common import output_option, place_options, workspace
from recommender.cli.trouble import say_written, writing


@click.command("score")
@output_option("FILE.parquet")
@click.option(
    "--limit", type=click.IntRange(1), default=10, show_default=True, help="Modules a learner at most."
)
@click.option("--greedy", is_flag=True, help="Rank by the mean, without exploration; propensity 1.")
@place_options
def command(output: Path, limit: int, greedy: bool) -> None:
    """Write every learner's recommendations to a Parquet file.

    Learners who are not active are among them. A module with a capacity
    stands in no more lists than it has seats left, where it adds most, and
    in those of who holds a seat in it already.
    """
    from recommender.service import scoring

    ws = workspace()
    with writing(output):
        rows = scoring.score(ws, output, limit=limit, greedy=greedy)
    say_written(output, rows)

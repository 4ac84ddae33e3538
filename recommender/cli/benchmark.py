"""``recommender benchmark``."""

from __future__ import annotations

from pathlib import Path

import click

from recommender.cli.common import json_option, progress, show_json, show_table
from recommender.cli.evaluate import COLUMNS
from recommender.converters import SETS


@click.command("benchmark")
@click.argument("name", metavar="SET", type=click.Choice(SETS))
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the fit and of every sample.")
@json_option
def command(name: str, folder: Path, seed: int, as_json: bool) -> None:
    """Judge the models on a public data set, beside baselines of the same run (docs/real-data.md).

    SET names it; FOLDER is where it was unpacked. The store and the registry stay as they are.
    """
    from recommender.service import benchmark

    result = benchmark.run(name, folder, seed=seed, progress=progress)
    if as_json:
        show_json(result)
    else:
        exact = [
            {k: f"{v:.4f}" if isinstance(v, float) else v for k, v in row.items()} for row in result["rows"]
        ]
        show_table(exact, COLUMNS, title=f"{name}. Held out: {result['held_out']}.")

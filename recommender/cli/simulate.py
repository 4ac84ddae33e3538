"""``recommender simulate``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from recommender.cli.common import json_option, show_json, show_table
from recommender.cli.trouble import writing

FOLDER = click.Path(file_okay=False, path_type=Path)
SOME = click.IntRange(min=1)


@click.command("simulate")
@click.option("--output", type=FOLDER, required=True, metavar="DIR", help="The folder for the files.")
@click.option("--learners", type=SOME, default=300, show_default=True, help="How many people.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Which organisation.")
@click.option("--truth", type=FOLDER, metavar="DIR", help="Another folder, for what is really so.")
@click.option(
    "--own-catalogue",
    "own_modules",
    type=click.IntRange(min=0),
    metavar="N",
    help="Make N modules and competencies for them, instead of using the shipped ones.",
)
@click.option("--segments", type=SOME, default=5, show_default=True, help="Kinds of people there truly are.")
@click.option("--rounds", type=SOME, default=6, show_default=True, help="How often modules are offered.")
@click.option("--waves", type=SOME, default=3, show_default=True, help="How often feedback is collected.")
@click.option("--skew", is_flag=True, help="Profiles scatter skewed around their segment.")
@click.option("--parquet", is_flag=True, help="Write the big tables as Parquet.")
@json_option
def command(output: Path, truth: Path | None, as_json: bool, **options: Any) -> None:
    """Make a synthetic organisation as files that `import` reads, with its truth in another folder."""
    from recommender.service import simulation

    with writing(output):
        counts = simulation.simulate(output, truth, **options)
    if as_json:
        show_json(counts)
    else:
        show_table([{"table": name, "rows": rows} for name, rows in counts.items()], ("table", "rows"))

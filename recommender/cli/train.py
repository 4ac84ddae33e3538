"""``recommender train``."""

from __future__ import annotations

import click

from recommender.cli.common import json_option, place_options, progress, show_json, workspace
from recommender.cli.trouble import writing


@click.command("train")
@click.option("--promote", is_flag=True, help="Put it in service if it is not worse than the version there.")
@click.option("--force", is_flag=True, help="With --promote: also if it is worse. Needs --reason.")
@click.option("--reason", metavar="TEXT", help="Why, for the registry's record.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of every random start.")
@place_options
@json_option
def command(promote: bool, force: bool, reason: str | None, seed: int, as_json: bool) -> None:
    """Fit a model on what is in the store and write a version to the registry."""
    if force and not (promote and reason):
        raise click.UsageError("--force needs --promote and --reason TEXT.")
    from recommender.service import training

    ws = workspace()
    with writing(ws.registry.folder):
        result = training.train(ws, promote=promote, force=force, reason=reason, seed=seed, progress=progress)
    if as_json:
        show_json(result)
    else:
        click.echo(result["message"])

"""``recommender export``."""

from __future__ import annotations

import click

from recommender.cli.common import place_options, show_json, workspace


@click.command("export")
@click.argument("learner")
@place_options
def command(learner: str) -> None:
    """Print everything held about a person, as JSON."""
    from recommender.service import people

    show_json(people.export(workspace(), learner))

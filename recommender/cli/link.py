"""``recommender link``."""

from __future__ import annotations

import click

from recommender.cli.common import learner_page, place_options, workspace
from recommender.cli.numbers import Finite


@click.command("link")
@click.argument("learner")
@click.option(
    "--days",
    type=Finite(0, min_open=True),
    default=7,
    show_default=True,
    help="How long it is valid.",
)
@click.option(
    "--base-url",
    default="http://127.0.0.1:8000",
    show_default=True,
    envvar="RECOMMENDER_URL",
    show_envvar=True,
    help="Where the server is reached.",
)
@place_options
def command(learner: str, days: float, base_url: str) -> None:
    """Print a signed link to a learner's page; it expires."""
    from recommender.service import people

    click.echo(learner_page(base_url, people.link(workspace(), learner, days)))

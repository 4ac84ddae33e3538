"""``recommender erase``."""

from __future__ import annotations

import sys

import click

from recommender.cli.common import place_options, workspace


@click.command("erase")
@click.argument("learner")
@click.option("--yes", is_flag=True, help="Do not ask on a terminal.")
@place_options
def command(learner: str, yes: bool) -> None:
    """Erase everything held about a person; it cannot be undone.

    A keyed tombstone stays, so that the next import does not bring the person back. Ratings they
    gave to others stay under a pseudonym.
    """
    if sys.stdin.isatty() and not yes:
        click.confirm(f"Erase {learner} for good?", abort=True, err=True)
    from recommender.service import people

    people.erase(workspace(), learner)
    click.echo(f"{learner} is erased.")

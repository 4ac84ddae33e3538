"""``recommender rebuild``."""

from __future__ import annotations

import click

from recommender.cli.common import place_options, progress, workspace


@click.command("rebuild")
@place_options
def command() -> None:
    """Derive every learner's state from the evidence again."""
    from recommender.service import intake

    rebuilt = intake.rebuild(workspace(), progress)
    click.echo(f"The states of {rebuilt['learners']:,} learners are derived again.")

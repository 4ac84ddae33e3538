"""``recommender status``."""

from __future__ import annotations

import click

from recommender.cli.common import json_option, place_options, show_json, show_table, workspace


@click.command("status")
@place_options
@json_option
def command(as_json: bool) -> None:
    """Show what is in the store, what was set aside, and the version in service."""
    from recommender.service import reports

    status = reports.status(workspace())
    if as_json:
        show_json(status)
        return
    show_table(status["tables"], ["table", "rows", "first", "last"])
    if status["imports"]:
        click.echo()
        show_table(status["imports"], ["file", "table", "rows", "set_aside", "at"], title="Imports")
    click.echo()
    if status["model"] is None:
        click.echo("No model is in service. Run: recommender train --promote")
    elif "damaged" in status["model"]:
        click.echo(status["model"]["damaged"])
    else:
        click.echo(f"In service: {status['model']['version']}, {status['model']['age_days']:.0f} days old.")

"""``recommender models``: the registry."""

from __future__ import annotations

import click

from recommender.cli.common import json_option, place_options, shelf, show_json, show_table, workspace


@click.group("models")
def command() -> None:
    """List, show, compare, promote and roll back model versions."""


@command.command("list")
@place_options
@json_option
def list_(as_json: bool) -> None:
    """List every version, the oldest first."""
    from recommender.service import training

    listed = training.models(shelf())
    if as_json:
        show_json(listed)
    else:
        rows = [{**item, **item.get("metrics", {})} for item in listed["items"]]
        show_table(rows, ["version", "created_at", "learners", "segments", "in_service", "damaged"])
        for name in listed["unrecorded"]:
            click.echo(
                f"{name} stands in no registry.json and cannot be used. Restore that file, or delete it."
            )


@command.command("show")
@click.argument("version")
@place_options
@json_option
def show(version: str, as_json: bool) -> None:
    """Show a version's model card."""
    from recommender.service import training

    shown = training.show(shelf(), version)
    if as_json:
        show_json(shown)
    else:
        click.echo(shown["card"], nl=False)


@command.command("compare")
@click.argument("a")
@click.argument("b")
@place_options
@json_option
def compare(a: str, b: str, as_json: bool) -> None:
    """Say whether version A is better than B, on evidence that neither has seen."""
    from recommender.service import judging

    compared = judging.compare(workspace(), a, b)
    if as_json:
        show_json(compared)
    else:
        click.echo(compared["message"])


@command.command("promote")
@click.argument("version")
@click.option("--reason", metavar="TEXT", help="Why, for the registry's record.")
@place_options
@json_option
def promote(version: str, reason: str | None, as_json: bool) -> None:
    """Put a version in service; running servers follow at once."""
    from recommender.service import training

    _now_in_service(training.promote(shelf(), version, reason=reason), as_json)


@command.command("rollback")
@place_options
@json_option
def rollback(as_json: bool) -> None:
    """Put the version that was in service before back in service."""
    from recommender.service import training

    _now_in_service(training.rollback(shelf()), as_json)


def _now_in_service(result: dict[str, object], as_json: bool) -> None:
    if as_json:
        show_json(result)
    else:
        click.echo(f"{result['version']} is in service.")

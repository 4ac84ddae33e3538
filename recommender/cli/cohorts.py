"""``recommender cohorts``."""

from __future__ import annotations

import datetime as dt

import click

from recommender.cli.common import json_option, place_options, show_json, show_table, workspace

COLUMNS = ["session", "learner_id", "name", "department_id", "expected_gain", "meets"]


@click.command("cohorts")
@click.argument("module")
@click.option("--sessions", type=click.IntRange(1, 100), default=1, show_default=True, help="How many.")
@click.option("--seats", type=click.IntRange(1), help="In each session, else the module's capacity.")
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Plan as of a day, else today."
)
@place_options
@json_option
def command(module: str, sessions: int, seats: int | None, as_of: dt.datetime | None, as_json: bool) -> None:
    """Plan whom to seat together in a module's sessions.

    The seats go where they are worth most, so that in every session nobody's
    department outnumbers those it depends on, nobody sits with their own
    manager, and everybody has one place.
    """
    from recommender.service.cohorts import cohorts

    day = None if as_of is None else as_of.date()
    found = cohorts(workspace(), module, sessions=sessions, seats=seats, as_of=day)
    if as_json:
        show_json(found)
        return
    rows = [
        {**learner, "session": plan["session"]} for plan in found["sessions"] for learner in plan["learners"]
    ]
    show_table(rows, COLUMNS)
    sure = (
        "no better plan exists"
        if found["gap"] < 1e-6
        else f"a better one lies at most {found['gap']:.2%} above"
    )
    places = sessions * found["seats"]
    click.echo(
        f"{found['seated']} of {places} seats filled from {found['eligible']} who may come; {sure}.", err=True
    )

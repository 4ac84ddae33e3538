"""``recommender cohorts``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from recommender.cli.common import json_option, lang_option, place_options, show_json, show_table, workspace
from recommender.cli.documents import check_document, document_option, write_document

COLUMNS = ["session", "learner_id", "name", "department_id", "expected_gain", "interval", "meets"]


@click.command("cohorts")
@click.argument("module")
@click.option("--sessions", type=click.IntRange(1, 100), default=1, show_default=True, help="How many.")
@click.option("--seats", type=click.IntRange(1), help="In each session, else the module's capacity.")
@document_option
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Plan as of a day, else today."
)
@lang_option
@place_options
@json_option
def command(
    module: str,
    sessions: int,
    seats: int | None,
    output: Path | None,
    as_of: dt.datetime | None,
    lang: str | None,
    as_json: bool,
) -> None:
    """Plan whom to seat together in a module's sessions.

    The seats go where they are worth most, so that in every session nobody's
    department outnumbers those it depends on, nobody sits with their own
    manager, and everybody has one place.
    """
    from recommender.api.reports.cohorts import gap, lead, page, write_book
    from recommender.service.cohorts import cohorts

    day, lang = None if as_of is None else as_of.date(), lang or "en"
    check_document(output)
    found = cohorts(workspace(), module, sessions=sessions, seats=seats, as_of=day)
    if output is not None:
        write_document(output, lambda: page(found, lang), lambda path: write_book(found, path, lang))
    if as_json:
        show_json(found)
    elif output is None:
        rows = [
            {**learner, "session": plan["session"]}
            for plan in found["sessions"]
            for learner in plan["learners"]
        ]
        show_table(rows, COLUMNS)
        click.echo(f"{lead(found, lang)}\n{gap(found, lang)}", err=True)

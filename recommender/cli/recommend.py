"""``recommender recommend``."""

from __future__ import annotations

import click

from recommender.cli.common import json_option, lang_option, place_options, show_json, workspace
from recommender.cli.items import show_items
from recommender.service.advice import DEFAULT_LIMIT


@click.command("recommend")
@click.argument("learner")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=DEFAULT_LIMIT,
    show_default=True,
    help="How many modules at most.",
)
@lang_option
@place_options
@json_option
def command(learner: str, limit: int, lang: str | None, as_json: bool) -> None:
    """Say which modules a learner should take next, and why."""
    from recommender.service import advice

    ws = workspace()
    answer = advice.recommend(ws, learner, limit=limit, lang=lang)
    if as_json:
        show_json(answer)
    else:
        show_items(ws, answer, lang)

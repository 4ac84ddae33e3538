"""``recommender path``."""

from __future__ import annotations

import click

from recommender.cli.common import json_option, lang_option, place_options, show_json, workspace
from recommender.cli.items import show_items
from recommender.cli.numbers import Finite
from recommender.service.advice import DEFAULT_MINUTES


@click.command("path")
@click.argument("learner")
@click.option("--minutes", type=Finite(0), default=DEFAULT_MINUTES, show_default=True, help="Time there is.")
@click.option("--exact", is_flag=True, help="The best path there is, by mixed-integer programming.")
@lang_option
@place_options
@json_option
def command(learner: str, minutes: float, exact: bool, lang: str | None, as_json: bool) -> None:
    """Lay out a learner's path within the minutes there are.

    Under it stands what the last event changed in the path, and why.
    """
    from recommender.service import advice

    ws = workspace()
    answer = advice.path(ws, learner, minutes=minutes, lang=lang, exact=exact)
    if as_json:
        show_json(answer)
    else:
        show_items(ws, answer, lang, minutes)

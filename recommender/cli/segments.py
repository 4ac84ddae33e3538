"""``recommender segments``."""

from __future__ import annotations

from pathlib import Path

import click

from recommender.cli.common import json_option, lang_option, place_options, show_json, show_table, workspace
from recommender.cli.trouble import say_written, writing


@click.command("segments")
@click.option(
    "--members",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write each learner's most probable segment to this CSV, XLSX or Parquet file.",
)
@lang_option
@place_options
@json_option
def command(members: Path | None, lang: str | None, as_json: bool) -> None:
    """Show the segments: groups of learners with like profiles."""
    from recommender.service import reports

    ws = workspace()
    if members is not None:
        with writing(members):
            written = reports.segment_members(ws, members, lang=lang or "en")
        say_written(members, written)
    found = reports.segments(ws)
    if as_json:
        show_json(found)
        return
    competencies = sorted({name for item in found["items"] for name in item["profile"]})
    rows = [{**item, "label": item["label"][lang or "en"], **item["profile"]} for item in found["items"]]
    show_table(rows, ["segment_id", "label", "learners", *competencies])

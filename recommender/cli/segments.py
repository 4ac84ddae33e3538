"""``recommender segments``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import click

from recommender.cli.common import json_option, lang_option, place_options, show_json, show_table, workspace
from recommender.cli.documents import check_document, document_option, write_document
from recommender.cli.trouble import say_written, writing


@click.command("segments")
@click.option(
    "--members",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write each learner's most probable segment to this CSV, XLSX or Parquet file.",
)
@document_option
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="People as they stood at the end of this day, under the version in service; default today.",
)
@lang_option
@place_options
@json_option
def command(
    members: Path | None, output: Path | None, as_of: dt.datetime | None, lang: str | None, as_json: bool
) -> None:
    """Show the segments: groups of learners with like profiles.

    Of each: how many learners, whether it would be found again, its profile and how far that is from
    everybody's, and the modules that its members gained most by.
    """
    from recommender.service import segments

    day, lang = as_of.date() if as_of else None, lang or "en"
    check_document(output)
    ws = workspace()
    if members is not None:
        with writing(members):
            written = segments.segment_members(ws, members, lang=lang, as_of=day)
        say_written(members, len(written))
    found = segments.segments(ws, day)
    if output is not None:
        rows = segments.segment_members(ws, lang=lang, as_of=day) if members is not None else None
        _write(found, output, lang, rows)
    if as_json:
        show_json(found)
    elif output is None:
        _show(found, lang)


def _write(found: dict[str, Any], output: Path, lang: str, members: Any) -> None:
    from recommender.api.reports.segments import page
    from recommender.api.reports.segments_book import write_book

    write_document(output, lambda: page(found, lang), lambda path: write_book(found, path, lang, members))


def _show(found: dict[str, Any], lang: str) -> None:
    """The report on a terminal: what holds, the profile, what works."""
    from recommender.api.reports.segments import held, lead, verdict
    from recommender.api.reports.words import say

    click.echo("\n".join((*lead(found, lang), *held(found, lang))))
    if not found["learners"]:
        return
    overview = [
        {
            "segment_id": item["segment_id"],
            "label": item["label"][lang],
            "learners": item["learners"],
            "certainty": item["certainty"],
            "kept": item["stability"]["kept"] if item["stability"] else None,
            "verdict": verdict(item, lang),
        }
        for item in found["items"]
    ]
    click.echo()
    show_table(overview, ["segment_id", "label", "learners", "certainty", "kept", "verdict"])
    profile = [
        {"competency_id": k["competency_id"], "name": k["name"][lang]}
        | {item["segment_id"]: _told(item, k["competency_id"]) for item in found["items"]}
        for k in found["competencies"]
    ]
    ids = [item["segment_id"] for item in found["items"]]
    click.echo()
    show_table(profile, ["competency_id", "name", *ids], say(lang, "terminal.profile"))
    works = [
        {"segment_id": item["segment_id"], **work, "title": work["title"][lang]}
        for item in found["items"]
        for work in item["works"]
    ]
    click.echo()
    if works:
        show_table(
            works, ["segment_id", "module_id", "title", "gain", "interval", "learners"], say(lang, "works")
        )
    else:
        click.echo(say(lang, "works.none"))


def _told(item: dict[str, Any], competency_id: str) -> str | None:
    """A mean with its interval, and a star where it surely differs from everybody's."""
    mean, held, away = (item[name][competency_id] for name in ("profile", "interval", "apart"))
    if mean is None:
        return None
    told = f"{mean:.1f}" + (f" ({held[0]:.1f}-{held[1]:.1f})" if held else "")
    return told + ("*" if away and away["named"] else "")

"""The report of segments as a workbook: segments, profile, what works, and members if asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from recommender.api.reports.segments import about, held, lead, verdict, whole
from recommender.api.reports.words import say
from recommender.service.files import placed

Report = Mapping[str, Any]
TEXT, COUNT, SHARE, POINTS = "@", "#,##0", "0%", "0.0"
"""How a column's numbers are shown; what is text stays text."""
WIDEST = 60
Column = tuple[str, str]
"""Header and format."""
Sheet = tuple[str, list[Column], Sequence[Sequence[Any]]]
"""Name, columns and rows."""


def write_book(
    report: Report, path: Path, lang: str, members: Sequence[tuple[str, str, str, float]] | None = None
) -> None:
    """Write the workbook; a cell is empty where nothing may be told.

    Parameters
    ----------
    report : mapping
        From ``service.segments.segments``.
    path : path
        The ``.xlsx`` file; one that is there is replaced at once.
    lang : str
        "en" or "zh".
    members : sequence of (learner_id, segment_id, label, probability), optional
        A sheet more.

    Raises
    ------
    OSError
        It cannot be written; what was there stays.
    """
    with placed(path) as aside, xlsxwriter.Workbook(str(aside), {"strings_to_formulas": False}) as book:
        sheets: list[Sheet] = [_segments(report, lang), _profile(report, lang), _works(report, lang)]
        if members is not None:
            keys = ("learner_id", "segment_id", "label", "probability")
            columns = list(zip((say(lang, k) for k in keys), (TEXT, TEXT, TEXT, SHARE), strict=True))
            sheets.append((say(lang, "members"), columns, members))
        for name, columns, rows in sheets:
            _sheet(book, name, columns, rows)
        _about(book, report, lang)


def _about(book: Any, report: Report, lang: str) -> None:
    """What the tables rest on, in sentences."""
    sheet = book.add_worksheet(say(lang, "about.sheet"))
    sheet.set_column(0, 0, 100, book.add_format({"text_wrap": True, "valign": "top"}))
    texts = [about(report, lang), *lead(report, lang), *held(report, lang)]
    texts += [say(lang, "profile.key.book", least=whole(report["named_from"])), say(lang, "works.key")]
    for row, text in enumerate([*texts, say(lang, "note")]):
        sheet.write_string(row, 0, text)


def _sheet(book: Any, name: str, columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> None:
    """One table: a header that stays, a filter, columns as wide as what they hold."""
    sheet = book.add_worksheet(name)
    head = book.add_format({"bold": True, "bg_color": "#0B4A40", "font_color": "#FFFFFF", "text_wrap": True})
    for place, (header, form) in enumerate(columns):
        texts = [header, *(row[place] for row in rows if isinstance(row[place], str))]
        width = max(len(text.encode("gb18030")) for text in texts) + 2
        sheet.set_column(place, place, min(max(width, 10), WIDEST), book.add_format({"num_format": form}))
        sheet.write_string(0, place, header, head)
    for at, row in enumerate(rows, 1):
        for place, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(at, place, value)
            elif value is not None:
                sheet.write_number(at, place, value)
    sheet.freeze_panes(1, 2)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(columns) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _columns(lang: str, *columns: Column) -> list[Column]:
    return [(say(lang, key), form) for key, form in columns]


def _segments(report: Report, lang: str) -> Sheet:
    """One row a segment."""
    rows = []
    for item in report["items"]:
        stable = item["stability"] or {"kept": None, "interval": (None, None)}
        rows.append(
            [item["segment_id"], item["label"][lang], item["learners"], item["share"], item["certainty"],
             stable["kept"], *stable["interval"], verdict(item, lang)]
        )  # fmt: skip
    columns = _columns(
        lang, ("segment_id", TEXT), ("label", TEXT), ("learners", COUNT), ("share", SHARE),
        ("certainty", SHARE), ("kept", SHARE), ("low", SHARE), ("high", SHARE), ("verdict", TEXT),
    )  # fmt: skip
    return say(lang, "title"), columns, rows


def _profile(report: Report, lang: str) -> Sheet:
    """One row a segment and competency."""
    rows = []
    for item in report["items"]:
        for k in report["competencies"]:
            at = k["competency_id"]
            away = item["apart"][at] or {"by": None, "interval": (None, None), "named": None}
            named = None if away["named"] is None else say(lang, "yes" if away["named"] else "no")
            held_in = item["interval"][at] or (None, None)
            rows.append(
                [item["segment_id"], item["label"][lang], k["name"][lang], item["profile"][at], *held_in,
                 away["by"], *away["interval"], named]
            )  # fmt: skip
    columns = _columns(
        lang, ("segment_id", TEXT), ("label", TEXT), ("competency", TEXT), ("mean", POINTS), ("low", POINTS),
        ("high", POINTS), ("by", POINTS), ("low", POINTS), ("high", POINTS), ("named", TEXT),
    )  # fmt: skip
    return say(lang, "profile"), columns, rows


def _works(report: Report, lang: str) -> Sheet:
    """One row a segment and module."""
    rows = [
        [item["segment_id"], item["label"][lang], work["title"][lang], work["gain"], *work["interval"],
         work["learners"]]
        for item in report["items"] for work in item["works"]
    ]  # fmt: skip
    columns = _columns(
        lang, ("segment_id", TEXT), ("label", TEXT), ("module", TEXT), ("gain", POINTS), ("low", POINTS),
        ("high", POINTS), ("rests_on", COUNT),
    )  # fmt: skip
    return say(lang, "works"), columns, rows

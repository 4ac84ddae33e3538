"""Workbooks of reports: a sheet a question, and one that says in sentences what the tables rest on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from recommender.api.reports.words import say
from recommender.service.files import placed

TEXT, COUNT, SHARE, POINTS = "@", "#,##0", "0%", "0.0"
"""How a column's numbers are shown; what is text stays text."""
WIDEST = 60
Column = tuple[str, str]
"""Header and format."""
Sheet = tuple[str, list[Column], Sequence[Sequence[Any]]]
"""Name, columns and rows."""


def columns_of(lang: str, *columns: Column) -> list[Column]:
    """Columns with their headers in a language, from keys of the report's words."""
    return [(say(lang, key), form) for key, form in columns]


def write(path: Path, sheets: Sequence[Sheet], about: Sequence[str], lang: str) -> None:
    """Write a workbook; a cell is empty where nothing may be told.

    Parameters
    ----------
    path : path
        The ``.xlsx`` file; one that is there is replaced at once.
    sheets : sequence of Sheet
    about : sequence of str
        What the tables rest on: the last sheet, one sentence or so a row.
    lang : str
        "en" or "zh".

    Raises
    ------
    OSError
        It cannot be written; what was there stays.
    """
    with placed(path) as aside, xlsxwriter.Workbook(str(aside), {"strings_to_formulas": False}) as book:
        for name, columns, rows in sheets:
            _sheet(book, name, columns, rows)
        sheet = book.add_worksheet(say(lang, "about.sheet"))
        sheet.set_column(0, 0, 100, book.add_format({"text_wrap": True, "valign": "top"}))
        for row, text in enumerate(about):
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

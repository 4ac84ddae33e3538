"""Reports as files: a page to read or a workbook to work with, by the ending."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from recommender.cli.trouble import writing

DOCUMENTS = (".html", ".xlsx")

document_option = click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the report to this file: .html to read and print, .xlsx to work with.",
)


def check_document(output: Path | None) -> None:
    """Refuse a place no report can be written to, before any work is done for it.

    Raises
    ------
    BadInput
    """
    from recommender.service import files

    if output is not None:
        files.check_place(output, DOCUMENTS)


def write_document(output: Path, page: Callable[[], str], book: Callable[[Path], None]) -> None:
    """Write a report by the ending of its file and say so on standard error.

    Raises
    ------
    Failed
    """
    from recommender.service.files import placed

    with writing(output):
        if output.suffix.lower() == ".xlsx":
            book(output)
        else:
            with placed(output) as aside:
                aside.write_text(page(), "utf-8")
    click.echo(f"The report is in {output}.", err=True)

"""``recommender import``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from recommender.cli.common import Failed, json_option, place_options, show_json, show_table, workspace

_COUNTS = ("rows", "new", "corrected", "unchanged", "erased", "set_aside")


@click.command("import")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only check and report; store nothing, write no file.")
@click.option(
    "--map",
    "mapping",
    metavar="FILE.toml",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What your own headers and files are called here (docs/import.md).",
)
@click.option(
    "--timezone",
    metavar="ZONE",
    default="UTC",
    show_default=True,
    help="Zone of times that say none, such as Asia/Shanghai.",
)
@place_options
@json_option
def command(
    paths: tuple[Path, ...], dry_run: bool, mapping: Path | None, timezone: str, as_json: bool
) -> None:
    """Read files, folders and workbooks; rows that cannot be used are set aside."""
    from recommender.service.importing import import_paths

    with _progress() as progress:
        report = import_paths(workspace(), paths, mapping, dry_run, timezone, progress)
    if as_json:
        show_json(report)
    else:
        _show(report)
    _fail_where_nothing_came_in(report)


def _show(report: dict[str, Any]) -> None:
    read = [{**f, "file": _name(f)} for f in report["files"] if f["error"] is None]
    if read:
        title = "Checked only; nothing was stored." if report["dry_run"] else None
        show_table(read, ["file", "table", *_COUNTS], title)
    for file in read:
        if file["replaced_shipped"]:
            click.echo(f"{file['file']}: replaces the {file['replaced_shipped']} shipped {file['table']}.")
        if file["unknown_columns"]:
            click.echo(f"{file['file']}: kept out unknown columns: {', '.join(file['unknown_columns'])}")
        for why in file["reasons"]:
            column = f"{why['column']}: " if why["column"] else ""
            click.echo(f"{file['file']}: {why['rows']} set aside, {column}{why['reason']}")
        if file["set_aside_file"]:
            click.echo(f"Mend and import: {file['set_aside_file']}")
    if report["passed_over"]:
        click.echo(f"Passed over: {', '.join(report['passed_over'])}")


def _name(file: dict[str, Any]) -> str:
    return f"{file['file']}[{file['sheet']}]" if file["sheet"] else str(file["file"])


def _fail_where_nothing_came_in(report: dict[str, Any]) -> None:
    """Status 1 where a file could not be read, or not one row could be used.

    Raises
    ------
    Failed
        With the sentences that say why.
    """
    errors = [f["error"] for f in report["files"] if f["error"]]
    if errors:
        raise Failed("\n".join(errors))
    if not report["files"]:
        click.echo("There is nothing to import.", err=True)
        return
    rows = sum(f["rows"] for f in report["files"])
    if not rows:
        raise Failed("The files hold no rows. Fill in at least one below the headers.")
    if rows == sum(f["set_aside"] for f in report["files"]):
        raise Failed("No row could be used. The reasons stand above and in the set-aside files.")


@contextmanager
def _progress() -> Iterator[Callable[[str, float], None]]:
    """A bar for each file on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def tell(name: str, share: float) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name.replace("[", "\\["), total=1.0)
            bars.update(tasks[name], completed=share)

        yield tell

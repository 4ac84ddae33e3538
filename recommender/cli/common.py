"""What commands share: exit codes, where things are, and how results are shown."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from recommender.service.workspace import Shelf, Workspace

F = TypeVar("F", bound=Callable[..., Any])


class Exit(IntEnum):
    """What a command's exit status says."""

    DONE = 0
    FAILED = 1
    USAGE = click.UsageError.exit_code


class Failed(click.ClickException):
    """A command that could not do its work; its message says why and what to do."""

    exit_code = Exit.FAILED

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentence alone on standard error."""
        click.echo(self.message, file=file, err=file is None)


@dataclass(slots=True)
class Places:
    """Where the store and the registry are; None leaves it to the environment, then to the default."""

    database: str | None = None
    models: str | None = None


def place_options(function: F) -> F:
    """Add ``--database`` and ``--models``, which stand before the command or after it."""
    for name, metavar, text in (
        ("models", "DIR", "The registry, else RECOMMENDER_MODELS, else models."),
        ("database", "URL", "The store, else RECOMMENDER_DATABASE, else sqlite:///recommender.db."),
    ):
        add = click.option(f"--{name}", metavar=metavar, expose_value=False, callback=_keep, help=text)
        function = add(function)
    return function


def _keep(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    if value is not None:
        setattr(ctx.ensure_object(Places), str(param.name), value)


json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
lang_option = click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of titles and reasons.")


def output_option(metavar: str) -> Callable[[F], F]:
    """Add the required ``--output``."""
    kind = click.Path(dir_okay=False, path_type=Path)
    return click.option("--output", type=kind, required=True, metavar=metavar, help="The file to write.")


def places() -> Places:
    """The store and registry that the options and variables of this call name."""
    return click.get_current_context().ensure_object(Places)


def workspace() -> Workspace:
    """Open the store and the registry of this call; what waits to be written is written at its end."""
    from recommender.service.workspace import open_workspace

    ws = open_workspace(places().database, places().models)
    click.get_current_context().call_on_close(lambda: _flush(ws))
    return ws


def shelf() -> Shelf:
    """The registry of this call alone; no store is opened."""
    from recommender.service.workspace import open_shelf

    return open_shelf(places().models)


def _flush(ws: Workspace) -> None:
    """Write what waits; a store that is busy or full takes nothing away from an answer already given."""
    if not ws.decisions and not ws.states:
        return
    from recommender.errors import StoreBusy, StoreFull
    from recommender.service import advice

    try:
        advice.flush(ws)
    except (StoreBusy, StoreFull) as error:
        click.echo(f"The decision was not logged: {error}", err=True)


def learner_page(server: str, token: str) -> str:
    """The address at which a token opens a learner's page."""
    return f"{server.rstrip('/')}/learn/enter?token={token}"


class Progress:
    """Says on standard error how far work has come: one changing line on a terminal, else a line a stage."""

    def __init__(self) -> None:
        self.stage = ""

    def __call__(self, stage: str, share: float) -> None:
        """Take in that ``stage`` has come to ``share``, 0 to 1."""
        if sys.stderr.isatty():
            click.echo(f"\r\033[K{stage} {share:4.0%}", nl=share >= 1, err=True)
        elif stage != self.stage:
            click.echo(stage, err=True)
        self.stage = stage


progress = Progress()


def show_json(result: Any) -> None:
    """Print a result as JSON on standard output."""
    import orjson

    click.echo(orjson.dumps(result, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())


def show_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], title: str | None = None) -> None:
    """Print rows as a table; plain aligned text where standard output is no terminal."""
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table(*columns, title=title, title_justify="left")
        for line in cells:
            table.add_row(*line)
        Console().print(table)
        return
    from rich.cells import cell_len

    if title:
        click.echo(title)
    widths = [max(map(cell_len, column)) for column in zip(columns, *cells, strict=True)]
    for line in [list(columns), *cells]:
        padded = (text + " " * (width - cell_len(text)) for text, width in zip(line, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1 else f"{value:.1f}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_cell, value))
    return str(value)

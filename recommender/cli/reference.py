"""The commands' reference, from the program itself: ``python -m recommender.cli.reference``."""

from __future__ import annotations

from collections.abc import Iterator

import click

from recommender.cli import main

WIDTH = 100

HEAD = """# Commands

Written by `make docs` from the program; do not edit. `python -m recommender` is the same as `recommender`.
Results go to standard output, progress and log to standard error. The exit status is 0 when the work is
done, 1 when it could not be done (one sentence says why and what to do) and 2 for wrong usage.
"""


def reference() -> str:
    """Every command's help, as one Markdown page."""
    return "\n".join([HEAD, *_sections(main, None, "recommender")])


def _sections(command: click.Command, parent: click.Context | None, name: str) -> Iterator[str]:
    context = click.Context(
        command,
        parent,
        name,
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        help_option_names=["-h", "--help"],
    )
    path = context.command_path
    yield f"## {path}\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None:
                yield from _sections(found, context, inner)


if __name__ == "__main__":
    click.echo(reference(), nl=False)

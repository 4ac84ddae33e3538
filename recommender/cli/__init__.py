"""The command line: one small file a command, loaded only when it is called."""

from __future__ import annotations

from errno import EPIPE
from importlib import import_module
from typing import Any

import click

from recommender.cli.common import Failed, place_options
from recommender.cli.trouble import sentence
from recommender.errors import RecommenderError

COMMANDS = {
    "status": "status",
    "link": "link",
    "demo": "demo",
    "template": "template",
    "import": "import_",
    "train": "train",
    "evaluate": "evaluate",
    "models": "models",
    "recommend": "recommend",
    "path": "path",
    "score": "score",
    "profiles": "profiles",
    "rebuild": "rebuild",
    "segments": "segments",
    "cohorts": "cohorts",
    "keys": "keys",
    "export": "export",
    "erase": "erase",
    "serve": "serve",
    "simulate": "simulate",
    "convert": "convert",
    "benchmark": "benchmark",
}
"""Every command and the module of this package whose ``command`` it is."""


class Commands(click.Group):
    """A group that finds its commands in ``COMMANDS`` and turns failures into a sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of ``COMMANDS``."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"recommender.cli.{COMMANDS[cmd_name]}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run; what is raised on purpose, and what the operating system refuses, end with status 1."""
        try:
            return super().invoke(ctx)
        except RecommenderError as error:
            raise Failed(str(error)) from error
        except OSError as error:
            if error.errno == EPIPE:  # whoever read the output has seen enough
                raise
            raise Failed(sentence(error)) from error


@click.command("recommender", cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="adaptive-training-recommender", prog_name="recommender")
@place_options
def main() -> None:
    """Recommend training for internal customer awareness: personal, adaptive, explained.

    Exit status: 0 done, 1 could not be done (a sentence says why), 2 wrong usage.
    """

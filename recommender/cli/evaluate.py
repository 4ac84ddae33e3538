"""``recommender evaluate``."""

from __future__ import annotations

from typing import Any

import click

from recommender.cli.common import json_option, place_options, progress, show_json, show_table, workspace

COLUMNS = ["part", "measure", "of", "value", "error", "n", "unit", "note"]


@click.command("evaluate")
@click.argument("version", required=False)
@click.option(
    "--leave-last-out", is_flag=True, help="Hold out each learner's last module, not the newest evidence."
)
@click.option("--policy", metavar="VERSION", help="Judge a version by the log of what others recommended.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the refit and of every sample.")
@place_options
@json_option
def command(version: str | None, leave_last_out: bool, policy: str | None, seed: int, as_json: bool) -> None:
    """Judge a version on held-out evidence beside baselines; without one, a refit of today's models."""
    if policy and (version or leave_last_out):
        raise click.UsageError("--policy names the version to judge by the log: give it alone.")
    from recommender.service import judging

    if policy:
        result = judging.policy(workspace(), policy, progress=progress)
    else:
        result = judging.evaluate(
            workspace(), version, leave_last_out=leave_last_out, seed=seed, progress=progress
        )
    if as_json:
        show_json(result)
    else:
        _show(result)


def _show(result: dict[str, Any]) -> None:
    show_table(result["rows"], COLUMNS, title=f"Judged: {result['judged']}. Held out: {result['held_out']}.")
    if result.get("message"):
        click.echo(result["message"])

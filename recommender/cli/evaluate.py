"""``recommender evaluate``."""

from __future__ import annotations

from typing import Any

import click

from recommender.cli.common import json_option, place_options, progress, show_json, show_table, workspace

COLUMNS = ["part", "measure", "of", "value", "error", "n", "unit", "note"]
WORLD_COLUMNS = ["world", "measure", "method", "value", "error", "share", "se", "seeds", "note"]


@click.command("evaluate")
@click.argument("version", required=False)
@click.option(
    "--leave-last-out", is_flag=True, help="Hold out each learner's last module, not the newest evidence."
)
@click.option("--policy", metavar="VERSION", help="Judge a version by the log of what others recommended.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the refit and of every sample.")
@click.option(
    "--worlds",
    is_flag=True,
    help="Judge the models in organisations whose truth is known, beside the ceiling.",
)
@click.option("--seeds", type=click.IntRange(1), help="Worlds of each kind (default: 10; with --worlds).")
@click.option("--learners", type=click.IntRange(1), help="Learners in each world (with --worlds).")
@click.option(
    "--loops", type=click.IntRange(0), help="Worlds for the closed loop (default: 2; with --worlds)."
)
@click.option(
    "--only", metavar="WORLD", multiple=True, help="Name of a world; may be repeated (with --worlds)."
)
@place_options
@json_option
def command(
    version: str | None,
    leave_last_out: bool,
    policy: str | None,
    seed: int,
    worlds: bool,
    seeds: int | None,
    learners: int | None,
    loops: int | None,
    only: tuple[str, ...],
    as_json: bool,
) -> None:
    """Judge a version on held-out evidence beside baselines; without one, a refit of today's models."""
    if policy and (version or leave_last_out):
        raise click.UsageError("--policy names the version to judge by the log: give it alone.")
    if worlds:
        if policy or version or leave_last_out:
            raise click.UsageError("--worlds judges the models, not a version: give it alone.")
        return _worlds(seeds, learners, loops, only, as_json)
    if (seeds, learners, loops, only) != (None, None, None, ()):
        raise click.UsageError("--seeds, --learners, --loops and --only go with --worlds.")
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
        _show(result, "By the log" if policy else "Held out")


def _show(result: dict[str, Any], basis: str) -> None:
    title = f"Judged: {result['judged']}. {basis}: {result['held_out']}."
    if result["rows"]:
        show_table(result["rows"], COLUMNS, title=title)
    else:
        click.echo(title)
    if result.get("message"):
        click.echo(result["message"])


def _worlds(
    seeds: int | None, learners: int | None, loops: int | None, only: tuple[str, ...], as_json: bool
) -> None:
    from recommender.service import world_report

    result = world_report.worlds(
        seeds=seeds or world_report.SEEDS,
        learners=learners,
        loops=loops,
        only=only or None,
        progress=progress,
    )
    if as_json:
        show_json(result)
        return
    rounded = [
        {k: round(v, 3) if isinstance(v, float) else v for k, v in row.items()} for row in result["rows"]
    ]
    show_table(rounded, WORLD_COLUMNS, title="Shares of the ceiling; docs/worlds.md tells how to read them.")

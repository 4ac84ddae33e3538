"""``recommender keys``: API keys with scopes."""

from __future__ import annotations

import click

from recommender.cli.common import json_option, place_options, show_json, show_table, workspace
from recommender.service.keys import SCOPES


@click.group("keys")
def command() -> None:
    """Create, list and revoke API keys."""


def _scopes(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    scopes = tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
    wrong = [scope for scope in scopes if scope not in SCOPES]
    if wrong or not scopes:
        raise click.BadParameter(
            f"{', '.join(wrong) or 'nothing'} is no scope; choose from {', '.join(SCOPES)}."
        )
    return scopes


@command.command("create")
@click.option(
    "--scope", "scopes", required=True, callback=_scopes, metavar="SCOPE,…", help=f"Of {', '.join(SCOPES)}."
)
@click.option("--name", default="", help="What it is for.")
@place_options
@json_option
def create(scopes: tuple[str, ...], name: str, as_json: bool) -> None:
    """Create a key and print it; it cannot be shown again."""
    from recommender.service import keys

    key_id, key = keys.create_key(workspace(), scopes, name)
    if as_json:
        show_json({"key_id": key_id, "key": key, "scopes": scopes})
    else:
        click.echo(f"Key {key_id}; it is shown this once:", err=True)
        click.echo(key)


@command.command("list")
@place_options
@json_option
def list_(as_json: bool) -> None:
    """List the keys, never the secret."""
    from recommender.service import keys

    listed = keys.list_keys(workspace())
    if as_json:
        show_json(listed)
    else:
        show_table(listed["items"], ["key_id", "name", "scopes", "created_at", "revoked_at"])


@command.command("revoke")
@click.argument("key_id")
@place_options
def revoke(key_id: str) -> None:
    """Revoke a key; calls that carry it are refused from now on."""
    from recommender.service import keys

    keys.revoke_key(workspace(), key_id)
    click.echo(f"{key_id} is revoked.")

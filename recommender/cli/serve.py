"""``recommender serve``."""

from __future__ import annotations

import click

from recommender.cli.common import place_options, places


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="The port.")
@click.option(
    "--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes that answer."
)
@click.option(
    "--behind-proxy",
    is_flag=True,
    envvar="RECOMMENDER_BEHIND_PROXY",
    show_envvar=True,
    help="A proxy in front ends TLS: believe its X-Forwarded-Proto.",
)
@place_options
def command(host: str, port: int, workers: int, behind_proxy: bool) -> None:
    """Serve the API and the learner page until it is stopped.

    The API's reference is at /docs. Keys are made by: recommender keys create.
    """
    from recommender.api.server import serve

    serve(
        places().database,
        places().models,
        host=host,
        port=port,
        workers=workers,
        behind_proxy=behind_proxy,
        ready=_say,
    )


def _say(url: str) -> None:
    click.echo(f"Serving at {url}; the API's reference is at {url}/docs. Ctrl-C stops it.", err=True)

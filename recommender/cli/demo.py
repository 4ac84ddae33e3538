"""``recommender demo``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from recommender.cli.common import learner_page, place_options, places, progress, workspace

if TYPE_CHECKING:
    from recommender.service.demo import Demo


@click.command("demo")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="The port.")
@place_options
def command(host: str, port: int) -> None:
    """Serve a made-up sample organisation: import, train, serve, until it is stopped.

    A store that holds other data is refused; started again, the demo goes on with what it made.
    """
    from recommender.api.server import free, serve
    from recommender.service import demo

    free(host, port)
    opened = workspace()
    try:
        made = demo.prepare(opened, progress)
    finally:
        opened.close()
    serve(places().database, places().models, host=host, port=port, ready=lambda url: _say(url, made))


def _say(url: str, made: Demo) -> None:
    """Where to look, on standard output, once the server answers."""
    answer = f"{url}/v1/learners/{made.learner_id}/recommendations?limit=3"
    click.echo(
        f"Ready. A made-up organisation; Ctrl-C stops it.\n"
        f"A learner's page:    {learner_page(url, made.token)}\n"
        f"The API's reference: {url}/docs\n"
        f"Recommendations:     curl -H 'Authorization: Bearer {made.key}' '{answer}'"
    )

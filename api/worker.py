"""What each worker process runs: the app over its own store, and a thread for what can wait."""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from apiflask import APIFlask

EVERY = 1.0
"""Seconds between two rounds of what can wait: decisions and request lines are written in batches."""

log = logging.getLogger("recommender.api")


def load(database: str | None, models: str | None, behind_proxy: bool = False) -> APIFlask:
    """Open the workspace in this process and build its app; at exit everything waiting is written."""
    from recommender.api.app import create_app
    from recommender.service import advice
    from recommender.service.workspace import open_workspace

    ws = open_workspace(database, models)
    app = create_app(ws, behind_proxy=behind_proxy)
    background = Background([lambda: advice.flush(ws), app.extensions["recommender.telemetry"].write])
    background.start()
    atexit.register(background.stop)
    return app


class Background:
    """Runs some jobs every second, and a last time when it is stopped."""

    def __init__(self, jobs: list[Callable[[], Any]]) -> None:
        self._jobs = jobs
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="background", daemon=True)

    def start(self) -> None:
        """Begin; whatever happens to a job, the next round runs it again."""
        self._thread.start()

    def stop(self) -> None:
        """Run every job once more and end."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        parent = os.getppid()
        while not self._stopped.wait(EVERY):
            self._round()
            if os.getppid() != parent:
                log.warning("the server's main process is gone; this worker ends")
                os.kill(os.getpid(), 15)
                parent = os.getppid()
        self._round()

    def _round(self) -> None:
        for job in self._jobs:
            try:
                job()
            except Exception:  # a store that is busy now is not a reason to stop logging for good
                log.exception("a background job failed; it runs again in a second")

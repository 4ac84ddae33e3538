"""Serving: Granian with some worker processes, started and stopped cleanly."""

from __future__ import annotations

import errno
import logging
import logging.config
import multiprocessing
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from http.client import HTTPConnection, HTTPException

import orjson
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from recommender.api import logs, worker
from recommender.api.telemetry import MULTIPROCESS
from recommender.errors import CannotServe

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8000
THREADS = 4
"""Requests a worker handles at once: one long one must not hold up the short ones behind it."""
BACKLOG = 1024
STOP_SECONDS = 25
"""How long a worker may take to finish what it has begun, and to write what waits, before it is killed; what
runs containers commonly gives 30."""
READY_SECONDS = 120.0

log = logging.getLogger("recommender.api")


def serve(
    database: str | None = None,
    models: str | None = None,
    *,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    workers: int = 1,
    behind_proxy: bool = False,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; open requests are finished before the workers end.

    Parameters
    ----------
    database, models : str, optional
        The store and the registry, as everywhere.
    host : str
        An address of this machine, or its name.
    port : int
    workers : int
        Processes; each opens the store for itself.
    behind_proxy : bool
        Believe ``X-Forwarded-Proto``; see ``create_app``.
    ready : callable, optional
        Told the server's URL once it answers.

    Raises
    ------
    CannotServe
        The port is in use or not allowed, the host is not this machine's, or a worker died.
    StoreUnusable
        The store cannot be opened; nothing was started.
    """
    address = free(host, port)
    _open_once(database, models)
    url = f"http://{f'[{address}]' if ':' in address else address}:{port}"
    # Threads and connections do not survive a fork; a fresh process has neither.
    multiprocessing.set_start_method("spawn", force=True)
    logging.config.dictConfig(logs.CONFIG)
    with tempfile.TemporaryDirectory(prefix="recommender-metrics-") as folder:
        os.environ[MULTIPROCESS] = folder
        if ready is not None:
            threading.Thread(target=_announce, args=(address, port, url, ready), daemon=True).start()
        try:
            run(partial(worker.load, database, models, behind_proxy), address, port, workers)
        finally:
            del os.environ[MULTIPROCESS]


def run(loader: Callable[[], Callable[..., object]], address: str, port: int, workers: int) -> None:
    """Serve whatever app the loader makes in each worker, until SIGTERM or SIGINT."""
    server = Server(
        "recommender",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        backlog=BACKLOG,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=logs.CONFIG,
        workers_kill_timeout=STOP_SECONDS,
        respawn_failed_workers=True,
    )
    try:
        server.serve(target_loader=loader, wrap_loader=False)
    except SystemExit as error:
        # A worker that got the terminal's SIGINT before the server did counts as failed there.
        if not server.interrupt_signal:
            raise CannotServe("A worker stopped unexpectedly; the log above says why.") from error


def free(host: str, port: int) -> str:
    """The address to listen at, after making sure that nobody else does.

    Granian listens with SO_REUSEPORT, which would let two servers share a port unnoticed.

    Raises
    ------
    CannotServe
    """
    try:
        family, kind, proto, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise CannotServe(
            f"The host {host} is unknown. Name an address of this machine with --host."
        ) from error
    with socket.socket(family, kind, proto) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(place)
        except OSError as error:
            raise CannotServe(_refused(host, port, error)) from error
    return str(place[0])


def _refused(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use. Stop what listens there, or choose another with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} needs special rights. Choose one above 1023 with --port."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine. Choose one that is with --host."
    return f"Cannot listen at {host}:{port}: {error.strerror}. Choose another with --host and --port."


def _open_once(database: str | None, models: str | None) -> None:
    """Create or migrate the store before any worker starts, and fail here if that fails."""
    from recommender.service.workspace import open_workspace

    open_workspace(database, models).store.close()


def _announce(address: str, port: int, url: str, ready: Callable[[str], None]) -> None:
    """Tell the URL as soon as a worker is ready, and once why none is."""
    told = False
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        connection = HTTPConnection(target, port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            response = connection.getresponse()
            if response.status == 200:
                if orjson.loads(response.read())["status"] != "ok":
                    log.warning("degraded: the version in service is damaged; see: recommender models list")
                ready(url)
                return
            if not told:
                log.warning("not ready yet: %s", orjson.loads(response.read())["detail"])
                told = True
        except (OSError, HTTPException, ValueError):
            pass
        finally:
            connection.close()
        time.sleep(0.1)

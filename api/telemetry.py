"""What an operator sees: a line a request, and figures for Prometheus.

Neither holds an id of a person or a key: a request is named by its route's template. Both are kept
off the request's path as far as can be: lines are formatted and written by a thread, once a second.
"""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from datetime import UTC, datetime
from functools import cache
from typing import IO

import orjson
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
NO_ROUTE = "none"
ROUTE = "recommender.route"
"""Where in a request's environ its route's template stands."""
MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
KEPT_LINES = 100_000
"""Lines that wait for the writer at most; older ones go first."""


class Telemetry:
    """Counts requests and events, and keeps the lines until they are written.

    Under several workers each writes its figures to files of one folder (``MULTIPROCESS``), and
    whichever worker is asked adds them up.
    """

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "recommender_requests",
            "Requests answered",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "recommender_request_seconds",
            "Seconds a request took inside the server",
            ("route",),
            buckets=BUCKETS,
            registry=self._registry,
        )
        self.events = Counter(
            "recommender_events",
            "Events received, by what became of them",
            ("outcome",),
            registry=self._registry,
        )
        self._lines: deque[tuple[float, str, str, int, float]] = deque(maxlen=KEPT_LINES)
        self._stream = stream
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def record(self, method: str, route: str, status: int, took: float) -> None:
        """One answered request; an unknown method or route is not repeated, so labels stay few."""
        if route is NO_ROUTE:
            method = NO_ROUTE
        key = (method, route, status)
        children = self._children.get(key)
        if children is None:
            counted = self._requests.labels(method, route, str(status))
            children = self._children[key] = (counted, self._seconds.labels(route))
        children[0].inc()
        children[1].observe(took)
        self._lines.append((time.time(), method, route, status, took))

    def write(self) -> None:
        """Write the lines that wait, as JSON, to standard error; those that come meanwhile wait on."""
        out = []
        for _ in range(len(self._lines)):
            at, method, route, status, took = self._lines.popleft()
            when = datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")[: -len("+00:00")]
            out.append(f'{{"at":"{when}Z",{_about(method, route, status)},"ms":{took * 1000:.2f}}}\n')
        if out:
            stream = self._stream or sys.stderr
            stream.write("".join(out))
            stream.flush()

    def exposition(self) -> bytes:
        """All figures in Prometheus' text format, of every worker."""
        if MULTIPROCESS not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)


@cache
def _about(method: str, route: str, status: int) -> str:
    """The part of a line that many requests share; as few as the labels of the figures."""
    return orjson.dumps({"method": method, "route": route, "status": status}).decode()[1:-1]

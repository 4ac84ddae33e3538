"""Lines of requests: what they say, and that writing them ends under load."""

from __future__ import annotations

import io
import json
from collections import deque
from typing import Any

from recommender.api.telemetry import Telemetry


class Busy(deque[Any]):
    """Lines to which another comes for each that is taken."""

    def popleft(self) -> Any:
        found = super().popleft()
        assert len(self) < 10, "the writer does not end"
        self.append(found)
        self.append(found)
        return found


def test_a_line_says_when_what_and_how_long() -> None:
    stream = io.StringIO()
    seen = Telemetry(stream)
    seen.record("GET", "/v1/modules/<id:module_id>", 200, 0.00123)
    seen.record("PUT", 'a"b', 404, 12.0)
    seen.write()
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    at = first.pop("at")
    assert at.endswith("Z")
    assert len(at) == len("2026-11-24T22:48:25.203263Z")
    assert first == {"method": "GET", "route": "/v1/modules/<id:module_id>", "status": 200, "ms": 1.23}
    assert second["route"] == 'a"b'
    seen.write()
    assert len(stream.getvalue().splitlines()) == 2


def test_lines_that_come_while_others_are_written_wait_for_the_next_round() -> None:
    stream = io.StringIO()
    seen = Telemetry(stream)
    seen.record("GET", "/", 200, 0.001)
    seen._lines = Busy(seen._lines)
    seen.write()
    assert len(stream.getvalue().splitlines()) == 1
    assert len(seen._lines) == 2

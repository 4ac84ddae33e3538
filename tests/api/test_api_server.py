"""The real server: worker processes, a port, signals, and a version put in service under load."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from recommender.api.limits import MAX_BODY
from recommender.api.server import free
from recommender.errors import CannotServe
from recommender.service import intake, keys, people, training
from recommender.service.workspace import Workspace, open_workspace

LEARNERS = 40
START_SECONDS = 60


@dataclass
class Running:
    """A server with two workers, its log, and a key that may do everything."""

    process: subprocess.Popen[bytes]
    port: int
    key: str
    database: str
    models: Path
    log: Path

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One call over a connection of its own, so that either worker may take it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read()
            is_json = "json" in (response.headers["Content-Type"] or "")
            return response.status, json.loads(text) if is_json else text.decode()
        finally:
            connection.close()

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=20)


def fill(ws: Workspace) -> None:
    """A small organisation with scores and finished modules."""
    draw = random.Random(3)
    people.put_learners(ws, [{"learner_id": f"L{n}"} for n in range(LEARNERS)])
    modules = ws.engine().catalogue.modules[:8]
    leaves = ws.engine().catalogue.leaves
    events: list[dict[str, Any]] = []
    for n in range(LEARNERS):
        who = {"learner_id": f"L{n}", "occurred_at": "2026-03-01T08:00:00Z"}
        events += [
            {**who, "type": "assessment", "competency_id": k, "score": draw.uniform(20, 90)} for k in leaves
        ]
        done = draw.sample(modules, 3)
        events += [
            {**who, "type": "interaction", "module_id": m.module_id, "status": "completed"} for m in done
        ]
    assert intake.take_in(ws, events)["rejected"] == []


def command(running: list[str], port: int, database: str, models: Path) -> list[str]:
    places = ["--database", database, "--models", str(models)]
    return [sys.executable, "-m", "recommender", "serve", "--port", str(port), *places, *running]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("server")
    database, models, log = f"sqlite:///{folder}/store.db", folder / "models", folder / "log"
    ws = open_workspace(database, str(models))
    fill(ws)
    key = keys.create_key(ws, ["recommend", "ingest", "analyst", "admin"])[1]
    ws.close()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("wb") as stream:
        environ = {**os.environ, "PYTHONWARNINGS": "ignore"}
        process = subprocess.Popen(
            command(["--workers", "2"], port, database, models), stdout=stream, stderr=stream, env=environ
        )
    running = Running(process, port, key, database, models, log)
    try:
        await_ready(running)
        yield running
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def await_ready(running: Running) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and running.process.poll() is None:
        if "Serving at" in running.log.read_text():
            return
        time.sleep(0.1)
    pytest.fail(f"the server did not start: {running.log.read_text()}")


def test_whichever_worker_answers_has_seen_every_event(server: Running) -> None:
    path = "/v1/learners/L0/recommendations?limit=100"
    for _ in range(4):
        first = server("GET", path)[1]["items"][0]["module_id"]
        event = {
            "type": "interaction",
            "learner_id": "L0",
            "module_id": first,
            "status": "completed",
            "occurred_at": "2026-04-01T08:00:00Z",
        }
        assert server("POST", "/v1/events", {"events": [event]})[1]["accepted"] == 1
        for _ in range(6):
            assert first not in {item["module_id"] for item in server("GET", path)[1]["items"]}


def test_ids_of_any_script_reach_the_app(server: Running) -> None:
    for who in ("员工 7", "HR//7"):
        path = f"/v1/learners/{quote(who, safe='')}"
        assert server("PUT", path, {"name": "小王"})[1]["learner_id"] == who
        assert server("GET", path)[1]["name"] == "小王"
        assert server("GET", f"{path}/profile")[1]["learner_id"] == who


def test_addresses_with_something_after_the_question_mark_are_answered(server: Running) -> None:
    for path in ("/learn/enter?token=WyJMMCJd", "/v1/learners?cursor=WyJMMCJd", "/nothing?token=WyJMMCJd"):
        assert server("GET", path)[0] in (200, 403, 404)


def test_a_body_in_chunks_has_a_limit_too(server: Running) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"}
    body = (b" " * 2**20 for _ in range(MAX_BODY // 2**20 + 1))
    connection.request("POST", "/v1/events", body, headers, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


def test_a_promote_drops_no_request(server: Running) -> None:
    ws = open_workspace(server.database, str(server.models))
    version = training.train(ws)["version"]
    ws.close()
    seen: Counter[tuple[int, str | None]] = Counter()
    over = threading.Event()

    def ask(n: int) -> None:
        while not over.is_set():
            status, answer = server("GET", f"/v1/learners/L{n}/recommendations")
            seen[status, answer.get("model_version")] += 1

    askers = [threading.Thread(target=ask, args=(n,)) for n in range(1, 5)]
    for asker in askers:
        asker.start()
    time.sleep(0.3)
    status, promoted = server("POST", f"/v1/models/{version}/promote")
    since = time.monotonic()
    assert (status, promoted["version"]) == (200, version)
    while server("GET", "/v1/learners/L9/recommendations")[1]["model_version"] != version:
        assert time.monotonic() - since < 1
    time.sleep(0.5)
    after = {server("GET", f"/v1/learners/L{n}/recommendations")[1]["model_version"] for n in range(20)}
    over.set()
    for asker in askers:
        asker.join()
    assert after == {version}
    assert set(seen) <= {(200, None), (200, version)}
    assert seen[200, None]
    assert seen[200, version]


def test_figures_are_those_of_all_workers(server: Running) -> None:
    def counted() -> float:
        lines = server("GET", "/metrics")[1].splitlines()
        return sum(
            float(line.split()[-1]) for line in lines if line.startswith("recommender_requests_total{")
        )

    before = counted()
    for _ in range(30):
        server("GET", "/healthz")
    assert counted() == before + 31  # and the first look at the figures
    assert "L0" not in server("GET", "/metrics")[1]


def test_a_taken_port_is_refused_with_what_to_do(server: Running) -> None:
    with pytest.raises(CannotServe) as refused:
        free("127.0.0.1", server.port)
    wanted = (
        f"Port {server.port} on 127.0.0.1 is in use. Stop what listens there, or choose another with --port."
    )
    assert str(refused.value) == wanted
    done = subprocess.run(
        command([], server.port, server.database, server.models), capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr.strip()) == (1, wanted)


def test_hosts_that_cannot_be_are_refused() -> None:
    with pytest.raises(CannotServe, match=r"^192\.0\.2\.1 is no address of this machine\."):
        free("192.0.2.1", 8000)
    with pytest.raises(CannotServe, match=r"^The host nowhere\.invalid is unknown\."):
        free("nowhere.invalid", 8000)


def test_it_stops_at_once_and_leaves_a_log_without_names(server: Running) -> None:
    for _ in range(30):
        server("GET", "/healthz")
    server("PUT", "/v1/learners/L1", {"name": "员工"})
    server("GET", "/learn/enter?token=WyJMMCJd")
    assert server.stop() == 0
    lines = server.log.read_text().splitlines()
    said = [json.loads(line) for line in lines if line.startswith("{")]
    assert {"at", "method", "route", "status", "ms"} <= set(said[0])
    assert sum(line.get("route") == "/healthz" for line in said) >= 30
    text = "\n".join(lines)
    assert "员工" not in text
    assert "L0" not in text
    assert "WyJMMCJd" not in text
    assert server.key not in text
    assert [line for line in said if line.get("level") == "error"] == []

"""Requests a second for recommendations over those of an empty Flask route, on the same server.

    python tests/bench/bench_server.py [--learners 5000] [--modules 500] [--seconds 10]

Makes an organisation, trains on it, and serves it by the program's own command with two workers. An
empty Flask route is served by the same server with the same settings. wrk (or, where it is missing, a
plain loop of this file) asks both in turn for learners drawn uniformly. ``cold`` is the first round:
most lists are drawn and rendered for the first time since something happened; then all have been. Then the
same with a learned ranker in service.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask, Response

WORKERS, CONNECTIONS, THREADS = 2, 16, 2
CHUNK = 100
FOLLOWED = 2.0
"""Seconds after a promotion until every worker has followed."""
ROUTE = "/v1/learners/{}/recommendations"
BODY = b'{"items": []}'
LUA = """
local ids = {{}}
for id in io.lines("{ids}") do ids[#ids + 1] = id end
math.randomseed(os.time())
function request()
  local path = "/v1/learners/" .. ids[math.random(#ids)] .. "/recommendations?limit=5"
  return wrk.format("GET", path, {{["Authorization"] = "Bearer {key}"}})
end
"""


def bare() -> Flask:
    """An empty route."""
    app = Flask("bare")

    @app.get(ROUTE.format("<learner_id>"))
    def recommendations(learner_id: str) -> Response:
        return Response(BODY, content_type="application/json")

    return app


def serve_bare(port: int) -> None:
    """Serve the empty route exactly as the program serves its app."""
    from recommender.api import server

    multiprocessing.set_start_method("spawn", force=True)
    server.run(bare, "127.0.0.1", port, WORKERS)


def organisation(folder: Path, learners: int, modules: int) -> tuple[str, list[str]]:
    """Make, import and train; a key that may ask, and everybody's id."""
    from recommender.service import importing, keys, people, simulation, training
    from recommender.service.workspace import open_workspace

    files = folder / "files"
    simulation.simulate(files, None, learners=learners, own_modules=modules, seed=1, rounds=2, waves=1)
    ws = open_workspace(f"sqlite:///{folder}/store.db", str(folder / "models"))
    importing.import_paths(ws, [files])
    training.train(ws, promote=True)
    page = people.list_learners(ws, None, learners)
    key = keys.create_key(ws, ["recommend"])[1]
    ws.close()
    return key, [item["learner_id"] for item in page["items"]]


def put_in_ranker(folder: Path) -> None:
    """Put the same version in service with a ranker; its network is random, as what it says costs nothing.

    Training keeps one only where it ranks better, which people made up so need not show.
    """
    import numpy as np

    from recommender.affinity.fit import NextModule
    from recommender.affinity.histories import histories_of
    from recommender.affinity.listwise import UNITS, untrained
    from recommender.affinity.ranker import candidates, clues
    from recommender.engine import Engine
    from recommender.service.states import write_all
    from recommender.service.workspace import open_workspace
    from recommender.store import frames

    ws = open_workspace(f"sqlite:///{folder}/store.db", str(folder / "models"))
    with ws.store.read() as conn:
        past = histories_of(frames.read_evidence(conn).interactions)
    model, tables = NextModule()._closed_form(past)
    empty, draw = untrained(tables), np.random.default_rng(0)
    read = model.read([past.module_ids[j] for j in past.items[: past.starts[1]]])
    count = clues(model, empty, read, candidates(read)).shape[-1]

    def some(*shape: int) -> np.ndarray:
        return (0.1 * draw.standard_normal(shape)).astype(np.float32)

    ranker = replace(
        empty, centre=some(count), scale=np.ones(count, np.float32), hidden=some(count, UNITS),
        bias=some(UNITS), out=some(UNITS), direct=some(count), reach=0.7,
    )  # fmt: skip
    parts = ws.engine().parts()
    parts["affinity"] = replace(model, ranker=ranker, groups=parts["affinity"].groups)
    version = ws.registry.add(parts, metrics={}, fingerprint="bench", card="A ranker of random weights.")
    write_all(ws, Engine.from_parts(parts, version).over(ws.engine().catalogue), lambda *_: None)
    ws.registry.promote(version)
    ws.close()


@contextmanager
def running(command: list[str], port: int, path: str, key: str) -> Iterator[int]:
    """A server as a process of its own, once it answers."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                connection.request("GET", path, headers={"Authorization": f"Bearer {key}"})
                if connection.getresponse().status == 200:
                    break
            except OSError:
                time.sleep(0.1)
        else:
            raise SystemExit(f"no answer from {command}")
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def by_wrk(port: int, key: str, ids: list[str], seconds: float, folder: Path) -> float:
    """Requests a second by wrk."""
    (folder / "ids").write_text("\n".join(ids))
    (folder / "ask.lua").write_text(LUA.format(ids=folder / "ids", key=key))
    command = ["wrk", f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "-s", str(folder / "ask.lua")]
    said = subprocess.run([*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=True)
    if "Non-2xx" in said.stdout:
        raise SystemExit(said.stdout)
    return float(re.findall(r"Requests/sec:\s*([\d.]+)", said.stdout)[0])


def ask(port: int, key: str, ids: list[str], seconds: float) -> int:
    """Ask over one kept connection; how many answers came."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    draw, answered, until = random.Random(os.getpid()), 0, time.monotonic() + seconds
    while time.monotonic() < until:
        path = ROUTE.format(draw.choice(ids)) + "?limit=5"
        connection.request("GET", path, headers={"Authorization": f"Bearer {key}"})
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise SystemExit(f"{response.status} from {path}")
        answered += 1
    return answered


def by_loop(port: int, key: str, ids: list[str], seconds: float, folder: Path) -> float:
    """Requests a second by processes of this file, where there is no wrk."""
    with multiprocessing.get_context("spawn").Pool(THREADS * 2) as pool:
        counts = pool.starmap(ask, [(port, key, ids, seconds)] * (THREADS * 2))
    return sum(counts) / seconds


def warm(port: int, key: str, ids: list[str]) -> None:
    """Have every worker draw every list once; a connection of its own may reach either worker."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for _ in range(5 * WORKERS):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        for start in range(0, len(ids), CHUNK):
            body = json.dumps({"learner_ids": ids[start : start + CHUNK], "limit": 5})
            connection.request("POST", "/v1/recommendations", body, headers)
            connection.getresponse().read()
        connection.close()


def memory(pid: int) -> float:
    """MiB resident in the largest child of a process: one worker."""
    sizes = []
    for folder in Path("/proc").iterdir():
        try:
            status = (folder / "status").read_text() if folder.name.isdigit() else ""
        except OSError:
            continue
        if re.search(rf"^PPid:\t{pid}$", status, re.M):
            sizes += [int(size) / 1024 for size in re.findall(r"^VmRSS:\s+(\d+)", status, re.M)]
    return max(sizes)


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=5000)
    parser.add_argument("--modules", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--bare", type=int, metavar="PORT", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.bare:
        serve_bare(asked.bare)
        return
    load: Callable[..., float] = by_wrk if shutil.which("wrk") else by_loop
    with tempfile.TemporaryDirectory() as name:
        measure(Path(name), load, asked)


def measure(folder: Path, load: Callable[..., float], asked: Any) -> None:
    """Serve both, ask both in turn."""
    key, ids = organisation(folder, asked.learners, asked.modules)
    ports = {"bare": free_port(), "recommender": free_port()}
    serve = [sys.executable, "-m", "recommender", "serve", "--port", str(ports["recommender"])]
    serve += ["--workers", str(WORKERS), "--database", f"sqlite:///{folder}/store.db"]
    serve += ["--models", str(folder / "models")]
    path = ROUTE.format(ids[0])
    with (
        running([sys.executable, __file__, "--bare", str(ports["bare"])], ports["bare"], path, key) as empty,
        running(serve, ports["recommender"], path, key) as ours,
    ):
        print(f"{'round':<14} {'bare':>8} {'ours':>8} {'ratio':>6}   requests/s")
        for kind in ("", "ranker "):
            if kind:
                put_in_ranker(folder)
                time.sleep(FOLLOWED)
            for number in range(asked.rounds + 1):
                if number == 1:
                    warm(ports["recommender"], key, ids)
                speed = {what: load(port, key, ids, asked.seconds, folder) for what, port in ports.items()}
                ratio = speed["recommender"] / speed["bare"]
                label = f"{kind}cold" if number == 0 else f"{kind}warm {number}"
                print(
                    f"{label:<14} {speed['bare']:8.0f} {speed['recommender']:8.0f} {ratio:6.2f}", flush=True
                )
        sizes = memory(empty), memory(ours)
        print(f"{'worker MiB':<14} {sizes[0]:8.0f} {sizes[1]:8.0f} {sizes[1] / sizes[0]:6.2f}")


if __name__ == "__main__":
    main()

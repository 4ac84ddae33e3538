"""The demo end to end: a real server in its own process, on a store that is thrown away."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest
from click.testing import CliRunner

from recommender.cli import main
from recommender.registry import Registry
from recommender.service import people
from recommender.service.demo import LEARNER, sample_folder
from recommender.service.workspace import open_workspace


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def demo(folder: Path, port: int) -> list[str]:
    """The command line of a demo in a folder."""
    places = ["--database", f"sqlite:///{folder / 'demo.db'}", "--models", str(folder / "models")]
    return [sys.executable, "-m", "recommender", "demo", "--port", str(port), *places]


@contextmanager
def running(folder: Path, port: int) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A demo that has said it is ready: what it printed, and its process."""
    log = folder / "stderr.txt"
    with log.open("w") as errors:
        process = subprocess.Popen(
            demo(folder, port), stdout=subprocess.PIPE, stderr=errors, text=True, cwd=folder
        )
    try:
        assert process.stdout is not None
        printed = ""
        for line in process.stdout:
            printed += line
            if "curl" in line:
                break
        assert "curl" in printed, log.read_text("utf-8")
        yield printed, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        process.stdout.close()


def get(url: str, key: str | None = None) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        with build_opener(HTTPCookieProcessor()).open(Request(url, headers=headers), timeout=30) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def told(printed: str) -> tuple[str, str, str, str]:
    """The page, the reference, the call and the key that the demo printed."""
    page, reference = re.findall(r"(?:page|reference):\s+(\S+)", printed)
    found = re.search(r"curl -H 'Authorization: Bearer (\S+)' '(\S+)'", printed)
    assert found, printed
    return page, reference, found[2], found[1]


@pytest.mark.slow
def test_the_demo_serves_starts_again_and_keeps_to_itself(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path, port) as (printed, process):
        page, reference, call, first_key = told(printed)
        status, body = get(call, first_key)
        answer = json.loads(body)
        assert status == 200
        assert answer["learner_id"] == LEARNER
        assert answer["model_version"]
        assert len(answer["items"]) == 3
        assert get(call)[0] == 401
        assert get(reference)[0] == 200
        status, html = get(page)
        assert status == 200
        assert "<h1" in html
        second = subprocess.run(demo(tmp_path / "other", port), capture_output=True, text=True, timeout=30)
        assert (second.returncode, second.stdout) == (1, "")
        assert second.stderr == (
            f"Port {port} on 127.0.0.1 is in use. Stop what listens there, or choose another with --port.\n"
        )
        assert not (tmp_path / "other").exists()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    versions = open_workspace(
        f"sqlite:///{tmp_path / 'demo.db'}", str(tmp_path / "models")
    ).registry.versions()
    assert "Traceback" not in (tmp_path / "stderr.txt").read_text("utf-8")
    with running(tmp_path, port) as (printed, _):
        *_, call, key = told(printed)
        assert key != first_key
        assert get(call, key) == (200, body), "the same people, the same model, the same draw"
        assert get(call, first_key)[0] == 401
    assert Registry(tmp_path / "models").versions() == versions
    assert len(versions) == 1


def test_a_store_that_holds_other_data_is_refused(tmp_path: Path) -> None:
    url, models = f"sqlite:///{tmp_path / 'own.db'}", str(tmp_path / "models")
    ws = open_workspace(url, models)
    people.put_learners(ws, [{"learner_id": "e1"}])
    ws.close()
    arguments = ["demo", "--port", str(free_port()), "--database", url, "--models", models]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert result.stderr == (
        "The store holds other data, and the demo would mix its made-up people into it. "
        "Give it a store of its own: recommender demo --database sqlite:///demo.db --models demo-models\n"
    )
    ws = open_workspace(url, models)
    assert [one["learner_id"] for one in people.list_learners(ws)["items"]] == ["e1"]
    ws.close()


def test_the_sample_is_shipped_with_the_package() -> None:
    assert (sample_folder() / "learners.csv").is_file()

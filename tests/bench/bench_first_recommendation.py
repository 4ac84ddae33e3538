"""From a clean clone to the first recommendation, over the installation of the locked packages alone.

``make run`` installs, imports the sample organisation, trains and serves; what it takes beyond the
installation is the product's own time. Needs git, make and a package index, and a free port 8000.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = "requirements.lock"


def clone(folder: Path) -> Path:
    """A clean clone of this repository's last commit."""
    there = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(there)], check=True)
    return there


def environment() -> dict[str, str]:
    """This process's variables without those that point elsewhere; both installations download anew."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("RECOMMENDER_") and k != "VIRTUAL_ENV"}
    return kept | {"PIP_NO_CACHE_DIR": "1"}


def seconds_to_install(folder: Path, lock: Path) -> float:
    """A fresh environment with the locked packages, by pip, as the Makefile does it."""
    python = folder / "alone" / "bin" / "python"
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-m", "venv", str(folder / "alone")], check=True)
    install = ["-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--require-hashes"]
    subprocess.run([str(python), *install, "--requirement", str(lock)], check=True, env=environment())
    return time.perf_counter() - begin


def seconds_to_recommendation(there: Path) -> float:
    """``make run`` until the printed curl line is answered with a recommendation."""
    begin = time.perf_counter()
    make = subprocess.Popen(
        ["make", "run", f"PYTHON={sys.executable}"],
        cwd=there,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert make.stdout is not None
        for line in make.stdout:
            if found := re.search(r"curl .*", line):
                curl = [*shlex.split(found[0]), "--silent", "--show-error", "--fail"]
                answer = subprocess.run(curl, capture_output=True, text=True, check=True)
                assert '"items":[{' in answer.stdout.replace(" ", ""), answer.stdout
                return time.perf_counter() - begin
        raise SystemExit(f"make run ended with {make.wait()} before it was ready.")
    finally:
        os.killpg(make.pid, signal.SIGINT)
        make.wait(timeout=60)


def main() -> None:
    """Print both times and their ratio."""
    with tempfile.TemporaryDirectory(prefix="first-recommendation-") as name:
        folder = Path(name)
        there = clone(folder)
        alone = seconds_to_install(folder, there / LOCK)
        whole = seconds_to_recommendation(there)
    print(f"installing the locked packages alone   {alone:6.1f} s")
    print(f"make run to the first recommendation   {whole:6.1f} s")
    print(f"ratio                                  {whole / alone:6.2f}")


if __name__ == "__main__":
    main()

"""What is built is whole: a wheel holds real files, and works where it is installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a copy of what git knows; nothing is built inside the project."""
    folder = tmp_path_factory.mktemp("wheel")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git clone")
    for name in filter(None, listed.stdout.split("\0")):
        source, target = ROOT / name, folder / "source" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.exists():
            shutil.copy2(source, target, follow_symlinks=False)
    build = [
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        folder,
        "./source",
    ]
    subprocess.run([sys.executable, *build], cwd=folder, check=True, timeout=300)
    return next(folder.glob("*.whl"))


@pytest.mark.slow
def test_a_wheel_holds_real_files_of_every_kind(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "recommender", "api", "data"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    expected = {
        name if name.startswith("recommender/") else f"recommender/{name}"
        for name in tracked
        if (ROOT / name).is_file() and not (ROOT / name).is_symlink()
    }
    assert expected - names == set()
    assert {name for name in names if not name.startswith("recommender/")} == {
        name for name in names if ".dist-info/" in name
    }


@pytest.mark.slow
def test_an_installed_wheel_recommends(wheel: Path, tmp_path: Path) -> None:
    """Its own files, the libraries of this environment, and nothing of the project's folder."""
    site = tmp_path / "site"
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--target", site, wheel]
    subprocess.run([sys.executable, *install], check=True, timeout=120)
    code = (
        "import recommender, sys; sys.path = [p for p in sys.path if 'editable' not in p];"
        "from recommender.cli import main; print(recommender.__file__, file=sys.stderr); main()"
    )
    (tmp_path / "learners.csv").write_text("learner_id,name\ne1,Ada\n")
    for args in (
        ["import", "learners.csv"],
        ["recommend", "e1", "--lang", "zh"],
        ["template", "--output", "t.xlsx"],
    ):
        run = [sys.executable, "-c", code, *args]
        clean = {"PYTHONPATH": str(site), "PATH": ""}
        done = subprocess.run(run, cwd=tmp_path, env=clean, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert str(site) in done.stderr

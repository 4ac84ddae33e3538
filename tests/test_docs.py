"""Documentation is run: its commands work, its links lead somewhere, its reference is the program's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from recommender.cli.reference import reference

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        ROOT / "models/README.md",
        *(ROOT / "data").rglob("*.md"),
    ]
)
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ELSEWHERE = ("make ", "git clone ", "cd ")
"""Lines that other tests run, or that a reader's own folder stands for."""


def scripts(page: Path) -> str:
    """The page's commands for a shell, in order."""
    blocks = [body for language, body in FENCE.findall(page.read_text("utf-8")) if language == "sh"]
    lines = [line for block in blocks for line in block.splitlines()]
    return "\n".join(line for line in lines if not line.startswith(ELSEWHERE))


RUNNABLE = [page for page in PAGES if scripts(page)]


def test_there_is_something_to_run() -> None:
    assert {"README.md", "retrain.md"} <= {page.name for page in RUNNABLE}


@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_s_commands_work_one_after_another(page: Path, tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    if page.name == "retrain.md":
        prepare(tmp_path)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RECOMMENDER_")}
    done = subprocess.run(
        ["sh", "-eu"],
        input=scripts(page),
        text=True,
        capture_output=True,
        cwd=tmp_path,
        env=clean,
        timeout=240,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def prepare(folder: Path) -> None:
    """What the page takes for granted: an organisation's files in the inbox."""
    command = "simulate --output inbox --learners 40 --seed 1"
    args = [str(folder / ".venv/bin/recommender"), *command.split()]
    subprocess.run(args, cwd=folder, check=True, capture_output=True, timeout=120)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere_and_blocks_say_what_they_are(page: Path) -> None:
    text = page.read_text("utf-8")
    assert all(language for language, _ in FENCE.findall(text)), "a block without a language"
    prose = FENCE.sub("", text)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose):
        if not target.startswith(("https://", "http://", "mailto:")):
            assert (page.parent / target).exists(), target


def test_pages_that_the_program_names_are_there() -> None:
    named = {
        page
        for path in (*(ROOT / "recommender").rglob("*.py"), *(ROOT / "api").rglob("*.py"))
        for page in re.findall(r"docs/[\w-]+\.md", path.read_text("utf-8"))
    }
    assert [page for page in sorted(named) if not (ROOT / page).exists()] == []


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs/README.md").read_text("utf-8")
    missing = [page.name for page in (ROOT / "docs").glob("*.md") if f"({page.name})" not in index]
    assert missing in ([], ["README.md"])


def test_the_commands_reference_is_the_program_s() -> None:
    assert (ROOT / "docs/commands.md").read_text("utf-8") == reference(), "run: make docs"

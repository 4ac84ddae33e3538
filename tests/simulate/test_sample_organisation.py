"""The committed sample is what its README says it is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pandas as pd
from click.testing import CliRunner

from recommender.cli import main

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"
MOST_BYTES = 1_500_000


def test_the_command_in_the_readme_makes_these_files(tmp_path: Path) -> None:
    readme = (SAMPLE / "README.md").read_text("utf-8")
    assert "**Synthetic.**" in readme
    found = re.search(r"^recommender (simulate .*)$", readme, re.MULTILINE)
    assert found
    args = shlex.split(found[1].replace("data/sample", str(tmp_path)))
    result = CliRunner().invoke(main, args)
    assert result.exit_code == 0, result.output
    committed = {p.name: p.read_bytes() for p in SAMPLE.glob("*.csv")}
    made = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert made.keys() == committed.keys()
    assert [name for name in made if made[name] != committed[name]] == []
    assert sum(map(len, committed.values())) < MOST_BYTES


def test_the_story_names_people_who_are_as_it_says() -> None:
    story = (SAMPLE / "STORY.md").read_text("utf-8")
    rows = pd.read_csv(SAMPLE / "interactions.csv")
    learners = pd.read_csv(SAMPLE / "learners.csv").set_index("learner_id")
    last = rows.groupby(["learner_id", "module_id"])["status"].last()
    assert learners.loc["E250", "name"] in story
    assert learners.loc["E210", "name"] in story
    assert last["E250", "follow-one-order"] == "started"
    assert last["E210", "when-feedback-backfires"] == "started"
    counts = rows.query("learner_id == 'E250'")["status"].value_counts()
    assert (counts["completed"], counts["dismissed"]) == (4, 2)
    evidence = {
        learner
        for name in ("assessments", "feedback", "interactions")
        for learner in pd.read_csv(SAMPLE / f"{name}.csv")["learner_id"]
    }
    assert set(learners.index) - evidence == {"E200", "E259"}
    assert (learners["active"] == 0).sum() == 8


def test_the_truth_may_not_lie_among_the_files(tmp_path: Path) -> None:
    truth = tmp_path / "org" / "truth"
    result = CliRunner().invoke(main, ["simulate", "--output", str(tmp_path / "org"), "--truth", str(truth)])
    assert result.exit_code == 1
    assert result.stderr == (
        f"{truth} lies in {tmp_path / 'org'}: the truth would be imported too. Give another folder.\n"
    )
    assert not (tmp_path / "org").exists()

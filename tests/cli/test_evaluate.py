"""``evaluate`` and ``models compare`` from the command line."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from recommender.cli import main


def run(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


@pytest.mark.parametrize("args", [("v1", "--policy", "v2"), ("--policy", "v2", "--leave-last-out")])
def test_the_log_is_judged_alone(args: tuple[str, ...]) -> None:
    result = run("evaluate", *args)
    assert result.exit_code == 2
    assert "--policy names the version to judge by the log: give it alone." in result.stderr


def test_an_empty_store_is_1_with_one_sentence() -> None:
    for args in (["evaluate"], ["evaluate", "--policy", "v1"], ["models", "compare", "a", "b"]):
        result = run(*args)
        assert result.exit_code == 1, args
        assert result.stderr == (
            "The store holds no evidence to judge by. Import assessments, feedback or interactions: "
            "recommender import PATH\n"
        )


def test_one_table_or_json_and_progress_beside_it() -> None:
    assert run("simulate", "--output", "inbox", "--learners", "60", "--seed", "1").exit_code == 0
    assert run("import", "inbox").exit_code == 0
    shown = run("evaluate")
    assert shown.exit_code == 0, shown.output
    title, header, *lines = shown.stdout.splitlines()
    assert title.startswith("Judged: a refit without the held-out part. Held out: evidence since ")
    assert header.split() == ["part", "measure", "of", "value", "error", "n", "unit", "note"]
    assert {line.split()[0] for line in lines} == {
        "ranking",
        "profiles",
        "answers",
        "gains",
        "intervals",
        "segments",
    }
    assert "foretelling" in shown.stderr
    told = json.loads(run("evaluate", "--leave-last-out", "--json").stdout)
    figures = {(row["measure"], row["of"]): row["value"] for row in told["rows"]}
    for name in ("this version", "popularity", "item kNN", "EASE-R"):
        assert 0 <= figures["NDCG@10", name] <= figures["HR@10", name] <= 1
    assert run("train", "--promote").exit_code == 0
    version = json.loads(run("models", "list", "--json").stdout)["in_service"]
    compared = json.loads(run("models", "compare", version, version, "--json").stdout)
    assert compared["verdict"] is None
    assert "Nothing can be said of" in run("models", "compare", version, version).stdout
    assert "The log cannot tell" in run("evaluate", "--policy", version).stdout


def test_worlds_are_judged_beside_their_ceiling() -> None:
    told = json.loads(
        run("evaluate", "--worlds", "--seeds", "1", "--learners", "60", "--loops", "0", "--json").stdout
    )
    found = {(row["world"], row["measure"], row["method"]): row for row in told["rows"]}
    assert len({world for world, _, _ in found}) >= 8
    assert found["base", "profile error", "ceiling"]["share"] == 1.0
    assert (
        found["base", "profile error", "ours"]["value"] < found["base", "profile error", "raw mean"]["value"]
    )


def test_worlds_can_be_picked_by_name() -> None:
    few = ("evaluate", "--worlds", "--seeds", "1", "--learners", "60", "--loops", "0", "--json")
    rows = json.loads(run(*few, "--only", "no segments", "--only", "base").stdout)["rows"]
    assert {row["world"] for row in rows} == {"no segments", "base"}
    unknown = CliRunner().invoke(main, [*few, "--only", "moon"])
    assert unknown.exit_code != 0
    assert "There is no world called moon. There are: base, skewed" in unknown.output


def test_options_of_worlds_go_with_worlds() -> None:
    for args in (["--seeds", "2"], ["--only", "base"], ["--worlds", "v1"], ["--worlds", "--policy", "v1"]):
        assert CliRunner().invoke(main, ["evaluate", *args]).exit_code == 2

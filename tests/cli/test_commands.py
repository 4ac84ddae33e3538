"""What every command promises: help, exit codes, tables and JSON, places and messages."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from recommender.cli import COMMANDS, main
from recommender.cli.common import Exit, show_table


@pytest.fixture
def run() -> Callable[..., Result]:
    """Run the command line in the test's own folder."""
    return lambda *args, **kwargs: CliRunner().invoke(main, list(args), **kwargs)


def all_commands(group: click.Group = main, prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        yield (*prefix, name)
        if isinstance(command, click.Group):
            yield from all_commands(command, (*prefix, name))


def test_every_command_explains_itself(run: Callable[..., Result]) -> None:
    for names in all_commands():
        result = run(*names, "--help")
        assert result.exit_code == Exit.DONE, names
        assert result.output.startswith(f"Usage: recommender {' '.join(names)}"), names
        sentence = result.output.split("\n\n")[1].strip()
        assert sentence.endswith((".", ":")), (names, sentence)


def test_the_contract_s_commands_are_there() -> None:
    promised = {
        *("status", "link", "demo", "template", "import", "train", "models", "recommend", "path", "score"),
        *("profiles", "rebuild", "segments", "keys", "export", "erase", "serve", "simulate"),
    }
    assert promised <= set(COMMANDS)


@pytest.mark.parametrize(
    "args",
    [
        ["nonsense"],
        ["recommend"],
        ["recommend", "e1", "--limit", "0"],
        ["recommend", "e1", "--lang", "fr"],
        ["path", "e1", "--minutes", "-1"],
        ["path", "e1", "--minutes", "nan"],
        ["path", "e1", "--minutes", "inf"],
        ["train", "--force"],
        ["train", "--promote", "--force"],
        ["score"],
        ["keys", "create"],
        ["keys", "create", "--scope", "king"],
        ["keys", "create", "--scope", ","],
        ["link", "e1", "--days", "0"],
        ["link", "e1", "--days", "nan"],
        ["models", "promote"],
    ],
)
def test_wrong_usage_is_2_and_touches_nothing(
    run: Callable[..., Result], args: list[str], tmp_path: Path
) -> None:
    result = run(*args)
    assert result.exit_code == Exit.USAGE == 2
    assert result.stdout == ""
    assert "Error: " in result.stderr
    assert not list(tmp_path.iterdir())


FAILURES = {
    "an unknown learner": (["recommend", "nobody"], "nobody"),
    "an unknown learner's path": (["path", "nobody"], "nobody"),
    "an unknown learner's link": (["link", "nobody"], "nobody"),
    "an unknown person's export": (["export", "nobody"], "nobody"),
    "an unknown person's erasure": (["erase", "nobody"], "nobody"),
    "an empty store": (["train"], "recommender import"),
    "an unknown version": (["models", "show", "v1"], "recommender models list"),
    "promoting an unknown version": (["models", "promote", "v1"], "recommender models list"),
    "nothing to roll back to": (["models", "rollback"], "recommender"),
    "an unknown key": (["keys", "revoke", "k1"], "recommender keys list"),
    "a database that is none": (["--database", "nonsense", "status"], "sqlite:///"),
    "a file that is no database": (["--database", "sqlite:///page.html", "status"], "page.html"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_what_cannot_be_done_is_1_with_one_sentence(
    run: Callable[..., Result], name: str, tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_text("<p>This is a page, and a long one, not a database.</p>" * 40)
    args, named = FAILURES[name]
    result: Result = run(*args)
    assert result.exit_code == Exit.FAILED == 1, result.output
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.stdout == ""
    assert named in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.stderr


def test_a_folder_that_cannot_be_written_is_1(run: Callable[..., Result]) -> None:
    run("import", "--help")
    result = run("profiles", "--output", "no/such/folder/file.csv")
    assert result.exit_code == Exit.FAILED
    assert "no/such/folder" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("args", [["status"], ["models", "list"], ["keys", "list"], ["segments"]])
def test_json_is_json_and_nothing_else(run: Callable[..., Result], args: list[str]) -> None:
    result = run(*args, "--json")
    assert result.exit_code == Exit.DONE, result.output
    assert isinstance(json.loads(result.stdout), dict)
    assert run(*args).exit_code == Exit.DONE


def test_the_report_of_segments_is_written_and_its_ending_says_its_kind(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    for name, start in (("report.html", b"<!DOCTYPE html>"), ("report.xlsx", b"PK")):
        result = run("segments", "--output", str(tmp_path / name), "--lang", "zh", "--as-of", "2026-03-31")
        assert result.exit_code == Exit.DONE, result.output
        assert result.stdout == ""
        assert (tmp_path / name).read_bytes().startswith(start)
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
    refused = run("segments", "--output", str(tmp_path / "report.pdf"))
    assert refused.exit_code == Exit.FAILED
    assert ".html, .xlsx" in refused.stderr
    assert run("segments", "--as-of", "yesterday").exit_code == Exit.USAGE


def test_a_key_stands_alone_on_standard_output(run: Callable[..., Result]) -> None:
    result = run("keys", "create", "--scope", "recommend, ingest", "--name", "our LMS")
    assert result.exit_code == Exit.DONE
    key = result.stdout.strip()
    assert result.stdout == f"{key}\n"
    assert len(key) >= 32
    listed = run("keys", "list").stdout
    assert "our LMS" in listed
    assert "recommend, ingest" in listed
    assert key not in listed


def test_places_are_taken_before_and_after_the_command_and_from_the_environment(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    for name, args, env in (
        ("before", ["--database", "sqlite:///before.db", "status"], {}),
        ("after", ["status", "--database", "sqlite:///after.db"], {}),
        ("variable", ["status"], {"RECOMMENDER_DATABASE": "sqlite:///variable.db"}),
        (
            "nearest",
            ["status", "--database", "sqlite:///nearest.db"],
            {"RECOMMENDER_DATABASE": "sqlite:///no.db"},
        ),
        ("recommender", ["status"], {}),
    ):
        assert run(*args, env=env).exit_code == Exit.DONE
        assert {path.name for path in tmp_path.glob("*.db")} == {f"{name}.db"}
        for path in tmp_path.iterdir():
            path.unlink() if path.is_file() else path.rmdir()


def test_a_table_without_a_terminal_is_aligned_also_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    show_table([{"a": "倾听", "b": 1}, {"a": "x", "b": None}], ["a", "b"])
    assert capsys.readouterr().out == "a     b\n倾听  1\nx     -\n"


def test_both_doors_are_the_same(tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("recommender")
    for door in ([str(script)], [sys.executable, "-m", "recommender"]):
        done = subprocess.run([*door, "--version"], capture_output=True, text=True, cwd=tmp_path, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("recommender, version ")

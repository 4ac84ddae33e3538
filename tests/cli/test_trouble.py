"""What cannot be written ends in one sentence that names what the user asked for."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from recommender.cli import main
from recommender.cli.trouble import sentence, writing

LIMIT = "would grow larger than a file may (see: ulimit -f). Raise the limit or write elsewhere.\n"


@contextmanager
def small_files() -> Iterator[None]:
    """Let no file grow beyond a page, as ``ulimit -f`` does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(
    ("args", "asked"),
    [
        (["template", "--output", "data.xlsx"], "data.xlsx"),
        (["simulate", "--output", "org", "--learners", "30"], "org"),
    ],
)
def test_a_file_that_may_not_grow_is_one_sentence(args: list[str], asked: str, tmp_path: Path) -> None:
    with small_files():
        result = CliRunner().invoke(main, args)
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert result.stderr == f"{asked} {LIMIT}"
    assert not [path for path in tmp_path.iterdir() if path.name != "org"]


def test_a_template_that_fails_leaves_the_one_that_is_there(tmp_path: Path) -> None:
    there = tmp_path / "data.xlsx"
    there.write_text("filled in")
    with small_files():
        assert CliRunner().invoke(main, ["template", "--output", "data.xlsx"]).exit_code == 1
    assert there.read_text() == "filled in"


def test_a_folder_that_is_not_there() -> None:
    result = CliRunner().invoke(main, ["template", "--output", "no/such/data.xlsx"])
    assert result.exit_code == 1
    assert result.stderr == "no/such/data.xlsx or its folder does not exist. Check the path.\n"


SENTENCES = [
    (errno.ENOSPC, "There is no room left on the disk for out.csv. Free some space, then run it again."),
    (
        errno.EACCES,
        "There is no permission for out.csv. Check who owns it and its folder, or name another place.",
    ),
    (errno.EISDIR, "out.csv is a folder. Name a file."),
    (errno.EIO, "out.csv: Input/output error. Check the path and its permissions."),
]


@pytest.mark.parametrize(("code", "told"), SENTENCES)
@pytest.mark.parametrize("named", [None, ".out.17.csv", "/tmp/x/.out.17.csv"])
def test_the_sentence_names_what_was_asked_for(code: int, told: str, named: str | None) -> None:
    asked = Path("out.csv")
    error = OSError(code, os.strerror(code)) if named is None else OSError(code, os.strerror(code), named)
    told = told if named is None or named.startswith(".") else told.replace("out.csv", named)
    assert sentence(error, asked) == told
    with pytest.raises(click.ClickException) as caught, writing(asked):
        raise error
    assert caught.value.message == told


def test_an_error_that_names_nothing_has_a_sentence_all_the_same() -> None:
    told = "There is no room left on the disk for what is to be written. Free some space, then run it again."
    assert sentence(OSError(errno.ENOSPC, "No space left on device")) == told
    assert sentence(OSError("Error writing\nmore")) == "Error writing. Try again."

"""What the operating system refuses, as a sentence: what is wrong with which file, and what to do."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from recommender.cli.common import Failed

_SENTENCES = {
    errno.ENOSPC: "There is no room left on the disk for {}. Free some space, then run it again.",
    errno.EDQUOT: "The disk quota leaves no room for {}. Free some space, then run it again.",
    errno.EFBIG: "{} would grow larger than a file may (see: ulimit -f). Raise the limit or write elsewhere.",
    errno.EACCES: "There is no permission for {}. Check who owns it and its folder, or name another place.",
    errno.EPERM: "There is no permission for {}. Check who owns it and its folder, or name another place.",
    errno.EROFS: "{} lies on a disk that can only be read. Name another place.",
    errno.ENOENT: "{} or its folder does not exist. Check the path.",
    errno.EISDIR: "{} is a folder. Name a file.",
    errno.ENOTDIR: "A part of the path {} is a file, not a folder. Check the path.",
    errno.EEXIST: "{} is there already, and is no folder. Name another place.",
    errno.ENAMETOOLONG: "The name {} is too long. Name a shorter one.",
}


def sentence(error: OSError, asked: Path | None = None) -> str:
    """Say an error in words.

    Parameters
    ----------
    error : OSError
    asked : path, optional
        What the user asked to be written; stands for hidden files beside it or in it, and for a file that
        the error does not name.
    """
    name = error.filename if isinstance(error.filename, str | Path) else None
    if asked is not None and (name is None or _hidden(Path(name), asked)):
        name = asked
    known = _SENTENCES.get(error.errno or 0)
    if known is not None:
        text = known.format(name or "what is to be written")
        return text[0].upper() + text[1:] if name is None else text
    why = os.strerror(error.errno) if error.errno else str(error).partition("\n")[0]
    return f"{name}: {why}. Check the path and its permissions." if name else f"{why}. Try again."


@contextmanager
def writing(asked: Path) -> Iterator[None]:
    """Name ``asked`` in what goes wrong with writing it.

    Raises
    ------
    Failed
    """
    try:
        yield
    except OSError as error:
        raise Failed(sentence(error, asked)) from error


def say_written(path: Path, rows: int) -> None:
    """Say on standard error what was written; what is empty says what to import first."""
    missing = "" if rows else " The store holds no learners. Import them: recommender import PATH"
    click.echo(f"{rows:,} rows written to {path}.{missing}", err=True)


def _hidden(path: Path, asked: Path) -> bool:
    """Whether a file is one that writing ``asked`` makes on its way."""
    return path.name.startswith(".") and path.parent in (asked, asked.parent)

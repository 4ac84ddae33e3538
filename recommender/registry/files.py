"""Files of a version: written durably, told apart by digest, read or mapped."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import joblib

MAPPED = 32 * 2**20
"""Bytes from which a file is mapped."""


def load(path: Path) -> Any:
    """A part from its file; small ones are read, for a file cut short under a mapping ends the process."""
    return joblib.load(path, mmap_mode="r" if path.stat().st_size >= MAPPED else None)


def as_json(content: object) -> str:
    """A document as a person can read it."""
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a folder, by name."""
    return {path.name: digest(path) for path in sorted(folder.iterdir())}


def sync(path: Path) -> None:
    """Make a file or folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def keep(folder: Path) -> None:
    """Make a folder and its files durable."""
    for path in folder.iterdir():
        sync(path)
    sync(folder)

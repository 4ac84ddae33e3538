"""Model versions on disk: save, load, promote, roll back.

``registry.json`` at the root is the record: which versions there are, the SHA-256 of each of their
files, and which one is in service. It is replaced as a whole, so that a reader sees the old or the
new one; writers take turns by a lock. Every file of a version is checked against that record
*before* anything is unpickled.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

import joblib

from recommender.errors import BadInput, CorruptModel, TrainingUnderWay, UnknownVersion
from recommender.registry import files as disk

RECORD = "registry.json"
MANIFEST = "manifest.json"
CARD = "card.md"
_ENDING = ".joblib"
_ASIDE = ".building-"
_NAME = "%Y%m%dT%H%M%SZ"
_LIBRARIES = ("adaptive-training-recommender", "numpy", "scikit-learn", "scipy", "pandas", "joblib")


class Registry:
    """The versions in one folder.

    Parameters
    ----------
    folder : path
        Made when the first version is added.

    Raises
    ------
    BadInput
        A file is there.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        if self.folder.is_file():
            raise BadInput(f"{folder} is a file, but the registry is a folder. Name a folder with --models.")

    def stamp(self) -> int:
        """A number that changes whenever the record does; cheap enough for every request."""
        try:
            found = os.stat(self.folder / RECORD)
        except FileNotFoundError:
            return 0
        return hash((found.st_ino, found.st_mtime_ns, found.st_size))

    def record(self) -> dict[str, Any]:
        """What ``registry.json`` says.

        Returns
        -------
        dict
            ``versions`` (name -> created_at, identity, files), ``served`` (names, the last is in
            service) and ``log`` (what was put in service when, and why).

        Raises
        ------
        CorruptModel
            The file cannot be read as a record.
        """
        path = self.folder / RECORD
        try:
            text = path.read_bytes()
        except FileNotFoundError:
            return {"versions": {}, "served": [], "log": []}
        why = "it is not what this program writes there"
        try:
            record: dict[str, Any] = json.loads(text)
            kinds = {type(entry["files"]) for entry in record["versions"].values()} | {dict}
            if kinds != {dict} or not isinstance(record["log"], list):
                raise TypeError(RECORD)
            if not set(record["served"]) <= set(record["versions"]):
                why = "it names a version in service that it does not list"
                raise ValueError(RECORD)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CorruptModel(
                f"{path} is damaged: {why}; nothing was loaded. Restore it from a backup, or move "
                f"{self.folder} away and train anew: recommender train --promote"
            ) from error
        return record

    def versions(self) -> list[str]:
        """Names of all versions, the oldest first."""
        return sorted(self.record()["versions"])

    def unrecorded(self) -> list[str]:
        """Names of folders that look like versions but that the record does not list."""
        known = self.record()["versions"]
        return sorted(p.parent.name for p in self.folder.glob(f"*/{MANIFEST}") if p.parent.name not in known)

    def in_service(self) -> str | None:
        """The version in service, or None."""
        served = self.record()["served"]
        return served[-1] if served else None

    def manifest(self, version: str) -> dict[str, Any]:
        """The checked manifest of a version: fingerprint, parameters, libraries, metrics, digests."""
        manifest: dict[str, Any] = json.loads(self._checked(version, MANIFEST).read_bytes())
        return manifest

    def card(self, version: str) -> str:
        """The model card of a version, as Markdown."""
        return self._checked(version, CARD).read_text("utf-8")

    def load(self, version: str) -> dict[str, Any]:
        """The parts of a version; arrays of large files are mapped read-only and shared by processes.

        Raises
        ------
        UnknownVersion
            The record does not list it.
        CorruptModel
            A file is missing or differs from its recorded digest, or another release wrote it.
        """
        files = self.verify(version)
        folder = self.folder / version
        try:
            parts = {
                name.removesuffix(_ENDING): disk.load(folder / name)
                for name in files
                if name.endswith(_ENDING)
            }
        except (AttributeError, ImportError, TypeError) as error:
            raise _unusable(version, _FOREIGN) from error
        if not all(map(_is_whole, parts.values())):
            raise _unusable(version, _FOREIGN)
        return parts

    def verify(self, version: str) -> list[str]:
        """Check every file of a version against the record; its file names.

        Raises
        ------
        UnknownVersion, CorruptModel
        """
        files = list(self._listed(version)["files"])
        for name in files:
            self._checked(version, name)
        return files

    def add(
        self,
        parts: Mapping[str, object],
        *,
        metrics: Mapping[str, Any],
        fingerprint: str,
        card: str,
        parameters: Mapping[str, Any] | None = None,
    ) -> str:
        """Write a version and return its name; content already here gets no second one.

        Parameters
        ----------
        parts : mapping of name to object
            What joblib can dump: frozen dataclasses of arrays.
        metrics, parameters : mapping
            JSON-ready; they go to the manifest.
        fingerprint : str
            Of the data it was fitted on.
        card : str
            The model card's text under its heading, as Markdown.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._turn() as record:
            for left in self.folder.glob(f"{_ASIDE}*"):
                shutil.rmtree(left)
            aside = self.folder / f"{_ASIDE}{os.getpid()}"
            try:
                return self._write(aside, record, parts, fingerprint, dict(parameters or {}), metrics, card)
            finally:
                shutil.rmtree(aside, ignore_errors=True)

    def _write(
        self,
        aside: Path,
        record: dict[str, Any],
        parts: Mapping[str, object],
        fingerprint: str,
        parameters: dict[str, Any],
        metrics: Mapping[str, Any],
        card: str,
    ) -> str:
        """Write a version to ``aside``, then move it to its place and list it; its name."""
        aside.mkdir()
        for name, part in parts.items():
            joblib.dump(part, aside / f"{name}{_ENDING}")
        digests = disk.digests(aside)
        identity = _identity(fingerprint, parameters, digests)
        if known := self._same(record, identity):
            return known
        version, created_at = _name(record, identity)
        manifest = {
            "version": version,
            "created_at": created_at,
            "fingerprint": fingerprint,
            "parameters": parameters,
            "libraries": {name: metadata.version(name) for name in _LIBRARIES},
            "metrics": dict(metrics),
            "files": digests,
        }
        (aside / MANIFEST).write_text(disk.as_json(manifest), "utf-8")
        (aside / CARD).write_text(f"# Model {version}\n\n{card.strip()}\n", "utf-8")
        entry = {"created_at": created_at, "identity": identity, "files": disk.digests(aside)}
        disk.keep(aside)
        os.rename(aside, self.folder / version)
        try:
            disk.sync(self.folder)
            self._replace(record | {"versions": record["versions"] | {version: entry}})
        except OSError:
            shutil.rmtree(self.folder / version, ignore_errors=True)
            raise
        return version

    def promote(self, version: str, reason: str | None = None) -> None:
        """Put a version in service, in one atomic change.

        Raises
        ------
        UnknownVersion, CorruptModel
        """
        self._listed(version)
        with self._turn() as record:
            self.verify(version)
            if record["served"][-1:] != [version]:
                record["served"].append(version)
                record["log"].append(_entry("promote", version, reason))
                self._replace(record)

    def rollback(self) -> str:
        """Put the version that was in service before back in service; its name.

        Raises
        ------
        UnknownVersion
            There is none before.
        CorruptModel
            It is damaged; the version in service stays.
        """
        if not self.folder.is_dir():
            raise UnknownVersion(f"There is no registry in {self.folder} yet. Run: recommender train")
        with self._turn() as record:
            if len(record["served"]) < 2:
                raise UnknownVersion(
                    "No version was in service before this one. List them with: recommender models list"
                )
            before: str = record["served"][-2]
            self.verify(before)
            record["served"].pop()
            record["log"].append(_entry("rollback", before, None))
            self._replace(record)
        return before

    @contextmanager
    def training(self) -> Iterator[None]:
        """Hold the registry for one training.

        Raises
        ------
        TrainingUnderWay
            Another training, perhaps in another process, holds it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / ".training.lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise TrainingUnderWay(
                    f"Another training is under way in {self.folder}. Wait until it ends, then run it again."
                ) from error
            yield

    def _listed(self, version: str) -> dict[str, Any]:
        versions = self.record()["versions"]
        if version not in versions:
            raise UnknownVersion(
                f"{self.folder} holds no model version {version}. List them with: recommender models list"
            )
        entry: dict[str, Any] = versions[version]
        return entry

    def _checked(self, version: str, name: str) -> Path:
        """The path of a file whose content is as recorded."""
        path = self.folder / version / name
        recorded = self._listed(version)["files"].get(name)
        if not path.parent.is_dir():
            raise _unusable(version, f"is damaged: its folder is missing from {self.folder}")
        if not path.is_file():
            raise _unusable(version, f"is damaged: {name} is missing")
        if disk.digest(path) != recorded:
            raise _unusable(version, f"is damaged: {name} differs from its recorded digest")
        return path

    def _same(self, record: dict[str, Any], identity: str) -> str | None:
        """An undamaged version of the same content."""
        for version, entry in record["versions"].items():
            if entry["identity"] == identity:
                try:
                    self.verify(version)
                except CorruptModel:
                    continue
                return str(version)
        return None

    @contextmanager
    def _turn(self) -> Iterator[dict[str, Any]]:
        """The record, while no other process changes it."""
        with open(self.folder / ".registry.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self.record()

    def _replace(self, record: dict[str, Any]) -> None:
        aside = self.folder / f".{RECORD}"
        try:
            aside.write_text(disk.as_json(record), "utf-8")
            disk.sync(aside)
            os.replace(aside, self.folder / RECORD)
        except OSError:
            aside.unlink(missing_ok=True)
            raise
        disk.sync(self.folder)


_REMEDY = (
    "Train anew: recommender train --promote, or put another version in service: "
    "recommender models list, then recommender models promote VERSION"
)
_FOREIGN = "was written by another release of this program"


def _unusable(version: str, what: str) -> CorruptModel:
    return CorruptModel(f"Version {version} {what}; nothing was loaded. {_REMEDY}")


def _is_whole(part: object) -> bool:
    """Whether an unpickled dataclass has every field that its class has today."""
    return not is_dataclass(part) or all(hasattr(part, field.name) for field in fields(part))


def _identity(fingerprint: str, parameters: dict[str, Any], digests: dict[str, str]) -> str:
    content = json.dumps([fingerprint, parameters, digests], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _name(record: dict[str, Any], identity: str) -> tuple[str, str]:
    """A new version's name, later in the alphabet than every other, and its time in RFC 3339."""
    now = datetime.now(UTC).replace(microsecond=0)
    for version in record["versions"]:
        last = datetime.strptime(version.partition("-")[0], _NAME).replace(tzinfo=UTC)
        now = max(now, last + timedelta(seconds=1))
    return f"{now.strftime(_NAME)}-{identity[:4]}", now.strftime("%Y-%m-%dT%H:%M:%SZ")


def _entry(action: str, version: str, reason: str | None) -> dict[str, Any]:
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"at": at, "action": action, "version": version} | ({"reason": reason} if reason else {})

"""The registry keeps its promises: nothing damaged is loaded, nothing is ever half there."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import re
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
import pytest
from numpy.typing import NDArray

from recommender.errors import BadInput, CorruptModel, TrainingUnderWay, UnknownVersion
from recommender.registry import Registry

REMEDY = (
    "nothing was loaded. Train anew: recommender train --promote, or put another version in service: "
    "recommender models list, then recommender models promote VERSION"
)


@dataclass(frozen=True)
class Part:
    values: NDArray[np.float64]


def add(registry: Registry, value: float = 1.0, fingerprint: str = "data") -> str:
    return registry.add(
        {"engine": Part(np.full(50, value)), "gains": Part(np.arange(3.0))},
        metrics={"rmse": 7.5},
        fingerprint=fingerprint,
        card="Fitted on 3 learners.",
        parameters={"seed": 0},
    )


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "models")


@pytest.mark.parametrize("least", [0, None])
def test_a_version_comes_back_as_it_was(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, least: int | None
) -> None:
    if least is not None:
        monkeypatch.setattr("recommender.registry.files.MAPPED", least)
    version = add(registry)
    parts = registry.load(version)
    assert sorted(parts) == ["engine", "gains"]
    np.testing.assert_array_equal(parts["engine"].values, np.ones(50))
    assert isinstance(parts["engine"].values, np.memmap) == (least == 0)
    assert parts["engine"].values.flags.writeable == (least is None)
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{4}", version)
    manifest = registry.manifest(version)
    assert manifest["metrics"] == {"rmse": 7.5}
    assert manifest["parameters"] == {"seed": 0}
    assert set(manifest["files"]) == {"engine.joblib", "gains.joblib"}
    assert registry.card(version) == f"# Model {version}\n\nFitted on 3 learners.\n"


def test_names_sort_by_time_within_one_second(registry: Registry) -> None:
    made = [add(registry, value) for value in (3.0, 1.0, 2.0)]
    assert made == sorted(made) == registry.versions()


def test_unchanged_content_makes_no_new_version(registry: Registry) -> None:
    assert add(registry) == add(registry)
    assert add(registry, fingerprint="other data") != add(registry)
    assert len(registry.versions()) == 2


def test_a_damaged_twin_is_written_again(registry: Registry) -> None:
    damaged = add(registry)
    (registry.folder / damaged / "engine.joblib").write_bytes(b"x")
    fresh = add(registry)
    assert fresh != damaged
    registry.load(fresh)


@pytest.mark.parametrize("name", ["engine.joblib", "gains.joblib", "manifest.json", "card.md"])
def test_a_file_that_differs_is_refused_before_it_is_read(
    registry: Registry, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = add(registry)
    path = registry.folder / version / name
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("unpickled")

    monkeypatch.setattr(joblib, "load", never)
    with pytest.raises(CorruptModel) as caught:
        registry.load(version)
    assert str(caught.value) == (
        f"Version {version} is damaged: {name} differs from its recorded digest; {REMEDY}"
    )
    with pytest.raises(CorruptModel):
        registry.promote(version)
    assert registry.in_service() is None


def test_a_manifest_that_agrees_with_a_changed_file_does_not_help(registry: Registry) -> None:
    version = add(registry)
    other = add(registry, 2.0)
    for name in ("engine.joblib", "manifest.json"):
        (registry.folder / version / name).write_bytes((registry.folder / other / name).read_bytes())
    with pytest.raises(CorruptModel, match=r"engine\.joblib differs from its recorded digest"):
        registry.load(version)


def test_missing_file_and_missing_folder_say_what_to_do(registry: Registry) -> None:
    version = add(registry)
    (registry.folder / version / "gains.joblib").unlink()
    with pytest.raises(CorruptModel) as caught:
        registry.load(version)
    assert str(caught.value) == f"Version {version} is damaged: gains.joblib is missing; {REMEDY}"
    os.rename(registry.folder / version, registry.folder / "elsewhere")
    for look in (registry.load, registry.manifest, registry.card, registry.promote):
        with pytest.raises(CorruptModel) as caught:
            look(version)
        assert str(caught.value) == (
            f"Version {version} is damaged: its folder is missing from {registry.folder}; {REMEDY}"
        )
    assert registry.unrecorded() == ["elsewhere"]


def test_a_version_of_another_release_is_refused(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    version = add(registry)

    @dataclass(frozen=True)
    class Newer:
        values: NDArray[np.float64]
        further: float

    Newer.__qualname__ = "Part"
    for today in ({"Part": Newer}, {}):
        with monkeypatch.context() as patched:
            patched.delattr(f"{__name__}.Part")
            for name, kind in today.items():
                patched.setattr(f"{__name__}.{name}", kind, raising=False)
            with pytest.raises(CorruptModel) as caught:
                registry.load(version)
        assert str(caught.value) == (
            f"Version {version} was written by another release of this program; {REMEDY}"
        )
    registry.load(version)


NOT_OURS = "it is not what this program writes there"
GARBAGE = {
    "": NOT_OURS,
    "{": NOT_OURS,
    "[]": NOT_OURS,
    "{}": NOT_OURS,
    '{"versions": [], "served": [], "log": []}': NOT_OURS,
    '{"versions": {"a": 1}, "served": [], "log": []}': NOT_OURS,
    '{"versions": {}, "served": ["a"], "log": []}': "it names a version in service that it does not list",
}


@pytest.mark.parametrize("content", GARBAGE)
def test_a_garbage_record_is_refused(registry: Registry, content: str) -> None:
    version = add(registry)
    (registry.folder / "registry.json").write_text(content)
    for act in (registry.in_service, registry.versions, registry.rollback, lambda: registry.load(version)):
        with pytest.raises(CorruptModel) as caught:
            act()
        assert str(caught.value) == (
            f"{registry.folder / 'registry.json'} is damaged: {GARBAGE[content]}; nothing was loaded. "
            f"Restore it from a backup, or move {registry.folder} away and train anew: "
            "recommender train --promote"
        )
    with pytest.raises(CorruptModel):
        add(registry, 2.0)
    assert (registry.folder / "registry.json").read_text() == content


@pytest.mark.parametrize("version", ["20200101T000000Z-aaaa", "../models", ""])
def test_unknown_versions(registry: Registry, version: str) -> None:
    add(registry)
    for act in (registry.load, registry.promote, registry.manifest):
        with pytest.raises(UnknownVersion, match="List them with: recommender models list"):
            act(version)


def test_promote_and_rollback_walk_back_one_by_one(registry: Registry) -> None:
    a, b, c = (add(registry, value) for value in (1.0, 2.0, 3.0))
    assert registry.in_service() is None
    for version in (a, b, c, c):
        registry.promote(version)
    assert registry.in_service() == c
    assert [registry.rollback(), registry.rollback()] == [b, a]
    assert registry.in_service() == a
    with pytest.raises(UnknownVersion, match="No version was in service before this one"):
        registry.rollback()
    registry.promote(c, reason="the analyst says so")
    assert registry.rollback() == a
    assert [(entry["action"], entry["version"]) for entry in registry.record()["log"]] == [
        ("promote", a),
        ("promote", b),
        ("promote", c),
        ("rollback", b),
        ("rollback", a),
        ("promote", c),
        ("rollback", a),
    ]
    assert registry.record()["log"][5]["reason"] == "the analyst says so"


def test_rollback_to_a_damaged_version_changes_nothing(registry: Registry) -> None:
    a, b = add(registry, 1.0), add(registry, 2.0)
    registry.promote(a)
    registry.promote(b)
    (registry.folder / a / "engine.joblib").unlink()
    with pytest.raises(CorruptModel):
        registry.rollback()
    assert registry.in_service() == b


def test_the_stamp_changes_with_every_change(registry: Registry) -> None:
    stamps = [registry.stamp()]
    a = add(registry)
    stamps.append(registry.stamp())
    registry.promote(a)
    stamps.append(registry.stamp())
    b = add(registry, 2.0)
    registry.promote(b)
    stamps.append(registry.stamp())
    registry.rollback()
    stamps.append(registry.stamp())
    assert len(set(stamps)) == len(stamps)
    assert registry.stamp() == stamps[-1]


@pytest.mark.parametrize("step", ["rename", "replace"])
def test_a_crash_on_the_way_leaves_no_half_version(
    registry: Registry, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = add(registry)
    registry.promote(first)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, step, crash)
        with pytest.raises(KeyboardInterrupt):
            add(registry, 2.0)
    assert registry.versions() == [first]
    assert registry.in_service() == first
    registry.load(first)
    second = add(registry, 3.0)
    assert registry.versions() == [first, second]
    assert not list(registry.folder.glob(".building-*"))


def promote_often(folder: Path, version: str, times: int) -> None:
    registry = Registry(folder)
    for _ in range(times):
        registry.promote(version)
        assert registry.in_service() is not None


def test_two_processes_promote_at_once_and_lose_nothing(registry: Registry) -> None:
    a, b = add(registry, 1.0), add(registry, 2.0)
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=promote_often, args=(registry.folder, v, 20)) for v in (a, b)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert registry.in_service() in (None, a, b)
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    record = json.loads((registry.folder / "registry.json").read_text())
    assert record["served"] == [entry["version"] for entry in record["log"]]
    assert {a, b} == set(record["served"])
    assert all(x != y for x, y in zip(record["served"], record["served"][1:], strict=False))


def test_one_training_at_a_time(registry: Registry) -> None:
    with registry.training(), pytest.raises(TrainingUnderWay) as caught, registry.training():
        pass
    assert str(caught.value) == (
        f"Another training is under way in {registry.folder}. Wait until it ends, then run it again."
    )
    with registry.training():
        pass


@pytest.mark.parametrize("step", ["joblib.dump", "recommender.registry.os.replace"])
def test_a_full_disk_leaves_the_registry_as_it_was(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    version = add(registry)
    before = sorted(path.name for path in registry.folder.iterdir())

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(step, full)
        with pytest.raises(OSError, match="No space left"):
            add(registry, 2.0)
    assert sorted(path.name for path in registry.folder.iterdir()) == before
    assert registry.versions() == [version]
    assert add(registry, 2.0) in registry.versions()


def test_a_file_is_no_registry(tmp_path: Path) -> None:
    path = tmp_path / "models"
    path.write_text("")
    with pytest.raises(BadInput) as caught:
        Registry(path)
    assert (
        str(caught.value) == f"{path} is a file, but the registry is a folder. Name a folder with --models."
    )

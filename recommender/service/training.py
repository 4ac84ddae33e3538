"""Training and the registry of what it made."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recommender.errors import CorruptModel, NothingToTrain
from recommender.evidence import rfc3339
from recommender.service.states import write_all

if TYPE_CHECKING:
    from recommender.engine import Engine
    from recommender.evidence import Evidence
    from recommender.framework import Catalogue
    from recommender.service.gate import Verdict
    from recommender.service.workspace import HasRegistry, Workspace

Progress = Callable[[str, float], None]


def train(
    ws: Workspace,
    *,
    promote: bool = False,
    force: bool = False,
    reason: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Fit a version on what is in the store and write it, with every learner's state, to the registry.

    Parameters
    ----------
    promote : bool
        Put it in service if nothing is, or if it is not worse than what is (``gate.judge``).
    force, reason : bool, str
        Put it in service also if it is worse; the reason goes to the registry's record.
    seed : int
        Of every random start.
    progress : callable, optional
        Told the stage and how far it has come, 0 to 1.

    Returns
    -------
    dict
        ``version``, ``promoted``, ``metrics``, ``verdict`` (None where nothing was compared) and
        ``message``, which says it in words.

    Raises
    ------
    NothingToTrain
        The store holds no learner or nothing about any.
    TrainingUnderWay
        Another training holds the registry.
    """
    from recommender.engine import Engine
    from recommender.service import gate
    from recommender.store import frames

    told = progress or (lambda stage, share: None)
    with ws.registry.training():
        with ws.store.read() as conn:
            evidence = frames.read_evidence(conn)
        _insist_on_something(evidence)
        served, damage = _served(ws, evidence.catalogue)
        verdict = None
        if promote and served is not None and served.version:
            seen = ws.registry.manifest(served.version)["metrics"]["seen_until"]
            verdict = gate.judge(evidence, served, seen, seed=seed, progress=told)
        engine = Engine.fit(
            evidence, previous=served, seed=seed, progress=told, first_segment=_unused_segment(ws)
        )
        told("stability of segments", 0.0)
        version, metrics = _keep(ws, engine, evidence, verdict, seed, served)
        engine = replace(engine, version=version)
        write_all(ws, engine, told)
        promoted = promote and (force or verdict is None or not verdict.worse)
        if promoted:
            ws.registry.promote(version, reason)
        _forget_states(ws, engine)
    return {
        "version": version,
        "promoted": promoted,
        "metrics": metrics,
        "verdict": verdict.as_dict() if verdict else None,
        "message": _message(version, metrics, promote, promoted, verdict, damage),
    }


def models(ws: HasRegistry) -> dict[str, Any]:
    """Every version, the oldest first; a damaged one says so instead of its metrics.

    ``unrecorded`` names folders that look like versions but stand in no record.
    """
    serving = ws.registry.in_service()
    items = []
    for version in ws.registry.versions():
        item: dict[str, Any] = {"version": version, "in_service": version == serving}
        try:
            ws.registry.verify(version)
            manifest = ws.registry.manifest(version)
        except CorruptModel as error:
            item["damaged"] = str(error)
        else:
            metrics = dict(manifest["metrics"])
            if "seen_until" in metrics:
                metrics["seen_until"] = rfc3339(metrics["seen_until"])
            item |= {"created_at": manifest["created_at"], "metrics": metrics}
        items.append(item)
    return {"items": items, "in_service": serving, "unrecorded": ws.registry.unrecorded()}


def show(ws: HasRegistry, version: str) -> dict[str, Any]:
    """One version: its manifest, and its card in Markdown."""
    manifest = ws.registry.manifest(version)
    serving = version == ws.registry.in_service()
    return {
        "version": version,
        "in_service": serving,
        "manifest": manifest,
        "card": ws.registry.card(version),
    }


def promote(ws: HasRegistry, version: str, *, reason: str | None = None) -> dict[str, Any]:
    """Put a version in service."""
    ws.registry.promote(version, reason)
    return {"version": version, "in_service": True}


def rollback(ws: HasRegistry) -> dict[str, Any]:
    """Put the version that was in service before back in service."""
    return {"version": ws.registry.rollback(), "in_service": True}


def _insist_on_something(evidence: Evidence) -> None:
    if not len(evidence.learners):
        raise NothingToTrain(
            "The store holds no learners. Import learners and one of assessments, feedback or interactions: "
            "recommender import PATH"
        )
    if not any(len(frame) for frame in (evidence.assessments, evidence.feedback, evidence.interactions)):
        raise NothingToTrain(
            "The store holds learners but nothing about them. Import assessments, feedback or interactions: "
            "recommender import PATH"
        )


def _served(ws: Workspace, catalogue: Catalogue) -> tuple[Engine | None, str]:
    """The version in service over today's catalogue, or why there is none to compare with."""
    from recommender.engine import Engine

    version = ws.registry.in_service()
    if version is None:
        return None, ""
    try:
        return Engine.from_parts(ws.registry.load(version), version).over(catalogue), ""
    except CorruptModel as error:
        return None, f" It could not be compared with the version that was in service: {error}"


def _unused_segment(ws: Workspace) -> int:
    """A number that no segment ever had of a version that was in service, also of one rolled back since.

    Versions never promoted reserve none: training on the same evidence again is then the same version.
    """
    numbers = [1]
    for version in {entry["version"] for entry in ws.registry.record()["log"]}:
        with suppress(CorruptModel):
            numbers.append(ws.registry.manifest(version)["metrics"].get("next_segment", 1))
    return max(numbers)


def _keep(
    ws: Workspace,
    engine: Engine,
    evidence: Evidence,
    verdict: Verdict | None,
    seed: int,
    served: Engine | None,
) -> tuple[str, dict[str, Any]]:
    """Write the version to the registry."""
    from threadpoolctl import threadpool_limits

    from recommender.profiles.stability import stability
    from recommender.service import cards
    from recommender.service.segments import told_stability

    metrics = cards.metrics(engine, evidence)
    with threadpool_limits(1):
        found = stability(engine.layout.parts.profile, evidence, seed=seed)
    metrics["stability"] = told_stability(found, [s.segment_id for s in engine.segments])
    if verdict is not None:
        metrics["held_out"] = verdict.as_dict()
    version = ws.registry.add(
        engine.parts(),
        metrics=metrics,
        fingerprint=cards.fingerprint(evidence),
        card=cards.card(engine, metrics, verdict.sentence() if verdict else None),
        parameters={"seed": seed, "previous": served.version if served else None},
    )
    return version, metrics


def _forget_states(ws: Workspace, engine: Engine) -> None:
    """Keep the states of the version just made, of what is in service and of the version before it."""
    from recommender.store import states

    versions = {engine.version, *ws.registry.record()["served"][-2:]}
    kept = {replace(engine, version=version).state_key for version in versions}
    with suppress(CorruptModel):
        kept.add(ws.engine().state_key)  # where no version is in service there are states all the same
    with ws.store.write() as conn:
        states.forget_versions_except(conn, sorted(kept))


def _message(
    version: str,
    metrics: dict[str, Any],
    asked: bool,
    promoted: bool,
    verdict: Verdict | None,
    damage: str,
) -> str:
    from recommender.service import cards

    fitted = (
        f"Version {version} is fitted on {metrics['learners']} learners ({metrics['segments']} segments)."
    )
    if alone := cards.raters(metrics):
        fitted += f" {alone}"
    judged = f" {verdict.sentence()}" if verdict else ""
    if promoted:
        return f"{fitted}{judged} It is in service.{damage}"
    if asked:
        return (
            f"{fitted}{judged} Not promoted. To put it in service all the same: "
            "recommender train --promote --force --reason TEXT"
        )
    return f"{fitted} To put it in service: recommender models promote {version}"

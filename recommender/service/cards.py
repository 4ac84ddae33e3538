"""What a version says of itself: metrics, the fingerprint of its data, and its model card."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.evidence import EVENTS, TABLES, rfc3339

if TYPE_CHECKING:
    from recommender.engine import Engine
    from recommender.evidence import Evidence


def fingerprint(evidence: Evidence) -> str:
    """SHA-256 of the evidence and the catalogue; the same for the same content."""
    from pandas.util import hash_pandas_object

    digest = hashlib.sha256()
    catalogue = evidence.catalogue
    digest.update(
        repr((catalogue.competencies, catalogue.modules, sorted(catalogue.targets.items(), key=str))).encode()
    )
    for name in ("learners", *EVENTS.values()):
        frame = getattr(evidence, name)
        columns = [c.name for c in TABLES[name].columns if c.name in frame]
        digest.update(f"{name}:{','.join(columns)}:{len(frame)}".encode())
        digest.update(hash_pandas_object(frame[columns], index=False).to_numpy().tobytes())
    return digest.hexdigest()


def metrics(engine: Engine, evidence: Evidence) -> dict[str, Any]:
    """How much a version was fitted on, until when, and how many segments it found."""
    frames = {name: getattr(evidence, name) for name in EVENTS.values()}
    newest = max(int(frame["occurred_at"].max()) for frame in frames.values() if len(frame))
    met = np.unique(
        np.concatenate([frame["learner_id"].to_numpy(str) for frame in frames.values() if len(frame)])
    )
    return {
        "learners": len(met),
        **{name: len(frame) for name, frame in frames.items()},
        "competencies": len(evidence.catalogue.leaves),
        "modules": len(evidence.catalogue.modules),
        "segments": len(engine.segments),
        "next_segment": engine.layout.parts.profile.next_segment,
        **_raters(evidence),
        "seen_until": newest,
    }


def _raters(evidence: Evidence) -> dict[str, int]:
    """How many rate others, and how many of them share no learner with another."""
    import pandas as pd

    from recommender.profiles.severities import unconnected

    frame = evidence.feedback
    frame = frame[frame["rater_id"].notna() & (frame["rater_id"] != frame["learner_id"])]
    learner, rater = (pd.factorize(frame[name])[0] for name in ("learner_id", "rater_id"))
    return {"raters": len(set(rater)), "raters_unconnected": len(unconnected(learner, rater))}


def raters(metrics: dict[str, Any]) -> str:
    """A sentence on raters who cannot be compared, or nothing."""
    if not metrics["raters_unconnected"]:
        return ""
    return (
        f"{metrics['raters_unconnected']:,} of {metrics['raters']:,} raters share no learner with another "
        "rater: how severe they are cannot be told from how well their colleagues do. Let two rate the same."
    )


def card(engine: Engine, metrics: dict[str, Any], verdict: str | None) -> str:
    """The model card's text, for people who did not make it."""
    segments = [f"- {segment.label_en} ({segment.label_zh})" for segment in engine.segments]
    lines = [
        "Recommends training modules to learners of one organisation, from what was measured of them and",
        "what they took up. It advises; it is no appraisal, and was not made for hiring, pay or promotion.",
        "",
        "## Fitted on",
        "",
        *(
            f"- {metrics[name]:,} {name}"
            for name in ("learners", *EVENTS.values(), "competencies", "modules")
        ),
        f"- the newest of it from {rfc3339(metrics['seen_until'])}",
        "",
        f"## Segments ({metrics['segments']})",
        "",
        *segments,
        "",
        "## How it was judged",
        "",
        verdict or "It was not compared with another version: none was in service, or nobody asked.",
        "",
        "## What it cannot know",
        "",
        "What it says of a learner rests on few, noisy measurements; every answer carries its uncertainty.",
        "Raters differ in severity, which it estimates and takes off. The column `group` is never read.",
        *([alone] if (alone := raters(metrics)) else []),
    ]
    return "\n".join(lines)

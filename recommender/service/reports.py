"""What an analyst wants to know of the whole: the store, the segments, the departments."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.engine.replay import belief
from recommender.evidence import FEWEST_RATERS, rfc3339
from recommender.profiles import serve as profiles
from recommender.service.states import everybody
from recommender.store import aggregates

if TYPE_CHECKING:
    from recommender.service.workspace import Workspace


def status(ws: Workspace) -> dict[str, Any]:
    """What is in the store and in service.

    Returns
    -------
    dict
        ``tables`` (rows, first and last moment of each), ``imports`` (files and what was set aside, the
        latest first) and ``model`` (version, created_at, age_days; None where none is in service).
    """
    with ws.store.read() as conn:
        tables = aggregates.tables(conn)
        imports = aggregates.import_log(conn)
    version = ws.registry.in_service()
    model = None
    if version is not None:
        created_at = ws.registry.manifest(version)["created_at"]
        age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(created_at)
        model = {"version": version, "created_at": created_at, "age_days": age.total_seconds() / 86_400}
    return {
        "tables": [_told(row, "first", "last") for row in tables],
        "imports": [_told(row, "at") for row in imports],
        "model": model,
    }


def segments(ws: Workspace) -> dict[str, Any]:
    """The segments of the version in service: label, size and mean profile.

    Size and profile count everybody by their probability of belonging there; under three people they
    are None, so that nobody can be read off them.
    """
    engine = ws.engine()
    found = engine.segments
    size, total = np.zeros(len(found)), np.zeros(engine.layout.parts.profile.means.shape)
    members = np.zeros(len(found), dtype=int)
    for _, _, state in everybody(ws, engine):
        if state.measured:
            posterior = belief(state)
            share = profiles.weights(posterior)
            size += share
            total += share[:, None] * profiles.moments(posterior)[0]
            members[int(share.argmax())] += 1
    items = []
    for c, segment in enumerate(found):
        shown = members[c] >= FEWEST_RATERS
        mean = total[c] / size[c] if shown else None
        items.append(
            {
                "segment_id": segment.segment_id,
                "label": {lang: segment.label(lang) for lang in ("en", "zh")},
                "learners": int(members[c]) if shown else None,
                "profile": {
                    name: None if mean is None else float(mean[k])
                    for k, name in enumerate(engine.layout.parts.profile.competencies)
                },
            }
        )
    return {"model_version": engine.version, "items": items}


def segment_members(ws: Workspace, output: Path, *, lang: str = "en") -> int:
    """Write each learner's most probable segment as a table; how many rows.

    Columns learner_id, segment_id, label, probability. Who has no evidence stands where most are, with
    that segment's share as the probability.
    """
    import pandas as pd

    from recommender.service import files

    files.check_place(output)
    engine = ws.engine()
    rows = []
    for learner_id, _, state in everybody(ws, engine):
        share = profiles.weights(belief(state))
        best = int(share.argmax())
        segment = engine.segments[best]
        rows.append((learner_id, segment.segment_id, segment.label(lang), float(share[best])))
    files.write_table(
        pd.DataFrame(rows, columns=["learner_id", "segment_id", "label", "probability"]), output
    )
    return len(rows)


def departments(ws: Workspace) -> dict[str, Any]:
    """Each department with its size, whom it serves and how those see it; nothing under three raters."""
    with ws.store.read() as conn:
        return {"items": aggregates.departments(conn)}


def _told(row: dict[str, Any], *moments: str) -> dict[str, Any]:
    return row | {name: None if row[name] is None else rfc3339(row[name]) for name in moments}

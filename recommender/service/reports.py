"""What an analyst wants to know of the whole: the store, the segments, the departments."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.engine.replay import belief
from recommender.errors import CorruptModel
from recommender.evidence import ANONYMOUS, FEWEST_RATERS, SOURCES, rfc3339
from recommender.profiles import serve as profiles
from recommender.service.states import everybody
from recommender.store import aggregates

if TYPE_CHECKING:
    from recommender.engine import Engine
    from recommender.service.workspace import Workspace


def status(ws: Workspace) -> dict[str, Any]:
    """What is in the store and in service.

    Returns
    -------
    dict
        ``tables`` (rows, first and last moment of each), ``imports`` (files and what was set aside, the
        latest first) and ``model`` (version, created_at, age_days; None where none is in service). Where
        the version or the registry is damaged, ``model`` has the version, if it is known, and ``damaged``.
    """
    with ws.store.read() as conn:
        tables = aggregates.tables(conn)
        imports = aggregates.import_log(conn)
    return {
        "tables": [_told(row, "first", "last") for row in tables],
        "imports": [_told(row, "at") for row in imports],
        "model": _model(ws),
    }


def _model(ws: Workspace) -> dict[str, Any] | None:
    version = None
    try:
        version = ws.registry.in_service()
        if version is None:
            return None
        ws.registry.verify(version)
        created_at = ws.registry.manifest(version)["created_at"]
    except CorruptModel as error:
        return {"version": version, "created_at": None, "age_days": None, "damaged": str(error)}
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(created_at)
    return {"version": version, "created_at": created_at, "age_days": age.total_seconds() / 86_400}


def segments(ws: Workspace) -> dict[str, Any]:
    """The segments of the version in service: label, size and mean profile of their members.

    A member is who most probably belongs there. Under three members size and profile are None, so that
    nobody can be read off them; so is a competency on which one or two raters by peers, reports and
    internal customers told something. A process counts once a day, version and catalogue.
    """
    engine = ws.engine()
    rests_on = (engine.version, engine.catalogue.revision, ws.today())
    kept = ws.reports.get("segments")
    if kept is None or kept[0] != rests_on:
        kept = ws.reports["segments"] = (rests_on, _segments(ws, engine))
    return kept[1]


def _segments(ws: Workspace, engine: Engine) -> dict[str, Any]:
    found, competencies = engine.segments, engine.layout.parts.profile.competencies
    total = np.zeros((len(found), len(competencies)))
    members = np.zeros(len(found), dtype=int)
    raters: dict[tuple[int, int], set[int]] = defaultdict(set)
    for _, _, state in everybody(ws, engine):
        if not state.measured:
            continue
        posterior = belief(state)
        c = int(profiles.weights(posterior).argmax())
        total[c] += profiles.moments(posterior)[0]
        members[c] += 1
        for (source, k), marks in state.raters.items():
            if SOURCES[source] in ANONYMOUS:
                raters[c, k] |= marks

    def cell(c: int, k: int) -> float | None:
        few = 0 < len(raters.get((c, k), ())) < FEWEST_RATERS
        return None if few or members[c] < FEWEST_RATERS else float(total[c, k] / members[c])

    items = [
        {
            "segment_id": segment.segment_id,
            "label": {lang: segment.label(lang) for lang in ("en", "zh")},
            "learners": int(members[c]) if members[c] >= FEWEST_RATERS else None,
            "profile": {name: cell(c, k) for k, name in enumerate(competencies)},
        }
        for c, segment in enumerate(found)
    ]
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

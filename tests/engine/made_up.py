"""Evidence made up for the fits: frames in the store's shape from a few lines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from recommender.evidence import EVENTS, TABLES, Evidence
from recommender.framework import Catalogue, Competency, Module
from recommender.profiles.serve import DAY

START = 1_750_000_000_000_000


def catalogue(k: int = 3) -> Catalogue:
    """K competencies with two modules each, at levels 1 and 2, the second behind the first."""
    modules = []
    for i in range(k):
        for level in (1, 2):
            modules.append(
                Module(
                    f"m{i}{level}",
                    title_en=f"Module {i}{level}",
                    competencies=((f"c{i}", 1.0),),
                    level=level,
                    method="workshop" if i % 2 else "role_play",
                    minutes=120.0,
                    prerequisites=(f"m{i}1",) if level == 2 else (),
                )
            )
    return Catalogue(tuple(Competency(f"c{i}", f"Skill {i}", f"能力{i}") for i in range(k)), tuple(modules))


def evidence(rows: dict[str, list[dict[str, Any]]], within: Catalogue | None = None) -> Evidence:
    """Frames from rows by table; columns left out take the contract's defaults."""
    frames = {}
    for name in EVENTS.values():
        table = TABLES[name]
        given = pd.DataFrame(rows.get(name, []))
        frame = pd.DataFrame(index=given.index)
        for column in table.columns:
            default = column.default if column.default is not None else np.nan
            frame[column.name] = given.get(column.name, default)
            if column.kind not in ("number", "flag", "time", "integer"):
                frame[column.name] = frame[column.name].astype(object)
        key = table.key[0]
        frame[key] = [f"{name}{i:06d}" for i in range(len(frame))]
        if "occurred_at" not in given:
            frame["occurred_at"] = START
        frames[name] = frame.sort_values(["learner_id", "occurred_at", key]).reset_index(drop=True)
    ids = sorted({str(i) for f in frames.values() for i in f["learner_id"]})
    return Evidence(within or catalogue(), pd.DataFrame({"learner_id": ids}), **frames)


def ratings(
    n: int, *, segments: int = 2, k: int = 3, raters: int = 4, inflation: float = 1.0, seed: int = 0
) -> tuple[Evidence, np.ndarray, np.ndarray]:
    """Ratings of n learners by severe and mild colleagues and by themselves; truth and segments beside."""
    rng = np.random.default_rng(seed)
    centres = 55 + 18 * np.eye(segments, k) - 18 / max(segments, 1)
    label = rng.integers(segments, size=n)
    truth = centres[label] + rng.normal(0, 6, (n, k))
    severity = rng.normal(0, 8, n)
    rows = []
    for i in range(n):
        for r in [*rng.choice(n, raters, replace=False), -1]:
            shared = 25 * inflation if r < 0 else severity[r]
            for j in range(k):
                if rng.random() < 0.7:
                    score = truth[i, j] + shared + rng.normal(0, 12)
                    rows.append(
                        {
                            "learner_id": f"p{i}",
                            "competency_id": f"c{j}",
                            "rating": float(np.clip(np.round(1 + score / 25), 1, 5)),
                            "rater_id": f"p{i}" if r < 0 else f"p{r}",
                            "relation": "self" if r < 0 else "peer",
                        }
                    )
    return evidence({"feedback": rows}, catalogue(k)), truth, label


def enrolments(n: int, seed: int = 0) -> Evidence:
    """Interactions alone: everybody goes round the modules in one order, from a place of their own."""
    rng = np.random.default_rng(seed)
    modules = [m.module_id for m in catalogue().modules]
    rows = []
    for i in range(n):
        first = int(rng.integers(len(modules)))
        for step in range(3):
            rows.append(
                {
                    "learner_id": f"p{i}",
                    "module_id": modules[(first + step) % len(modules)],
                    "status": "completed",
                    "occurred_at": START + (10 * i + step) * DAY,
                }
            )
    return evidence({"interactions": rows})

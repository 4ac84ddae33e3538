"""Small made-up models and events whose right states can be worked out another way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from recommender.engine import Engine
from recommender.engine.layout import bare_parts, lay_out
from recommender.framework import Catalogue, Competency, Module
from recommender.gains.serve import bare
from recommender.profiles.serve import DAY, Segment, key_of

START = 1_700_000_000_000_000


def catalogue() -> Catalogue:
    """Two leaves under a parent, one beside it; four modules, one behind another."""
    return Catalogue(
        (
            Competency("talk"),
            Competency("a", parent_id="talk"),
            Competency("b", parent_id="talk"),
            Competency("c"),
        ),
        (
            Module("m1", competencies=(("a", 0.7), ("c", 0.3)), level=1, method="workshop", minutes=120),
            Module("m2", competencies=(("b", 1.0),), level=2, method="role_play", minutes=90),
            Module("m3", competencies=(("talk", 1.0),), level=3, prerequisites=("m1",)),
            Module("plain"),
        ),
    )


def engine(seed: int = 0, drift: float = 0.002) -> Engine:
    """An engine with two segments and nothing at its default."""
    rng = np.random.default_rng(seed)
    base = bare_parts(catalogue())
    mixing = rng.normal(size=(3, 3))
    profile = replace(
        base.profile,
        segments=(Segment("s1", "One", "一"), Segment("s2", "Two", "二")),
        weights=np.array([0.35, 0.65]),
        means=rng.normal(50, 9, (2, 3)),
        covariance=mixing @ mixing.T * 40 + 30 * np.eye(3),
        offset=rng.normal(0, 4, 6),
        rater_keys=np.sort(np.array([key_of("r1"), key_of("r2")], dtype=np.uint64)),
        rater_mean=np.array([5.0, -3.0]),
        rater_variance=np.array([4.0, 9.0]),
        drift=drift,
        occasion=np.array([0.0, 0.0, 0.0, 25.0, 0.0, 60.0]),
    )
    gains = bare(("s1", "s2"), ("m1", "m2", "m3"))
    mixing = rng.normal(size=(len(gains.beta), len(gains.beta))) * 0.05
    gains = replace(
        gains,
        beta=gains.beta + rng.normal(0, 0.1, len(gains.beta)),
        covariance=mixing @ mixing.T,
        quiz_offset=np.array([-8.0, 3.0, 0.0]),
    )
    return Engine(lay_out(replace(base, profile=profile, gains=gains), catalogue()), "v1")


def events(seed: int = 0, n: int = 24) -> list[dict[str, Any]]:
    """One learner's evidence of every kind, in order."""
    rng = np.random.default_rng(seed)
    out: list[dict[str, Any]] = []
    at = START
    finished: set[str] = set()
    for i in range(n):
        at += int(rng.integers(1, 40 * DAY)) if rng.random() < 0.5 else int(rng.integers(1, DAY // 3))
        common = {"id": f"e{i:03d}", "learner_id": "x", "occurred_at": at}
        kind = rng.integers(4)
        if kind == 0:
            rater = rng.choice(["r1", "r2", "r9", None])
            relation = rng.choice(["peer", "manager", "internal_customer", "report"])
            for j, competency in enumerate(rng.permutation(["a", "b", "c", "talk"])[: rng.integers(1, 5)]):
                out.append(
                    {
                        **common,
                        "id": f"e{i:03d}{j}",
                        "type": "feedback",
                        "competency_id": competency,
                        "rating": float(rng.integers(1, 6)),
                        "scale_min": 1.0,
                        "scale_max": 5.0,
                        "reversed": int(rng.integers(2)),
                        "rater_id": rater,
                        "relation": relation,
                        "form_id": rng.choice([None, f"form{i}"]) if j == 0 else out[-1]["form_id"],
                        "item_id": rng.choice([None, "q"]),
                    }
                )
        elif kind == 1:
            out.append(
                {
                    **common,
                    "type": "assessment",
                    "competency_id": rng.choice(["a", "b", "c"]),
                    "score": float(rng.uniform(20, 90)),
                    "scale_min": 0.0,
                    "scale_max": 100.0,
                    "source": rng.choice(["test", "self"]),
                    "reversed": 0,
                    "instrument": "q",
                    "item_id": None,
                    "session_id": None,
                }
            )
        else:
            left = [m for m in ("m1", "m2", "m3", "plain") if m not in finished]
            if not left:
                continue
            module = str(rng.choice(left))
            status = "completed" if rng.random() < 0.6 else "started"
            if status == "completed":
                finished.add(module)
            scored = status == "completed" and rng.random() < 0.8
            out.append(
                {
                    **common,
                    "type": "interaction",
                    "module_id": module,
                    "status": status,
                    "reason": None,
                    "pre_score": float(rng.uniform(20, 60)) if scored and rng.random() < 0.8 else None,
                    "post_score": float(rng.uniform(40, 90)) if scored else None,
                    "score_min": 0.0,
                    "score_max": 100.0,
                    "satisfaction": None,
                    "minutes": None,
                }
            )
    return out

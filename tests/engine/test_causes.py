"""What a reason names is what ranked the module: without it the module is worth less."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np

from recommender.engine import Engine, choose
from recommender.engine.outlook import Outlook, look
from recommender.framework import Catalogue, Competency, Module

DAY = dt.date(2026, 3, 1)
AT = 1_767_225_600_000_000


def engine(target: float = 80.0) -> Engine:
    """Two modules alike but for what they train."""
    return Engine.bare(
        Catalogue(
            (Competency("listening"), Competency("teamwork")),
            (
                Module("l", competencies=(("listening", 1.0),), level=2, method="workshop", minutes=60),
                Module("t", competencies=(("teamwork", 1.0),), level=2, method="workshop", minutes=60),
            ),
            {(None, "listening"): target, ("clerk", "listening"): 5.0},
        )
    )


def seen(made: Engine, role: str | None = None) -> Outlook:
    test = {"type": "assessment", "id": "a", "learner_id": "x", "competency_id": "listening", "score": 45.0}
    scale = {"scale_min": 0.0, "scale_max": 100.0, "source": "test", "reversed": 0, "occurred_at": AT}
    return look(made.layout, made.replay([test | scale], 1), role, DAY)


def worth_of(outlook: Outlook, module_id: str) -> float:
    return next(i.score for i in choose.recommend(outlook, 2, None).items if i.module_id == module_id)


def test_without_the_gap_it_names_a_module_falls() -> None:
    outlook = seen(engine())
    first = choose.recommend(outlook, 2, None).items
    item = next(i for i in first if i.module_id == "l")
    gap = next(f for f in item.facts if f.kind == "gap")
    k = outlook.layout.parts.profile.competencies.index(gap.values["competency_id"])
    need = outlook.need.copy()
    need[k] = 0.0
    closed = choose.recommend(replace(outlook, need=need), 2, None).items
    assert next(i.score for i in closed if i.module_id == "l") < 0.5 * item.score
    assert closed[0].module_id == "t"


def test_the_target_of_a_role_counts() -> None:
    made = engine()
    assert worth_of(seen(made), "l") > 2.0 * worth_of(seen(made, "clerk"), "l")
    assert choose.recommend(seen(made, "clerk"), 2, None).items[0].module_id == "t"


def test_without_the_rise_it_is_worth_nothing() -> None:
    outlook = seen(engine())
    outlook.prospect.__dict__["rises"] = outlook.rise * np.array([[0.0], [1.0]])
    assert choose.recommend(outlook, 2, None).items[-1].module_id == "l"

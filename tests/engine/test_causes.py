"""What a reason names is what ranked the module: without it the module is worth less."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from made_up import evidence

from recommender.engine import Engine, choose
from recommender.engine.facts import facts_of
from recommender.engine.outlook import Outlook, look
from recommender.framework import Catalogue, Competency, Module
from recommender.gains.serve import blocks
from recommender.profiles.serve import DAY as A_DAY
from recommender.reasons import Fact

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


KINDS = {"low": 25.0, "high": 75.0}
"""Two kinds of people, and where they stand."""


def trained(gain: dict[str, float]) -> Engine:
    """A fit: a third of each kind finished ``l`` and then stood ``gain`` higher; another third, ``t``."""
    rng = np.random.default_rng(7)
    tests, taken = [], []
    for kind, stands in KINDS.items():
        for n in range(45):
            about, module_id = {"learner_id": f"{kind}{n:02}"}, ("l", "t", None)[n % 3]
            if module_id is not None:
                finished = {"module_id": module_id, "status": "completed", "occurred_at": AT + 15 * A_DAY}
                taken.append(about | finished)
            for day in range(4):
                risen = gain[kind] if day > 1 and module_id == "l" else 0.0
                for competency, more in (("listening", risen), ("teamwork", 0.0)):
                    score = float(np.clip(stands + more + rng.normal(0, 4), 0, 100))
                    at = {"competency_id": competency, "score": score, "occurred_at": AT + 10 * day * A_DAY}
                    tests.append(about | at)
    return Engine.fit(evidence({"assessments": tests, "interactions": taken}, engine().catalogue))


@pytest.fixture(scope="module")
def gained() -> Engine:
    return trained({"low": 10.0, "high": 0.0})


def like_them(made: Engine) -> Outlook:
    """Somebody as low as those who gained, in both competencies alike."""
    scale = {"scale_min": 0.0, "scale_max": 100.0, "source": "test", "reversed": 0, "occurred_at": AT}
    test = {"type": "assessment", "learner_id": "x", "score": 25.0, **scale}
    events = [test | {"id": k, "competency_id": k} for k in ("listening", "teamwork")]
    return look(made.layout, made.replay(events, 1), None, DAY)


def effect_of(outlook: Outlook, module_id: str) -> Fact | None:
    """What is told of colleagues who gained by a module."""
    (item,) = (i for i in choose.recommend(outlook, 2, None).items if i.module_id == module_id)
    return next((f for f in item.facts if f.kind == "effect"), None)


def test_without_what_colleagues_gained_the_module_falls(gained: Engine) -> None:
    outlook = like_them(gained)
    fact = effect_of(outlook, "l")
    assert fact is not None
    assert (fact.values["learners"], fact.values["segment_label_en"]) == (15, "Weak throughout")
    assert choose.recommend(outlook, 2, None).items[0].module_id == "l"
    without = like_them(trained({"low": 0.0, "high": 0.0}))
    assert choose.recommend(without, 2, None).items[0].module_id == "t"
    assert worth_of(without, "l") < 0.5 * worth_of(outlook, "l")
    assert effect_of(without, "l") is None


def test_what_another_segment_gained_counts_for_less(gained: Engine) -> None:
    others = like_them(trained({"low": 0.0, "high": 10.0}))
    assert worth_of(others, "l") < 0.5 * worth_of(like_them(gained), "l")


@pytest.mark.parametrize("block", ["module", "segment"])
def test_without_a_coefficient_learnt_from_gains_it_is_worth_less(gained: Engine, block: str) -> None:
    parts = gained.parts()
    model = parts["gains"]
    beta = model.beta.copy()
    beta[blocks(len(model.segments), len(model.modules))[block]] = 0.0
    bereft = Engine.from_parts(parts | {"gains": replace(model, beta=beta)}, None)
    assert worth_of(like_them(bereft), "l") < worth_of(like_them(gained), "l")


def test_what_it_opens_ranks_nothing_and_is_told_last() -> None:
    made = engine()
    first, second = made.catalogue.modules
    behind = replace(second, prerequisites=("l",))
    opening = made.over(replace(made.catalogue, modules=(first, behind)))
    (item,) = choose.recommend(seen(opening), 1, None).items
    assert item.score == worth_of(seen(made), "l")
    kinds = [f.kind for f in facts_of(seen(opening), 0, explored=True, path=())]
    assert kinds == ["gap", "prior", "explore", "unlocks"]

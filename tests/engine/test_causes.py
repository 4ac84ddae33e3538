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


def led() -> Engine:
    """A fit in which three in four colleagues went on from ``m0`` to ``m1``, ``m2`` to ``m3``, and so on."""
    modules = tuple(
        Module(f"m{i}", competencies=(("listening", 1.0),), level=2, minutes=60) for i in range(8)
    )
    rng, rows = np.random.default_rng(3), []
    for n in range(160):
        first, strange = 2 * int(rng.integers(4)), int(rng.integers(8))
        then = first + 1 if rng.random() < 0.75 else (first + 3) % 8
        for at, j in enumerate(dict.fromkeys((strange, first, then))):
            finished = {"module_id": f"m{j}", "status": "completed", "occurred_at": AT + 9 * at * A_DAY}
            rows.append({"learner_id": f"p{n:03}"} | finished)
    return Engine.fit(evidence({"interactions": rows}, replace(engine().catalogue, modules=modules)))


def after_taking(made: Engine, taken: list[str]) -> Outlook:
    about = {"type": "interaction", "learner_id": "x", "status": "completed"}
    events = [about | {"id": m, "module_id": m, "occurred_at": AT + n} for n, m in enumerate(taken)]
    return look(made.layout, made.replay(events, 1), None, DAY)


def test_without_what_colleagues_went_on_from_a_module_falls() -> None:
    made, told = led(), 0
    for first in ("m0", "m2", "m4", "m6"):
        for other in ("m1", "m3", "m5"):
            taken = [other, first]
            outlook = after_taking(made, taken)
            items = choose.recommend(outlook, 8, None).items
            ids = [i.module_id for i in items]
            for item in items:
                for fact in (f for f in item.facts if f.kind == "uptake"):
                    without = after_taking(made, [m for m in taken if m != fact.values["after_module_id"]])
                    then = [i.module_id for i in choose.recommend(without, 8, None).items]
                    then = [m for m in then if m in ids]
                    row = made.layout.rules.rows[item.module_id]
                    assert without.chance[row] < outlook.chance[row]
                    assert then.index(item.module_id) >= ids.index(item.module_id)
                    told += 1
    assert told >= 6


def test_without_what_builds_on_it_a_prerequisite_leaves_the_path() -> None:
    base = engine()

    def path(*more: Module) -> list[choose.Item]:
        first = Module("first", competencies=(("listening", 0.05),), level=1, method="e_learning", minutes=60)
        third, fourth = (Module(m, competencies=(("teamwork", w),), level=2, method="workshop", minutes=60)
                         for m, w in (("third", 0.3), ("fourth", 0.2)))  # fmt: skip
        modules = (first, third, fourth, *more)
        return choose.path(seen(base.over(replace(base.catalogue, modules=modules))), 120)

    behind = Module("then", competencies=(("listening", 1.0),), level=2, method="workshop", minutes=60)
    held = path(replace(behind, prerequisites=("first",)))
    assert [i.module_id for i in held] == ["first", "then"]
    (fact,) = [f for f in held[0].facts if f.kind == "prerequisite"]
    assert fact.values["before_module_id"] == "then"
    assert sorted(i.module_id for i in path()) == ["fourth", "third"]
    assert "first" not in [i.module_id for i in path(behind)]  # nor where it may be taken without

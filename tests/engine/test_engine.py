"""The engine adapts, works with whatever evidence there is, and never proposes what it must not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import made_up
import numpy as np
import pytest

from recommender.engine import Engine, draw_key
from recommender.framework import Catalogue, Module
from recommender.shipped import shipped_catalogue

DAY = dt.date(2026, 3, 1)
AT = int(dt.datetime(2026, 2, 1, tzinfo=dt.UTC).timestamp() * 1e6)


def rating(value: float, n: int = 0, competency: str = "listening", **more: Any) -> dict[str, Any]:
    row = {
        "type": "feedback",
        "id": f"{competency}{n}",
        "learner_id": "x",
        "occurred_at": AT + n,
        "competency_id": competency,
        "rating": value,
        "scale_min": 1.0,
        "scale_max": 5.0,
        "reversed": 0,
        "rater_id": f"r{n}",
        "relation": "peer",
        "form_id": None,
        "item_id": None,
    }
    return row | more


def did(module: str, status: str, at: int = AT, **more: Any) -> dict[str, Any]:
    row = {"type": "interaction", "id": f"{module}{status}", "learner_id": "x", "module_id": module}
    return row | {"status": status, "occurred_at": at, "reason": None} | more


def ids(engine: Engine, events: list[dict[str, Any]], day: dt.date = DAY, limit: int = 60) -> list[str]:
    state = engine.replay(events, 1)
    return [i.module_id for i in engine.recommend(state, role=None, day=day, limit=limit, draw_key=None)]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.bare(shipped_catalogue())


def test_low_ratings_of_listening_raise_listening_at_the_right_level(engine: Engine) -> None:
    events = [rating(1.0, n) for n in range(4)] + [
        rating(3.0, n, c) for n in range(4) for c in ("teamwork", "responsibility", "customer_culture")
    ]
    before, after = ids(engine, []), ids(engine, events)
    easy = [
        m.module_id
        for m in engine.catalogue.modules
        if m.level == 1 and dict(m.competencies).get("listening", 0) >= 0.5
    ]
    assert easy
    for module in easy:
        assert after.index(module) < before.index(module)
    first = engine.catalogue.module[after[0]]
    assert dict(first.competencies).get("listening", 0) > 0
    about = [
        m
        for m in map(engine.catalogue.module.get, after)
        if m and dict(m.competencies).get("listening", 0) >= 0.5
    ]
    assert about[0].level == 1


@pytest.mark.parametrize("reason", ["known", "too_easy", "too_hard", "wrong_level", "not_my_job", None])
def test_completed_and_dismissed_modules_are_gone(engine: Engine, reason: str | None) -> None:
    first = ids(engine, [])[0]
    assert first not in ids(engine, [did(first, "completed")])
    later = DAY + dt.timedelta(days=400)
    assert first not in ids(engine, [did(first, "dismissed", reason=reason)], later)


def test_not_now_returns_after_thirty_days(engine: Engine) -> None:
    first = ids(engine, [])[0]
    events = [did(first, "dismissed", reason="not_now")]
    assert first not in ids(engine, events, dt.date(2026, 3, 2))
    assert first in ids(engine, events, dt.date(2026, 3, 4))


def test_prerequisites_are_done_or_stand_above(engine: Engine) -> None:
    for key in range(8):
        state = engine.replay([], 0)
        items = engine.recommend(state, role=None, day=DAY, limit=60, draw_key=key)
        seen: set[str] = set()
        for item in items:
            assert set(engine.catalogue.module[item.module_id].prerequisites) <= seen
            seen.add(item.module_id)


def test_who_knows_a_module_may_go_on_from_it(engine: Engine) -> None:
    child = next(m for m in engine.catalogue.modules if m.prerequisites)
    parent = child.prerequisites[0]
    assert child.module_id in ids(engine, [did(parent, "dismissed", reason="known")])
    assert child.module_id not in ids(engine, [did(parent, "dismissed", reason="not_my_job")])


def test_inactive_modules_are_not_proposed(engine: Engine) -> None:
    first = ids(engine, [])[0]
    modules = tuple(replace(m, active=m.module_id != first) for m in engine.catalogue.modules)
    assert first not in ids(engine.over(replace(engine.catalogue, modules=modules)), [])


def test_a_started_module_is_carried_on(engine: Engine) -> None:
    free = [m for m in ids(engine, []) if not engine.catalogue.module[m].prerequisites]
    module = free[20]
    state = engine.replay([did(module, "started")], 1)
    items = engine.recommend(state, role=None, day=DAY, limit=60, draw_key=None)
    place = [i.module_id for i in items].index(module)
    assert place < 3
    assert items[place].facts[0].kind == "continue"


def test_fewer_than_three_anonymous_raters_are_not_counted_out_loud(engine: Engine) -> None:
    for raters, expected in [(2, None), (3, 3)]:
        state = engine.replay([rating(2.0, n) for n in range(raters)], 1)
        found = {s.competency_id: s.evidence for s in engine.profile(state, DAY)}
        assert found["listening"] == {"peer": expected}
    same = engine.replay([rating(2.0, n, rater_id="one") for n in range(5)], 1)
    assert {s.competency_id: s.evidence for s in engine.profile(same, DAY)}["listening"] == {"peer": None}


def test_interval_holds_the_gain(engine: Engine) -> None:
    state = engine.replay([rating(2.0, n) for n in range(3)], 1)
    for item in engine.recommend(state, role=None, day=DAY, limit=5, draw_key=1):
        assert item.interval is not None
        assert item.expected_gain is not None
        assert item.interval[0] < item.expected_gain < item.interval[1]


def test_paths_fit_and_explain_what_comes_first(engine: Engine) -> None:
    state = engine.replay([], 0)
    for minutes in (30, 120, 480):
        items = engine.path(state, role=None, day=DAY, minutes=minutes)
        rows = [engine.catalogue.module_index[i.module_id] for i in items]
        assert items
        assert engine.catalogue.minutes[rows].sum() <= minutes


def test_targets_of_a_role_move_the_choice(engine: Engine) -> None:
    targets = {("clerk", c): 20.0 for c in engine.catalogue.leaves if c != "nonverbal"}
    aimed = engine.over(replace(engine.catalogue, targets=targets))
    state = aimed.replay([], 0)
    first = aimed.recommend(state, role="clerk", day=DAY, limit=1, draw_key=None)[0]
    assert "nonverbal" in dict(aimed.catalogue.module[first.module_id].competencies)


def test_draws_are_a_function_of_their_key() -> None:
    assert draw_key(b"s", "x", DAY, None, 1) == draw_key(b"s", "x", DAY, None, 1)
    assert draw_key(b"s", "x", DAY, None, 1) != draw_key(b"s", "x", DAY, None, 2)
    assert draw_key(b"s", "x", DAY, None, 1) != draw_key(b"t", "x", DAY, None, 1)


def subsets() -> dict[str, Any]:
    feedback = made_up.ratings(60)[0]
    rows = [
        {"learner_id": f"p{i}", "competency_id": f"c{i % 3}", "score": 30.0 + i, "source": "test"}
        for i in range(40)
    ]
    return {
        "feedback": feedback,
        "assessments": made_up.evidence({"assessments": rows}),
        "enrolments": made_up.enrolments(40),
        "one learner": made_up.evidence({"assessments": rows[:1]}),
        "no descriptions": replace(
            made_up.enrolments(40),
            catalogue=Catalogue((), tuple(Module(m.module_id) for m in made_up.catalogue().modules)),
        ),
    }


@pytest.mark.parametrize("kind", ["feedback", "assessments", "enrolments", "one learner", "no descriptions"])
def test_any_subset_of_evidence_fits_and_recommends(kind: str) -> None:
    engine = Engine.fit(subsets()[kind])
    items = engine.recommend(engine.replay([], 0), role=None, day=DAY, limit=3, draw_key=1)
    assert len(items) == 3
    assert all(np.isfinite(i.score) and 0 < i.propensity <= 1 for i in items)
    again = Engine.from_parts(engine.parts(), "v1")
    assert again.recommend(again.replay([], 0), role=None, day=DAY, limit=3, draw_key=1) == items


def test_order_of_enrolments_leads_the_way() -> None:
    engine = Engine.fit(made_up.enrolments(80))
    modules = [m.module_id for m in engine.catalogue.modules]
    plain = engine.over(
        replace(
            engine.catalogue, modules=tuple(replace(m, prerequisites=()) for m in engine.catalogue.modules)
        )
    )
    state = plain.replay([did(modules[0], "completed", AT), did(modules[1], "completed", AT + 1)], 1)
    share = plain.layout
    from recommender.engine.outlook import look

    outlook = look(share, state, None, DAY)
    left = [j for j in range(len(modules)) if outlook.base[j]]
    assert modules[max(left, key=lambda j: outlook.share[j])] == modules[2]


def test_a_fit_is_the_same_twice() -> None:
    evidence = made_up.ratings(60)[0]
    first, second = Engine.fit(evidence, seed=3), Engine.fit(evidence, seed=3)
    for name in ("means", "covariance", "noise", "rater_mean"):
        a, b = (getattr(e.layout.parts.profile, name) for e in (first, second))
        np.testing.assert_array_equal(a, b)

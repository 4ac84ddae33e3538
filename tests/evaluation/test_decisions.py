"""The log as arrays: the version that wrote it has weight 1 everywhere, and rewards are what happened."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from made_up import DAY, START, catalogue, enrolments, evidence

from recommender.engine import Engine
from recommender.evaluation import off_policy
from recommender.evaluation.decisions import WITHIN, Judge, Worth, first_of_each_state
from recommender.evaluation.policy import policy_rows
from recommender.framework import NO_JOB

UNTIL = START + 400 * DAY
TODAY = dt.date(1970, 1, 1) + dt.timedelta(days=(START + DAY) // DAY)


def took(who: str, module: str, day: float, seq: int, **scores: float) -> dict[str, Any]:
    return {
        "type": "interaction", "id": f"{who}{seq}", "learner_id": who, "module_id": module,
        "status": "completed", "occurred_at": int(START + day * DAY), "seq": seq, "reason": None,
        "pre_score": None, "post_score": None, "score_min": 0.0, "score_max": 100.0, **scores,
    }  # fmt: skip


def decided(
    engine: Engine, who: str, events: list[dict[str, Any]], seq: int, key: int, full: tuple[str, ...] = ()
) -> dict[str, Any]:
    """A decision of an engine, as the service logs it."""
    state = engine.replay([e for e in events if e["seq"] <= seq], seq)
    items, eligible = engine.draw(state, role=None, day=TODAY, limit=5, draw_key=key, full=full)
    return {
        "learner_id": who, "day": TODAY.isoformat(), "version": engine.version or "", "seq": seq,
        "modules": json.dumps([i.module_id for i in items]),
        "propensities": json.dumps([i.propensity for i in items]),
        "scores": json.dumps([i.score for i in items]),
        "eligible": json.dumps(eligible._asdict()),
        "decided_at": START + DAY,
    }  # fmt: skip


@pytest.fixture(scope="module")
def served() -> Engine:
    return Engine.fit(enrolments(60))


def log_of(served: Engine, target: Engine, learners: int = 60) -> Any:
    judge = Judge(target, Worth({}, 1.0, "modules finished"), UNTIL)
    rng = np.random.default_rng(0)
    for i in range(learners):
        who, events = f"l{i}", [took(f"l{i}", "m01", 0.5, 1)]
        rows = [decided(served, who, events, seq, 10 * i + seq) for seq in (0, 1)]
        for seq, row in enumerate(rows):
            listed = json.loads(row["modules"])
            events += [took(who, m, 3, 5 + seq) for m in listed[:1] if rng.random() < 0.5]
        judge.add(NO_JOB, rows, events)
    return judge.result()


def test_the_version_that_wrote_the_log_weighs_one_in_every_place(served: Engine) -> None:
    judged = log_of(served, served)
    assert judged.log.target[judged.log.present] == pytest.approx(judged.log.logging[judged.log.present])
    assert off_policy.weights(judged.log)[judged.log.present] == pytest.approx(1.0)
    assert judged.log.present.sum(1).tolist() == [5, 5] * 60, "what unlocks in the list counts too"
    assert judged.log.cluster.tolist() == [i for i in range(60) for _ in range(2)]
    rows, sentence = policy_rows(judged)
    told = {row.of: row.value for row in rows}
    assert told["inverse propensity"] == pytest.approx(told["the log"])
    assert {row.measure: row.value for row in rows}["effective decisions"] == pytest.approx(120)
    assert sentence == (
        "It is what was served: on 120 decisions about 60 learners it would have drawn every list with the "
        "same probability."
    )


def test_the_version_that_served_weighs_one_where_what_builds_on_the_list_was_full(served: Engine) -> None:
    judge = Judge(served, Worth({}, 1.0, "modules finished"), UNTIL)
    for i in range(40):
        judge.add(NO_JOB, [decided(served, f"l{i}", [], 0, i, full=("m02", "m21"))], [])
    judged = judge.result()
    assert judged is not None
    index = served.catalogue.module_index
    # what is full stands nowhere, nor does what builds on it
    assert judged.log.present.sum(1).tolist() == [3] * 40
    assert all(not np.isin(rows, [index["m02"], index["m21"], index["m22"]]).any() for rows, _ in judge._odds)
    assert judged.log.target == pytest.approx(judged.log.logging)


def test_what_was_listed_could_stand_there_whatever_became_of_it(served: Engine) -> None:
    """m02 and m12 stood below what they build on; then one was switched off, the other set free."""
    became = {"m02": {"active": False}, "m12": {"prerequisites": ()}}
    was = catalogue()
    now = replace(was, modules=tuple(replace(m, **became.get(m.module_id, {})) for m in was.modules))
    later = served.over(now)
    rows = [decided(served, f"l{i}", [], 0, i) for i in range(40)]
    listed = [json.loads(row["modules"]) for row in rows]
    assert {"m02", "m12"} <= {m for some in listed for m in some}
    judge = Judge(later, Worth({}, 1.0, "modules finished"), UNTIL)
    for row in rows:
        judge.add(NO_JOB, [row], [])
    judged = judge.result()
    assert judged is not None
    assert judged.log.present.all()
    assert (judged.log.target > 0).all()
    for could, _ in judge._odds[::5]:
        assert set(later.layout.ids[could]) == {"m01", "m11", "m21"}, "in the first place nothing was free"


def test_a_version_near_to_what_was_served_is_not_told_apart(served: Engine) -> None:
    judged = log_of(served, served)
    log = judged.log
    wobble = 1 + 0.02 * np.random.default_rng(0).choice([-1.0, 1.0], log.target.shape)
    near = off_policy.Log(log.reward, log.logging, log.target * wobble, log.present, log.cluster)
    middle = type(judged)(near, judged.predicted, judged.predicted, judged.unit, 0, 0)
    _, sentence = policy_rows(middle)
    assert sentence.startswith(
        "Not distinguishable from what was served, on 120 decisions about 60 learners: "
    )


def test_another_version_weighs_otherwise_and_a_log_without_exploration_tells_nothing(served: Engine) -> None:
    judged = log_of(served, Engine.bare(catalogue()))
    w = off_policy.weights(judged.log)[judged.log.present]
    assert w.std() > 0.01
    assert np.isfinite(w).all()
    log = judged.log
    greedy = off_policy.Log(log.reward, np.where(log.present, 1.0, 0.0), log.target, log.present, log.cluster)
    _, sentence = policy_rows(type(judged)(greedy, judged.predicted, judged.expected, judged.unit, 0, 0))
    assert sentence == (
        "The log cannot tell: all of its 120 decisions about 60 learners were drawn without exploration, so "
        "that nothing is known of what else might have been shown."
    )


def test_a_log_far_from_the_target_tells_nothing(served: Engine) -> None:
    judged = log_of(served, served)
    log = judged.log
    few = np.where(np.arange(120)[:, None] < 3, log.target, 1e-6 * log.target)
    far = off_policy.Log(log.reward, log.logging, few, log.present, log.cluster)
    _, sentence = policy_rows(type(judged)(far, judged.predicted, judged.expected, judged.unit, 0, 0))
    assert sentence.startswith(
        "The log cannot tell: its 120 decisions about 60 learners are worth 3 for this"
    )
    assert sentence.endswith(
        "Judge a version nearer to what served, or wait for at least 10 times as many decisions."
    )


def test_what_a_place_earned_is_what_was_finished_within_a_month(served: Engine) -> None:
    worth = Worth({"m11": 4.0}, 3.0, "points")
    judge = Judge(served, worth, UNTIL)
    row = decided(served, "a", [], 0, 1)
    events = [
        took("a", "m01", 2, 1, pre_score=40.0, post_score=52.0),
        took("a", "m11", 30, 2),
        took("a", "m21", 40, 3),
    ]
    judge.add(NO_JOB, [row], events)
    young = row | {"decided_at": UNTIL - WITHIN + 1, "seq": 1}
    gone = row | {"modules": json.dumps(["gone", "m01"]), "seq": 2}
    judge.add(NO_JOB, [young, gone], [])
    judged = judge.result()
    assert judged is not None
    listed = json.loads(row["modules"])
    earned = dict(zip(listed, judged.log.reward[0], strict=True))
    assert earned == {m: {"m01": 12.0, "m11": 4.0}.get(m, 0.0) for m in listed}
    assert (judged.immature, judged.unknown, judged.unit) == (1, 1, "points")
    assert Judge(served, worth, UNTIL).result() is None


def test_what_was_not_measured_counts_as_its_module_s_shrunk_mean() -> None:
    rows = [took("a", "m01", i, i, pre_score=40.0, post_score=50.0) for i in range(5)]
    rows += [took("b", "m11", i, i, pre_score=40.0, post_score=40.0) for i in range(5)]
    frame = evidence({"interactions": rows}).interactions
    worth = Worth.of(frame)
    assert worth.typical == pytest.approx(5.0)
    assert worth.by_module == pytest.approx({"m01": 7.5, "m11": 2.5})
    assert worth.earned(took("c", "m01", 0, 0)) == 7.5
    assert worth.earned(took("c", "m21", 0, 0)) == 5.0
    assert worth.earned(took("c", "m01", 0, 0, pre_score=1.0, post_score=3.0)) == pytest.approx(2.0)
    none = Worth.of(frame.assign(post_score=np.nan))
    assert (none.earned(took("c", "m01", 0, 0)), none.unit) == (1.0, "modules finished")


def test_one_decision_a_state_the_first() -> None:
    rows = [
        {"learner_id": "a", "version": "v", "seq": 1, "decided_at": 5, "day": "d2"},
        {"learner_id": "a", "version": "v", "seq": 1, "decided_at": 3, "day": "d1"},
        {"learner_id": "a", "version": "v", "seq": 2, "decided_at": 9, "day": "d3"},
        {"learner_id": "a", "version": "w", "seq": 2, "decided_at": 9, "day": "d3"},
    ]
    assert [(r["day"], r["version"]) for r in first_of_each_state(rows)] == [
        ("d1", "v"),
        ("d3", "v"),
        ("d3", "w"),
    ]

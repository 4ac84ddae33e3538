"""What counts as one form, what moves the clock, and what a module's own scores tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import replay_worlds
from test_engine import AT, did, rating

from recommender.engine import Engine
from recommender.framework import Competency, Module
from recommender.profiles.blocks import form_of, steps_of
from recommender.profiles.cells import cells_of
from recommender.profiles.serve import DAY
from recommender.shipped import shipped_catalogue
from recommender.state import dump


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.bare(shipped_catalogue())


def spread(engine: Engine, events: list[dict[str, Any]]) -> float:
    return float(np.sqrt(engine.replay(events, 1).covariance[0, 0]))


def test_sources_and_raters_do_not_share_a_form() -> None:
    rows = [
        rating(5.0, 0, rater_id=None, relation="self"),
        rating(2.0, 0, rater_id=None, relation="peer", id="a"),
        rating(2.0, 0, rater_id=None, relation="peer", id="b"),
        rating(2.0, 0, rater_id="m", relation="manager", id="c"),
        rating(4.0, 0, rater_id="m", relation="manager", id="d", competency_id="teamwork"),
    ]
    assert [len(step.events) for step in steps_of(rows)].count(2) == 1
    campaign = [row | {"form_id": "spring"} for row in rows]
    assert len({form_of(row) for row in campaign}) == 3


def test_fit_and_replay_name_forms_alike() -> None:
    import made_up

    rows = [
        {
            "learner_id": "p0",
            "competency_id": "c0",
            "rating": 3.0,
            "rater_id": who,
            "relation": relation,
            "form_id": form,
        }
        for who, relation, form in [
            ("r", "peer", np.nan),
            (np.nan, "peer", np.nan),
            ("p0", "self", "F"),
            ("r", "peer", "F"),
        ]
    ]
    rows.append(
        {
            "learner_id": "p1",
            "competency_id": "c0",
            "rating": 3.0,
            "rater_id": "r",
            "relation": np.nan,
            "form_id": np.nan,
        }
    )
    evidence = made_up.evidence({"feedback": rows})
    from recommender.engine.hearing import events_by_learner

    named = {
        f"{who}\x1f{step.form}" for who, events in events_by_learner(evidence) for step in steps_of(events)
    }
    cells = cells_of(evidence)
    assert set(cells.form_names) == named
    assert set(cells.raters) == {"r"}


def test_what_tells_nothing_does_not_move_the_clock() -> None:
    drifting = replay_worlds.engine(drift=0.01)
    score = next(e for e in replay_worlds.events(2, 60) if e["type"] == "assessment")
    after = score["occurred_at"]
    idle = [{**did("m1", "viewed", after + n * 100 * DAY), "id": f"v{n}"} for n in range(1, 6)]
    assert spread(drifting, [score]) == spread(drifting, [score, *idle])
    assert spread(drifting, idle) == spread(drifting, [])


@pytest.mark.parametrize("order", ["together", "apart"])
def test_a_modules_own_scores_count_once_in_either_order(engine: Engine, order: str) -> None:
    scores = {"score_min": 0.0, "score_max": 100.0}
    if order == "together":
        events = [did("listen-playback", "completed", AT + 9, pre_score=20.0, post_score=95.0, **scores)]
    else:
        events = [
            did("listen-playback", "started", AT, pre_score=20.0, post_score=None, **scores),
            did("listen-playback", "completed", AT + 9, pre_score=None, post_score=None, **scores),
            did(
                "listen-playback", "completed", AT + 10, pre_score=None, post_score=95.0, id="score", **scores
            ),
        ]
    plain = engine.replay([did("listen-playback", "completed", AT + 9)], 1)
    state = engine.replay(events, 1)
    assert np.abs(state.means - plain.means).max() > 1
    again = {**events[-1], "id": "resent", "occurred_at": AT + 20}
    resent = engine.replay([*events, again], 1)
    np.testing.assert_array_equal(resent.means, state.means)


def test_answers_about_a_parent_move_its_leaves(engine: Engine) -> None:
    def answer(n: int) -> dict[str, Any]:
        return {
            "type": "assessment", "id": f"a{n}", "learner_id": "x", "occurred_at": AT + n, "source": "test",
            "competency_id": "communication", "score": 1.0, "scale_min": 0.0, "scale_max": 1.0, "reversed": 0,
            "item_id": f"q{n}", "instrument": None, "session_id": None,
        }  # fmt: skip

    state = engine.replay([answer(n) for n in range(10)], 1)
    leaves = engine.catalogue.leaves
    moved = state.means[0] - 50
    assert moved[leaves.index("listening")] > moved[leaves.index("teamwork")] > 0


def test_missing_minutes_count_as_the_catalogues_median() -> None:
    made = replay_worlds.catalogue()
    long = tuple(replace(m, minutes=480.0) for m in made.modules[:2])
    unknown = Module("u", competencies=(("a", 0.7), ("c", 0.3)), level=1, method="workshop")
    tab = Engine.bare(replace(made, modules=(*long, unknown))).layout.gains
    assert tab.units[2] == tab.units[0]
    assert tab.points[2] == tab.points[0]


def test_states_go_stale_with_competencies_and_what_modules_do(engine: Engine) -> None:
    catalogue = engine.catalogue
    moved = tuple(
        replace(c, parent_id="communication") if c.competency_id == "teamwork" else c
        for c in catalogue.competencies
    )
    others = [
        replace(catalogue, competencies=(*catalogue.competencies, Competency("negotiation"))),
        replace(catalogue, competencies=moved),
        replace(catalogue, modules=(replace(catalogue.modules[0], level=3), *catalogue.modules[1:])),
    ]
    keys = {Engine.bare(c).state_key for c in (catalogue, *others)}
    assert len(keys) == 4
    renamed = tuple(replace(m, title_en="Another title") for m in catalogue.modules)
    assert Engine.bare(replace(catalogue, modules=renamed)).state_key == engine.state_key


def test_states_remember_few_forms() -> None:
    engine = replay_worlds.engine()
    rows = [
        {**e, "session_id": None, "id": f"i{n}", "occurred_at": AT + n}
        for n, e in enumerate([e for e in replay_worlds.events(1, 90) if e["type"] == "assessment"] * 40)
    ]
    state = engine.replay(rows, 1)
    assert len(state.forms) == 1
    assert len(dump(state)) < 4000

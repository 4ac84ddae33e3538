"""Who has no evidence is shown with the profile of their department and role, at once when those change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_organisation import START, fill, measured, workspace

from recommender.engine import Engine
from recommender.profiles.jobs import Shifts
from recommender.service import advice, intake, people, training
from recommender.service.states import replayed
from recommender.service.workspace import Workspace
from recommender.state import dump
from recommender.store import Store, states


@pytest.fixture
def ws(store: Store) -> Workspace:
    """A version by which sales stand 20 points lower, and whoever leads 5 points higher."""
    fill(store)
    ws = workspace(store)
    fitted = Engine.from_parts(ws.registry.load(training.train(ws)["version"]), None)
    parts = fitted.layout.parts
    k = len(parts.profile.competencies)
    profile = replace(
        parts.profile,
        departments=Shifts(("sales",), np.full((1, k), -20.0), np.array([2.0]), 9.0),
        roles=Shifts(("lead",), np.full((1, k), 5.0), np.array([1.0]), 4.0),
    )
    version = ws.registry.add(
        replace(fitted, layout=replace(fitted.layout, parts=replace(parts, profile=profile))).parts(),
        metrics={}, fingerprint="f", card="",
    )  # fmt: skip
    training.promote(ws, version)
    return ws


def level(ws: Workspace, who: str = "new") -> float:
    return float(np.mean([row["mean"] for row in advice.profile(ws, who)["competencies"]]))


def test_a_profile_begins_where_department_and_role_stand_and_follows_a_change(ws: Workspace) -> None:
    people.put_learners(ws, [{"learner_id": "new"}])
    everybody = level(ws)
    people.put_learners(ws, [{"learner_id": "new", "department_id": "sales"}])
    assert level(ws) == pytest.approx(everybody - 20)
    people.put_learners(ws, [{"learner_id": "new", "role": "lead"}])
    assert level(ws) == pytest.approx(everybody - 15)
    people.put_learners(ws, [{"learner_id": "new", "department_id": "elsewhere", "group": "b"}])
    assert level(ws) == pytest.approx(everybody + 5)


def test_an_event_after_a_change_of_department_and_a_rebuild_end_in_one_state(ws: Workspace) -> None:
    people.put_learners(ws, [{"learner_id": "new", "department_id": "sales"}, {"learner_id": "old"}])
    leaf = ws.engine().catalogue.leaves[0]

    def tested(who: str, n: int) -> None:
        event = {"type": "assessment", "id": f"{who}{n}", **measured(who, leaf, START + n, 50.0)}
        assert intake.take_in(ws, [event])["accepted"] == 1

    tested("new", 0)
    tested("old", 0)
    assert level(ws) < level(ws, "old") - 1
    people.put_learners(ws, [{"learner_id": "new", "department_id": None}])
    tested("new", 1)
    tested("old", 1)
    assert level(ws) == pytest.approx(level(ws, "old"))

    def kept() -> bytes:
        with ws.store.read() as conn:
            return states.get_many(conn, ["new"], ws.engine().state_key)["new"][1]

    moved_on = kept()
    intake.rebuild(ws)
    assert kept() == moved_on
    with ws.store.read() as conn:
        assert dump(replayed(conn, ws.engine(), "new")) == moved_on

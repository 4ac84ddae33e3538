"""What leaves the store for a model names no rater."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from recommender.registry import Registry
from recommender.service import intake, people
from recommender.service.workspace import Workspace
from recommender.state import load
from recommender.store import Store, events, frames, states

SECRETIVE = "boss-0815"


def rating(rater: str, competency: str = "listening") -> dict[str, Any]:
    row = {"type": "feedback", "learner_id": "ada", "competency_id": competency, "rating": 2.0}
    return row | {"rater_id": rater, "relation": "peer", "occurred_at": "2026-01-01T00:00:00Z"}


def test_models_and_states_hold_no_raters_id_and_no_hash_that_can_be_guessed(
    store: Store, tmp_path: Path
) -> None:
    from recommender.engine import Engine
    from recommender.profiles.serve import key_of

    ws = Workspace(store, Registry(tmp_path / "models"))
    people.put_learners(ws, [{"learner_id": "ada"}])
    intake.take_in(ws, [rating(SECRETIVE), rating("ada", "teamwork"), rating(SECRETIVE, "feedback")])
    with store.read() as conn:
        evidence = frames.read_evidence(conn)
        seen = events.of_learners(conn, ["ada"])["ada"]
        kept = states.get_many(conn, ["ada"], ws.engine().state_key)["ada"]
    raters = set(evidence.feedback["rater_id"])
    assert raters == {event["rater_id"] for event in seen}
    assert "ada" in raters
    assert SECRETIVE not in raters
    assert len(raters) == 2
    engine = Engine.fit(evidence)
    profile = engine.layout.parts.profile
    assert len(profile.rater_keys) == 1
    for guessed in (SECRETIVE, "ada"):
        assert key_of(guessed) not in profile.rater_keys.tolist()
    assert SECRETIVE.encode() not in pickle.dumps(engine.parts()) + kept[1]
    marks = set().union(*load(kept[1], 0).raters.values())
    assert key_of(SECRETIVE) not in marks


def test_what_comes_in_and_what_is_read_again_end_in_one_state(store: Store, tmp_path: Path) -> None:
    ws = Workspace(store, Registry(tmp_path / "models"))
    people.put_learners(ws, [{"learner_id": "ada"}])
    intake.take_in(ws, [rating(f"r{n}") for n in range(4)])
    with store.read() as conn:
        kept = states.get_many(conn, ["ada"], ws.engine().state_key)["ada"]
    intake.rebuild(ws)
    with store.read() as conn:
        assert states.get_many(conn, ["ada"], ws.engine().state_key)["ada"] == kept

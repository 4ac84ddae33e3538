"""A state moves by one event as it would by all at once, in whatever order they come."""

from __future__ import annotations

import dense_gaussian
import numpy as np
import pytest
import replay_worlds

from recommender.profiles.serve import weights
from recommender.state import dump, load


@pytest.mark.parametrize("seed", range(8))
def test_state_equals_a_dense_gaussian_solve_over_all_evidence(seed: int) -> None:
    engine = replay_worlds.engine(seed)
    events = replay_worlds.events(seed)
    state = engine.replay(events, 1)
    expected = dense_gaussian.solve(engine, events)
    np.testing.assert_allclose(state.covariance, expected.covariance, atol=1e-6)
    np.testing.assert_allclose(state.means, expected.means, atol=1e-6)
    found = weights(expected._replace(log_weights=state.log_weights))
    np.testing.assert_allclose(found, weights(expected), atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_one_by_one_equals_all_at_once(seed: int) -> None:
    engine = replay_worlds.engine(seed)
    events = replay_worlds.events(seed)
    state = engine.replay([], 0)
    for n, event in enumerate(events, 1):
        moved = engine.advance(load(dump(state), state.seq), [event], n)
        state = moved if moved is not None else engine.replay(events[:n], n)
    assert dump(state) == dump(engine.replay(events, len(events)))


@pytest.mark.parametrize("seed", range(4))
def test_late_events_end_in_the_same_state(seed: int) -> None:
    engine = replay_worlds.engine(seed)
    events = replay_worlds.events(seed)
    shuffled = [events[i] for i in np.random.default_rng(seed).permutation(len(events))]
    assert dump(engine.replay(shuffled, 1)) == dump(engine.replay(events, 1))


def test_an_earlier_event_asks_for_a_replay() -> None:
    engine = replay_worlds.engine()
    events = replay_worlds.events()
    state = engine.replay(events[1:], 1)
    assert engine.advance(state, events[:1], 2) is None


def test_an_event_that_joins_a_form_asks_for_a_replay() -> None:
    engine = replay_worlds.engine()
    form = next(e for e in replay_worlds.events(3, 60) if e["type"] == "feedback" and e["form_id"])
    joining = {**form, "id": "later", "occurred_at": form["occurred_at"] + 5}
    state = engine.replay([form], 1)
    assert engine.advance(state, [joining], 2) is None


def test_a_state_survives_storage() -> None:
    engine = replay_worlds.engine()
    state = engine.replay(replay_worlds.events(5, 40), 7)
    again = load(dump(state), 7)
    assert again.seq == 7
    for name in ("covariance", "means", "log_weights", "answers"):
        np.testing.assert_array_equal(getattr(again, name), getattr(state, name))
    for name in ("at", "last", "forms", "modules", "taken", "raters"):
        assert getattr(again, name) == getattr(state, name)

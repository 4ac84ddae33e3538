"""A state moves by one event as it would by all at once, in whatever order they come."""

from __future__ import annotations

import datetime as dt

import dense_gaussian
import numpy as np
import pytest
import replay_worlds

from recommender.engine.replay import belief
from recommender.profiles.serve import DAY, weights
from recommender.state import dump, load


@pytest.mark.parametrize("seed", range(8))
def test_state_equals_a_dense_gaussian_solve_over_all_evidence(seed: int) -> None:
    engine = replay_worlds.engine(seed)
    events = replay_worlds.events(seed)
    state = engine.replay(events, 1)
    expected, found = dense_gaussian.solve(engine, events), belief(state)
    np.testing.assert_allclose(found.covariance, expected.covariance, atol=1e-6)
    np.testing.assert_allclose(found.means, expected.means, atol=1e-6)
    np.testing.assert_allclose(weights(found), weights(expected), atol=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_a_rating_is_foretold_as_by_a_dense_solve_with_what_its_day_is_known_for(seed: int) -> None:
    engine = replay_worlds.engine(seed)
    events = replay_worlds.events(seed, 40)
    rated = [e for e in events if e["type"] == "feedback"]
    one = rated[seed % len(rated)]
    another = {**one, "id": "other", "rater_id": "r2", "form_id": None, "item_id": None, "reversed": 0}
    for moved in (0, 400 * DAY):
        other = {**another, "occurred_at": one["occurred_at"] + 1 + moved}
        (found,) = engine.foretell(events, [other])
        assert (found.mean, found.variance) == pytest.approx(
            dense_gaussian.expect(engine, events, other), abs=1e-6
        )


def test_ratings_of_many_days_say_more_than_as_many_of_one() -> None:
    engine = replay_worlds.engine(drift=0.0)
    at = replay_worlds.START
    one = next(e for e in replay_worlds.events(3, 60) if e["type"] == "feedback")
    form = {**one, "relation": "peer", "competency_id": "a", "form_id": None}
    raters = ["x1", "x2", "x3", "x4"]
    sd = {
        gap: engine.profile(
            engine.replay(
                [
                    {**form, "id": f"f{i}", "rater_id": r, "occurred_at": at + i * gap}
                    for i, r in enumerate(raters)
                ],
                1,
            ),
            dt.date(2026, 1, 1),
        )[0].sd
        for gap in (1, 7 * DAY)
    }
    assert sd[7 * DAY] < 0.95 * sd[1]


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
    for name in ("at", "last", "forms", "modules", "taken", "raters", "occasions"):
        assert getattr(again, name) == getattr(state, name)

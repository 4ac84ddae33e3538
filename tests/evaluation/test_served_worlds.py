"""Estimates from the log of a world that was served, held against what is true in it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from recommender.evaluation import off_policy
from recommender.evaluation.decisions import WITHIN, Worth
from recommender.evaluation.policy import DIFFERENCE, IPS, LOGGED, ROBUST, SNIPS
from recommender.evaluation.served import Checked, Served, check
from recommender.evaluation.worlds import BASE, make

LOGS, LEARNERS = 24, 120


@pytest.fixture(scope="module")
def served() -> Served:
    return Served(make(BASE, 0, learners=360))


@pytest.fixture(scope="module")
def found(served: Served) -> Checked:
    """A version that serves nearly by chance, and one that knows what it wants."""
    return check(served.exploring(2.5, 1.2), LOGS, LEARNERS)


def test_intervals_hold_what_the_target_truly_earns_more_often_than_what_was_served_does(
    found: Checked,
) -> None:
    naive = found.holds(LOGGED, found.truth[ROBUST]).mean()
    for name in (IPS, SNIPS, ROBUST, DIFFERENCE):
        assert found.holds(name).mean() > 0.7, name
        assert found.holds(name).mean() > naive, name
    assert found.truth[DIFFERENCE] > 0, "the target was fitted on more and explores less"


def test_the_difference_is_told_more_narrowly_than_what_it_is_made_of(found: Checked) -> None:
    def width(name: str) -> float:
        return float(np.mean([e[name].high - e[name].low for e in found.estimates]))

    assert width(DIFFERENCE) < width(ROBUST) < 1.1 * width(IPS)


def test_a_log_holds_what_a_store_would(served: Served) -> None:
    life = served._life(int(served.world.members(2)[0]), True, np.random.default_rng(1))
    for row in life.decisions:
        listed = json.loads(row["modules"])
        assert len(set(listed)) == 5
        eligible = json.loads(row["eligible"])
        assert listed[0] in eligible["first"]
        assert set(listed) <= {*eligible["first"], *eligible["later"]}
        done = [e for e in life.events if e["type"] == "interaction" and e["seq"] <= row["seq"]]
        assert {e["module_id"] for e in done}.isdisjoint(listed), "nobody is shown what is done"
        assert all(e["occurred_at"] < row["decided_at"] for e in done)
    assert [e["seq"] for e in life.events] == list(range(1, len(life.events) + 1))
    assert len(life.instead) == len(life.decisions)


def test_the_version_that_served_weighs_one_and_earned_what_it_earned(served: Served) -> None:
    same = served.exploring(1.0, 1.0)
    same.target = same.serving
    same.begun = {who: (states[0], states[0]) for who, states in same.begun.items()}
    known = check(same, 8, LEARNERS)
    log = same.log(LEARNERS, 0).judged.log
    assert off_policy.weights(log)[log.present] == pytest.approx(1.0)
    # lists in thought earn what lists shown do, but for chance
    earned = [e[LOGGED] for e in known.estimates]
    error = np.mean([e.high - e.value for e in earned]) / 1.66 * np.sqrt(3 / len(earned))
    assert abs(known.truth[ROBUST] - known.truth[LOGGED]) < 3 * error


def test_what_a_list_earns_on_average_is_the_mean_of_what_it_earns(served: Served) -> None:
    rng, worth = np.random.default_rng(5), Worth({}, 2.0, "points")
    who, at = int(served.world.members(2)[3]), served.start
    modules = [m.module_id for m in served.target.catalogue.modules[:5]]
    earned, hoped = [], []
    for _ in range(3000):
        events, _, mean = served._live(who, served.world.people.theta[who], modules, at, rng)
        earned.append(sum(worth.earned(e) for e in events if e["occurred_at"] - at <= WITHIN))
        hoped.append(mean.worth(worth))
    error = np.std(earned) / np.sqrt(3000)
    assert np.std(hoped) < 0.3 * np.std(earned)
    assert np.mean(hoped) == pytest.approx(np.mean(earned), abs=3 * error)


def test_what_is_finished_teaches_and_some_of_it_comes_too_late(served: Served) -> None:
    who = int(served.world.members(2)[0])
    began = served.world.people.theta[who]
    modules = [m.module_id for m in served.target.catalogue.modules[:5]]
    days = []
    for seed in range(60):
        events, theta, _ = served._live(who, began, modules, served.start, np.random.default_rng(seed))
        late = [e["occurred_at"] - served.start for e in events]
        assert late == sorted(late)
        assert (theta >= began).all()
        assert (theta > began).any() == bool(events)
        days += late
    assert 0.1 < np.mean(np.array(days) > WITHIN) < 0.45

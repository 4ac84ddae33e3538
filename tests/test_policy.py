"""The policy says truly how likely each place was, and prefers what helps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from recommender.policy import BEYOND, Offer, exponential, place, propensities_of, worth

RISE = np.array([[4.0, 0.0], [3.5, 0.0], [0.0, 3.0], [1.0, 1.0], [0.0, 0.0]])
KNOWN = np.array([True, True, True, True, False])
CHANCE = np.array([0.5, 0.6, 0.5, 0.4, 0.5])
NEED = np.array([40.0, 40.0])
BEGUN = np.zeros(5, dtype=bool)


def everything(chosen: list[int]) -> np.ndarray:
    mask = np.ones(5, dtype=bool)
    mask[chosen] = False
    return mask


def draw(race: Iterator[np.ndarray] | None, temperature: float = 0.5, limit: int = 2):
    return place(
        Offer(RISE, KNOWN, CHANCE, BEGUN, NEED, everything), limit=limit, temperature=temperature, race=race
    )


def test_propensities_are_how_often_each_list_is_drawn() -> None:
    draws = [draw(exponential(key, 5)) for key in range(6000)]
    seen: dict[tuple[int, ...], list[float]] = {}
    for places in draws:
        seen.setdefault(tuple(p.row for p in places), []).append(np.prod([p.propensity for p in places]))
    for probabilities in seen.values():
        assert np.ptp(probabilities) < 1e-12
        share = len(probabilities) / len(draws)
        assert share == pytest.approx(probabilities[0], abs=4 * np.sqrt(probabilities[0] / len(draws)))


def test_a_list_already_drawn_has_the_propensities_it_was_drawn_with() -> None:
    begun = np.array([False, True, False, False, False])
    for key in range(20):
        places = place(
            Offer(RISE, KNOWN, CHANCE, begun, NEED, everything),
            limit=4,
            temperature=0.5,
            race=exponential(key, 5),
        )
        listed = [p.row for p in places]
        odds = propensities_of(listed, Offer(RISE, KNOWN, CHANCE, begun, NEED, everything), temperature=0.5)
        told = [float(o.shares[o.rows == row][0]) for o, row in zip(odds, listed, strict=True)]
        assert told == pytest.approx([p.propensity for p in places], abs=1e-15)
        assert [len(o.rows) for o in odds] == [p.eligible for p in places]
        assert [o.shares.sum() for o in odds] == pytest.approx([1.0] * 4)


def test_the_same_key_draws_the_same_list() -> None:
    assert draw(exponential(7, 5)) == draw(exponential(7, 5))
    assert len({draw(exponential(k, 5))[0].row for k in range(40)}) > 1


def test_a_shorter_list_is_the_beginning_of_a_longer_one() -> None:
    assert draw(exponential(3, 5), limit=1) == draw(exponential(3, 5), limit=4)[:1]


def test_without_race_the_best_comes_first_with_propensity_one() -> None:
    places = draw(None, limit=5)
    assert [p.propensity for p in places] == [1.0] * 5
    assert places[0].value == max(p.value for p in draw(None, limit=5))


def test_a_second_module_on_the_same_competency_is_worth_less() -> None:
    rise = np.array([[7.0, 0.0], [7.0, 0.0], [0.0, 6.0]])
    offer = Offer(
        rise, np.ones(3, dtype=bool), np.ones(3), np.zeros(3, dtype=bool), NEED,
        lambda c: np.isin(range(3), c, invert=True),
    )  # fmt: skip
    places = place(offer, limit=3, temperature=1.0, race=None)
    assert [p.row for p in places] == [0, 2, 1]


def test_worth_is_concave_and_counts_little_beyond_the_target() -> None:
    points = np.linspace(0, 40, 81)[:, None]
    steps = np.diff(worth(points, np.array([30.0])))
    assert (np.diff(steps) <= 1e-12).all()
    assert steps[-1] == pytest.approx(BEYOND * 0.5)
    assert worth(np.array([5.0]), np.array([-3.0])) == pytest.approx(5 * BEYOND)


def test_nothing_eligible_is_an_empty_list() -> None:
    places = place(
        Offer(RISE, KNOWN, CHANCE, BEGUN, NEED, lambda _: np.zeros(5, dtype=bool)),
        limit=3,
        temperature=1.0,
        race=None,
    )
    assert places == []


@pytest.mark.parametrize("chance", [0.8, 0.001])
def test_what_is_under_way_comes_near_the_top_where_it_is_finished_at_all(chance: float) -> None:
    begun = np.array([False, False, False, True, False])
    chances = np.where(begun, chance, [0.1, 0.6, 0.5, 0.4, 0.5])
    places = place(Offer(RISE, KNOWN, chances, begun, NEED, everything), limit=5, temperature=1.0, race=None
    )  # fmt: skip
    assert [p.row for p in places].index(3) <= 1 if chance > 0.5 else places[-1].row == 3

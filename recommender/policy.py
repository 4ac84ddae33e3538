"""What to propose next: value, a little exploration, and the probability of what was proposed.

Place by place a softmax over what is eligible given the places above (Plackett 1975; Luce 1959): the
propensity of a module in its place has a closed form. It is drawn by a race: of exponential arrival times
at rates proportional to the odds the first wins (Luce 1959, section 1.C). Pure functions on arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.profiles.serve import Array

KNOTS = (6.0, 12.0, 24.0)
SLOPES = (1.0, 0.7, 0.45, 0.25)
"""Worth of the next point of a competency within one list or path: less after 6, 12 and 24 points."""
BEYOND = 0.1
"""Worth of a point beyond the learner's target."""


class Place(NamedTuple):
    """One place of a list: the module's row, its value there, and its probability given those above."""

    row: int
    value: float
    propensity: float
    eligible: int


def worth(points: Array, need: Array) -> Array:
    """Worth of so many points of each competency, concave, for a learner who needs ``need`` of them.

    Parameters
    ----------
    points : (..., K) array
        Sum of expected rises.
    need : (K,) array
        Points to the target.
    """
    return np.asarray(worth_each(points, need).sum(-1))


def worth_each(points: Array, need: Array) -> Array:
    """``worth`` before it is summed over the competencies."""
    useful = np.minimum(points, np.maximum(need, 0.0))
    return np.asarray(np.interp(useful, _AT, _WORTH) + BEYOND * (points - useful))


_FAR = 1e6
_AT = np.array([-_FAR, 0.0, *KNOTS, _FAR])
_WORTH = np.array([-_FAR, 0.0, *np.cumsum(np.diff([0.0, *KNOTS, _FAR]) * SLOPES)]) * [SLOPES[0], *[1.0] * 5]
"""Corners of ``worth``, a competency's points and what they are worth; below 0 it falls as it began."""


class Offer(NamedTuple):
    """What M modules would do to one learner.

    Parameters
    ----------
    rise : (M, K) array
        Expected rise of each competency by each module, in points.
    known : (M,) array of bool
        Whether a module's gain is known; for others the mean of the known stands in.
    chance : (M,) array
        Probability that the learner takes the module up and finishes it.
    begun : (M,) array of bool
        Modules under way: most of their cost is spent, so that each is worth its chance of being
        finished times the best that could stand first, if not more by itself.
    need : (K,) array
        Points to the learner's target.
    open_now : function
        From the rows above to the (M,) mask of what may come next.
    """

    rise: Array
    known: NDArray[np.bool_]
    chance: Array
    begun: NDArray[np.bool_]
    need: Array
    open_now: Callable[[list[int]], NDArray[np.bool_]]


class Filling:
    """A list being filled from the top: what modules are worth in its next place."""

    def __init__(self, offer: Offer) -> None:
        self.offer, self.rows = offer, list[int]()
        self._acquired = np.zeros((len(offer.need), 1))
        self._need = offer.need[:, None]
        self._rise = np.ascontiguousarray(offer.rise.T)
        self._added = worth_each(self._rise, self._need)
        self._lead: float | None = None

    def values(self) -> Array:
        """(M,) values of modules in the next place; minus infinity where one may not come."""
        offer = self.offer
        open_now = offer.open_now(self.rows)
        value = np.where(
            open_now, offer.chance * standing_in(self._added.sum(0), offer.known, open_now), -np.inf
        )
        if self._lead is None:
            self._lead = float(value.max(initial=-np.inf))
        under_way = offer.begun & open_now
        if under_way.any():
            value[under_way] = np.maximum(value, offer.chance * self._lead)[under_way]
        return value

    def add(self, row: int) -> None:
        """A module takes the next place: what others add to the competencies it raises is worth less."""
        self.rows.append(row)
        mine = self._rise[:, row]
        more = np.flatnonzero(mine > 0.0)
        self._acquired[more, 0] += mine[more]
        had, need = self._acquired[more], self._need[more]
        self._added[more] = worth_each(had + self._rise[more], need) - worth_each(had, need)


def place(offer: Offer, *, limit: int, temperature: float, race: Iterator[Array] | None) -> list[Place]:
    """Fill a list from the top.

    Parameters
    ----------
    offer : Offer
    limit : int
        Places to fill at most.
    temperature : float
        Value differences of this size are tried e times more rarely.
    race : iterator of (M,) arrays, or None
        Exponential times, fresh for each place, as values change with what stands above; None takes the
        best, with propensity 1.
    """
    filled = Filling(offer)
    out: list[Place] = []
    while len(out) < limit:
        value = filled.values()
        eligible = int(np.isfinite(value).sum())
        if not eligible:
            break
        if race is None:
            best, propensity = int(value.argmax()), 1.0
        else:
            odds = odds_of(value, temperature)
            best = int((odds / next(race)).argmax())
            propensity = float(odds[best] / odds.sum())
        out.append(Place(best, float(value[best]), propensity, eligible))
        if len(out) < limit:
            filled.add(best)
    return out


class Odds(NamedTuple):
    """What could have stood in one place of a list, (n,) rows and their probabilities, given those above."""

    rows: NDArray[np.intp]
    shares: Array


def propensities_of(listed: list[int], offer: Offer, *, temperature: float) -> list[Odds]:
    """How likely ``place`` would have put each module in every place of a list somebody else drew.

    Parameters
    ----------
    listed : list of int
        Rows of the list, from the top; each must be open in its place.
    offer, temperature
        As of ``place``.

    Returns
    -------
    list of Odds
        One a place; the probability of the module listed there is its share.
    """
    filled = Filling(offer)
    out = []
    for row in listed:
        value = filled.values()
        rows = np.flatnonzero(np.isfinite(value))
        odds = odds_of(value, temperature)
        out.append(Odds(rows, (odds / odds.sum())[rows]))
        filled.add(row)
    return out


def odds_of(value: Array, temperature: float) -> Array:
    """(M,) odds of each module against the best."""
    return np.asarray(np.exp((value - value.max()) / temperature))


def standing_in(gain: Array, known: NDArray[np.bool_], among: NDArray[np.bool_]) -> Array:
    """(M,) gains; where one is not known the mean of those that are, among some, stands in."""
    if known.all():
        return gain
    told = gain[known & among]
    return np.where(known, gain, told.mean() if len(told) else 1.0)


def exponential(key: int, size: int) -> Iterator[Array]:
    """Endless (size,) standard exponential times, a pure function of the key."""
    generator = np.random.Generator(np.random.Philox(key))
    while True:
        yield np.maximum(generator.standard_exponential(size), np.finfo(float).tiny)

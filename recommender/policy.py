"""What to propose next: value, a little exploration, and the probability of what was proposed.

Place by place a softmax over what is eligible given the places above (Plackett 1975; Luce 1959): the
propensity of a module in its place has a closed form; adding Gumbel noise to the values and taking the
best draws from it (Yellott 1977). Pure functions on arrays.
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
    useful = np.minimum(points, np.maximum(need, 0.0))
    return np.asarray((np.interp(useful, _AT, _WORTH) + BEYOND * (points - useful)).sum(-1))


_FAR = 1e6
_AT = np.array([-_FAR, 0.0, *KNOTS, _FAR])
_WORTH = np.array([-_FAR, 0.0, *np.cumsum(np.diff([0.0, *KNOTS, _FAR]) * SLOPES)]) * [SLOPES[0], *[1.0] * 5]
"""Corners of ``worth``, a competency's points and what they are worth; below 0 it falls as it began."""


class Filling:
    """A list being filled from the top: what modules are worth in its next place."""

    def __init__(
        self, rise: Array, known: NDArray[np.bool_], chance: Array, begun: NDArray[np.bool_], need: Array
    ) -> None:
        self.rows: list[int] = []
        self._arrays = rise, known, chance, begun, need
        self._acquired = np.zeros(len(need))
        self._lead: float | None = None

    def values(self, rows: NDArray[np.intp]) -> Array:
        """(n,) values of modules in the next place."""
        rise, known, chance, begun, need = self._arrays
        value = chance[rows] * gains_in_place(rise[rows], known[rows], self._acquired, need)
        if self._lead is None:
            self._lead = float(value.max())
        return np.where(begun[rows], np.maximum(value, chance[rows] * self._lead), value)

    def add(self, row: int) -> None:
        """A module takes the next place."""
        self.rows.append(row)
        self._acquired = self._acquired + np.maximum(self._arrays[0][row], 0.0)


def place(
    rise: Array,
    known: NDArray[np.bool_],
    chance: Array,
    begun: NDArray[np.bool_],
    need: Array,
    open_now: Callable[[list[int]], NDArray[np.bool_]],
    *,
    limit: int,
    temperature: float,
    noise: Iterator[Array] | None,
) -> list[Place]:
    """Fill a list from the top.

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
    limit : int
        Places to fill at most.
    temperature : float
        Value differences of this size are tried e times more rarely.
    noise : iterator of (M,) arrays, or None
        Gumbel noise, fresh for each place, as values change with what stands above; None takes the best,
        with propensity 1.
    """
    filled = Filling(rise, known, chance, begun, need)
    out: list[Place] = []
    while len(out) < limit:
        rows = np.flatnonzero(open_now(filled.rows))
        if not len(rows):
            break
        value = filled.values(rows)
        if noise is None:
            best, propensity = int(value.argmax()), 1.0
        else:
            best = int((value / temperature + next(noise)[rows]).argmax())
            propensity = float(softmax(value / temperature)[best])
        out.append(Place(int(rows[best]), float(value[best]), propensity, len(rows)))
        filled.add(int(rows[best]))
    return out


class Odds(NamedTuple):
    """What could have stood in one place of a list, (n,) rows and their probabilities, given those above."""

    rows: NDArray[np.intp]
    shares: Array


def propensities_of(
    listed: list[int],
    rise: Array,
    known: NDArray[np.bool_],
    chance: Array,
    begun: NDArray[np.bool_],
    need: Array,
    open_now: Callable[[list[int]], NDArray[np.bool_]],
    *,
    temperature: float,
) -> list[Odds]:
    """How likely ``place`` would have put each module in every place of a list somebody else drew.

    Parameters
    ----------
    listed : list of int
        Rows of the list, from the top; each must be open in its place.
    rise, known, chance, begun, need, open_now, temperature
        As of ``place``.

    Returns
    -------
    list of Odds
        One a place; the probability of the module listed there is its share.
    """
    filled = Filling(rise, known, chance, begun, need)
    out = []
    for row in listed:
        rows = np.flatnonzero(open_now(filled.rows))
        out.append(Odds(rows, softmax(filled.values(rows) / temperature)))
        filled.add(row)
    return out


def softmax(scaled: Array) -> Array:
    """Shares in proportion to the exponential."""
    shifted = np.exp(scaled - scaled.max())
    return np.asarray(shifted / shifted.sum())


def gains_in_place(rise: Array, known: NDArray[np.bool_], acquired: Array, need: Array) -> Array:
    """(M,) worth of each module's rise on top of what the list above already brings."""
    added = worth(acquired + rise, need) - worth(acquired, need)
    if known.all():
        return np.asarray(added)
    return np.where(known, added, added[known].mean() if known.any() else 1.0)


def gumbel(key: int, size: int) -> Iterator[Array]:
    """Endless (size,) standard Gumbel noise, a pure function of the key."""
    generator = np.random.Generator(np.random.Philox(key))
    while True:
        yield -np.log(-np.log(np.clip(generator.random(size), 1e-300, 1.0 - 1e-16)))

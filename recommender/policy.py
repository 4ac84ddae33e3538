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
    total = SLOPES[0] * useful
    for knot, steep, flat in zip(KNOTS, SLOPES, SLOPES[1:], strict=False):
        total = total - (steep - flat) * np.maximum(useful - knot, 0.0)
    return np.asarray((total + BEYOND * (points - useful)).sum(-1))


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
    chosen: list[int] = []
    out: list[Place] = []
    acquired = np.zeros(len(need))
    lead: float | None = None
    while len(out) < limit:
        mask = open_now(chosen)
        rows = np.flatnonzero(mask)
        if not len(rows):
            break
        value = chance[rows] * gains_in_place(rise[rows], known[rows], acquired, need)
        lead = float(value.max()) if lead is None else lead
        value = np.where(begun[rows], np.maximum(value, chance[rows] * lead), value)
        if noise is None:
            best, propensity = int(value.argmax()), 1.0
        else:
            scaled = value / temperature
            best = int((scaled + next(noise)[rows]).argmax())
            shifted = np.exp(scaled - scaled.max())
            propensity = float(shifted[best] / shifted.sum())
        row = int(rows[best])
        out.append(Place(row, float(value[best]), propensity, len(rows)))
        chosen.append(row)
        acquired = acquired + np.maximum(rise[row], 0.0)
    return out


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

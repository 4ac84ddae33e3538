"""From an outlook to a list or a path: value, places, and the facts behind each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.engine.facts import facts_of
from recommender.engine.outlook import Outlook, opener
from recommender.framework import NINETY
from recommender.gains.doubt import of_methods
from recommender.paths import Problem, best_path
from recommender.policy import (
    Filling,
    Odds,
    Offer,
    Place,
    exponential,
    place,
    propensities_of,
    standing_in,
    worth,
)
from recommender.profiles.serve import Array
from recommender.reasons import Fact


class Item(NamedTuple):
    """One recommended module and the numbers that ranked it."""

    module_id: str
    score: float
    expected_gain: float | None
    interval: tuple[float, float] | None
    propensity: float
    eligible: int
    facts: tuple[Fact, ...]


class Eligible(NamedTuple):
    """Modules that could have stood in a list: first in it, or only below what they build on."""

    first: list[str]
    later: list[str]


class Drawn(NamedTuple):
    """A list, and what else could have stood in it."""

    items: list[Item]
    eligible: Eligible


def recommend(outlook: Outlook, limit: int, draw: int | None) -> Drawn:
    """The next modules; ``draw`` seeds the exploration, None takes the best."""
    layout, open_now = outlook.layout, opener(outlook)
    offer = _offer(outlook, open_now)
    race = None if draw is None else exponential(draw, len(layout.active))
    places = place(offer, limit=limit, temperature=layout.temperature, race=race)
    facts = [facts_of(outlook, spot.row, explored=_explored(spot), path=()) for spot in places]
    items = items_of(outlook, places, facts)
    first = open_now([])
    later = outlook.base & ~first
    return Drawn(items, Eligible(layout.ids[first].tolist(), layout.ids[later].tolist()))


class Bids(NamedTuple):
    """What a learner's list is worth by place without any of some scarce modules, and with one of them.

    ``listed`` (at most L,) are the values of the best list of L places without them, from the top;
    ``offers`` (J,) what each would be worth in its last place, -inf where the learner may not take it.
    """

    listed: Array
    offers: Array


def bids(outlook: Outlook, wanted: Sequence[str], closed: Collection[str], limit: int) -> Bids:
    """What a seat in each wanted module would add; who holds a seat in one wants none."""
    index = outlook.layout.rules.rows
    shut = np.zeros(len(outlook.layout.active), dtype=bool)
    shut[[index[m] for m in closed]] = True
    shut &= ~outlook.holds
    filled = Filling(_offer(outlook, opener(outlook)))
    listed: list[float] = []
    value = filled.values()
    while len(listed) < limit:
        inside = np.where(shut, -np.inf, value)
        if inside.max(initial=-np.inf) == -np.inf:
            break
        best = int(inside.argmax())
        listed.append(float(inside[best]))
        if len(listed) < limit:
            filled.add(best)
            value = filled.values()
    at = np.array([index[m] for m in wanted], dtype=np.intp)
    return Bids(np.array(listed), np.where(shut[at], value[at], -np.inf))


class Chance(NamedTuple):
    """What a module is worth to a learner now; its expected gain and 90 % interval, None where not known."""

    value: float
    gain: float | None
    interval: tuple[float, float] | None


def chance_of(outlook: Outlook, module_id: str) -> Chance | None:
    """What a seat in a module is worth; None where the learner may not take it or has begun it."""
    row = outlook.layout.rules.rows[module_id]
    status = outlook.state.modules.get(module_id)
    value = float(Filling(_offer(outlook, opener(outlook))).values()[row])
    if value == -np.inf or (status is not None and status.status == "started"):
        return None
    if not outlook.layout.gains.known[row]:
        return Chance(value, None, None)
    gain = float(outlook.rise[row].sum())
    half = NINETY * float(outlook.prospect.sd(np.array([row]))[0])
    return Chance(value, gain, (gain - half, gain + half))


def propensities(outlook: Outlook, listed: Sequence[str], eligible: Eligible) -> list[Odds]:
    """What this version could have put in every place of a list that was drawn from ``eligible``.

    Which modules were active and had a seat is known from ``eligible`` alone. What builds on what is read
    from today's catalogue; where that has changed, what was listed could at least stand where it stood.
    """
    index = outlook.layout.rules.rows
    rows = [index[m] for m in listed]
    first, later = (
        np.isin(np.arange(len(outlook.base)), [index[m] for m in some if m in index]) for some in eligible
    )
    unlocked = opener(replace(outlook, base=later))
    freed = unlocked([])

    def open_then(chosen: list[int]) -> NDArray[np.bool_]:
        mask = first | (unlocked(chosen) & ~freed)
        mask[chosen] = False
        mask[rows[len(chosen)]] = True
        return mask

    return propensities_of(rows, _offer(outlook, open_then), temperature=outlook.layout.temperature)


def _offer(outlook: Outlook, open_now: Callable[[list[int]], NDArray[np.bool_]]) -> Offer:
    known = outlook.layout.gains.known
    return Offer(outlook.rise, known, outlook.chance, outlook.begun, outlook.need, open_now)


def _explored(spot: Place) -> bool:
    """Whether a module stands here to be tried: less likely than if all were alike."""
    return spot.propensity < 1.0 / max(spot.eligible, 2)


def items_of(outlook: Outlook, places: Sequence[Place], facts: Sequence[tuple[Fact, ...]]) -> list[Item]:
    """Places with their gains, intervals and facts; variances are computed for returned items only."""
    layout, rows = outlook.layout, np.array([spot.row for spot in places], dtype=np.intp)
    gains = outlook.rise[rows].sum(1).tolist()
    halves = (NINETY * outlook.prospect.sd(rows)).tolist()
    known = layout.gains.known[rows].tolist()
    return [
        Item(
            layout.catalogue.modules[spot.row].module_id, spot.value, gain if told else None,
            (gain - half, gain + half) if told else None, spot.propensity, spot.eligible, why,
        )
        for spot, gain, half, told, why in zip(places, gains, halves, known, facts, strict=True)
    ]  # fmt: skip


def problem_of(outlook: Outlook, minutes: float) -> Problem:
    """A learner's choice of a path."""
    layout, known = outlook.layout, outlook.layout.gains.known
    alone = standing_in(worth(outlook.rise, outlook.need), known, known)
    shared = of_methods(layout.gains, outlook.posterior)
    return Problem(
        outlook.rise * outlook.chance[:, None], np.where(known, 0.0, alone * outlook.chance), outlook.need,
        layout.catalogue.minutes, outlook.base,
        [tuple(p for p in needs if not outlook.done[p]) for needs in layout.prerequisites], minutes,
        layout.gains.methods, shared.pull * outlook.chance, shared.variance,
    )  # fmt: skip


def path(outlook: Outlook, minutes: float) -> list[Item]:
    """A path within so many minutes, in order."""
    problem = problem_of(outlook, minutes)
    return _steps(outlook, problem, best_path(problem))


def exact_path(outlook: Outlook, minutes: float) -> tuple[list[Item], float | None]:
    """The best path there is, in order, and the share by which a better one could lie above it."""
    from recommender.paths import exact

    problem = problem_of(outlook, minutes)
    rows, gap = exact.exact_path(problem)
    return _steps(outlook, problem, rows), gap


def _steps(outlook: Outlook, problem: Problem, rows: list[int]) -> list[Item]:
    """A path's modules, each with its value given those before it."""
    total = [problem.value(rows[:i]) for i in range(len(rows) + 1)]
    places = [Place(row, total[i + 1] - total[i], 1.0, len(rows)) for i, row in enumerate(rows)]
    facts = [facts_of(outlook, row, explored=False, path=tuple(rows[i + 1 :])) for i, row in enumerate(rows)]
    return items_of(outlook, places, facts)

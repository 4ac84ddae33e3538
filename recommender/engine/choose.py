"""From an outlook to a list or a path: value, places, and the facts behind each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.engine.facts import facts_of
from recommender.engine.outlook import Outlook, opener
from recommender.framework import NINETY
from recommender.paths import Problem, best_path
from recommender.policy import Odds, Place, gains_in_place, gumbel, place, propensities_of
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


class Drawn(NamedTuple):
    """A list, and the modules that could have stood first in it."""

    items: list[Item]
    eligible: list[str]


def recommend(outlook: Outlook, limit: int, draw: int | None) -> Drawn:
    """The next modules; ``draw`` seeds the exploration, None takes the best."""
    layout, open_now = outlook.layout, opener(outlook)
    noise = None if draw is None else gumbel(draw, len(layout.active))
    places = place(
        outlook.rise, layout.gains.known, outlook.chance, outlook.begun, outlook.need, open_now,
        limit=limit, temperature=layout.temperature, noise=noise,
    )  # fmt: skip
    items = [item_of(outlook, spot, explored=_explored(spot)) for spot in places]
    return Drawn(items, [layout.catalogue.modules[j].module_id for j in np.flatnonzero(open_now([]))])


def propensities(outlook: Outlook, listed: Sequence[str], eligible: Iterable[str]) -> list[Odds]:
    """What this version could have put in every place of a list that was drawn from ``eligible``."""
    layout, open_now = outlook.layout, opener(outlook)
    index = layout.rules.rows
    logged = np.zeros(len(layout.active), dtype=bool)
    logged[[index[m] for m in eligible if m in index]] = True
    at_first = open_now([])

    def open_then(chosen: list[int]) -> NDArray[np.bool_]:
        mask = logged | (open_now(chosen) & ~at_first)
        mask[chosen] = False
        return mask

    return propensities_of(
        [index[m] for m in listed], outlook.rise, layout.gains.known, outlook.chance, outlook.begun,
        outlook.need, open_then, temperature=layout.temperature,
    )  # fmt: skip


def _explored(spot: Place) -> bool:
    """Whether a module stands here to be tried: less likely than if all were alike."""
    return spot.propensity < 1.0 / max(spot.eligible, 2)


def item_of(outlook: Outlook, spot: Place, *, explored: bool = False, path: tuple[int, ...] = ()) -> Item:
    """A place with its gain, interval and facts; variances are computed for returned items only."""
    layout, row = outlook.layout, spot.row
    gain: float | None = None
    interval: tuple[float, float] | None = None
    if layout.gains.known[row]:
        gain = float(outlook.rise[row].sum())
        half = NINETY * outlook.prospect.sd(row)
        interval = (gain - half, gain + half)
    facts = facts_of(outlook, row, explored=explored, path=path)
    module = layout.catalogue.modules[row]
    return Item(module.module_id, spot.value, gain, interval, spot.propensity, spot.eligible, facts)


def path(outlook: Outlook, minutes: float) -> list[Item]:
    """A path within so many minutes, in order."""
    layout, known = outlook.layout, outlook.layout.gains.known
    alone = gains_in_place(outlook.rise, known, np.zeros_like(outlook.need), outlook.need)
    problem = Problem(
        outlook.rise * outlook.chance[:, None], np.where(known, 0.0, alone * outlook.chance), outlook.need,
        layout.catalogue.minutes, outlook.base,
        [tuple(p for p in needs if not outlook.done[p]) for needs in layout.prerequisites], minutes,
    )  # fmt: skip
    rows = best_path(problem)
    out: list[Item] = []
    for i, row in enumerate(rows):
        value = problem.value(rows[: i + 1]) - problem.value(rows[:i])
        out.append(item_of(outlook, Place(row, value, 1.0, len(rows)), path=tuple(rows[i + 1 :])))
    return out

"""From a state to a list or a path: eligibility, value, places, and the facts behind each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.affinity import serve as affinity
from recommender.engine.facts import facts_of
from recommender.engine.layout import Layout
from recommender.engine.replay import belief
from recommender.evidence import NOT_NOW_DAYS
from recommender.gains.serve import interval_sd, rises
from recommender.paths import Problem, best_path
from recommender.policy import Odds, Place, gains_in_place, gumbel, place, propensities_of
from recommender.profiles import serve as profiles
from recommender.profiles.serve import DAY, Array, Posterior
from recommender.reasons import Fact
from recommender.state import LearnerState

NINETY = 1.6448536269514722
"""Half width of a 90 % interval in standard deviations."""
NOT_NOW = NOT_NOW_DAYS * DAY


class Item(NamedTuple):
    """One recommended module and the numbers that ranked it."""

    module_id: str
    score: float
    expected_gain: float | None
    interval: tuple[float, float] | None
    propensity: float
    eligible: int
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Outlook:
    """One learner at one moment, with everything the choice rests on."""

    layout: Layout
    state: LearnerState
    posterior: Posterior
    mean: Array
    deviation: Array
    rise: Array
    chance: Array
    share: Array
    need: Array
    base: NDArray[np.bool_]
    done: NDArray[np.bool_]
    begun: NDArray[np.bool_]
    now: int


def now_of(day: dt.date) -> int:
    """A day's end in microseconds since 1970: whatever happened today lies before it."""
    return ((day - dt.date(1970, 1, 1)).days + 1) * DAY - 1


def look(layout: Layout, state: LearnerState, role: str | None, day: dt.date) -> Outlook:
    """Take in one learner as of a day."""
    now = now_of(day)
    profile = layout.parts.profile
    posterior = profiles.widen(profile, belief(state), now)
    mean, covariance = profiles.moments(posterior)
    size = len(layout.active)
    share = affinity.next_shares(layout.parts.affinity, state.taken, layout.columns)
    chance = affinity.chance(layout.parts.finish, np.log(share * size)) if size else share
    base = layout.active.copy()
    done, begun = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    index = layout.rules.rows
    for module_id, status in state.modules.items():
        row = index.get(module_id)
        if row is None:
            continue
        if status.status == "completed":
            base[row], done[row] = False, True
        elif status.status == "dismissed":
            base[row] &= status.reason == "not_now" and now - status.at >= NOT_NOW
        elif status.status in ("enrolled", "started"):
            chance[row] = layout.parts.carry_on
            begun[row] = True
    need = layout.catalogue.target(role, profile.competencies) - mean
    rise = rises(layout.gains, posterior)
    return Outlook(
        layout,
        state,
        posterior,
        mean,
        np.sqrt(np.diag(covariance)),
        rise,
        chance,
        share,
        need,
        base,
        done,
        begun,
        now,
    )


def opener(outlook: Outlook) -> Callable[[list[int]], NDArray[np.bool_]]:
    """Which modules may come next, given the rows above: prerequisites are done or stand above."""
    layout = outlook.layout

    def open_now(chosen: list[int]) -> NDArray[np.bool_]:
        mask = outlook.base.copy()
        mask[chosen] = False
        for j in layout.guarded:
            if mask[j]:
                mask[j] = all(outlook.done[p] or p in chosen for p in layout.prerequisites[j])
        return mask

    return open_now


def recommend(outlook: Outlook, limit: int, draw: int | None) -> list[Item]:
    """The next modules; ``draw`` seeds the exploration, None takes the best."""
    layout = outlook.layout
    noise = None if draw is None else gumbel(draw, len(layout.active))
    places = place(
        outlook.rise, layout.gains.known, outlook.chance, outlook.begun, outlook.need, opener(outlook),
        limit=limit, temperature=layout.temperature, noise=noise,
    )  # fmt: skip
    return [item_of(outlook, spot, explored=_explored(outlook, places, i)) for i, spot in enumerate(places)]


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


def _explored(outlook: Outlook, places: list[Place], i: int) -> bool:
    """Whether a module stands here to be tried: one much better by the mean stood back."""
    if places[i].propensity == 1.0:
        return False
    return places[i].propensity < 1.0 / max(places[i].eligible, 2)


def item_of(outlook: Outlook, spot: Place, *, explored: bool = False, path: tuple[int, ...] = ()) -> Item:
    """A place with its gain, interval and facts; variances are computed for returned items only."""
    layout, row = outlook.layout, spot.row
    gain: float | None = None
    interval: tuple[float, float] | None = None
    if layout.gains.known[row]:
        gain = float(outlook.rise[row].sum())
        half = NINETY * interval_sd(layout.gains, row, outlook.posterior)
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

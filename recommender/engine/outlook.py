"""One learner at one moment, with everything a choice rests on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.affinity import serve as affinity
from recommender.affinity.groups import Group
from recommender.engine.layout import Layout
from recommender.engine.replay import belief
from recommender.evidence import HELD_DAYS, NOT_NOW_DAYS
from recommender.gains.serve import Prospect
from recommender.profiles import serve as profiles
from recommender.profiles.serve import DAY, Array, Posterior
from recommender.state import LearnerState

HELD = HELD_DAYS * DAY
NOT_NOW = NOT_NOW_DAYS * DAY


@dataclass(frozen=True)
class Outlook:
    """One learner at one moment, with everything the choice rests on."""

    layout: Layout
    state: LearnerState
    posterior: Posterior
    mean: Array
    deviation: Array
    prospect: Prospect
    chance: Array
    share: Array
    need: Array
    base: NDArray[np.bool_]
    done: NDArray[np.bool_]
    begun: NDArray[np.bool_]
    holds: NDArray[np.bool_]

    @property
    def rise(self) -> Array:
        """(M, K) expected rise of every competency by every module, in points."""
        return self.prospect.rises


def now_of(day: dt.date) -> int:
    """A day's end in microseconds since 1970: whatever happened today lies before it."""
    return ((day - dt.date(1970, 1, 1)).days + 1) * DAY - 1


def look(
    layout: Layout, state: LearnerState, role: str | None, day: dt.date, full: Collection[str] = ()
) -> Outlook:
    """Take in one learner as of a day; ``full`` modules are closed to whoever holds no seat in them."""
    now = now_of(day)
    profile = layout.parts.profile
    posterior = profiles.widen(profile, belief(state), now)
    mean, covariance = profiles.moments(posterior)
    size = len(layout.active)
    share = affinity.next_shares(
        layout.parts.affinity, state.taken, layout.columns, kin=layout.kin,
        belongs=_belongs(layout, posterior, role),
    )  # fmt: skip
    chance = affinity.chance(layout.parts.finish, np.log(share * size)) if size else share
    base = layout.active.copy()
    done, begun, holds = (np.zeros(size, dtype=bool) for _ in range(3))
    index = layout.rules.rows
    base[[index[m] for m in full if m in index]] = False
    for module_id, status in state.modules.items():
        row = index.get(module_id)
        if row is None:
            continue
        if status.status == "completed":
            base[row], done[row] = False, True
        elif status.status == "dismissed":
            base[row] &= status.reason == "not_now" and now - status.at >= NOT_NOW
            done[row] = status.reason == "known"  # what builds on it is open to who knows it
        elif status.status in ("enrolled", "started"):
            chance[row] = layout.parts.carry_on
            begun[row], holds[row] = True, now - status.at <= HELD
            if holds[row]:
                base[row] = layout.active[row]
    need = layout.catalogue.target(role, profile.competencies) - mean
    return Outlook(
        layout,
        state,
        posterior,
        mean,
        np.sqrt(np.diag(covariance)),
        Prospect(layout.gains, posterior),
        chance,
        share,
        need,
        base,
        done,
        begun,
        holds,
    )


def _belongs(layout: Layout, posterior: Posterior, role: str | None) -> dict[Group, float]:
    """To which role and segments, and how surely: what is popular there tells of who has taken little."""
    if layout.parts.affinity.groups is None:
        return {}
    share = profiles.weights(posterior).tolist()
    of_segments = {
        ("segment", s.segment_id): w for s, w in zip(layout.parts.profile.segments, share, strict=True)
    }
    return of_segments | ({("role", role): 1.0} if role else {})


def opener(outlook: Outlook) -> Callable[[list[int]], NDArray[np.bool_]]:
    """Which modules may come next, given the rows above: prerequisites are done or stand above."""
    layout = outlook.layout

    child, parent = layout.needs

    def open_now(chosen: list[int]) -> NDArray[np.bool_]:
        mask = outlook.base.copy()
        mask[chosen] = False
        if len(child):
            had = outlook.done.copy()
            had[chosen] = True
            mask[child[~had[parent]]] = False
        return mask

    return open_now

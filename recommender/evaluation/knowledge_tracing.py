"""ALOSI's published adaptive engine (PyPI ``alosi``) as a policy: the nearest open system of this kind.

Its own code scores activities and traces mastery (Rosen et al. 2018, *The effects of adaptive learning in
a massive open online course on learners' skill development*, Learning at Scale); this file only gives it
its parameters, as the package asks of whoever uses it. Mastery starts at the raw mean of ratings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from alosi.engine import BaseAlosiAdaptiveEngine, odds

from recommender.evaluation.peers import Flags, Taken, imputed, raw_means
from recommender.evaluation.worlds import Floats, Ints, World

SURE = 2.2
"""Log-odds of guess and slip where an activity is wholly about a competency: 10 %."""
MASTERED = 2.2
"""Log-odds from which a competency counts as mastered: 90 %."""
TRANSIT = 0.1
"""Chance that an activity teaches what it is wholly about."""


class Alosi(BaseAlosiAdaptiveEngine):  # type: ignore[misc]
    """The published engine over one world: activities are modules, objectives are competencies."""

    name = "ALOSI"

    def __init__(self, world: World) -> None:
        super().__init__()
        weights = world.courses.weights
        self.world = world
        self.doubt: Floats = np.where(weights > 0, 1.0 / (1.0 + np.exp(SURE * weights)), np.nan)
        self.mastery: Floats = np.zeros(world.people.theta.shape)
        self.last: dict[int, int] = {}
        self.open: Ints = np.arange(len(weights))

    def begin(self, cohort: int, members: Ints, diary: Sequence[Taken]) -> None:
        """Mastery of the new cohort from its raw means."""
        known = int(members.max()) + 1
        raw = raw_means(self.world.ratings.among(known), known, self.mastery.shape[1])
        self.mastery[members] = imputed(raw)[members] / 100.0

    def refit(self, diary: Sequence[Taken]) -> None:
        """Mastery is traced score by score; nothing else is learnt."""

    def pick(self, who: int, open_now: Flags) -> int:
        """The engine's recommendation among what is open."""
        self.open = np.flatnonzero(open_now)
        return int(self.open[self.recommend(who)])

    def saw(self, taken: Taken) -> None:
        """The engine's update of mastery."""
        self.update_from_score(taken.who, taken.module, float(np.clip(taken.post / 100.0, 0.0, 1.0)))

    def get_recommend_params(self, learner: int) -> dict[str, Any]:
        """What ``recommendation_score`` takes, over the open activities; substrategies weigh alike."""
        k = self.mastery.shape[1]
        before = self.last.get(learner)
        last = None if before is None else self.doubt[before]
        return {
            "guess": self.doubt[self.open], "slip": self.doubt[self.open],
            "learner_mastery": self.mastery[learner], "prereqs": np.zeros((k, k)),
            "difficulty": self.world.courses.anchor[self.open] / 100.0,
            "r_star": 0.0, "L_star": MASTERED, "W_p": 1.0, "W_r": 1.0, "W_d": 1.0, "W_c": 1.0,
            "last_attempted_guess": last, "last_attempted_slip": last,
        }  # fmt: skip

    def get_guess(self, activity: int) -> Floats:
        """Odds of a guess; an objective the activity is not about is left as it is."""
        return np.where(np.isnan(self.doubt[activity]), 1.0, odds(self.doubt[activity]))

    def get_slip(self, activity: int) -> Floats:
        """Odds of a slip."""
        return self.get_guess(activity)

    def get_transit(self, activity: int) -> Floats:
        """Odds of learning."""
        return np.asarray(odds(TRANSIT * self.world.courses.weights[activity]))

    def get_learner_mastery(self, learner: int) -> Floats:
        """Odds of mastery, as the update wants them."""
        return np.asarray(odds(self.mastery[learner]))

    def update_learner_mastery(self, learner: int, new_mastery: Floats) -> None:
        """Odds come back; chances are kept."""
        self.mastery[learner] = new_mastery / (1.0 + new_mastery)

    def save_score(self, learner: int, activity: int, score: float) -> None:
        """The last activity is all that recommending asks for."""
        self.last[learner] = activity

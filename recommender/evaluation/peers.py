"""Plain alternatives to the models: what anybody would try first, and what others have published."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from recommender.evaluation.worlds import Floats, Ints, Ratings, World

Flags = NDArray[np.bool_]


class Taken(NamedTuple):
    """A module that learner ``who`` finished as the ``step``-th of the ``cohort``, and its two scores."""

    who: int
    module: int
    cohort: int
    step: int
    pre: float
    post: float


def raw_means(ratings: Ratings, learners: int, competencies: int) -> Floats:
    """(N, K) means of whatever was rated, self-ratings included; NaN where nothing was."""
    cell, size = ratings.learner * competencies + ratings.competency, learners * competencies
    count = np.bincount(cell, minlength=size)
    total = np.bincount(cell, ratings.points, minlength=size)
    with np.errstate(invalid="ignore"):
        return np.asarray((total / count).reshape(learners, competencies))


def imputed(raw: Floats) -> Floats:
    """Raw means with the competency's mean where there is none."""
    return np.where(np.isnan(raw), np.nanmean(raw, axis=0), raw)


def k_means(raw: Floats, segments: int, seed: int) -> Ints:
    """KMeans on imputed raw means; it is told the true number of segments."""
    found = KMeans(segments, n_init=5, random_state=seed).fit(imputed(raw))
    return np.asarray(found.labels_, dtype=np.int64)


def step_mix(raw: Floats, segments: int, seed: int) -> Ints | None:
    """Latent profiles with missing values by full information (StepMix; Morin et al. 2024), or None.

    It is told the true number of segments. None where the package is not installed.
    """
    if find_spec("stepmix") is None:
        return None

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from stepmix import StepMix

    model = StepMix(
        segments, measurement="gaussian_diag_nan", n_init=3, random_state=seed, verbose=0, progress_bar=0
    )
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore")  # where it does not converge its figure says so
        return np.asarray(model.fit(raw).predict(raw), dtype=np.int64)


class Policy:
    """Who chooses modules in a closed loop."""

    name = ""

    def begin(self, cohort: int, members: Ints, diary: Sequence[Taken]) -> None:
        """A cohort's ratings are in; ``diary`` holds all that happened before."""

    def refit(self, diary: Sequence[Taken]) -> None:
        """A round is over: learn from all that happened, if this policy learns."""

    def pick(self, who: int, open_now: Flags) -> int:
        """A module for learner ``who`` of those that are open."""
        raise NotImplementedError

    def saw(self, taken: Taken) -> None:
        """The learner finished it."""


class Chance(Policy):
    """Any module that is open."""

    name = "random"

    def __init__(self, world: World) -> None:
        self.rng = np.random.default_rng(world.seed)

    def begin(self, cohort: int, members: Ints, diary: Sequence[Taken]) -> None:
        """Nothing to prepare."""

    def pick(self, who: int, open_now: Flags) -> int:
        """Draw one."""
        return int(self.rng.choice(np.flatnonzero(open_now)))

    def saw(self, taken: Taken) -> None:
        """Nothing to learn."""


class Rule(Policy):
    """A rule on raw means, which move by what a module's own scores rose."""

    name = ""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rng = np.random.default_rng(world.seed)
        self.level: Floats = np.zeros(world.people.theta.shape)

    def begin(self, cohort: int, members: Ints, diary: Sequence[Taken]) -> None:
        """Take in the cohort's raw means."""
        known = int(members.max()) + 1
        raw = raw_means(self.world.ratings.among(known), known, self.level.shape[1])
        self.level[members] = imputed(raw)[members]

    def worth(self, level: Floats) -> Floats:
        """(M,) what the rule makes of each module for a learner who stands there."""
        raise NotImplementedError

    def pick(self, who: int, open_now: Flags) -> int:
        """The best by the rule; ties by chance."""
        worth = np.where(open_now, self.worth(self.level[who]), -np.inf)
        return int(self.rng.choice(np.flatnonzero(worth == worth.max())))

    def saw(self, taken: Taken) -> None:
        """Move what the module trains."""
        self.level[taken.who] += self.world.courses.weights[taken.module] * (taken.post - taken.pre)


class Weakest(Rule):
    """Train the weakest competency first, whatever the module's level."""

    name = "weakest first"

    def worth(self, level: Floats) -> Floats:
        """How much of the module goes to the weakest competency."""
        return np.asarray(self.world.courses.weights[:, level.argmin()])


class LevelMatch(Rule):
    """Room to grow times whether the module's level lies slightly above the learner's; no learning."""

    name = "level match"
    ZONE, REACH = 20.0, 25.0
    """Full worth up to this far above the learner; none that far below or beyond."""

    def worth(self, level: Floats) -> Floats:
        """Weights times gap times zone."""
        above = self.world.courses.anchor[:, None] - level
        outside = np.maximum(-above, 0.0) + np.maximum(above - self.ZONE, 0.0)
        zone = np.maximum(1.0 - outside / self.REACH, 0.0)
        return np.asarray((self.world.courses.weights * (100.0 - level) * zone).sum(1))


class ClusterMeans(Rule):
    """Room to grow times what a module's own scores rose on average in the learner's cluster so far.

    Clusters are KMeans on raw means, told the true number of segments; the mean of a cluster is drawn
    towards the module's, and that towards all modules', as by so many people who gained it.
    """

    name = "cluster means"
    DRAWN = 5.0

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.cluster = np.zeros(world.learners, dtype=np.int64)
        self.rise: Floats = np.ones((world.kind.segments, len(world.courses.anchor)))

    def begin(self, cohort: int, members: Ints, diary: Sequence[Taken]) -> None:
        """Cluster everybody rated by now."""
        super().begin(cohort, members, diary)
        known = int(members.max()) + 1
        raw = raw_means(self.world.ratings.among(known), known, self.level.shape[1])
        self.cluster[:known] = k_means(raw, self.world.kind.segments, self.world.seed)
        self.refit(diary)

    def refit(self, diary: Sequence[Taken]) -> None:
        """Means of what scores rose, by cluster and module."""
        if not diary:
            return
        total, count = np.zeros_like(self.rise), np.zeros_like(self.rise)
        at = self.cluster[[taken.who for taken in diary]], np.array([taken.module for taken in diary])
        rises = [taken.post - taken.pre for taken in diary]
        np.add.at(total, at, rises)
        np.add.at(count, at, 1.0)
        module = (total.sum(0) + self.DRAWN * np.mean(rises)) / (count.sum(0) + self.DRAWN)
        self.rise = (total + self.DRAWN * module) / (count + self.DRAWN)

    def pick(self, who: int, open_now: Flags) -> int:
        """The best for this learner's cluster; ties by chance."""
        gap = self.world.courses.weights @ (100.0 - self.level[who])
        worth = np.where(open_now, gap * self.rise[self.cluster[who]], -np.inf)
        return int(self.rng.choice(np.flatnonzero(worth == worth.max())))


def alosi(world: World) -> Policy | None:
    """ALOSI's published engine over this world, or None where the package is not installed."""
    if find_spec("alosi") is None:
        return None
    from recommender.evaluation.knowledge_tracing import Alosi

    return Alosi(world)

"""The ceiling of the closed loop: the true hyperparameters; everything else learnt from the same evidence.

It knows how people scatter and raters err, how a gain follows level match, how far methods, modules and
what suits a segment differ, and how fast effects wander. What a module really teaches it must learn like
anybody else, from the scores before and after.

A learner is a cloud of draws from the exact posterior of profile and segment given all ratings
(``ceilings.posterior``), moved through the modules taken and weighed by their scores (Gordon, Salmond &
Smith 1993). Over a cloud, scores are nearly Gaussian with a mean nearly linear in the effects: one
generalised least squares about the last estimate, under the distribution that effects were drawn from, is
the posterior of all effects (a step of Gauss and Newton).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from recommender.evaluation import ceilings
from recommender.evaluation.peers import Flags, Policy, Taken
from recommender.evaluation.worlds import Floats, Ints, World
from recommender.evaluation.worlds.courses import (
    KINDNESS,
    OWN,
    QUIZ_NOISE,
    QUIZ_OFFSET,
    SUITS,
    Courses,
    usual,
)
from recommender.framework import METHODS

LEARNT_FROM = 60
"""Draws of each learner by which effects are learnt; choices take all of them."""
STEP = 1e-3
"""Points by which a profile is moved to see how a gain changes with it."""


@dataclass(frozen=True)
class Effects:
    """What is believed of T cohorts' M modules, how D methods suit C segments, and M offsets: a Gaussian.

    ``mean`` and ``covariance`` hold, in this order, the logarithm of what each module teaches in each cohort
    over the usual (T M), what a method's suiting a segment multiplies it by (C D), and the offsets of the
    modules' own scores (M).
    """

    world: World
    mean: Floats
    covariance: Floats

    @cached_property
    def method(self) -> Ints:
        """(M,) of each module."""
        return np.array([METHODS.index(m.method or "") for m in self.world.courses.catalogue.modules])

    @cached_property
    def starts(self) -> tuple[int, int]:
        """Where the second and the third part begin."""
        first = self.world.courses.strength.size
        return first, first + self.world.kind.segments * len(METHODS)

    def parts(self, values: Floats) -> tuple[Floats, Floats, Floats]:
        """The three parts of a vector: (T, M), (C, D), (M,)."""
        strength, suiting, offset = np.split(values, self.starts)
        return strength.reshape(self.world.courses.strength.shape), suiting.reshape(-1, len(METHODS)), offset

    def courses(self, *, mean: bool = True) -> Courses:
        """The modules at the mean of what they teach, or at its logarithm's."""
        log, suiting, offset = self.parts(self.mean)
        doubt = self.parts(np.diag(self.covariance))[0] if mean else 0.0
        return replace(
            self.world.courses,
            strength=usual(self.world.courses.catalogue.minutes) * np.exp(log + doubt / 2),
            style=suiting[:, self.method],
            quiz_offset=offset,
        )


def before(world: World) -> Effects:
    """The distribution that effects are drawn from."""
    t, m = world.courses.strength.shape
    c = world.kind.segments * len(METHODS)
    mean = np.concatenate([np.zeros(t * m), np.ones(c), np.zeros(m)])
    blank = Effects(world, mean, np.zeros((len(mean), len(mean))))
    alike = KINDNESS**2 * (blank.method[:, None] == blank.method) + OWN**2 * np.eye(m)
    walked = world.kind.wander**2 * np.minimum.outer(np.arange(t), np.arange(t))
    covariance = np.diag(np.concatenate([np.zeros(t * m), np.full(c, SUITS**2), np.full(m, QUIZ_OFFSET**2)]))
    covariance[: t * m, : t * m] = np.kron(np.ones((t, t)), alike) + np.kron(walked, np.eye(m))
    return replace(blank, covariance=covariance + 1e-10 * np.eye(len(mean)))


class Cloud(NamedTuple):
    """Draws of one learner: profiles (S, K), segments (S,), logarithms of their weights (S,)."""

    theta: Floats
    segment: Ints
    log_weight: Floats


class BestLearner(Policy):
    """Chooses what teaches most on average over what it believes of learner and modules.

    Parameters
    ----------
    world : World
    modules : int
        Most modules a learner takes.
    """

    name = "ceiling"

    def __init__(self, world: World, *, modules: int = 6) -> None:
        self.world, self.cohort, self.members = world, 0, np.zeros(0, np.int64)
        self.prior = self.effects = before(world)
        self.believed = self.prior.courses()
        draws = np.random.default_rng(world.seed).normal(
            1.0, world.courses.luck_sd, (ceilings.SWEEPS, modules)
        )
        self.luck = np.clip(draws, 0.0, 2.0)
        self.people: ceilings.Posterior | None = None
        self.cloud: dict[int, Cloud] = {}

    def begin(self, cohort: int, members: Ints, diary: Sequence[Taken]) -> None:
        """Draw everybody's cloud from the ratings of all who were rated by now."""
        kind, known = self.world.kind, int(members.max()) + 1
        ratings, family = self.world.ratings.among(known), ceilings.family(kind, self.world.people)
        self.people = ceilings.posterior(kind, ratings, family, known, self.world.seed)
        self.cohort, self.members = cohort, members
        self.refit(diary)

    def refit(self, diary: Sequence[Taken]) -> None:
        """Learn the effects from everything so far, and see the cohort in their light."""
        assert self.people is not None
        by_learner: dict[int, list[Taken]] = {}
        for taken in diary:
            by_learner.setdefault(taken.who, []).append(taken)
        self.effects = learnt(self.prior, self.effects, self.people, self.luck, by_learner)
        self.believed = self.effects.courses()
        everybody, segments = self.people.draws, self.people.segments
        for who in self.members.tolist():
            self.cloud[who] = Cloud(everybody[:, who], segments[:, who], np.zeros(len(everybody)))
            for taken in by_learner.get(who, ()):
                self.saw(taken)

    def pick(self, who: int, open_now: Flags) -> int:
        """The module that teaches most on average over the cloud."""
        theta, segment, log = self.cloud[who]
        weight = np.exp(log - log.max())
        value = weight @ self.believed.gain(self.cohort, theta, segment).sum(-1)
        return int(np.where(open_now, value, -np.inf).argmax())

    def saw(self, taken: Taken) -> None:
        """Move the cloud and weigh it by two scores, which share what is not known of their offset."""
        theta, segment, log = self.cloud[taken.who]
        courses, module = self.believed, taken.module
        looked, offset = courses.weights[module], courses.quiz_offset[module]
        gain = courses.gain(taken.cohort, theta, segment, np.full(len(theta), module))
        after = np.minimum(theta + self.luck[:, taken.step, None] * gain, 100.0)
        missed = np.array([taken.pre, taken.post]) - offset - np.stack([theta @ looked, after @ looked], 1)
        at = self.effects.starts[1] + module
        error = QUIZ_NOISE**2 * np.eye(2) + self.effects.covariance[at, at]
        far = (missed @ np.linalg.inv(error) * missed).sum(1)
        self.cloud[taken.who] = Cloud(after, segment, log - 0.5 * far)


def learnt(
    prior: Effects,
    last: Effects,
    people: ceilings.Posterior,
    luck: Floats,
    by_learner: dict[int, list[Taken]],
) -> Effects:
    """The posterior of effects given everybody's scores, linearised about the ``last`` estimate."""
    inverse = np.linalg.inv(prior.covariance)
    precision, pull = inverse.copy(), inverse @ prior.mean
    drawn = np.linspace(0, len(people.draws) - 1, LEARNT_FROM).astype(int)
    courses = last.courses(mean=False)
    for who, diary in by_learner.items():
        columns, x, expected, spread = _scores(
            last, courses, people.draws[drawn, who], people.segments[drawn, who], luck[drawn], diary
        )
        told = np.array([score for taken in diary for score in (taken.pre, taken.post)])
        missed = told - expected + x @ last.mean[columns]
        white = np.linalg.solve(spread, np.column_stack([x, missed]))
        np.add.at(precision, (columns[:, None], columns[None, :]), x.T @ white[:, :-1])
        np.add.at(pull, columns, x.T @ white[:, -1])
    covariance = np.linalg.inv(precision)
    return Effects(prior.world, covariance @ pull, covariance)


def _scores(
    last: Effects, courses: Courses, theta: Floats, segment: Ints, luck: Floats, diary: list[Taken]
) -> tuple[Ints, Floats, Floats, Floats]:
    """Of one learner's scores (n,): columns of the effects (A,), derivatives (n, A), mean and covariance."""
    draws, c = np.arange(len(theta)), last.world.kind.segments
    suiting, offset = last.parts(last.mean)[1:]
    pulls = np.zeros((*theta.shape, 0))
    columns, scores, x = list[Ints](), list[Floats](), list[Floats]()
    for taken in diary:
        looked, method = courses.weights[taken.module], last.method[taken.module]
        scores.append(theta @ looked + offset[taken.module])
        x.append(np.einsum("ska,k->a", pulls, looked) / len(theta))
        which, factor = np.full(len(theta), taken.module), luck[:, taken.step, None]
        gain = factor * courses.gain(taken.cohort, theta, segment, which)
        slope = (factor * courses.gain(taken.cohort, theta + STEP, segment, which) - gain) / STEP
        fresh = np.zeros((*theta.shape, 1 + c))
        fresh[:, :, 0] = gain
        fresh[draws, :, 1 + segment] = gain / suiting[segment, method][:, None]
        pulls = np.concatenate([pulls * (1.0 + slope[:, :, None]), fresh], axis=2)
        at = taken.cohort * len(courses.anchor) + taken.module
        columns.append(np.array([at, *(last.starts[0] + np.arange(c) * len(METHODS) + method)]))
        theta = np.minimum(theta + gain, 100.0)
        scores.append(theta @ looked + offset[taken.module])
        x.append(np.einsum("ska,k->a", pulls, looked) / len(theta))
    n, a = len(x), pulls.shape[2]
    derivative = np.zeros((n, a + len(diary)))
    for i, row in enumerate(x):
        derivative[i, : len(row)] = row
        derivative[i, a + i // 2] = 1.0
    columns.append(last.starts[1] + np.array([taken.module for taken in diary]))
    seen = np.stack(scores, 1)
    return (
        np.concatenate(columns), derivative, seen.mean(0), np.cov(seen.T) + QUIZ_NOISE**2 * np.eye(n)
    )  # fmt: skip

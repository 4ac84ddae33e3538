"""A log of lists with a known truth: learners of two kinds, softmax policies, lists of three."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from recommender.evaluation.off_policy import Log, module_means

MODULES, PLACES = 6, 3
LISTS = np.array(list(permutations(range(MODULES), PLACES)))
KINDS = np.array([[2.0, 1.6, 1.0, 0.6, 0.4, 0.2], [0.2, 0.6, 0.4, 1.4, 1.8, 1.0]])
"""Value of each module to the policy that wrote the log, by kind of learner."""
WANTED = np.array([[1.2, 1.8, 1.6, 0.6, 0.2, 0.4], [0.8, 0.2, 0.6, 1.0, 1.6, 1.8]])
"""The same for the policy to be judged."""
CHANCE = np.array([[0.5, 0.6, 0.3, 0.2, 0.1, 0.2], [0.1, 0.2, 0.3, 0.5, 0.4, 0.6]])
POINTS = np.array([6.0, 4.0, 9.0, 5.0, 8.0, 3.0])
"""Truth: a module's chance of being finished, less the lower it stands, and what it is then worth."""
FADE = 0.8 ** np.arange(PLACES)


def shares(values: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """(lists, places) conditional probability of every list's modules in their places."""
    weight = np.exp(values / temperature)[LISTS]
    total = np.exp(values / temperature).sum()
    above = np.hstack([np.zeros((len(LISTS), 1)), np.cumsum(weight, axis=1)[:, :-1]])
    return weight / (total - above)


LOGGING = np.array([shares(values) for values in KINDS])
TARGET = np.array([shares(values) for values in WANTED])
EXPECTED = CHANCE[:, LISTS] * FADE * POINTS[LISTS]
"""(kinds, lists, places) mean reward."""
TRUTH = float((TARGET.prod(2)[:, :, None] * EXPECTED).sum((1, 2)).mean())
"""What a list of the target policy earns, both kinds of learner alike frequent."""


def draw(learners: int, rng: np.random.Generator) -> tuple[Log, np.ndarray, np.ndarray]:
    """A log of one to five decisions a learner; the modules listed and the learners' kinds beside.

    Learners differ in diligence, so that decisions about one are not independent.
    """
    cluster = np.repeat(np.arange(learners), rng.integers(1, 6, learners))
    kind = rng.integers(0, 2, learners)[cluster]
    diligence = rng.choice([0.5, 1.5], learners)[cluster]
    which = np.empty(len(cluster), dtype=np.int64)
    for k in (0, 1):
        mine = kind == k
        which[mine] = rng.choice(len(LISTS), mine.sum(), p=LOGGING[k].prod(1))
    listed = LISTS[which]
    finished = rng.random(listed.shape) < CHANCE[kind[:, None], listed] * FADE * diligence[:, None]
    reward = finished * (POINTS[listed] + rng.normal(0, 2, listed.shape))
    there = np.ones(listed.shape, dtype=bool)
    return Log(reward, LOGGING[kind, which], TARGET[kind, which], there, cluster), listed, kind


def guesses(log: Log, listed: np.ndarray, kind: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The reward model's guess of what is listed, and its mean over what the target could list there."""
    cluster = np.repeat(log.cluster, PLACES)
    model = module_means(listed.ravel(), log.reward.ravel(), cluster, MODULES)
    fold = log.cluster % 2
    predicted = model[fold[:, None], listed]
    expected = np.empty(listed.shape)
    for place in range(PLACES):
        weight = np.exp(WANTED[kind])
        np.put_along_axis(weight, listed[:, :place], 0.0, axis=1)
        expected[:, place] = (weight / weight.sum(1, keepdims=True) * model[fold]).sum(1)
    return predicted, expected

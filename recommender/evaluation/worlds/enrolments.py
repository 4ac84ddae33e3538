"""A platform of enrolments alone, where what was taken last says what comes next, or nothing does."""

from __future__ import annotations

import numpy as np

LENGTH = (4, 13)
NEXT = 0.55
"""Chance that the next module is one that truly follows the last."""
FOLLOWERS = 3
THEMES = 6
OUTSIDE = 0.1
"""Share of other choices that lie outside the learner's theme."""


def sequences(seed: int, *, learners: int = 800, modules: int = 60, ordered: bool = True) -> list[list[str]]:
    """What each learner took, oldest first.

    Parameters
    ----------
    seed, learners, modules : int
    ordered : bool
        False shuffles every history, so that only what goes together is left to learn.
    """
    rng = np.random.default_rng(seed)
    theme = rng.integers(THEMES, size=modules)
    popular = rng.lognormal(0.0, 0.8, modules)
    follows = np.stack([rng.choice(modules, FOLLOWERS, replace=False) for _ in range(modules)])
    out = []
    for _ in range(learners):
        mine = np.where(theme == rng.integers(THEMES), 1.0, OUTSIDE) * popular
        took: list[int] = []
        for _ in range(int(rng.integers(*LENGTH))):
            left = np.delete(np.arange(modules), took)
            after = np.intersect1d(follows[took[-1]], left) if took else np.empty(0, np.int64)
            if len(after) and rng.random() < NEXT:
                took.append(int(rng.choice(after)))
            else:
                took.append(int(rng.choice(left, p=mine[left] / mine[left].sum())))
        out.append([f"m{j:02d}" for j in (took if ordered else rng.permutation(took).tolist())])
    return out

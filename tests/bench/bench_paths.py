"""How much the path that serves loses against the best there is, and how much faster it is.

Prints, over random problems of the size of a real catalogue: the mean and worst share of worth lost, and the
exact one's time over the serving one's. Run: ``python -m tests.bench.bench_paths [INSTANCES]``.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from recommender.framework import METHODS
from recommender.paths import Problem, best_path
from recommender.paths.exact import exact_path

INSTANCES = 200


def random_problem(seed: int) -> Problem:
    """One learner before a catalogue: 20 to 80 modules, 7 competencies, chains of prerequisites."""
    rng = np.random.default_rng(seed)
    m, k = int(rng.integers(20, 81)), 7
    trains = rng.random((m, k)) < 0.25
    trains[np.arange(m), rng.integers(k, size=m)] = True
    chance = rng.beta(2, 2, m)
    rise = rng.gamma(2.0, 1.5, (m, k)) * trains - 0.2 * (rng.random((m, k)) < 0.05)
    needs = [
        tuple(rng.choice(j, size=min(j, int(rng.integers(1, 3))), replace=False).tolist())
        if j and rng.random() < 0.3
        else ()
        for j in range(m)
    ]
    unknown = rng.random(m) < 0.05
    rise[unknown] = 0.0
    return Problem(
        rise * chance[:, None],
        np.where(unknown, 3.0 * chance, 0.0),
        rng.uniform(-5.0, 40.0, k),
        rng.choice([25.0, 30, 45, 60, 90, 120, 150, 180, 240, 300], m),
        rng.random(m) < 0.9,
        needs,
        float(rng.choice([120, 240, 480, 960])),
        rng.integers(-1, len(METHODS), m),
        rise.sum(1).clip(0) * chance,
        rng.gamma(1.0, 0.05, len(METHODS)),
    )


def losses(instances: int) -> tuple[np.ndarray, float]:
    """Shares of the best worth lost, and the exact one's time over the serving one's."""
    lost, quick, slow = [], 0.0, 0.0
    for seed in range(instances):
        problem = random_problem(seed)
        start = time.perf_counter()
        path = best_path(problem)
        between = time.perf_counter()
        solved = exact_path(problem)
        quick, slow = quick + between - start, slow + time.perf_counter() - between
        best = problem.value(solved.rows)
        lost.append(1.0 - problem.value(path) / best if best > 0 else 0.0)
    return np.array(lost), slow / quick


def main() -> None:
    """Print the figures."""
    lost, ratio = losses(int(sys.argv[1]) if len(sys.argv) > 1 else INSTANCES)
    print(f"{len(lost)} random problems: {lost.mean():.2%} of the best path's worth lost on average")
    print(f"at worst {lost.max():.2%}; the best itself in {np.mean(lost < 1e-9):.0%}")
    print(f"the exact path takes {ratio:.0f} times as long")


if __name__ == "__main__":
    main()

"""One world judged: every method's figure beside the ceiling's, and what many seeds say together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from sklearn.metrics import adjusted_rand_score

from recommender.evaluation import ceilings, metrics, peers
from recommender.evaluation.best_learner import BestLearner
from recommender.evaluation.closed_loop import Knowing, Oracle, Ours, run
from recommender.evaluation.worlds import Floats, Ints, World
from recommender.framework import NINETY
from recommender.profiles.cells import cells_of
from recommender.profiles.fit import ProfileMixture

CEILING, LEARNT = "ceiling", "ceiling, segments learnt"
"""The best of whoever knows the segments; and of whoever knows how many there are and how they scatter."""
ERROR, CLUSTERS, LOOP = "profile error", "segments (ARI)", "earned gain"
"""Root mean square error in points; adjusted Rand index; true gain as a share of the all-knowing greedy's."""
COVERED = "gains in 90 %"
"""Share of modules taken whose true gain for that learner lay in the interval told before."""
STANDS = "profiles in 90 %"
"""Share of learners' competencies whose truth lies within the profile's 90 % interval."""
EXACT, NEAR = "number of segments right", "number within one"
"""Shares of worlds; only where profiles are of the models' own family, else there is no right number."""
MISSING = {
    "StepMix": "stepmix is not installed: pip install 'adaptive-training-recommender[bench]'",
    "ALOSI": "alosi is not installed: pip install 'adaptive-training-recommender[bench]'",
}
"""Why a method may have no figure."""

Figures = dict[tuple[str, str], float | None]
"""By (measure, method); None where the method is not to be had here."""


def measuring(world: World) -> Figures:
    """How near profiles and segments come to the truth, on all ratings and nothing else."""
    theta, segment, seed = world.people.theta, world.people.segment, world.seed
    n, k = theta.shape
    names = {c: (c, c) for c in world.courses.catalogue.leaves}
    ours = ProfileMixture(seed=seed).fit(cells_of(world.evidence()), names)
    told = (world.kind, world.ratings, ceilings.family(world.kind, world.people), n, world.seed)
    best, learnt = ceilings.posterior(*told), ceilings.posterior(*told, learnt=True)
    raw = peers.raw_means(world.ratings, n, k)
    kinds = world.kind.segments
    mixed = peers.step_mix(raw, kinds, seed)

    def error(of: Floats) -> float:
        return float(np.sqrt(((of - theta) ** 2).mean()))

    def alike(found: Ints) -> float:
        return float(adjusted_rand_score(segment, found))

    def covered(mean: Floats, sd: Floats) -> float:
        return metrics.interval_coverage(theta, mean - NINETY * sd, mean + NINETY * sd)

    out: Figures = {
        (ERROR, "ours"): error(ours.mean_),
        (ERROR, "raw mean"): error(peers.imputed(raw)),
        (ERROR, LEARNT): error(learnt.mean),
        (ERROR, CEILING): error(best.mean),
        (STANDS, "ours"): covered(ours.mean_, ours.sd_),
        (STANDS, CEILING): covered(best.mean, best.draws.std(0)),
        (CLUSTERS, "ours"): alike(ours.membership_.argmax(1)),
        (CLUSTERS, "KMeans"): alike(peers.k_means(raw, kinds, seed)),
        (CLUSTERS, "StepMix"): None if mixed is None else alike(mixed),
        (CLUSTERS, LEARNT): alike(learnt.membership.argmax(1)),
        (CLUSTERS, CEILING): alike(best.membership.argmax(1)),
    }
    if world.kind.in_family:
        off = abs(len(ours.model_.segments) - kinds)
        out |= {(EXACT, "ours"): float(off == 0), (EXACT, CEILING): 1.0}
        out |= {(NEAR, "ours"): float(off <= 1), (NEAR, CEILING): 1.0}
    return out


def choosing(world: World) -> Figures:
    """What policies earn in the closed loop, as shares of the all-knowing greedy policy's."""
    most = run(world, Oracle(world)).sum()
    ours, realised = Ours(world), list[float]()
    out: Figures = {(LOOP, ours.name): float(run(world, ours, realised=realised).sum() / most)}
    policies: Iterable[peers.Policy | None] = (
        peers.Chance(world), peers.Weakest(world), peers.LevelMatch(world), peers.ClusterMeans(world),
        peers.alosi(world), Knowing(world), BestLearner(world),
    )  # fmt: skip
    for policy in policies:
        if policy is None:
            out[LOOP, "ALOSI"] = None
        else:
            out[LOOP, policy.name] = float(run(world, policy).sum() / most)
    inside = [low <= gain <= high for (low, high), gain in zip(ours.told, realised, strict=True)]
    out[COVERED, ours.name] = float(np.mean(inside))
    return out


class Row(NamedTuple):
    """One method in one world: mean figure, and its ratio to the ceiling's; both with standard errors.

    Where there is no ceiling there is no ratio.
    """

    world: str
    measure: str
    method: str
    value: float | None
    error: float | None
    share: float | None
    se: float | None
    seeds: int
    note: str | None


def rows_of(world: str, seen: Sequence[Mapping[tuple[str, str], float | None]]) -> list[Row]:
    """Rows of a world from its figures by seed.

    The share is the ratio of means, its standard error that of a ratio (Cochran 1977, *Sampling
    Techniques*, eq. 6.13): steadier than a mean of ratios where a ceiling is near 0.
    """
    out = []
    for measure, method in seen[0]:
        values = [figures[measure, method] for figures in seen]
        if any(v is None for v in values):
            out.append(Row(world, measure, method, None, None, None, None, len(seen), MISSING.get(method)))
            continue
        mine, n = np.array(values, float), len(seen)
        error = float(mine.std(ddof=1) / np.sqrt(n)) if n > 1 else None
        if (measure, CEILING) not in seen[0]:
            out.append(Row(world, measure, method, float(mine.mean()), error, None, None, n, None))
            continue
        best = np.array([figures[measure, CEILING] for figures in seen], float)
        share = mine.mean() / best.mean() if best.mean() else float("nan")
        left = mine - share * best
        se = float(np.sqrt((left**2).sum() / (n - 1) / n) / abs(best.mean())) if n > 1 else None
        out.append(Row(world, measure, method, float(mine.mean()), error, float(share), se, n, None))
    return out

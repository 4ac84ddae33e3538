"""What each room earns: worlds judged with and without it.

Usage: ``.venv/bin/python tests/bench/bench_rooms.py [--seeds N] [--loops N] [--learners N] [--only WORLD]``.
What a room earns is a figure with it less the figure without it, with its standard error over seeds; more
is better. docs/worlds.md tells the worlds.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable

import numpy as np
from joblib import Parallel, delayed
from scipy import sparse
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from recommender.affinity.ease import ease
from recommender.affinity.fit import NextModule
from recommender.affinity.histories import histories
from recommender.engine.learn import Switches
from recommender.evaluation.closed_loop import Oracle, Ours, run
from recommender.evaluation.worlds import KINDS, World, make
from recommender.evaluation.worlds.enrolments import sequences
from recommender.profiles.cells import cells_of
from recommender.profiles.fit import ProfileMixture

MEASURED = ("base", "few raters", "many raters", "hardly rated", "no segments")
LOOPED = ("base", "level free", "drifting effects", "no segments")
SURE = 2.0
"""Standard errors by which a difference counts."""

Figures = dict[tuple[str, str], float]
"""By (what, without which room; empty: nothing left out). Every figure is one of which more is better."""


def measured(world: World, **options: bool) -> tuple[float, float]:
    """Minus the profiles' error, and the segments' adjusted Rand index."""
    one_kind = options.pop("one_kind", False)
    mixture = ProfileMixture(max_segments=1) if one_kind else ProfileMixture()
    names = {c: (c, c) for c in world.courses.catalogue.leaves}
    fitted = mixture.fit(cells_of(world.evidence(**options)), names)
    error = float(np.sqrt(((fitted.mean_ - world.people.theta) ** 2).mean()))
    return -error, float(adjusted_rand_score(world.people.segment, fitted.membership_.argmax(1)))


def measuring(name: str, seed: int, learners: int) -> Figures:
    """Profiles and segments with everything, without severities, without the mixture."""
    world = make(KINDS[name], seed, learners=learners)
    out: Figures = {}
    for room, options in (("", {}), ("severities", {"know_raters": False}), ("mixture", {"one_kind": True})):
        error, alike = measured(world, **options)
        out["profiles, points", room] = error
        out["segments, ARI", room] = alike
    return out


def choosing(name: str, seed: int, learners: int) -> Figures:
    """What the closed loop earns with everything, and without one room each time."""
    world = make(KINDS[name], seed, learners=learners)
    most = run(world, Oracle(world)).sum()
    without: dict[str, Ours] = {
        "": Ours(world),
        "severities": Ours(world, know_raters=False),
        "mixture": Ours(world, switches=Switches(segments=False)),
        "segments in gain": Ours(world, switches=Switches(segment_gains=False)),
        "exploration": Ours(world, explore=False),
    }
    return {("earned, share", room): float(run(world, ours).sum() / most) for room, ours in without.items()}


def next_module(name: str, seed: int, learners: int) -> Figures:
    """HR@10 of everybody's last module by sequential EASE, by EASE without order, and by popularity."""
    whole = sequences(seed, learners=2 * learners, ordered=name == "ordered")
    past = histories(s[:-1] for s in whole)
    row = {m: j for j, m in enumerate(past.module_ids)}
    counts = np.bincount(past.items, minlength=len(row)).astype(float)
    incidence = sparse.csr_matrix(
        (np.ones(len(past.items), np.float32), past.items, past.starts), (len(past.lengths), len(row))
    )
    plain = ease(incidence, 100.0)
    scores: dict[str, Callable[[list[str]], np.ndarray]] = {
        "": NextModule(most_followers=0).fit(past).model_.scores,
        "order": lambda taken: plain[[row[m] for m in taken]].sum(0),
        "affinity": lambda taken: counts,
    }
    out: Figures = {}
    for room, score in scores.items():
        hits = []
        for *taken, last in whole:
            value = np.array(score(taken), float)
            value[[row[m] for m in taken]] = -np.inf
            hits.append(last in row and int((value > value[row[last]]).sum()) < 10)
        out["next module, HR@10", room] = float(np.mean(hits))
    return out


def judge(
    what: Callable[[str, int, int], Figures], name: str, seeds: int, learners: int
) -> Iterable[tuple[str, str, float, float]]:
    """Figure, room, what it earns, standard error."""

    def one(seed: int) -> Figures:
        with threadpool_limits(1):
            return what(name, seed, learners)

    seen = Parallel(n_jobs=2)(delayed(one)(seed) for seed in range(seeds))
    for figure, room in seen[0]:
        if room:
            earned = np.array([s[figure, ""] - s[figure, room] for s in seen])
            yield figure, room, float(earned.mean()), float(earned.std(ddof=1) / seeds**0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--loops", type=int, default=2)
    parser.add_argument("--learners", type=int, default=360)
    parser.add_argument(
        "--only",
        action="append",
        choices=[*MEASURED, "level free", "drifting effects"],
        help="may be repeated",
    )
    options = parser.parse_args()
    plan = [(measuring, MEASURED, options.seeds), (choosing, LOOPED, options.loops),
            (next_module, ("ordered", "shuffled"), options.seeds)]  # fmt: skip
    print(f"{'world':<18}{'figure':<20}{'room':<18}{'earns':>9}{'s.e.':>8}")
    rooms: dict[str, bool] = {}
    for what, names, seeds in plan:
        for name in (n for n in names if n in (options.only or names)):
            for figure, room, earned, error in judge(what, name, max(seeds, 2), options.learners):
                print(f"{name:<18}{figure:<20}{room:<18}{earned:>9.4f}{error:>8.4f}", flush=True)
                rooms[room] = rooms.get(room, False) or earned > SURE * error
    idle = [room for room, earns in rooms.items() if not earns]
    print(
        f"\nEarn nothing in the worlds judged: {', '.join(idle)}."
        if idle
        else "\nEvery room earns something somewhere."
    )


if __name__ == "__main__":
    main()

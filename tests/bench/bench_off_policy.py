"""Whether estimates from the log hold what another version truly earns, in worlds that were served.

Usage: ``.venv/bin/python tests/bench/bench_off_policy.py [--logs N] [--learners N] [--only WORLD ...]``. Of
each world so many logs are drawn and judged for the version fitted one cohort later. The share of 90 %
intervals that hold the truth is to lie between .87 and .93; logs that cannot tell are left out and counted.
docs/evaluate.md tells the estimators, docs/worlds.md the worlds.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from recommender.evaluation.policy import DIFFERENCE, IPS, LOGGED, ROBUST, SNIPS
from recommender.evaluation.served import Checked, Served, check
from recommender.evaluation.worlds import KINDS, make

SERVING, TARGET = 1.5, 1.0
"""Temperatures: so many points of worth make a module e times as likely. What comes later explores less."""
AS_SHIPPED = 2
"""Logs of each world with the versions' own temperatures, which explore far less."""
NAIVE = "the log, taken for it"
WANTED = 0.87, 0.93


def judged(name: str, seed: int, logs: int, learners: int) -> tuple[Checked, Checked]:
    """A world's logs with much exploration and with as little as is shipped."""
    with threadpool_limits(1):
        served = Served(make(KINDS[name], seed, learners=3 * learners))
        return check(served.exploring(SERVING, TARGET), logs, learners), check(served, AS_SHIPPED, learners)


def rows(found: Sequence[Checked]) -> list[tuple[str, np.ndarray, np.ndarray, np.ndarray, float]]:
    """By estimator, over all logs that tell: intervals that hold, errors, widths, mean truth."""
    out = []
    for name in (IPS, SNIPS, ROBUST, DIFFERENCE, LOGGED, NAIVE):
        of, held, errors, widths = LOGGED if name == NAIVE else name, [], [], []
        for one in found:
            truth = one.truth[ROBUST if name == NAIVE else name]
            each = np.array([e[of] for e in one.estimates])[one.tells]
            held.append(one.holds(of, truth)[one.tells])
            errors.append(each[:, 0] - truth)
            widths.append(each[:, 2] - each[:, 1])
        mean = float(np.mean([one.truth[ROBUST if name == NAIVE else name] for one in found]))
        out.append((name, np.concatenate(held), np.concatenate(errors), np.concatenate(widths), mean))
    return out


def show(world: str, found: Sequence[Checked]) -> None:
    """A world's lines."""
    tells = np.concatenate([one.tells for one in found])
    size = np.mean([r.effective for one in found for r in one.reaches])
    for name, held, errors, widths, truth in rows(found):
        if not len(held):
            print(f"{world:<18}{name:<29}{tells.sum():>4}/{len(tells):<4}  no log can tell", flush=True)
            continue
        share, n = held.mean(), len(held)
        error, doubt = np.sqrt(share * (1 - share) / n), errors.std() / np.sqrt(n)
        print(
            f"{world:<18}{name:<29}{tells.sum():>4}/{len(tells):<4}{share:>9.3f}{error:>7.3f}{truth:>9.3f}"
            f"{errors.mean():>+9.3f}{doubt:>7.3f}{widths.mean():>8.3f}{size:>7.0f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--logs", type=int, default=36, help="of each world")
    parser.add_argument("--learners", type=int, default=200, help="in each log")
    parser.add_argument("--only", nargs="*", choices=sorted(KINDS), help="worlds; all if not told")
    options = parser.parse_args()
    names = options.only or list(KINDS)
    print(f"{'world':<18}{'estimator':<29}{'tell':<9}{'coverage':>9}{'s.e.':>7}{'truth':>9}{'bias':>9}{'s.e.':>7}"
          f"{'width':>8}{'n eff':>7}")  # fmt: skip
    tasks = (delayed(judged)(name, i, options.logs, options.learners) for i, name in enumerate(names))
    warm: list[Checked] = []
    shipped: list[Checked] = []
    for name, (much, little) in zip(names, Parallel(n_jobs=2, return_as="generator")(tasks), strict=True):
        warm.append(much)
        shipped.append(little)
        show(name, [much])
    show("all", warm)
    held = {name: float(each.mean()) for name, each, *_ in rows(warm)}
    low, high = WANTED
    off = [name for name in (IPS, SNIPS, ROBUST, DIFFERENCE) if not low <= held[name] <= high]
    print(f"\nOutside {low} to {high}: {', '.join(off)}." if off else f"\nAll lie between {low} and {high}.")
    told = np.concatenate([one.tells for one in shipped])
    size = np.median([r.effective for one in shipped for r in one.reaches])
    print(
        f"With the exploration that is shipped {told.sum()} of {len(told)} logs can tell; "
        f"they are worth {size:.1f} decisions (median)."
    )


if __name__ == "__main__":
    main()

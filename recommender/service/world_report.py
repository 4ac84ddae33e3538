"""How good the models are where the truth is known: ours, plain alternatives and the ceiling."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from recommender.errors import BadInput

if TYPE_CHECKING:
    from recommender.evaluation.judging import Figures

SEEDS, LOOPS = 10, 2
"""Worlds of each kind by default: for profiles and segments, and for the far slower closed loop."""
PROCESSES = 2
FEWEST_LEARNERS = 30


def worlds(
    *,
    seeds: int = SEEDS,
    learners: int | None = None,
    loops: int | None = None,
    only: Iterable[str] | None = None,
    processes: int = PROCESSES,
    progress: Callable[[str, float], None] | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """Judge every world.

    Parameters
    ----------
    seeds : int
        Worlds of each kind for profiles and segments.
    learners : int, optional
        In each world; as many as ``recommender.evaluation.worlds`` makes where not told.
    loops : int, optional
        Worlds of each kind for the closed loop; two, or ``seeds`` if that is less. 0 leaves it out.
    only : iterable of str, optional
        Names of worlds.
    processes : int
    progress : function of (str, float), optional
        Told what is done and the share of all of it.

    Returns
    -------
    dict
        ``rows``: of each world, measure and method the ``value`` with its standard ``error``, its
        ``share`` of the ceiling with standard error ``se``, the number of ``seeds``, and a ``note``
        where there is no figure.

    Raises
    ------
    BadInput
        An unknown world, or too few learners or seeds.
    """
    from joblib import Parallel, delayed

    from recommender.evaluation.judging import rows_of
    from recommender.evaluation.worlds import KINDS, LEARNERS

    names = list(KINDS if only is None else only)
    unknown = sorted(set(names) - set(KINDS))
    if unknown:
        raise BadInput(f"There is no world called {unknown[0]}. There are: {', '.join(KINDS)}.")
    size = LEARNERS if learners is None else learners
    if seeds < 1 or size < FEWEST_LEARNERS:
        raise BadInput(f"Worlds need a seed and {FEWEST_LEARNERS} learners at least. Ask for more.")
    repeats = min(LOOPS, seeds) if loops is None else loops
    jobs = [(name, what, seed) for name in names for what, n in (("measuring", seeds), ("choosing", repeats))
            for seed in range(n)]  # fmt: skip
    found: dict[tuple[str, str], list[Figures]] = {}
    tasks = (delayed(judge)(name, what, seed, size) for name, what, seed in jobs)
    done = Parallel(n_jobs=processes, return_as="generator")(tasks)
    for at, ((name, what, _), figures) in enumerate(zip(jobs, done, strict=True), 1):
        found.setdefault((name, what), []).append(figures)
        if progress is not None:
            progress(name, at / len(jobs))
    return {"rows": [row._asdict() for (name, _), seen in found.items() for row in rows_of(name, seen)]}


def judge(name: str, what: str, seed: int, learners: int) -> Figures:
    """One world judged on one thread: many small matrices only get in each other's way on more."""
    from threadpoolctl import threadpool_limits

    from recommender.evaluation import judging
    from recommender.evaluation.worlds import KINDS, make

    with threadpool_limits(1):
        return {"measuring": judging.measuring, "choosing": judging.choosing}[what](
            make(KINDS[name], seed, learners=learners)
        )

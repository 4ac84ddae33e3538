"""MOOCCubeX: the next course of every learner, among all that they have not taken.

The learners asked are drawn by a hash of their ids, apart from those by whom settings were chosen
(docs/real-data.md).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.affinity.fit import NextModule
from recommender.affinity.histories import histories, taken_up
from recommender.affinity.serve import columns, next_shares
from recommender.evaluation import baselines, metrics
from recommender.evaluation.public import newcomers
from recommender.evaluation.public.newcomers import drawn
from recommender.evaluation.ranking import Asked, Scores, matrix, ranks_of
from recommender.evaluation.rows import OURS, Row
from recommender.evidence import Evidence

HELD_OUT = "the course each learner took last"
REPORT = 10_000
"""Learners of the platform who are asked; what is chosen here is chosen on others."""
COMPANY, SAMPLES = 2_056, 5
"""A company's size, and how many are drawn."""
TUNED = 1
"""The first sample of that size served to choose settings and is passed over."""
NEWCOMERS = 2_000
"""New learners who are asked, and at most so many others of what is new to all."""
TIMED = 200
"""Learners by whom an answer is timed, one at a time."""
DECAY = 0.7
"""What a course loses with each newer one in the decayed EASE-R, as tuned for it on this set."""
EASE = "EASE-R"

Sequences = Mapping[str, list[str]]
Progress = Callable[[str, float], None]


class Found(NamedTuple):
    """One model on one crowd: (n,) ranks, share of courses in anybody's ten, seconds of fit and answer."""

    ranks: NDArray[np.float64]
    coverage: float
    fit: float
    answer: float


def rows(evidence: Evidence, seed: int, progress: Progress) -> list[Row]:
    """Platform, company and shuffled platform: ours beside the others of the same run."""
    taken = taken_up(evidence.interactions, seed=seed)
    grouped = taken.groupby("learner_id", sort=True)["module_id"]
    whole = {str(who): list(map(str, courses.tolist())) for who, courses in grouped}
    whole = {who: course for who, course in whole.items() if len(course) > 1}
    report = drawn(whole, "report:")[:REPORT]
    firms = drawn(whole, "small:")[TUNED * COMPANY : (TUNED + SAMPLES) * COMPANY]
    crowds: list[tuple[str, list[tuple[Sequences, list[str]]]]] = [
        ("platform", [(whole, report)]),
        ("company", [({u: whole[u] for u in firm}, firm) for firm in _parts(firms)]),
        ("platform, shuffled", [(shuffled(whole, seed), report)]),
    ]
    out = []
    for i, (part, samples) in enumerate(crowds):
        found: dict[str, list[Found]] = {}
        for crowd, asked in samples:
            for name, told in judged(crowd, asked, seed):
                progress(f"{part}: {name}", i / len(crowds))
                found.setdefault(name, []).append(told)
        out += _told(part, found)
    progress("new modules and learners", 0.9)
    return out + newcomers.rows(whole, evidence.catalogue.modules, seed, REPORT, NEWCOMERS)


def shuffled(whole: Sequences, seed: int) -> Sequences:
    """The same histories in an order by chance: nothing is left for order to tell."""
    rng = np.random.default_rng(seed)
    return {who: [str(m) for m in rng.permutation(course)] for who, course in whole.items()}


def _parts(learners: list[str]) -> Iterator[list[str]]:
    """Whole samples of a company's size."""
    for start in range(0, len(learners) - COMPANY + 1, COMPANY):
        yield learners[start : start + COMPANY]


def judged(crowd: Sequences, asked: Sequence[str], seed: int) -> Iterator[tuple[str, Found]]:
    """Fit every model on all histories but their ends, and rank the ends of those asked."""
    past = {who: course[:-1] for who, course in crowd.items()}
    known = {m: j for j, m in enumerate(dict.fromkeys(m for course in past.values() for m in course))}
    index = known | {m: len(known) + i for i, m in enumerate(sorted(_ends(crowd, asked) - known.keys()))}
    befores = [past[who] for who in asked]
    question = Asked(
        list(asked),
        matrix(befores, index),
        befores,
        np.array([index[crowd[who][-1]] for who in asked], np.intp),
        [],
    )
    together = matrix([*past.values()], index)
    popular = baselines.popularity(together)
    places = {who: i for i, who in enumerate(past)}
    rows_of = np.array([places[who] for who in asked], np.intp)
    for name, fit in models([*past.values()], together, question, rows_of, index, seed).items():
        start = time.perf_counter()
        scores = fit()
        spent = time.perf_counter() - start
        if scores is not None:
            ranks, first = ranks_of(scores, question, popular)
            shown = len(np.unique(first)) / len(known)
            yield name, Found(ranks, shown, spent, _answer(scores, len(asked)))


def _ends(crowd: Sequences, asked: Sequence[str]) -> set[str]:
    return {crowd[who][-1] for who in asked}


def _answer(scores: Scores, asked: int) -> float:
    """Median seconds of scoring all courses for one learner."""
    spent = []
    for i in range(min(TIMED, asked)):
        start = time.perf_counter()
        scores(np.array([i]))
        spent.append(time.perf_counter() - start)
    return float(np.median(spent))


def models(
    past: list[list[str]],
    together: sparse.csr_array,
    asked: Asked,
    rows_of: NDArray[np.intp],
    index: dict[str, int],
    seed: int,
) -> dict[str, Callable[[], Scores | None]]:
    """What is compared: a name, and how to fit it; None where its package is not installed.

    ``rows_of`` are the rows of ``together`` that those asked stand in.
    """
    lags = np.concatenate([np.arange(len(before))[::-1] for before in asked.histories])
    decayed = sparse.csr_array((DECAY**lags, asked.taken.indices, asked.taken.indptr), asked.taken.shape)

    def ours() -> Scores:
        model = NextModule(seed=seed).fit(histories(past)).model_
        where = columns(model, list(index))
        return lambda rows: np.array([next_shares(model, asked.histories[i], where) for i in rows])

    def item_model(weights: NDArray[np.float64], taken: sparse.csr_array = asked.taken) -> Scores:
        return lambda rows: baselines.scores(taken[rows], weights)

    def popularity() -> Scores:
        counts = baselines.popularity(together)
        return lambda rows: np.tile(counts, (len(rows), 1))

    return {
        "popularity": popularity,
        "item kNN (implicit)": lambda: baselines.implicit_knn(together, asked.taken),
        "ALS (implicit)": lambda: baselines.implicit_als(together, rows_of, seed),
        EASE: lambda: item_model(baselines.ease_r(together)),
        f"{EASE}, decay {DECAY}": lambda: item_model(baselines.ease_r(together), decayed),
        OURS: ours,
    }


def _told(part: str, found: Mapping[str, list[Found]]) -> list[Row]:
    """Every model's rows; of several samples all learners together, coverage and times their mean."""
    if not found:
        return [Row(part, "HR@10", note=f"fewer than {(TUNED + 1) * COMPANY:,} learners")]
    fit, answer = _mean(f.fit for f in found[EASE]), _mean(f.answer for f in found[EASE])
    out = []
    for name, samples in found.items():
        ranks = np.concatenate([f.ranks for f in samples])
        n = len(ranks)
        out += [
            Row(part, "HR@10", name, *metrics.mean_and_error(metrics.hit(ranks)), n),
            Row(part, "NDCG@10", name, *metrics.mean_and_error(metrics.ndcg(ranks)), n),
            Row(part, "coverage@10", name, float(np.mean([f.coverage for f in samples])), n=n),
            Row(part, "fit, times EASE-R", name, float(np.mean([f.fit for f in samples]) / fit), n=n),
            Row(
                part, "answer, times EASE-R", name, float(np.mean([f.answer for f in samples]) / answer), n=n
            ),
        ]
    out += [
        Row(part, "HR@10", name, note="not installed: it comes with the extra `bench`")
        for name in baselines.PEERS if name not in found
    ]  # fmt: skip
    return out


def _mean(values: Iterable[float]) -> float:
    return float(np.mean([*values]))

"""Next module on real enrolments: leave the last out, rank everything, beside plain models.

    RECOMMENDER_SHARED_DATA=FOLDER python tests/bench/bench_next_module.py [--size company|platform]

FOLDER holds ``mooccubex_dev`` (enrolments.parquet). Prints hit rate and NDCG among the first ten,
the share of courses recommended to anybody, and seconds to fit. Each block is one fit on one crowd;
``order removed`` shuffles every history, so that nothing is left for order to tell.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from recommender.affinity.ease import ease, incidence, settings
from recommender.affinity.fit import NextModule
from recommender.affinity.histories import Histories, histories

Score = Callable[[Sequence[str]], NDArray[np.floating]]
TOP = 10
REPORT = 10_000
COMPANY = 2_056
"""A company's size: the first so many users by sha256 of ``small:`` + user_id."""


def drawn(users: Sequence[str], salt: str, number: int) -> list[str]:
    """The first ``number`` users by SHA-256 of salt and id."""
    return sorted(users, key=lambda u: hashlib.sha256(f"{salt}{u}".encode()).digest())[:number]


def metrics(score: Score, past: Histories, sequences: list[list[str]], targets: list[str]) -> list[float]:
    """HR@10, NDCG@10 and the share of all modules that anybody's first ten hold."""
    ids, row = np.array(past.module_ids), {m: j for j, m in enumerate(past.module_ids)}
    gains, shown = [], set()
    for taken, target in zip(sequences, targets, strict=True):
        scores = np.array(score(taken), float)
        scores[[row[m] for m in taken]] = -np.inf
        first = np.argpartition(-scores, TOP)[:TOP]
        ranked = ids[first[np.argsort(-scores[first], kind="stable")]].tolist()
        shown.update(ranked)
        gains.append(1.0 / np.log2(ranked.index(target) + 2) if target in ranked else 0.0)
    return [float(np.mean(np.array(gains) > 0)), float(np.mean(gains)), len(shown) / ids.size]


def item_model(weights: NDArray[np.floating], past: Histories, decay: float) -> Score:
    """Scores of an item-to-item model; a module loses ``decay`` with each newer one."""
    row = {m: j for j, m in enumerate(past.module_ids)}

    def score(taken: Sequence[str]) -> NDArray[np.floating]:
        rows = [row[m] for m in reversed(taken)]
        return decay ** np.arange(len(rows)) @ weights[rows]

    return score


def cosine(past: Histories) -> NDArray[np.floating]:
    """Cosine of modules by who took them, its diagonal empty."""
    taken = incidence(past)
    norm = sparse.diags_array(1.0 / np.sqrt(np.maximum(taken.sum(0), 1.0)))
    out = (norm @ (taken.T @ taken) @ norm).toarray()
    np.fill_diagonal(out, 0.0)
    return out


def models(past: Histories) -> dict[str, Callable[[], Score]]:
    """What is compared: a name, and how to fit it on the histories."""
    counts = np.bincount(past.items, minlength=len(past.module_ids)).astype(float)
    usual = settings(int((past.lengths > 0).sum()))
    return {
        "popularity": lambda: lambda taken: counts,
        "item kNN, cosine": lambda: item_model(cosine(past), past, 1.0),
        "EASE-R": lambda: item_model(ease(incidence(past), 100.0), past, 1.0),
        "EASE-R, decay .7": lambda: item_model(ease(incidence(past), 100.0), past, 0.7),
        "ours without nearby": lambda: (
            NextModule(settings=usual._replace(nearby=0.0), most_followers=0).fit(past).model_.scores
        ),
        "next module (ours)": lambda: NextModule(most_followers=0).fit(past).model_.scores,
    }


def block(title: str, whole: dict[str, list[str]], report: list[str]) -> None:
    """Fit on all histories but their ends, and print a line a model."""
    past = histories(sequence[:-1] for sequence in whole.values())
    asked, targets = [whole[u][:-1] for u in report], [whole[u][-1] for u in report]
    print(f"\n{title}: {len(whole):,} learners, {len(past.module_ids):,} modules, {len(report):,} asked")
    print(f"{'model':<22}{'HR@10':>8}{'NDCG@10':>9}{'coverage':>10}{'fit s':>8}")
    for name, fit in models(past).items():
        start = time.perf_counter()
        score = fit()
        spent = time.perf_counter() - start
        hits, ndcg, cover = metrics(score, past, asked, targets)
        print(f"{name:<22}{hits:>8.3f}{ndcg:>9.3f}{cover:>10.2f}{spent:>8.1f}", flush=True)


def shuffled(whole: dict[str, list[str]]) -> dict[str, list[str]]:
    """The same histories in an order by chance."""
    rng = np.random.default_rng(0)
    return {u: rng.permutation(sequence).tolist() for u, sequence in whole.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--data", default=os.environ.get("RECOMMENDER_SHARED_DATA"), metavar="FOLDER")
    parser.add_argument("--size", choices=("company", "platform", "both"), default="both")
    options = parser.parse_args()
    path = Path(options.data or "") / "mooccubex_dev" / "enrolments.parquet"
    if not path.is_file():
        print("Skipped: no mooccubex_dev/enrolments.parquet; name its folder in RECOMMENDER_SHARED_DATA.")
        return
    frame = pd.read_parquet(path).sort_values(["user_id", "position"])
    whole = {str(u): list(c) for u, c in frame.groupby("user_id", sort=False)["course_id"].agg(list).items()}
    if options.size != "platform":
        company = drawn(list(whole), "small:", COMPANY)
        crowd = {u: whole[u] for u in company}
        block("company", crowd, company)
        block("company, order removed", shuffled(crowd), company)
    if options.size != "company":
        report = drawn(list(whole), "report:", REPORT)
        block("platform", whole, report)
        block("platform, order removed", shuffled(whole), report)


if __name__ == "__main__":
    main()

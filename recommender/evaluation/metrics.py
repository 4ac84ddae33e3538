"""Metrics as plain functions: of ranks, of errors, of intervals, of predicted gains.

A rank is the place of what a learner took next, 1 the first, among everything not yet taken. Metrics of
ranks give one value a learner, so that a mean, its standard error and a paired comparison follow.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr
from scipy.stats import rankdata

Array = NDArray[np.float64]


def hit(ranks: ArrayLike, k: int = 10) -> Array:
    """HR@k: [rank <= k]; with one relevant module it is recall@k.

    References
    ----------
    Deshpande & Karypis 2004, ACM Transactions on Information Systems 22:143.
    """
    return np.asarray(np.asarray(ranks) <= k, dtype=float)


def ndcg(ranks: ArrayLike, k: int = 10) -> Array:
    """NDCG@k: 1 / log2(1 + rank) if rank <= k, else 0; the ideal list's is 1 with one relevant module.

    References
    ----------
    Jarvelin & Kekalainen 2002, ACM Transactions on Information Systems 20:422.
    """
    rank = np.asarray(ranks, dtype=float)
    return np.asarray(np.where(rank <= k, 1.0 / np.log2(1.0 + rank), 0.0))


def reciprocal_rank(ranks: ArrayLike) -> Array:
    """RR: 1 / rank; its mean is MRR.

    References
    ----------
    Voorhees 1999, TREC-8 Question Answering Track Report.
    """
    return np.asarray(1.0 / np.asarray(ranks, dtype=float))


def catalogue_coverage(lists: Iterable[Iterable[Any]], size: int) -> float:
    """Share of a catalogue of ``size`` modules that stands in anybody's list.

    References
    ----------
    Ge, Delgado-Battenfeld & Jannach 2010, RecSys, eq. 2.
    """
    return len({item for each in lists for item in each}) / size if size else 0.0


def rmse(errors: ArrayLike) -> float:
    """Root mean square error: sqrt(mean(error^2))."""
    return float(np.sqrt(np.mean(np.square(np.asarray(errors, dtype=float)))))


def interval_coverage(observed: ArrayLike, low: ArrayLike, high: ArrayLike) -> float:
    """Share of what was observed that lies within its interval, ends included.

    References
    ----------
    Gneiting, Balabdaoui & Raftery 2007, Journal of the Royal Statistical Society B 69:243.
    """
    seen = np.asarray(observed, dtype=float)
    return float(np.mean((np.asarray(low) <= seen) & (seen <= np.asarray(high))))


def pit_coverage(below: ArrayLike, up_to: ArrayLike, level: float = 0.9) -> float:
    """Share of observations in their central interval, where they come in steps, such as marks of 1-5.

    A mark stands for all that rounds to it: it counts by how much of the probability between
    ``below`` and ``up_to`` lies within the interval, as if drawn at random from there.

    Parameters
    ----------
    below, up_to : (n,) arrays
        Foretold probabilities of less than what was observed, and of no more than it.
    level : float

    References
    ----------
    Czado, Gneiting & Held 2009, Biometrics 65:1254 (the PIT of counts).
    """
    low, high = np.asarray(below, dtype=float), np.asarray(up_to, dtype=float)
    edge = (1.0 - level) / 2.0
    within = np.minimum(high, 1.0 - edge) - np.maximum(low, edge)
    width = np.maximum(high - low, 1e-12)
    sharp = (low >= edge) & (low <= 1.0 - edge)
    return float(np.mean(np.where(high - low > 1e-12, np.clip(within, 0.0, None) / width, sharp)))


def marks_coverage(
    errors: ArrayLike, spread: ArrayLike, cells: ArrayLike, level: float = 0.9
) -> tuple[float, float]:
    """Share of marks in their normal interval (``pit_coverage``), and its standard error.

    Parameters
    ----------
    errors, spread : (n,) arrays
        What was observed less what was foretold, and the standard deviation foretold.
    cells : (n, 2) array
        How far below and above it each mark reaches, in the same unit; 0 where it is exact.
    level : float

    Returns
    -------
    (float, float)
        Of no marks NaN, 0.
    """
    error, sd = np.asarray(errors, dtype=float), np.asarray(spread, dtype=float)
    if not error.size:
        return float("nan"), 0.0
    below, above = np.asarray(cells, dtype=float).reshape(-1, 2).T
    share = pit_coverage(ndtr((error - below) / sd), ndtr((error + above) / sd), level)
    return share, float(np.sqrt(share * (1.0 - share) / len(error)))


class Bin(NamedTuple):
    """One group of predictions: how many, their mean, the mean of what was observed, its standard error."""

    n: int
    predicted: float
    observed: float
    error: float


def calibration(predicted: ArrayLike, observed: ArrayLike, groups: int = 10) -> list[Bin]:
    """Predicted against observed in ``groups`` of equal size by the prediction, lowest first.

    Fewer groups where there are fewer predictions than twice that many.

    References
    ----------
    Hosmer & Lemeshow 1980, Communications in Statistics 9:1043 (deciles of the prediction).
    """
    said, seen = np.asarray(predicted, dtype=float), np.asarray(observed, dtype=float)
    order = np.argsort(said, kind="stable")
    parts = np.array_split(order, max(min(groups, len(order) // 2), 1)) if len(order) else []
    return [Bin(len(p), float(said[p].mean()), *mean_and_error(seen[p])) for p in parts]


def calibration_error(bins: Iterable[Bin]) -> float:
    """Mean distance of predicted from observed over the bins, weighted by size (ECE).

    References
    ----------
    Naeini, Cooper & Hauskrecht 2015, AAAI, eq. 3.
    """
    groups = list(bins)
    total = sum(g.n for g in groups)
    return sum(g.n * abs(g.predicted - g.observed) for g in groups) / total if total else 0.0


def mean_and_error(values: ArrayLike) -> tuple[float, float]:
    """Mean of independent values and its standard error, s / sqrt(n)."""
    x = np.asarray(values, dtype=float)
    return float(x.mean()), float(x.std(ddof=1) / np.sqrt(len(x))) if len(x) > 1 else 0.0


def auc(right: ArrayLike, chance: ArrayLike) -> float:
    """Area under the ROC curve: that something right was given the higher chance than something wrong.

    References
    ----------
    Hanley & McNeil 1982, Radiology 143:29 (as the Mann-Whitney statistic, ties a half).
    """
    y = np.asarray(right, dtype=float)
    hits = y.sum()
    if not 0 < hits < len(y):
        return float("nan")
    return float(
        (rankdata(np.asarray(chance, dtype=float))[y > 0].sum() - hits * (hits + 1) / 2)
        / (hits * (len(y) - hits))
    )


def log_loss(right: ArrayLike, chance: ArrayLike) -> float:
    """Mean of -log of the chance given to what happened, in nats."""
    y, p = np.asarray(right, dtype=float), np.clip(np.asarray(chance, dtype=float), 1e-9, 1 - 1e-9)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log1p(-p)))

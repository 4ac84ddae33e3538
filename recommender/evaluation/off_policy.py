"""What another policy would have earned, from a log of lists drawn with known probabilities.

Arrays are (n, L): a decision a row, a place of its list a column. A place counts with the product of
target over logging probability *down to it*: what stands below cannot change what was seen above
(McInerney, Brost, Chandar, Mehrotra & Carterette 2020, KDD: sequential reward interactions). Every
estimator gives values per decision and place; ``estimate`` makes a mean and an interval of any.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Log:
    """Decisions and what came of them.

    Parameters
    ----------
    reward : (n, L) array
        What the module in each place earned.
    logging, target : (n, L) arrays
        Probability of the module in its place given those above, under the policy that drew it and
        under the one to be judged.
    present : (n, L) array of bool
        Places that the list had.
    cluster : (n,) array of int
        The learner: decisions about one are not independent.
    """

    reward: Array
    logging: Array
    target: Array
    present: NDArray[np.bool_]
    cluster: NDArray[np.int64]


class Estimate(NamedTuple):
    """A mean over decisions with its 90 % interval, and how many learners it rests on."""

    value: float
    low: float
    high: float
    clusters: int


def weights(log: Log) -> Array:
    """(n, L) products of target over logging probability down to each place; 0 where there is none."""
    ratio = np.where(log.present, log.target / np.where(log.present, log.logging, 1.0), 1.0)
    return np.where(log.present, np.cumprod(ratio, axis=1), 0.0)


def ips(log: Log) -> Array:
    """(n, L) values by inverse propensity: w r; unbiased where the logging policy could draw it all.

    References
    ----------
    Horvitz & Thompson 1952, JASA 47:663; by place McInerney et al. 2020, eq. 6.
    """
    return weights(log) * log.reward


def self_normalised(log: Log) -> Array:
    """(n, L) values by self-normalised inverse propensity.

    Each place's mean is V = sum(w r) / sum(w); the values are V + w (r - V) / mean(w), whose mean is V
    and whose spread is that of V to first order, so that the shared interval holds for them too.

    References
    ----------
    Hajek 1971; Swaminathan & Joachims 2015, NeurIPS, section 4.
    """
    w = weights(log)
    there = log.present.sum(0)
    mean = np.where(there > 0, w.sum(0) / np.maximum(there, 1), 1.0)
    mean = np.where(mean > 0, mean, 1.0)
    value = (w * log.reward).sum(0) / np.maximum(there, 1) / mean
    return np.where(log.present, value + w * (log.reward - value) / mean, 0.0)


def doubly_robust(log: Log, predicted: Array, expected: Array) -> Array:
    """(n, L) doubly robust values: w_k (r_k - q_k) + w_(k-1) E_target[q in place k].

    Unbiased where the propensities are right whatever q is, and the less noisy the better q is.

    Parameters
    ----------
    log : Log
    predicted : (n, L) array
        q, the reward model's guess for the module in each place.
    expected : (n, L) array
        Its mean over what the target policy could have put there, given those above.

    References
    ----------
    Dudik, Langford & Li 2011, ICML, eq. 3; by place Kiyohara et al. 2022, WSDM, eq. 7.
    """
    w = weights(log)
    above = np.hstack([np.ones((len(w), 1)), w[:, :-1]])
    return np.where(log.present, w * (log.reward - predicted) + above * expected, 0.0)


def estimate(values: Array, cluster: NDArray[np.int64], level: float = 0.9) -> Estimate:
    """Mean over decisions of the sum over places, and its interval clustered by learner.

    The variance is the cluster-robust one of a mean, G / (G - 1) sum_g (sum of residuals)^2 / n^2, the
    quantile that of Student's t with G - 1 degrees (Liang & Zeger 1986, Biometrika 73:13; Cameron &
    Miller 2015, Journal of Human Resources 50:317).
    """
    total = values.sum(1) if values.ndim == 2 else values
    n = len(total)
    value = float(total.mean())
    _, where = np.unique(cluster, return_inverse=True)
    residual = np.bincount(where, total - value)
    g = len(residual)
    if g < 2:
        return Estimate(value, -np.inf, np.inf, g)
    error = float(np.sqrt(g / (g - 1) * (residual**2).sum()) / n)
    half = float(stats.t.ppf(0.5 + level / 2, g - 1)) * error
    return Estimate(value, value - half, value + half, g)


def effective_size(w: Array) -> float:
    """How many unweighted decisions weights are worth: (sum w)^2 / sum w^2.

    References
    ----------
    Kish 1965, Survey Sampling, section 11.7.
    """
    square = float((w**2).sum())
    return float(w.sum()) ** 2 / square if square else 0.0


def module_means(module: NDArray[np.int64], reward: Array, cluster: NDArray[np.int64], size: int) -> Array:
    """(2, size) guesses of a module's reward from each half of the learners, for the other half's use.

    The mean reward of a module, shrunk to that of all by as much as rewards tell modules apart. Fitted on
    one half and used on the other, the guess knows nothing of the outcome it is taken off (cross-fitting;
    Chernozhukov et al. 2018, Econometrics Journal 21:C1).

    Parameters
    ----------
    module, reward, cluster : (p,) arrays
        Of every place of the log.
    size : int
        Number of modules.
    """
    out = np.zeros((2, size))
    for fold in (0, 1):
        mine = cluster % 2 == fold
        out[1 - fold] = credible_means(module[mine], reward[mine], size)
    return out


def credible_means(module: NDArray[np.int64], reward: Array, size: int) -> Array:
    """(size,) means by module, shrunk to that of all as by variance within over variance between places more.

    Where modules cannot be told apart every one has the mean of all: a noisy guess is worse than a plain one.

    References
    ----------
    Buhlmann & Straub 1970; Buhlmann & Gisler 2005, A Course in Credibility Theory, section 4.8.
    """
    if not len(reward):
        return np.zeros(size)
    overall = float(reward.mean())
    count = np.bincount(module, minlength=size)
    total = np.bincount(module, reward, minlength=size)
    mean = np.where(count, total / np.maximum(count, 1), overall)
    free = len(reward) - int((count > 0).sum())
    within = float(((reward - mean[module]) ** 2).sum()) / free if free else np.inf
    spread = float((count * (mean - overall) ** 2).sum()) - ((count > 0).sum() - 1) * within
    between = spread / (len(reward) - float((count**2).sum()) / len(reward)) if spread > 0 else 0.0
    if not between:
        return np.full(size, overall)
    return np.asarray((total + within / between * overall) / (count + within / between))

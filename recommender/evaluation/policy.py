"""A log of decisions judged for a target version, in rows and in words."""

from __future__ import annotations

import numpy as np

from recommender.evaluation import off_policy
from recommender.evaluation.comparison import FEWEST
from recommender.evaluation.decisions import Judged
from recommender.evaluation.off_policy import Estimate, Log
from recommender.evaluation.rows import Row

LEAST_EFFECTIVE = 30.0
"""Decisions that the weighted log must at least be worth."""
LEAST_WEIGHT = 0.5
"""Mean weights far below 1 say that the target wants what the log hardly ever tried."""
SAME = 1e-6
"""How far from 1 the weights of the very policy that was served may lie, by rounding."""
LOGGED = "the log"


def policy_rows(judged: Judged) -> tuple[list[Row], str]:
    """Estimates of what a list earned and would have earned, and a sentence that says how to take them."""
    log = judged.log
    robust = off_policy.doubly_robust(log, judged.predicted, judged.expected)
    named = {
        LOGGED: log.reward,
        "inverse propensity": off_policy.ips(log),
        "self-normalised": off_policy.self_normalised(log),
        "doubly robust": robust,
    }
    measure = f"{judged.unit} a list"
    estimates = {name: off_policy.estimate(values, log.cluster) for name, values in named.items()}
    rows = [
        Row("policy", measure, name, e.value, n=e.clusters, note=f"90 %: {e.low:.3g} to {e.high:.3g}")
        for name, e in estimates.items()
    ]
    n = len(log.cluster)
    size, weight = _effective(log), _mean_weight(log)
    rows.append(Row("policy", "effective decisions", "least of the places", size, n=n, unit="decisions"))
    rows.append(
        Row(
            "policy",
            "mean weight",
            "furthest from 1",
            weight,
            n=n,
            unit="decisions",
            note="1 where the log can tell",
        )
    )
    gain = off_policy.estimate(robust - log.reward, log.cluster)
    return rows, _sentence(log, gain, size, weight, judged.unit)


def _by_place(log: Log) -> list[np.ndarray[tuple[int], np.dtype[np.float64]]]:
    w = off_policy.weights(log)
    return [w[log.present[:, k], k] for k in range(w.shape[1]) if log.present[:, k].any()]


def _effective(log: Log) -> float:
    return min(off_policy.effective_size(w) for w in _by_place(log))


def _mean_weight(log: Log) -> float:
    """The mean weight of the place where it lies furthest from the 1 that it should be."""
    means = [float(w.mean()) for w in _by_place(log)]
    return max(means, key=lambda m: abs(m - 1.0))


def _sentence(log: Log, gain: Estimate, size: float, weight: float, unit: str) -> str:
    """Whether the log can tell, and what."""
    n, learners = len(log.cluster), gain.clusters
    basis = f"{n} decisions about {learners} learners"
    if learners < FEWEST:
        return f"The log cannot tell: it holds {basis} old enough to judge, too few."
    if (log.logging[log.present] >= 1.0).all():
        return (
            f"The log cannot tell: all of its {basis} were drawn without exploration, so that nothing is "
            "known of what else might have been shown."
        )
    if all(np.allclose(w, 1.0, atol=SAME) for w in _by_place(log)):
        return f"It is what was served: on {basis} it would have drawn every list with the same probability."
    if size < LEAST_EFFECTIVE or weight < LEAST_WEIGHT:
        return (
            f"The log cannot tell: its {basis} are worth {size:.0f} for this version, which would have shown "
            "mostly what the log seldom did. Let it explore longer, or judge a version nearer to what served."
        )
    interval = f"{gain.value:+.3g} {unit} a list (90 % interval {gain.low:+.3g} to {gain.high:+.3g})"
    if gain.low <= 0.0 <= gain.high:
        return f"Not distinguishable from what was served, on {basis}: {interval}."
    word = "better" if gain.value > 0 else "worse"
    return f"It would have been {word} than what was served, on {basis}: {interval}."

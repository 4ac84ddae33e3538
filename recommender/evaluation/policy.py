"""A log of decisions judged for a target version, in rows and in words."""

from __future__ import annotations

from typing import NamedTuple

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
LOGGED, IPS, SNIPS, ROBUST = "the log", "inverse propensity", "self-normalised", "doubly robust"
DIFFERENCE = "doubly robust, less the log"


class Reach(NamedTuple):
    """How far a log reaches a target: effective decisions and mean weight, each in its worst place."""

    effective: float
    weight: float

    @property
    def tells(self) -> bool:
        """Whether the log can tell."""
        return self.effective >= LEAST_EFFECTIVE and self.weight >= LEAST_WEIGHT


def estimates(judged: Judged) -> dict[str, Estimate]:
    """What a list earned and would have earned by each estimator, and the difference between the two."""
    log = judged.log
    robust = off_policy.doubly_robust(log, judged.predicted, judged.expected)
    named = {
        LOGGED: log.reward,
        IPS: off_policy.ips(log),
        SNIPS: off_policy.self_normalised(log),
        ROBUST: robust,
        DIFFERENCE: robust - log.reward,
    }
    return {name: off_policy.estimate(values, log.cluster) for name, values in named.items()}


def reach(log: Log) -> Reach:
    """How far a log reaches the target."""
    places = _by_place(log)
    return Reach(min(map(off_policy.effective_size, places)), min(float(w.mean()) for w in places))


def policy_rows(judged: Judged) -> tuple[list[Row], str]:
    """Estimates of what a list earned and would have earned, and a sentence that says how to take them."""
    log, found = judged.log, estimates(judged)
    measure = f"{judged.unit} a list"
    rows = [
        Row("policy", measure, name, e.value, n=e.clusters, note=f"90 %: {e.low:.3g} to {e.high:.3g}")
        for name, e in found.items()
    ]
    n = len(log.cluster)
    size, weight = reached = reach(log)
    rows.append(Row("policy", "effective decisions", "least of the places", size, n=n, unit="decisions"))
    rows.append(
        Row(
            "policy",
            "mean weight",
            "least of the places",
            weight,
            n=n,
            unit="decisions",
            note="1 where the log can tell",
        )
    )
    return rows, _sentence(log, found[DIFFERENCE], reached, judged.unit)


def _by_place(log: Log) -> list[np.ndarray[tuple[int], np.dtype[np.float64]]]:
    w = off_policy.weights(log)
    return [w[log.present[:, k], k] for k in range(w.shape[1]) if log.present[:, k].any()]


def _sentence(log: Log, gain: Estimate, reached: Reach, unit: str) -> str:
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
    if not reached.tells:
        times = LEAST_EFFECTIVE / max(reached.effective, 1.0)
        wait = f", or wait for at least {times:.0f} times as many decisions" if times > 1 else ""
        return (
            f"The log cannot tell: its {basis} are worth {reached.effective:.0f} for this version, which "
            f"would have shown mostly what the log seldom did. Judge a version nearer to what served{wait}."
        )
    interval = f"{gain.value:+.3g} {unit} a list (90 % interval {gain.low:+.3g} to {gain.high:+.3g})"
    if gain.low <= 0.0 <= gain.high:
        return f"Not distinguishable from what was served, on {basis}: {interval}."
    word = "better" if gain.value > 0 else "worse"
    return f"It would have been {word} than what was served, on {basis}: {interval}."

"""Right or wrong answers in the fit: one learner's answers about one competency are a chain.

Between answers a competency moves by practice. Given the mixture's belief from everything else, a chain
is a scalar state-space model with a logistic observation. Expectation propagation (Minka 2001) turns it
into one Gaussian message about the profile where the chain begins, and gives the moments from which
practice, difficulties, slip and guess are estimated. All chains take a step at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.profiles.answering import Array, Practice, hear

Ints = NDArray[np.int64]

LEAST = 1e-7
"""Least precision of an answer, per squared point: with slip and guess one may tell nothing."""


@dataclass
class Chains:
    """Answers as chains, the longest first, and each answer as a Gaussian factor.

    Parameters
    ----------
    learner, k, start, length : (H,) arrays
        Whose chain it is, about which competency, and where its answers stand in the arrays below.
    item, right, warm : (n,) arrays
        Which item was answered, whether rightly, and whether right after another of its competency.
    precision, shift : (n,) arrays
        The factors: what each answer by itself says of its competency at that moment.
    """

    learner: Ints
    k: Ints
    start: Ints
    length: Ints
    item: Ints
    right: NDArray[np.bool_]
    warm: NDArray[np.bool_]
    precision: Array
    shift: Array

    @property
    def alive(self) -> Ints:
        """How many chains have an answer in each place."""
        longest = int(self.length[0]) if len(self.length) else 0
        return np.searchsorted(-self.length, -np.arange(longest), side="left").astype(np.int64)


def chains_of(learner: Ints, k: Ints, item: Ints, right: NDArray[np.bool_], competencies: int) -> Chains:
    """Chains of answers that stand by learner and in order of time."""
    warm = np.zeros(len(k), dtype=bool)
    warm[1:] = (learner[1:] == learner[:-1]) & (k[1:] == k[:-1])
    code = learner * competencies + k
    order = np.argsort(code, kind="stable")
    found, start, length = np.unique(code[order], return_index=True, return_counts=True)
    by = np.argsort(-length, kind="stable")
    return Chains(
        found[by] // competencies, found[by] % competencies, start[by], length[by],
        item[order], right[order], warm[order], np.zeros(len(code)), np.zeros(len(code)),
    )  # fmt: skip


@dataclass
class Sums:
    """What one sweep found.

    ``slope`` and ``curve`` (I,) of the log-likelihood along each item's ease, ``warm`` the same two along
    the ease of what is warm; ``moves`` (K, 6): number of moves, and sums over them of E[x], E[y], E[xx],
    E[xy], E[yy], x before and y after a move, from the centre; how many answers were guesses and slips.
    """

    slope: Array
    curve: Array
    warm: Array
    moves: Array
    guesses: float
    slips: float


def backward(chains: Chains, how: Practice, centre: Array) -> tuple[Array, Array]:
    """(n,) precision and shift of what an answer and all later ones of its chain say of that moment."""
    precision, shift = chains.precision.copy(), chains.shift.copy()
    keep, wander = 1.0 - how.fade[chains.k], how.wander[chains.k]
    step = how.gain[chains.k] + how.fade[chains.k] * centre[chains.k]
    alive = chains.alive
    for t in range(len(alive) - 2, -1, -1):
        n = int(alive[t + 1])
        at = chains.start[:n] + t
        later = precision[at + 1]
        damp = keep[:n] / (1.0 + wander[:n] * later)
        shift[at] += damp * (shift[at + 1] - later * step[:n])
        precision[at] += damp * keep[:n] * later
    return precision, shift


def sweep(
    chains: Chains, mean: Array, variance: Array, difficulty: Array, how: Practice, centre: Array
) -> Sums:
    """One sweep of expectation propagation along all chains; answers' factors are brought up to date.

    Parameters
    ----------
    mean, variance : (H,) arrays
        What everything but the chain says of the competency where it begins.
    difficulty : (I,) array
    how : Practice
    centre : (K,) array
        What practice fades towards.
    """
    later, pulled = backward(chains, how, centre)
    out = Sums(
        np.zeros(len(difficulty)),
        np.zeros(len(difficulty)),
        np.zeros(2),
        np.zeros((len(centre), 6)),
        0.0,
        0.0,
    )
    c, keep = centre[chains.k], 1.0 - how.fade[chains.k]
    alive = chains.alive
    for t, many in enumerate(alive):
        at = chains.start[:many] + t
        mean, variance = _hear(chains, at, mean[:many], variance[:many], later, pulled, difficulty, how, out)
        if t + 1 < len(alive):
            n = int(alive[t + 1])
            k = chains.k[:n]
            mean, variance, nxt = mean[:n], variance[:n], at[:n] + 1
            ahead = c[:n] + keep[:n] * (mean - c[:n]) + how.gain[k]
            spread = keep[:n] ** 2 * variance + how.wander[k]
            back = keep[:n] * variance / spread
            after_variance = 1.0 / (1.0 / spread + later[nxt])
            after = after_variance * (ahead / spread + pulled[nxt])
            x = mean + back * (after - ahead) - c[:n]
            x_variance = variance + back**2 * (after_variance - spread)
            y = after - c[:n]
            parts = (1.0 + 0 * x, x, y, x * x + x_variance, x * y + back * after_variance,
                     y * y + after_variance)  # fmt: skip
            for j, part in enumerate(parts):
                out.moves[:, j] += np.bincount(k, part, minlength=len(centre))
            mean, variance = ahead, spread
    return out


def _hear(
    chains: Chains, at: Ints, mean: Array, variance: Array, later: Array, pulled: Array, difficulty: Array,
    how: Practice, out: Sums,
) -> tuple[Array, Array]:  # fmt: skip
    """Take in one answer of each chain; returns the forward belief after it."""
    others = np.maximum(1.0 / variance + later[at] - chains.precision[at], LEAST)
    around = (mean / variance + pulled[at] - chains.shift[at]) / others
    item, right, warm = chains.item[at], chains.right[at], chains.warm[at]
    heard = hear(around, 1.0 / others, difficulty[item] - how.warm * warm, right, how.slip, how.guess)
    slope = (heard.mean - around) * others
    curve = others - heard.variance * others**2
    out.slope += np.bincount(item, slope, minlength=len(difficulty))
    out.curve += np.bincount(item, curve, minlength=len(difficulty))
    out.warm += slope[warm].sum(), curve[warm].sum()
    out.guesses += float((how.guess / heard.chance[right]).sum())
    out.slips += float((how.slip / heard.chance[~right]).sum())
    own = np.maximum(1.0 / heard.variance - others, LEAST)
    chains.precision[at] = own
    chains.shift[at] = heard.mean * (others + own) - around * others
    after = 1.0 / (1.0 / variance + own)
    return after * (mean / variance + chains.shift[at]), after

"""Segments drawn from their posterior, however many there are: a mixture of finite mixtures.

Severities are held, profiles integrated out, and so are segments' means where segments are cut in two or
joined (Jain & Neal 2004, Journal of Computational and Graphical Statistics 13:158); between that
everybody chooses a segment anew, empty ones among them (telescoping: Fruehwirth-Schnatter, Malsiner-Walli &
Gruen 2021, Bayesian Analysis 16:1279). EM's likelihood tells small numbers of overlapping segments from none
no better than chance does; what tells them is that true segments lie further apart than people within one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.special import gammaln

from recommender.profiles.batches import inverses
from recommender.profiles.mixture import Mixture, beliefs
from recommender.profiles.serve import Array

Ints = NDArray[np.int64]

EVEN = 4.0
"""Concentration of segments' sizes (Dirichlet): kinds of people are no handful each (judgement)."""
FURTHER = -2.0
"""Logarithm of how likely each further segment is before data, against one fewer."""
APART, APART_COUNT = 1.5, 1.0
"""The variance of segments' means about theirs, in variances within a segment, before data; and how many
segments' means that counts as (judgement: kinds of people differ more than people of a kind)."""
PATTERN_COUNTS = np.array([10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0])
"""Candidates for how many learners the covariance's pattern, two variances, counts as."""
EXCHANGES = 3
"""Cuts or joins tried between two choices of everybody's segment."""
STEPS, CERTAIN = 5, 8.0
"""Of EM that lead to the halves which a cut proposes, and the most sure that a proposal is, in logits."""
LOUD = 3.0
"""How many learners like them the two count as around whom the halves begin."""
SETTLING = 0.25
"""Share of the draws that are thrown away first."""


class Drawn(NamedTuple):
    """What draws say together.

    Parameters
    ----------
    share : (M,) array
        How likely each number of segments is, from one up.
    apart : float
        How far segments lie apart (``distance``), on average.
    mean : dict of int to Mixture
        Of each number that was drawn, the mean mixture.
    """

    share: Array
    apart: float
    mean: dict[int, Mixture]


class Sampler:
    """One chain.

    Parameters
    ----------
    precision, shift : (N, K, K) and (N, K) arrays
        Learners' evidence.
    begin : Mixture
        Of ``most`` segments at most.
    centre : (K,) array
        Of segments' means.
    most : int
        Segments at most.
    seed : int
    """

    def __init__(
        self, precision: Array, shift: Array, begin: Mixture, centre: Array, most: int, seed: int
    ) -> None:
        self.rng = np.random.default_rng(seed)
        self.precision, self.shift, self.most = precision, shift, most
        member = beliefs(precision, shift, begin).membership.argmax(1)
        self.label: Ints = np.unique(member, return_inverse=True)[1]
        n, k = shift.shape
        self.centre, self.counts = centre, PATTERN_COUNTS[1]
        self._stand(begin.between)
        self.along = np.full((k, k), 1.0 / k)
        self._hold(begin.covariance)
        self.variances = self._two(begin.covariance)
        number = np.arange(1, most + 1)
        prior = FURTHER * (number - 1.0) + gammaln(EVEN * number) - gammaln(EVEN * number + n)
        free = number - np.arange(most + 1)[:, None]
        ways = gammaln(number + 1.0) - gammaln(np.maximum(free, 0) + 1.0)
        self.chances = np.where(free >= 0, prior + ways, -np.inf)
        """(t, number): of so many segments, empty ones among them, where t are not empty."""
        self.filled = np.logaddexp.reduce(self.chances, axis=1)

    def _hold(self, covariance: Array) -> None:
        """What learners' evidence says of segments' means under a covariance, profiles integrated out."""
        n, k = self.shift.shape
        self.covariance = covariance
        self.inverse: Array = np.asarray(np.linalg.inv(covariance), float)
        self.unseen = inverses(self.precision + self.inverse)[0]
        kept = self.unseen @ self.inverse
        self.precise = (self.inverse - self.inverse @ kept).reshape(n, k * k)
        self.told = np.einsum("nl,nlk->nk", self.shift, kept)

    def _stand(self, between: float) -> None:
        """How far segments stand apart."""
        self.between, self.before = between, np.eye(len(self.centre)) / between

    def _two(self, matrix: Array) -> Array:
        """Of a covariance: along what all competencies share, and mean variance across."""
        k = len(matrix)
        shared = float((self.along * matrix).sum())
        return np.array([shared, (np.trace(matrix) - shared) / max(k - 1, 1)])

    def _means(self, precise: Array, told: Array) -> tuple[Array, Array]:
        """Precisions (C, K, K) and shifts (C, K, 1) of means, given what their members say together."""
        c, k = told.shape
        about = precise.reshape(c, k, k) + self.before
        return about, (told + self.centre / self.between)[:, :, None]

    def _fit(self, precise: Array, told: Array) -> Array:
        """(C,) log-likelihoods of members, means integrated out, but for what rests on single members."""
        about, shift = self._means(precise, told)
        root = np.linalg.cholesky(about)
        explained = (np.linalg.solve(root, shift) ** 2).sum((1, 2))
        empty = self.centre @ self.centre / self.between + len(self.centre) * np.log(self.between)
        return np.asarray(0.5 * (explained - empty) - np.log(np.diagonal(root, axis1=1, axis2=2)).sum(1))

    def exchange(self) -> None:
        """Try to cut the segment of two learners between them, or to join theirs."""
        one, other = self.rng.choice(len(self.label), 2, replace=False)
        mine, theirs = self.label[one], self.label[other]
        cut, number = mine == theirs, int(self.label.max()) + 1
        if cut and number == self.most:
            return
        who = np.flatnonzero((self.label == mine) | (self.label == theirs))
        precise, told, ends = self.precise[who], self.told[who], np.searchsorted(who, [one, other])
        odds = self._halves(precise, told, ends)
        first = self.rng.random(len(who)) < 1.0 / (1.0 + np.exp(-odds)) if cut else self.label[who] == mine
        first[ends] = True, False
        proposed = -np.logaddexp(0.0, np.where(first, -odds, odds))
        proposed[ends] = 0.0
        sizes, more = np.array([first.sum(), (~first).sum()]), number + cut
        gain = self.filled[more] - self.filled[more - 1] - proposed.sum() - gammaln(EVEN)
        gain += gammaln(EVEN + sizes).sum() - gammaln(EVEN + len(who))
        parts = np.stack([first, ~first, np.ones(len(who))]).astype(float)
        gain += self._fit(parts @ precise, parts @ told) @ [1.0, 1.0, -1.0]
        if np.log(self.rng.random()) < (gain if cut else -gain):
            self.label[who] = np.where(first, mine, number) if cut else mine
            self.label = np.unique(self.label, return_inverse=True)[1]

    def _halves(self, precise: Array, told: Array, ends: Ints) -> Array:
        """Log odds by which members, all but the two ends, would be in the first end's half."""
        n, whole, size = len(told), (precise.sum(0), told.sum(0)), len(told) / 2.0
        sums = LOUD * precise[ends], LOUD * told[ends]
        for step in range(STEPS + 1):
            means = np.linalg.solve(*self._means(*sums))[:, :, 0]
            square = means[:, :, None] * means[:, None, :]
            odds = told @ (means[0] - means[1]) - 0.5 * precise @ (square[0] - square[1]).ravel()
            odds += np.log((size + 1.0) / (n - size + 1.0))
            odds = np.minimum(np.maximum(odds, -CERTAIN), CERTAIN)
            if step < STEPS:
                share = 1.0 / (1.0 + np.exp(-odds))
                share[ends] = 1.0, 0.0
                both, size = (share @ precise, share @ told), share.sum()
                sums = np.stack([both[0], whole[0] - both[0]]), np.stack([both[1], whole[1] - both[1]])
        return np.asarray(odds)

    def choose(self) -> Mixture:
        """Number, sizes and means anew, and everybody's segment; the mixture of those that are not empty."""
        n, k = self.shift.shape
        chance = np.exp(self.chances[self.label.max() + 1] - self.filled[self.label.max() + 1])
        number = 1 + self.rng.choice(self.most, p=chance)
        member = np.eye(number)[self.label].T
        about, shift = self._means(member @ self.precise, member @ self.told)
        root = np.linalg.cholesky(about)
        around = np.linalg.solve(root, shift) + self.rng.standard_normal((number, k, 1))
        means = np.linalg.solve(root.swapaxes(1, 2), around)[:, :, 0]
        weights = self.rng.dirichlet(EVEN + member.sum(1))
        odds = np.log(np.maximum(weights, 1e-300)) + self.told @ means.T
        odds -= 0.5 * self.precise @ np.einsum("ck,cl->klc", means, means).reshape(k * k, number)
        share = np.exp(odds - odds.max(1, keepdims=True)).cumsum(1)
        chosen = (share < self.rng.random((n, 1)) * share[:, -1:]).sum(1)
        kept, self.label = np.unique(chosen, return_inverse=True)
        weights = weights[kept] / weights[kept].sum()
        return Mixture(weights, means[kept], self.covariance, self.between)

    def scatter(self, means: Array) -> None:
        """How segments and people scatter, given who is where and (C, K) means."""
        (n, k), rng = self.shift.shape, self.rng
        inside = self._two(self.covariance) @ [1.0, k - 1.0] / k
        spread = ((means - self.centre) ** 2).sum() + APART_COUNT * k * APART * inside
        self._stand(float(spread / 2.0 / rng.gamma(k * (len(means) + APART_COUNT) / 2.0)))
        theta = np.einsum("nkl,nl->nk", self.unseen, self.shift + (means @ self.inverse)[self.label])
        theta += np.einsum("nkl,nl->nk", np.linalg.cholesky(self.unseen), rng.standard_normal((n, k)))
        off = theta - means[self.label]
        shared, across = self.variances
        pattern = across * np.eye(k) + (shared - across) * self.along
        free = self.counts + k + 1.0 + n
        root = np.linalg.cholesky(np.linalg.inv(self.counts * pattern + off.T @ off))
        half = np.tril(rng.standard_normal((k, k)), -1) + np.diag(np.sqrt(rng.chisquare(free - np.arange(k))))
        drawn = np.asarray(np.linalg.inv(root @ half @ half.T @ root.T), float)
        grown = np.trace(drawn) / k / inside  # the prior of ``between`` goes with it
        toward = APART * inside / self.between * (grown - 1.0)
        if np.log(rng.random()) < APART_COUNT * k / 2.0 * (np.log(grown) - toward):
            self._hold(drawn)
        self._shape()

    def _shape(self) -> None:
        """The covariance's pattern, and what it counts as."""
        k, rng = len(self.centre), self.rng
        inverse, times = self._two(self.inverse), np.array([1.0, k - 1.0])
        free = self.counts + k + 1.0
        rate = np.maximum(self.counts * times * inverse / 2.0, 1e-300)  # of one competency nothing is across
        self.variances = np.maximum(rng.gamma(times * free / 2.0) / rate, 1e-300)
        free = PATTERN_COUNTS + k + 1.0
        fit = free / 2.0 * (k * np.log(PATTERN_COUNTS / 2.0) + times @ np.log(self.variances))
        fit -= gammaln((free[:, None] - np.arange(k)) / 2.0).sum(1)
        fit -= (free + k + 1.0) / 2.0 * np.linalg.slogdet(self.covariance)[1]
        fit -= PATTERN_COUNTS / 2.0 * ((times * self.variances) @ inverse)
        chance = np.exp(fit - fit.max())
        self.counts = float(rng.choice(PATTERN_COUNTS, p=chance / chance.sum()))


def draw(sampler: Sampler, sweeps: int) -> Drawn:
    """Run a chain; the first ``SETTLING`` of it is thrown away."""
    drawn: list[Mixture] = []
    for sweep in range(sweeps):
        for _ in range(EXCHANGES):
            sampler.exchange()
        mixture = sampler.choose()
        if sweep % 2 == 0:
            sampler.scatter(mixture.means)
        if sweep >= SETTLING * sweeps:
            drawn.append(mixture)
    numbers = np.array([len(mixture.weights) for mixture in drawn])
    share = np.bincount(numbers, minlength=sampler.most + 1)[1:] / len(drawn)
    return Drawn(share, float(np.mean([distance(mixture) for mixture in drawn])), {
        c: mean_of([mixture for mixture in drawn if len(mixture.weights) == c])
        for c in set(numbers.tolist())
    })  # fmt: skip


def distance(mixture: Mixture) -> float:
    """How far the segments of two people lie apart where they differ, in standard deviations within one.

    Root mean square; 0 where there is only one.
    """
    if len(mixture.weights) == 1:
        return 0.0
    off = mixture.means - mixture.weights @ mixture.means
    square = mixture.weights @ np.einsum("ck,kl,cl->c", off, np.linalg.inv(mixture.covariance), off)
    return float(np.sqrt(2.0 * square / (1.0 - (mixture.weights**2).sum())))


def mean_of(drawn: list[Mixture]) -> Mixture:
    """Mean of mixtures of one number of segments, each in the order that is nearest to the mean (Stephens
    2000, Journal of the Royal Statistical Society B 62:795)."""
    mean = drawn[-1]
    for _ in range(3):
        far = [((mean.means[:, None] - one.means) ** 2).sum(2) for one in drawn]
        orders = [linear_sum_assignment(square)[1] for square in far]
        mean = Mixture(
            np.mean([one.weights[o] for one, o in zip(drawn, orders, strict=True)], axis=0),
            np.mean([one.means[o] for one, o in zip(drawn, orders, strict=True)], axis=0),
            np.mean([one.covariance for one in drawn], axis=0),
            float(np.mean([one.between for one in drawn])),
        )
    return mean

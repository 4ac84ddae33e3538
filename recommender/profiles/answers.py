"""What right or wrong answers teach the fit: items' difficulties, practice, slip and guess.

Every quantity has a weak prior and is otherwise estimated, in the same EM as the mixture.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.profiles.answering import POINTS_PER_LOGIT, Array, Practice
from recommender.profiles.cells import Cells
from recommender.profiles.chains import Ints, Sums, backward, chains_of, sweep
from recommender.profiles.mixture import Beliefs, Mixture
from recommender.profiles.prior import CENTRE, bare_practice
from recommender.profiles.serve import ProfileModel, find, key_of

PRIOR_ANSWERS = 200.0
"""How many answers the priors of practice, slip and guess count as."""
PRIOR_ANSWERS_OF_ONE = 300.0
"""How many answers what holds of all competencies counts as in one of them."""
SPREAD = 10.0
"""Standard deviation, in points, that the prior's made-up moves stand from the centre."""
ITEM_SD, PRIOR_ITEMS = 10.0, 10.0
"""Of difficulties within a competency, before data; and how many items that counts as."""
LEVEL_SD = 20.0
"""Of competencies' difficulties around the middle of the scale, before data."""
WARM_SD = 3.0
"""Of what is easier right after another item of the same competency, before data; its mean is 0."""
LONGEST_STEP = 5.0
"""Points by which a difficulty moves at most in one step of the EM."""
HURRY, MOST_AT_ONCE = 4.0, 1.5
"""One answer says little of one step, so that EM alone moves the variance of steps by a small part of the
way each time: it goes this power of the ratio, and at most this factor (Salakhutdinov & Roweis 2003)."""
INNER = 0.05
"""Share of right answers nearer than this to 0 or 1 is not believed at the start."""


class Answers:
    """Right or wrong answers under today's estimates.

    Attributes
    ----------
    difficulty : (I,) array
        Of ``items``, in points; ``typical`` (K,) that of an item never seen.
    how : Practice
    moved : float
        How far the last step moved a difficulty, or the standard deviation of practice, in points.
    """

    def __init__(self, cells: Cells, previous: ProfileModel | None = None) -> None:
        a, self._shape = cells.answers, (len(cells.learners), len(cells.competencies))
        item, items = pd.factorize(a["item"])
        learner, k = a["learner"].to_numpy(np.int64), a["k"].to_numpy(np.int64)
        right = a["right"].to_numpy(np.float64) > 0.5
        self.items: NDArray[np.object_] = np.asarray(items, dtype=object)
        self._k_of: Ints = np.zeros(len(items), dtype=np.int64)
        self._k_of[item] = k
        self._chains = chains_of(learner, k, item.astype(np.int64), right, self._shape[1])
        self._variance = ITEM_SD**2
        self._centre = centres(cells)
        self.how = bare_practice(self._shape[1])
        self.difficulty, self.typical = self._guess(cells, item.astype(np.int64), right)
        if previous is not None and previous.competencies == cells.competencies:
            self._resume(previous)
        self.moved = 0.0
        self._chains_told = False
        """The first sweep knows nothing yet of what the other answers say: nothing is learnt from it."""

    def __len__(self) -> int:
        return len(self._chains.item)

    def terms(self) -> tuple[Array, Array]:
        """(N, K) precisions and shifts: what answers say of profiles where their chains begin."""
        precision, shift = np.zeros(self._shape), np.zeros(self._shape)
        if len(self):
            of, at = (self._chains.learner, self._chains.k), self._chains.start
            messages = backward(self._chains, self.how, self._centre)
            precision[of], shift[of] = messages[0][at], messages[1][at]
        self._sent = precision, shift
        return precision, shift

    def learn(self, found: Beliefs, mixture: Mixture) -> None:
        """Hear all answers again under what is believed now, and estimate anew what they rest on.

        Parameters
        ----------
        found : Beliefs
            Of every learner, the terms last given included.
        mixture : Mixture
        """
        if not len(self):
            return
        of = self._chains.learner, self._chains.k
        mean = np.einsum("nc,nck->nk", found.membership, found.means)
        apart = np.einsum("nc,nck->nk", found.membership, (found.means - mean[:, None]) ** 2)
        variance = np.diagonal(found.covariance, axis1=1, axis2=2) + apart
        own, pulled = self._sent
        rest = np.maximum(1.0 / variance[of] - own[of], 1e-6)
        around = (mean[of] / variance[of] - pulled[of]) / rest
        self._centre = mixture.weights @ mixture.means
        heard = sweep(self._chains, around, 1.0 / rest, self.difficulty, self.how, self._centre)
        if not self._chains_told:
            self._chains_told, self.moved = True, LONGEST_STEP
            return
        self._set_difficulties(heard)
        self._set_practice(heard)

    def _guess(self, cells: Cells, item: Ints, right: NDArray[np.bool_]) -> tuple[Array, Array]:
        """Difficulties to start from: shares of right answers as logits, shrunk to their competency's."""
        n, k = self._shape[1], self._k_of[item]
        share = (np.bincount(k, right, minlength=n) + 1.0) / (np.bincount(k, minlength=n) + 2.0)
        count = np.bincount(item, minlength=len(self.items))
        prior = 1.0 / (share * (1.0 - share))[self._k_of] * (POINTS_PER_LOGIT / ITEM_SD) ** 2
        own = (np.bincount(item, right, minlength=len(self.items)) + prior * share[self._k_of]) / (
            count + prior
        )
        typical, value = (np.log(p / (1.0 - p)) for p in (share, np.clip(own, INNER, 1.0 - INNER)))
        return (
            self._centre[self._k_of] - POINTS_PER_LOGIT * value,
            self._centre - POINTS_PER_LOGIT * typical,
        )

    def go_on(self, other: Answers) -> None:
        """Start from what some of the learners' answers taught."""
        self.how, self._variance, self._centre = other.how, other._variance, other._centre
        place = {name: i for i, name in enumerate(other.items)}
        at = np.array([place.get(name, -1) for name in self.items], dtype=np.int64)
        self.difficulty[at >= 0] = other.difficulty[at[at >= 0]]
        seen = np.bincount(other._k_of, minlength=self._shape[1]) > 0
        self.typical[seen] = other.typical[seen]

    def _resume(self, previous: ProfileModel) -> None:
        """Start from the model before."""
        self.how = previous.practice
        for i, name in enumerate(self.items):
            at = find(previous.item_keys, key_of(str(name)))
            if at is not None:
                self.difficulty[i] = previous.difficulty[at]
        seen = np.bincount(self._k_of, minlength=self._shape[1]) > 0
        self.typical[seen] = previous.typical[seen]

    def _set_difficulties(self, found: Sums) -> None:
        """One Newton step for each item around its competency's level; the levels and their spread."""
        k, held = self._k_of, 1.0 / self._variance
        curve = np.maximum(found.curve, 0.0) + held
        step = (-found.slope - held * (self.difficulty - self.typical[k])) / curve
        step = np.clip(step, -LONGEST_STEP, LONGEST_STEP)
        self.difficulty = self.difficulty + step
        self.moved = float(np.abs(step).max())
        count = np.bincount(k, minlength=self._shape[1])
        total = np.bincount(k, self.difficulty, minlength=self._shape[1])
        self.typical = (total / self._variance + CENTRE / LEVEL_SD**2) / (
            count / self._variance + 1.0 / LEVEL_SD**2
        )
        several = count[k] > 1
        left = (self.difficulty - self.typical[k])[several] ** 2 + 1.0 / curve[several]
        free = several.sum() - (count > 1).sum()
        self._variance = float((left.sum() + PRIOR_ITEMS * ITEM_SD**2) / (free + PRIOR_ITEMS))

    def _set_practice(self, found: Sums) -> None:
        """Slip, guess and warmth; moves of all competencies together, and of each drawn towards them."""
        before, n = bare_practice(1), len(self) + PRIOR_ANSWERS
        slope, curve = found.warm
        step = (slope - self.how.warm / WARM_SD**2) / (max(curve, 0.0) + 1.0 / WARM_SD**2)
        prior = float(before.gain[0]), float(before.wander[0]), float(before.fade[0])
        shared = _moves(found.moves.sum(0), prior, PRIOR_ANSWERS)
        each = np.array([_moves(m, shared, PRIOR_ANSWERS_OF_ONE) for m in found.moves])
        ratio = np.clip((each[:, 1] / self.how.wander) ** HURRY, 1.0 / MOST_AT_ONCE, MOST_AT_ONCE)
        self.moved = max(
            self.moved, float(np.abs(np.sqrt(ratio * self.how.wander) - self.how.wander**0.5).max())
        )
        self.how = Practice(
            (found.slips + PRIOR_ANSWERS * before.slip) / n,
            (found.guesses + PRIOR_ANSWERS * before.guess) / n,
            self.how.warm + float(step), each[:, 0], self.how.wander * ratio, each[:, 2],
        )  # fmt: skip


def _moves(sums: Array, prior: tuple[float, float, float], rows: float) -> tuple[float, float, float]:
    """Gain, wander and fade from moves' moments: a regression of after on before, ``rows`` made up."""
    n, x, y, xx, xy, yy = sums
    gain, wander, fade = prior
    square = rows * SPREAD**2
    n, y = n + rows, y + rows * gain
    xy, yy = xy + (1.0 - fade) * square, yy + (1.0 - fade) ** 2 * square + rows * (gain**2 + wander)
    xx = xx + square
    keep = min(max((xy - x * y / n) / (xx - x * x / n), 0.0), 1.0)
    step = (y - keep * x) / n
    left = yy - 2 * keep * xy - 2 * step * y + keep**2 * xx + 2 * keep * step * x + n * step**2
    return float(step), float(left / n), float(1.0 - keep)


def centres(cells: Cells) -> Array:
    """(K,) where profiles stand by other evidence, or the middle of the scale: where difficulties start."""
    count, total = (
        np.bincount(cells.pattern, weight, minlength=len(cells.patterns)) @ cells.patterns
        for weight in (cells.count, cells.count * cells.value)
    )
    mean = total / np.maximum(count, 1e-9)
    return np.asarray((mean * count + CENTRE * 30) / (count + 30))

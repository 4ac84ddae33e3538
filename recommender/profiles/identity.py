"""Which component is which: ids that stay with the people they were given for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from recommender.profiles.cells import Cells
from recommender.profiles.errors import Information
from recommender.profiles.job_fit import beside, known_shifts
from recommender.profiles.mixture import Mixture, beliefs
from recommender.profiles.prior import EVERYBODY
from recommender.profiles.serve import Array, ProfileModel

SAME = 1 / 3
"""Overlap from which a component is the one before: two groups of one size that share half their people."""


def identify(
    membership: Array, before: Array | None, ids: tuple[str, ...], upcoming: int
) -> tuple[list[str], NDArray[np.int64], int]:
    """Ids of the components, their order, and the number of the next one to be named.

    A component has the id of the one before that it overlaps most with (Hungarian method), if they overlap
    by ``SAME``; any other gets a number that none ever had. Its place is by number.

    Parameters
    ----------
    membership : (N, C) array
        Of the learners, in the components.
    before : (N, B) array or None
        Of the same learners on the same evidence, in the components of the model before.
    ids : tuple of str, length B
        Of the model before.
    upcoming : int
        The next number.
    """
    c = membership.shape[1]
    if c == 1:
        return [EVERYBODY.segment_id], np.arange(1), upcoming
    kept: dict[int, str] = {}
    if before is not None and before.shape[1] > 1:
        shared = overlap(before, membership)
        old, new = linear_sum_assignment(-shared)
        kept = {int(j): ids[i] for i, j in zip(old, new, strict=True) if shared[i, j] >= SAME}
    for j in range(c):
        if j not in kept:
            kept[j] = f"s{upcoming}"
            upcoming += 1
    order = np.array(sorted(range(c), key=lambda j: int(kept[j][1:])), dtype=np.int64)
    return [kept[j] for j in order], order, upcoming


def memberships(info: Information, previous: ProfileModel | None, cells: Cells) -> Array | None:
    """(N, B) memberships in the components of the model before; None where it knew other competencies.

    Parameters
    ----------
    info : Information
        The learners' evidence.
    previous : ProfileModel or None
    cells : Cells
        In which the learners stand.
    """
    if previous is None or previous.competencies != cells.competencies:
        return None
    old = Mixture(previous.weights, previous.means, previous.covariance)
    return beliefs(info.precision, beside(info, known_shifts(previous, cells)).shift, old).membership


def overlap(a: Array, b: Array) -> Array:
    """(A, B) overlap of two sets of groups: 1 the same people, 0 none in common.

    Parameters
    ----------
    a, b : (N, A) and (N, B) arrays
        Memberships, which need not be whole: the sum of the smaller over the sum of the larger, which is
        Jaccard's index where they are (Ruzicka 1958, Biologia 13:647).
    """
    total = a.sum(0)[:, None] + b.sum(0)
    both = np.array([[np.minimum(x, y).sum() for y in b.T] for x in a.T]).reshape(total.shape)
    return np.asarray(both / np.maximum(total - both, 1e-12))

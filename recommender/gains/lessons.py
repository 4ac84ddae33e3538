"""What replayed evidence says of gains, as arrays: a regression whose columns can be laid out in many ways.

An observation is linear in the points that every module before it moved the learner by
(``engine.replay.Tap``), and those are linear in beta once level match is given. The first is found by one
replay; the second is cheap, so that many a level match, and effects that wander, can be tried on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recommender.gains.match import SHAPE, LevelMatch, shapes
from recommender.gains.serve import GainTable
from recommender.profiles.serve import Array

if TYPE_CHECKING:
    from recommender.engine.replay import Tap

MOST_AT_ONCE = 2000
"""Finished modules laid out at once: bounds memory."""


@dataclass(frozen=True)
class Lessons:
    """Of F finished modules and R whitened observed values.

    Parameters
    ----------
    rows, at : (F,) arrays of int
        Module by row of the table, and when it was finished.
    means, variances, share : (F, C, K), (F, K), (F, C) arrays
        The belief just before.
    measured : (F,) array of bool
        Whether anything was measured after.
    value : (R,) array
        Residuals under the replay's gains, whitened.
    size : float
        Log determinant of all covariances.
    row_of, finish_of : (P,) arrays of int
        Pairs of a value and a finished module before it.
    reach : (P, K) array
        Derivative of that value by the points the module moved the learner by, its weights included.
    """

    rows: NDArray[np.int64]
    at: NDArray[np.int64]
    means: Array
    variances: Array
    share: Array
    measured: NDArray[np.bool_]
    value: Array
    size: float
    row_of: NDArray[np.int64]
    finish_of: NDArray[np.int64]
    reach: Array


def lessons_of(taps: Sequence[Tap], segments: int, competencies: int) -> Lessons:
    """Stack what many learners' taps heard."""
    finished = [f for tap in taps for f in tap.finished]
    measured = [i < tap.measured for tap in taps for i in range(len(tap.finished))]
    values, row_of, finish_of, reach = [], [], [], []
    rows, first, size = 0, 0, 0.0
    for tap in taps:
        for seen in tap.seen:
            count, n, k = seen.reach.shape
            root = np.linalg.cholesky(seen.spread)
            flat = np.column_stack([seen.residual, seen.reach.transpose(1, 0, 2).reshape(n, count * k)])
            white = np.linalg.solve(root, flat)
            size += 2.0 * float(np.log(np.diag(root)).sum())
            values.append(white[:, 0])
            reach.append(white[:, 1:].reshape(n * count, k))
            row_of.append(np.repeat(np.arange(rows, rows + n), count))
            finish_of.append(np.tile(np.arange(first, first + count), n))
            rows += n
        first += len(tap.finished)
    none = np.zeros(0, np.int64)
    return Lessons(
        np.array([f.row for f in finished], np.int64),
        np.array([f.at for f in finished], np.int64),
        np.array([f.means for f in finished]).reshape(len(finished), segments, competencies),
        np.array([f.variances for f in finished]).reshape(len(finished), competencies),
        np.array([f.share for f in finished]).reshape(len(finished), segments),
        np.array(measured, bool),
        np.concatenate([np.zeros(0), *values]),
        size,
        np.concatenate([none, *row_of]),
        np.concatenate([none, *finish_of]),
        np.concatenate([np.zeros((0, competencies)), *reach]),
    )


class Pulls(NamedTuple):
    """Columns of beta (F, A) that each finished module touches, -1 for none, and z averaged (F, K, A)."""

    columns: NDArray[np.int64]
    z: Array


def pulls(tab: GainTable, lessons: Lessons, match: LevelMatch) -> Pulls:
    """What each finished module does, column by column, under a level match."""
    model, rows = tab.model, lessons.rows
    c = lessons.share.shape[1]
    method, own = tab.methods[rows, None], tab.columns[rows, None]
    within = model.segment_at + method * c + np.arange(c)
    columns = np.hstack([
        np.tile(np.arange(SHAPE), (len(rows), 1)),
        np.where(method >= 0, model.method_at + method, -1),
        np.where(method >= 0, within, -1),
        np.where(own >= 0, model.module_at + own, -1),
    ])  # fmt: skip
    z = np.empty((len(rows), lessons.means.shape[2], SHAPE + c + 2))
    for start in range(0, len(rows), MOST_AT_ONCE):
        part = slice(start, start + MOST_AT_ONCE)
        at, share = rows[part], lessons.share[part]
        shape = shapes(tab.anchors[at], lessons.means[part], lessons.variances[part], match)
        z[part, :, :SHAPE] = tab.points[at, None, None] * np.einsum("fc,fsck->fks", share, shape)
        matched = tab.units[at, None, None] * share[:, :, None] * shape[:, 0]
        z[part, :, SHAPE] = z[part, :, -1] = matched.sum(1)
        z[part, :, SHAPE + 1 : -1] = matched.transpose(0, 2, 1)
    return Pulls(columns, z)


def laid_out(lessons: Lessons, pulled: Pulls, width: int) -> sparse.csr_matrix:
    """(R, width) whitened rows of the regression."""
    entries = np.einsum("pk,pka->pa", lessons.reach, pulled.z[lessons.finish_of])
    columns = pulled.columns[lessons.finish_of]
    kept = columns >= 0
    rows = np.broadcast_to(lessons.row_of[:, None], columns.shape)[kept]
    return sparse.csr_matrix((entries[kept], (rows, columns[kept])), shape=(len(lessons.value), width))

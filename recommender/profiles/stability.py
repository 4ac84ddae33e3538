"""Whether the segments would be found again in other learners of the same kind."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from recommender.evidence import Evidence
from recommender.framework import NINETY
from recommender.profiles import mixture as mix
from recommender.profiles.answers import Answers
from recommender.profiles.cells import Cells, cells_of
from recommender.profiles.earning import half_of
from recommender.profiles.errors import Errors, Information
from recommender.profiles.fit import ProfileMixture
from recommender.profiles.identity import overlap
from recommender.profiles.job_fit import beside, known_shifts
from recommender.profiles.merging import without_small
from recommender.profiles.occasion_fit import Occasions
from recommender.profiles.prior import CENTRE, prior_covariance
from recommender.profiles.serve import Array, ProfileModel, key_of
from recommender.profiles.severities import known

REPEATS = 10
MOST = 300
"""Refits, and learners looked at: what this costs grows with both."""
HEARINGS = 3
"""Passes until what right or wrong answers say has settled."""
BEYOND = 2
"""So many segments more than there are may be found by a refit."""


@dataclass(frozen=True)
class Stability:
    """What refits on B samples, drawn with replacement, found.

    Parameters
    ----------
    numbers : (B,) array of int
        How many segments.
    agreement : (B,) array
        Adjusted Rand index with the segments in question (Hubert & Arabie 1985, Journal of
        Classification 2:193): 1 the same, 0 no more alike than by chance.
    kept : (B, C) array
        Of each segment, Jaccard's index of its members with the most alike segment of the refit (Hennig
        2007, Computational Statistics & Data Analysis 52:258); NaN where it has no member.
    learners : int
        On how many learners.
    """

    numbers: NDArray[np.int64]
    agreement: Array
    kept: Array
    learners: int


def mean_interval(values: Array) -> tuple[float, tuple[float, float]]:
    """Mean of refits' shares and what holds it with 90 %, within 0 and 1."""
    mean, error = float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(len(values)))
    return mean, (max(mean - NINETY * error, 0.0), min(mean + NINETY * error, 1.0))


def stability(
    model: ProfileModel, evidence: Evidence, *, seed: int = 0, repeats: int = REPEATS, most: int = MOST
) -> Stability | None:
    """Refit on learners drawn with replacement, number of segments and all, and compare.

    Draws begin from what was found in all learners looked at.
    Every learner looked at is told their most probable segment by both, also those not drawn. How raters
    and sources err is held, and what modules earned is left in. A learner drawn twice counts as two who
    agree, so that refits lean to more segments rather than to fewer.

    Parameters
    ----------
    model : ProfileModel
    evidence : Evidence
        What it was fitted on.
    seed, repeats : int
    most : int
        Learners looked at.

    Returns
    -------
    Stability or None
        None where fewer than two learners were measured.
    """
    cells = cells_of(_some(evidence, seed, most))
    n = len(cells.learners)
    if n < 2:
        return None
    served = mix.Mixture(model.weights, model.means, model.covariance)
    info, half = _heard(cells, model, served, seed)
    ours = _labels(info, served)
    groups = np.eye(len(model.weights))[ours]
    draw = np.random.default_rng(seed)
    numbers, agreement, kept = [], [], []
    highest = len(model.weights) + BEYOND
    everybody = _refit(info, half, highest, seed, served)
    for repeat in range(repeats):
        drawn = draw.integers(n, size=n)
        found = _refit(info.of(drawn), half.of(drawn), highest, seed + repeat, everybody)
        labels = _labels(info, found)
        numbers.append(len(found.weights))
        agreement.append(adjusted_rand_score(ours, labels))
        kept.append(overlap(groups, np.eye(len(found.weights))[labels]).max(1))
    shares = np.where(groups.any(0), np.array(kept), np.nan)
    return Stability(np.array(numbers), np.array(agreement, float), shares, n)


def _refit(
    info: Information, half: Information, most: int, seed: int, alike: mix.Mixture | None = None
) -> mix.Mixture:
    """The mixture that would be chosen for this evidence."""
    k = info.shift.shape[1]
    bare = mix.Mixture(np.ones(1), np.full((1, k), CENTRE), prior_covariance(k))
    single, _ = mix.climb(info.precision, info.shift, bare)
    found = ProfileMixture(max_segments=most, seed=seed).segments(info, lambda: half, single, None, alike)
    return without_small(info.precision, info.shift, found)


def _heard(
    cells: Cells, model: ProfileModel, served: mix.Mixture, seed: int
) -> tuple[Information, Information]:
    """What these learners' evidence, and half of it, says beside their departments and roles, heard as the
    model hears it."""
    answers, lift = Answers(cells, model), np.zeros(len(cells.value))
    errors, occasions, by = _errors(model, cells), Occasions.among(cells), known_shifts(model, cells)
    for _ in range(HEARINGS):
        info = beside(Information(cells, lift, errors, answers.terms(), occasions), by)
        answers.learn(mix.beliefs(info.precision, info.shift, served).moved(by), served)
    whole, half = (
        beside(Information(some, lift, errors, answers.terms(), occasions), by)
        for some in (cells, half_of(cells, seed))
    )
    return whole, half


def _labels(info: Information, mixture: mix.Mixture) -> NDArray[np.intp]:
    """The most probable component of every learner."""
    return np.asarray(mix.beliefs(info.precision, info.shift, mixture).membership.argmax(1))


def _some(evidence: Evidence, seed: int, most: int) -> Evidence:
    """Ratings and scores of up to so many learners."""
    frames = (evidence.assessments, evidence.feedback)
    everybody = sorted({str(who) for frame in frames for who in frame["learner_id"].unique()})
    if len(everybody) <= most:
        return evidence
    chosen = set(np.random.default_rng(seed).permutation(everybody)[:most].tolist())
    a, f = (frame[frame["learner_id"].isin(chosen)].reset_index(drop=True) for frame in frames)
    return replace(evidence, assessments=a, feedback=f)


def _errors(model: ProfileModel, cells: Cells) -> Errors:
    """How sources and these raters err, as the model has it."""
    places = dict(zip(model.rater_keys.tolist(), range(len(model.rater_keys)), strict=True))
    at = np.array([places.get(key_of(str(r)), -1) for r in cells.raters], dtype=np.int64)
    mean, variance = np.append(model.rater_mean, 0.0), np.append(model.rater_variance, model.severity)
    raters = known(mean[at], variance[at], cells.form_rater)
    return Errors(model.offset, model.noise, model.halo, model.occasion, model.severity, raters)

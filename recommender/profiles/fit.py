"""Fit profiles and segments: one EM over the mixture, raters' severities and sources' errors.

Every quantity has a weak prior (``recommender.priors``) and is otherwise estimated. Given severities
and errors, each learner's evidence is a Gaussian in information form; given profiles, severities are
ridge means of forms' residuals and variances are moments with the posterior's own uncertainty in them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from recommender.evidence import SOURCES
from recommender.profiles import mixture as mix
from recommender.profiles.answers import Answers
from recommender.profiles.apart import apart
from recommender.profiles.cells import Cells, crowd, few_raters
from recommender.profiles.drawing import Sampler, draw
from recommender.profiles.earning import earn, half_of
from recommender.profiles.errors import Errors, Information, prior_errors, update_errors
from recommender.profiles.identity import identify, memberships
from recommender.profiles.job_fit import Jobs, beside
from recommender.profiles.labels import label_segments
from recommender.profiles.leading import DIRECTIONS, Leading
from recommender.profiles.merging import without_small
from recommender.profiles.occasion_fit import Occasions, evident
from recommender.profiles.prior import CENTRE, prior_covariance
from recommender.profiles.serve import Array, ProfileModel, key_of
from recommender.profiles.severities import unheard

LEAST_APART = 1.25
"""Standard deviations within a segment by which segments lie apart, or there are none; times the root of how
many competencies they can lie apart in, as by chance they lie 0.8 of that apart where there are none."""
CLEAR_GAIN = 10.0
"""Criterion by which segments that lie no further apart than by chance must beat none (Kass & Raftery 1995):
two kinds of people may differ in one way only, and be plain to see where people are well measured."""
KEPT = 0.1
"""The number of the model before stays where it is no less likely than this, in units of the likeliest."""
FEW = 3
"""Segments that are looked for where competencies are many, however few the learners: each has a mean in
every competency, and eight segments of 80 people foretold 76 competencies worse than four or none."""
SAMPLE = 1500
"""Learners on whom the number of segments is chosen, where there are more."""
BEGIN = 4
"""Segments that draws begin with where there was no model before."""
SWEEPS, FEW_SWEEPS = 800, 120
"""Draws of who is in which segment; the second where something alike was found already."""
CROWD = 10_000
"""Learners by whom everything but single learners and raters is learnt first, where there are more: EM's many
steps go over these, and only the last few over everybody."""
LAST_STEPS = 4
"""Steps over everybody after that: with two colleagues a learner severities settle in three."""


class ProfileMixture(BaseEstimator):  # type: ignore[misc]
    """Profiles and segments of an organisation.

    Parameters
    ----------
    max_segments : int
        The most components tried; their number is the likeliest of those drawn (``drawing``).
    steps : int
        EM steps for errors and severities.
    seed : int

    Attributes
    ----------
    model_ : ProfileModel
    membership_ : (N, C) array
        Of the learners in ``cells.learners``.
    mean_, sd_ : (N, K) arrays
        Their profiles and the standard deviations of those.
    numbers_ : (M,) array
        How likely each number of segments is, from one up, if there are any; as far as was tried.
    n_iter_ : int
        Steps of the EM of profiles and errors.

    References
    ----------
    Bovy, Hogg & Roweis 2011, Annals of Applied Statistics 5:1657. Collins & Lanza 2010, Latent Class and
    Latent Transition Analysis (profiles as components).
    """

    def __init__(self, max_segments: int = 8, steps: int = 40, seed: int = 0) -> None:
        self.max_segments = max_segments
        self.steps = steps
        self.seed = seed

    def fit(
        self,
        cells: Cells,
        names: Mapping[str, tuple[str, str]],
        lift: Array | None = None,
        previous: ProfileModel | None = None,
        first_segment: int = 1,
    ) -> ProfileMixture:
        """Fit to cells.

        Parameters
        ----------
        cells : Cells
        names : mapping of competency_id to (English, Chinese)
            For the segments' labels.
        lift : (n,) array, optional
            Points that modules finished before each cell had earned; taken off.
        previous : ProfileModel, optional
            The model before: draws begin from its components, which keep their ids.
        first_segment : int
            No segment gets a new number below this.
        """
        lift = np.zeros(len(cells.value)) if lift is None else lift
        self.n_iter_, self.numbers_ = 0, np.ones(1)
        current, errors, answers, info = self._learn(cells, lift, previous)
        by = self._jobs.on_learners()
        found = mix.beliefs(info.precision, beside(info, by).shift, current)
        current, found = _sort(current, found)
        segments, order, upcoming = identify(
            found.membership,
            memberships(info, previous, cells),
            tuple(s.segment_id for s in previous.segments) if previous else (),
            max(previous.next_segment if previous else 1, first_segment),
        )
        current, found = _ordered(current, found, order)
        self.membership_ = found.membership
        self.mean_, covariance = self._jobs.widened(found, current, whole=True).moved(by).moments()
        self.sd_ = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
        self.model_ = _model(cells, current, errors, answers, self._jobs, found, names, segments, upcoming)
        return self

    def _learn(
        self, cells: Cells, lift: Array, previous: ProfileModel | None
    ) -> tuple[mix.Mixture, Errors, Answers, Information]:
        """Everything but ids and names."""
        n, k = len(cells.learners), len(cells.competencies)
        if n > CROWD:
            return self._learn_on_crowd(cells, lift, previous)
        self._occasions, self._jobs = Occasions.among(cells), Jobs(cells)
        answers = Answers(cells, previous)
        errors = prior_errors(len(cells.raters), cells.form_rater)
        if previous is not None:
            errors.noise, errors.halo, errors.offset = previous.noise, previous.halo, previous.offset
        current = mix.Mixture(np.ones(1), np.full((1, k), CENTRE), prior_covariance(k))
        current, errors, info = self._climb(cells, lift, answers, current, errors, self.steps)
        errors.occasion = self._evident(info, current)
        if errors.occasion.any():
            current, errors, info = self._climb(cells, lift, answers, current, errors, self.steps)
        if n and self.max_segments > 1:
            known = previous if previous and previous.competencies == cells.competencies else None

            def half() -> Information:
                part = half_of(cells, self.seed)
                return Information(part, lift, errors, answers.terms(), self._occasions)

            current = self.segments(info, half, current, known)
        self._jobs.begin()  # after segments, which departments would otherwise take for their own
        if len(current.weights) > 1 or self._jobs.any:
            current, errors, info = self._climb(cells, lift, answers, current, errors, self.steps)
            current = self._without_small(info, current)
        return current, errors, answers, info

    def _learn_on_crowd(
        self, cells: Cells, lift: Array, previous: ProfileModel | None
    ) -> tuple[mix.Mixture, Errors, Answers, Information]:
        """The same EM, begun on some learners and ended on all."""
        some, kept = cells.of(crowd(cells, CROWD, self.seed))
        current, learnt, heard, _ = self._learn(some, lift[kept], previous)
        errors = replace(learnt, raters=unheard(len(cells.raters), cells.form_rater, learnt.severity))
        answers = Answers(cells, previous)
        answers.go_on(heard)
        self._occasions, self._jobs = Occasions.among(cells), Jobs(cells, self._jobs)
        current, errors, info = self._climb(cells, lift, answers, current, errors, LAST_STEPS)
        return self._without_small(info, current), errors, answers, info

    def _without_small(self, info: Information, current: mix.Mixture) -> mix.Mixture:
        return without_small(info.precision, beside(info, self._jobs.on_learners()).shift, current)

    def _climb(
        self, cells: Cells, lift: Array, answers: Answers, current: mix.Mixture, errors: Errors,
        steps: int,
    ) -> tuple[mix.Mixture, Errors, Information]:  # fmt: skip
        """Joint EM of mixture, errors and what answers rest on."""
        for _ in range(steps):
            self.n_iter_ += 1
            info = Information(cells, lift, errors, answers.terms(), self._occasions)
            by = self._jobs.on_learners()
            found = mix.beliefs(info.precision, beside(info, by).shift, current)
            updated = mix.maximise(self._jobs.widened(found, current), current)
            self._jobs.learn(found, current)
            found = found.moved(by)
            answers.learn(found, current)
            moved = max(
                np.abs(updated.means - current.means).max(initial=0.0), answers.moved, self._jobs.moved
            )
            fresh = update_errors(cells, info, found, errors) if len(cells.form_learner) else errors
            moved = max(moved, float(np.abs(fresh.raters.mean - errors.raters.mean).max(initial=0.0)),
                        float(np.abs(np.sqrt(fresh.noise) - np.sqrt(errors.noise)).max()))  # fmt: skip
            current, errors = updated, fresh
            if moved < 0.02:
                break
        return current, errors, Information(cells, lift, errors, answers.terms(), self._occasions)

    def _evident(self, info: Information, current: mix.Mixture) -> Array:
        """Variances of occasions' effects to start from; 0 where the evidence shows none."""
        if not self._occasions.telling.any():
            return np.zeros(len(SOURCES))
        found = mix.beliefs(info.precision, info.shift, current)
        return evident(info.about(self._occasions, np.zeros(len(SOURCES))), *found.moments())

    def segments(
        self, info: Information, half: Callable[[], Information], single: mix.Mixture,
        previous: ProfileModel | None, alike: mix.Mixture | None = None,
    ) -> mix.Mixture:  # fmt: skip
        """What ``choose`` finds; where there are more competencies than leading directions, in those, and
        only if as many segments earn their place (``half`` gives half of the evidence, see ``earning``)."""
        if len(single.covariance) <= DIRECTIONS:
            return self.choose(info, single, previous, alike)
        leading = Leading.of(single)
        some = np.random.default_rng(self.seed).permutation(len(info.shift))[:SAMPLE]
        few = info.of(some)
        few.precision, few.shift = leading.evidence(few.precision, few.shift)
        if previous is not None:
            was = leading.narrow(mix.Mixture(previous.weights, previous.means, previous.covariance))
            previous = replace(previous, means=was.means, covariance=was.covariance)
        near = leading.narrow(alike) if alike is not None else None
        most = max(len(some) // (2 * (len(single.covariance) + 1)), FEW)
        found = leading.widen(self.choose(few, leading.narrow(single), previous, near, most))
        c = len(found.weights)
        return found if c > 1 and earn(info.of(some), half().of(some), single, c, self.seed) else single

    def choose(
        self, info: Information, single: mix.Mixture, previous: ProfileModel | None,
        alike: mix.Mixture | None = None, most: int | None = None,
    ) -> mix.Mixture:  # fmt: skip
        """The mixture of the likeliest number of components, severities held.

        Parameters
        ----------
        info : Information
        single : Mixture
            The one Gaussian fitted to it.
        previous : ProfileModel or None
            Of the same competencies: where draws begin; its number is left only where it is unlikely.
        alike : Mixture, optional
            What was found in learners of whom these are a sample: few draws are enough from there.
        most : int, optional
            No more segments than this; as many as there are learners for, if not told.
        """
        n, k = info.shift.shape
        some = np.random.default_rng(self.seed).permutation(n)[:SAMPLE]
        precision, shift = info.precision[some], info.shift[some]
        most = min(self.max_segments, most or len(some) // (2 * (k + 1)))
        alone, likelihood = mix.climb(precision, shift, single)
        self.numbers_ = np.ones(1)
        if previous is not None:
            alike = alike or mix.Mixture(previous.weights, previous.means, previous.covariance)
        begin = alike if alike is not None and 1 < len(alike.weights) <= most else None
        for c in range(min(BEGIN, most), 1, -1):
            begin = begin or mix.clustered(precision, shift, alone, c, self.seed)
        if begin is None:
            return alone
        sampler = Sampler(precision, shift, begin, alone.means[0], most, self.seed)
        drawn = draw(sampler, FEW_SWEEPS if begin is alike else SWEEPS)
        self.numbers_ = drawn.share
        number = _number(drawn.share, previous)
        if number == 1:
            return alone
        found, more = mix.climb(precision, shift, drawn.mean[number])
        if drawn.apart >= LEAST_APART * np.sqrt(k):
            return found
        seen = float(mix.worth(mix.beliefs(precision, shift, alone), alone.covariance).sum())
        gain = mix.criterion(likelihood, 1, k, seen) - mix.criterion(more, number, k, seen)
        return found if gain > CLEAR_GAIN else alone


def _number(share: Array, previous: ProfileModel | None) -> int:
    """The likeliest number of segments, or that of the model before."""
    now = len(previous.weights) if previous is not None else 0
    kept = 0 < now <= len(share) and share[now - 1] >= KEPT * share.max()
    return now if kept else int(share.argmax()) + 1


def _sort(current: mix.Mixture, found: mix.Beliefs) -> tuple[mix.Mixture, mix.Beliefs]:
    """Largest component first."""
    return _ordered(current, found, np.argsort(-current.weights, kind="stable"))


def _ordered(
    current: mix.Mixture, found: mix.Beliefs, order: NDArray[np.int64]
) -> tuple[mix.Mixture, mix.Beliefs]:
    """The same components in another order."""
    return (
        mix.Mixture(current.weights[order], current.means[order], current.covariance),
        found._replace(membership=found.membership[:, order], means=found.means[:, order]),
    )


def _model(
    cells: Cells,
    current: mix.Mixture,
    errors: Errors,
    answers: Answers,
    jobs: Jobs,
    found: mix.Beliefs,
    names: Mapping[str, tuple[str, str]],
    ids: list[str],
    upcoming: int,
) -> ProfileModel:
    """What serving holds of the fit."""
    away = apart(found, current)
    segments = label_segments(ids, away, cells.competencies, names, few_raters(cells, found.membership))
    raters = np.array([key_of(r) for r in cells.raters], dtype=np.uint64)
    items = np.array([key_of(i) for i in answers.items], dtype=np.uint64)
    by_rater, by_item = np.argsort(raters), np.argsort(items)
    return ProfileModel(
        cells.competencies, cells.tree, segments, current.weights, current.means, current.covariance,
        errors.offset, errors.noise, errors.halo, errors.severity, answers.how,
        raters[by_rater], errors.raters.mean[by_rater], errors.raters.variance[by_rater], 0.0,
        items[by_item], answers.difficulty[by_item], answers.typical, errors.occasion, len(cells.learners),
        upcoming, away.covariance, away.sd, jobs.departments.shifts, jobs.roles.shifts,
    )  # fmt: skip

"""What the fit of profiles and segments and one update of a state cost, and what they find at that price.

Prints one online update over ``numpy.linalg.solve`` of seven unknowns; the fit's time over that of
scikit-learn's GaussianMixture on the filled matrix with as many components and EM steps; the error of
profiles, of the filled matrix, and of profiles where all but the profiles is known; and the same of
organisations of other sizes, with the memory before the fit and at most. Times are the processor's, on one
thread, so that what else the machine does counts little.
Usage: ``.venv/bin/python tests/bench/bench_profiles.py [--learners N] [--seed N] [--no-sizes]``.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
import timeit
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from recommender.evaluation.worlds.kinds import BASE
from recommender.evaluation.worlds.people import People, people
from recommender.evaluation.worlds.ratings import ROUNDING, STEP
from recommender.evidence import SOURCES
from recommender.framework import NINETY
from recommender.profiles import mixture as mix
from recommender.profiles import serve
from recommender.profiles.answers import Answers
from recommender.profiles.blocks import block_of
from recommender.profiles.cells import Cells
from recommender.profiles.errors import Information, prior_errors
from recommender.profiles.fit import ProfileMixture
from recommender.profiles.occasion_fit import Occasions
from recommender.profiles.severities import known

LEARNERS, COMPETENCIES = 200_000, 7
RATINGS = 10
"""By which a learner is measured, on average, where there are seven competencies."""
COLLEAGUES, RATED = 2, 16
"""Who rate each learner beside themselves, and how many learners each of them rates."""
NO_ANSWERS = pd.DataFrame({c: [] for c in ("learner", "k", "item", "right")})
SIZES = ((20, 60), (20, 124), (5_000, 60), (5_000, 124), (1_000_000, 7))
"""Learners and competencies of the other organisations."""


@dataclass(frozen=True)
class Organisation:
    """An organisation of one survey, with its truth: ``people`` and the raters' ``severity``."""

    cells: Cells
    people: People
    severity: np.ndarray

    @cached_property
    def names(self) -> dict[str, tuple[str, str]]:
        """Of the competencies."""
        return {c: (c, c) for c in self.cells.competencies}

    @cached_property
    def filled(self) -> np.ndarray:
        """(N, K) mean ratings, and where there are none the competency's mean."""
        cells, (n, k) = self.cells, self.people.theta.shape
        at = cells.form_learner[cells.form] * k + cells.pattern
        count = np.bincount(at, minlength=n * k).reshape(n, k)
        total = np.bincount(at, cells.value, minlength=n * k).reshape(n, k)
        usual = total.sum(0) / np.maximum(count.sum(0), 1)
        return np.asarray(np.where(count, total / np.maximum(count, 1), usual))

    def known(self) -> mix.Beliefs:
        """Profiles under true severities, noise and mixture: what no fit can be better than."""
        cells = self.cells
        errors = prior_errors(len(self.severity), cells.form_rater)
        errors.raters = known(self.severity, np.zeros(len(self.severity)), cells.form_rater)
        for name, offset, noise in (("self", BASE.self_offset, BASE.self_noise), ("peer", 0.0, BASE.noise)):
            source = SOURCES.index(name)
            errors.offset[source], errors.halo[source] = offset, BASE.halo**2
            errors.noise[source] = noise**2 + ROUNDING
        told = Information(
            cells, np.zeros(len(cells.value)), errors, Answers(cells).terms(), Occasions.among(cells)
        )
        truth = self.people
        return mix.beliefs(
            told.precision, told.shift, mix.Mixture(truth.weights, truth.means, truth.covariance)
        )


def organisation(learners: int, competencies: int, seed: int = 0) -> Organisation:
    """Everybody is rated by themselves and by two colleagues, on the same competencies, once."""
    rng = np.random.default_rng(seed)
    n, k = learners, competencies
    who = people(BASE, rng, n, k)
    raters = max(COLLEAGUES * n // RATED, COLLEAGUES)
    by = np.stack([*(rng.permutation(n) % raters for _ in range(COLLEAGUES)), np.full(n, -1)], axis=1)
    own, severity = by < 0, BASE.severity * rng.standard_normal(raters)
    seen = rng.random((n, k)) < RATINGS / (COLLEAGUES + 1) / COMPETENCIES
    seen[np.arange(n), rng.integers(k, size=n)] = True
    learner, form, competency = np.nonzero(np.broadcast_to(seen[:, None], (n, by.shape[1], k)))
    shared = BASE.halo * rng.standard_normal(by.shape) + np.where(own, BASE.self_offset, severity[by])
    spread = np.where(own, BASE.self_noise, BASE.noise)[learner, form]
    said = who.theta[learner, competency] + shared[learner, form] + spread * rng.standard_normal(len(learner))
    mark = np.clip(np.round(said / STEP), 0, 4) * STEP
    names = tuple(f"c{i}" for i in range(k))
    form_source = np.where(own, SOURCES.index("self"), SOURCES.index("peer")).ravel()
    nothing = np.zeros(len(mark), np.int64)
    cells = Cells(
        names, tuple((c, None) for c in names), np.array([f"p{i}" for i in range(n)], dtype=object),
        *(np.full(n, None, dtype=object) for _ in ("department", "role")),
        np.eye(k), np.repeat(np.arange(n), by.shape[1]), form_source, by.ravel(),
        np.zeros(by.size, np.int64), learner * by.shape[1] + form, competency, nothing,
        np.ones(len(mark)), mark, np.zeros(len(mark)), np.array([f"r{i}" for i in range(raters)], object),
        np.array([""] * by.size, dtype=object), NO_ANSWERS,
    )  # fmt: skip
    return Organisation(cells, who, severity)


def off(found: np.ndarray, truth: np.ndarray) -> float:
    """Root mean squared error, in points."""
    return float(np.sqrt(np.mean((found - truth) ** 2)))


def held(mean: np.ndarray, sd: np.ndarray, truth: np.ndarray) -> float:
    """Share of 90 % intervals with the truth in them."""
    return float(np.mean(np.abs(mean - truth) <= NINETY * sd))


def fitted(one: Organisation) -> tuple[ProfileMixture, float]:
    """Our fit and the seconds it took."""
    begin = time.process_time()
    ours = ProfileMixture().fit(one.cells, one.names)
    return ours, time.process_time() - begin


def against_gaussian_mixture(learners: int, seed: int) -> None:
    """Cost and what is found, beside scikit-learn."""
    one = organisation(learners, COMPETENCIES, seed)
    filled, truth = one.filled, one.people.theta
    fitted(organisation(1000, COMPETENCIES, seed))  # warm
    ours, seconds = fitted(one)
    segments = len(ours.model_.weights)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it is stopped where ours stopped
        theirs = GaussianMixture(segments, covariance_type="tied", max_iter=ours.n_iter_, tol=0.0)
        begin = time.process_time()
        label = theirs.fit(filled).predict(filled)
        plain = time.process_time() - begin
    best = one.known()
    print(f"{learners:,} learners, {COMPETENCIES} competencies, {len(one.cells.value):,} ratings,"
          f" {len(one.cells.raters):,} raters; {segments} segments, {ours.n_iter_} EM steps")  # fmt: skip
    print(f"{'':<26}{'seconds':>9}{'ratio':>8}{'error':>8}{'ARI':>7}{'90 % hold':>11}")
    segment = one.people.segment
    rows: list[tuple[str, float, float, np.ndarray, float | None]] = [
        ("the fit", seconds, off(ours.mean_, truth), ours.membership_.argmax(1),
         held(ours.mean_, ours.sd_, truth)),
        ("GaussianMixture", plain, off(filled, truth), label, None),
        ("all but profiles known", 0.0, off(best.moments()[0], truth), best.membership.argmax(1), None),
    ]  # fmt: skip
    for name, took, error, found, share in rows:
        cost = f"{took:>9.2f}{took / plain:>8.2f}" if took else " " * 17
        inside = f"{share:>11.1%}" if share is not None else ""
        print(f"{name:<26}{cost}{error:>8.3f}{adjusted_rand_score(segment, found):>7.3f}{inside}", flush=True)


def one_size(learners: int, competencies: int, seed: int) -> None:
    """One organisation's row, and the most memory this process ever had."""
    one = organisation(learners, competencies, seed)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    ours, seconds = fitted(one)
    most, truth = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, one.people.theta
    print(f"{learners:>9,}{competencies:>6}{len(one.cells.value):>12,}{len(ours.model_.weights):>10}"
          f"{seconds:>9.1f}{before:>9.2f}{most:>8.2f}{off(ours.mean_, truth):>8.2f}"
          f"{off(one.filled, truth):>8.2f}{held(ours.mean_, ours.sd_, truth):>11.1%}",
          flush=True)  # fmt: skip


def update(seed: int) -> None:
    """One rating taken into a learner's belief, and a solve of as many unknowns."""
    model = fitted(organisation(2000, COMPETENCIES, seed))[0].model_
    event = {
        "type": "feedback", "learner_id": "p0", "competency_id": "c0", "rating": 4.0, "scale_min": 1.0,
        "scale_max": 5.0, "rater_id": "r0", "relation": "peer", "reversed": 0, "item_id": None,
    }  # fmt: skip
    before = serve.prior(model)
    block = block_of(model, [event])
    assert block is not None

    def whole() -> None:
        heard = block_of(model, [event])
        assert heard is not None
        serve.moments(serve.observe(before, heard.looked, heard.value, heard.noise).posterior)

    right = np.random.default_rng(seed).standard_normal(COMPETENCIES)

    def seconds(what: Callable[[], object]) -> float:
        return timeit.timeit(what, number=500, timer=time.process_time)

    for what, once in (
        ("conditioning on it", lambda: serve.observe(before, block.looked, block.value, block.noise)),
        ("from the event as stored to the profile's mean and covariance", whole),
    ):
        # in turn, so that both meet the same machine
        pairs = [
            (seconds(once), seconds(lambda: np.linalg.solve(model.covariance, right))) for _ in range(20)
        ]
        ours, plain = np.min(pairs, axis=0) / 500 * 1e6
        print(f"one online update, {len(model.weights)} segments, {what}: {ours:.0f} us, {ours / plain:.1f}"
              f" times numpy.linalg.solve of {COMPETENCIES} unknowns ({plain:.1f} us)",
              flush=True)  # fmt: skip


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--learners", type=int, default=LEARNERS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-sizes", action="store_true", help="leave the other sizes out")
    parser.add_argument("--size", type=int, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    with threadpool_limits(1):
        if options.size:
            one_size(*options.size, options.seed)
            return
        update(options.seed)
        against_gaussian_mixture(options.learners, options.seed)
    if options.no_sizes:
        return
    print(f"{'learners':>9}{'K':>6}{'ratings':>12}{'segments':>10}{'seconds':>9}{'GiB':>9}{'peak':>8}"
          f"{'error':>8}{'filled':>8}{'90 % hold':>11}", flush=True)  # fmt: skip
    for learners, competencies in SIZES:
        size = ["--size", str(learners), str(competencies), "--seed", str(options.seed)]
        subprocess.run([sys.executable, __file__, *size], check=True)


if __name__ == "__main__":
    main()

"""Draws of segments follow their posterior, which is known where everything can be counted."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from profiles.test_mixture_search import seen
from scipy.special import gammaln
from scipy.stats import multivariate_normal

from recommender.profiles import drawing
from recommender.profiles.drawing import Drawn
from recommender.profiles.fit import LEAST_APART, ProfileMixture
from recommender.profiles.mixture import Mixture, beliefs, climb, clustered


def test_partitions_are_drawn_as_often_as_they_are_likely() -> None:
    """Six learners, covariances held: partitions' posterior by dense Gaussians, the rest integrated out."""
    rng, n, k, most, noise = np.random.default_rng(0), 6, 2, 3, 30.0
    place = np.array([40.0, 43.0, 47.0, 56.0, 59.0, 63.0])
    score = place[:, None] + 3.0 * rng.standard_normal((n, k))
    covariance, between, centre = np.array([[50.0, 10.0], [10.0, 50.0]]), 90.0, np.full(k, 50.0)
    parts: dict[tuple[int, ...], float] = {}
    for label in product(range(most), repeat=n):
        if any(new > max(label[:i], default=-1) + 1 for i, new in enumerate(label)):
            continue  # the same partition by other names
        sizes = np.bincount(label)
        number = np.arange(len(sizes), most + 1)
        prior = drawing.FURTHER * number + gammaln(drawing.EVEN * number) - gammaln(drawing.EVEN * number + n)
        fit = np.logaddexp.reduce(prior + gammaln(number + 1.0) - gammaln(number - len(sizes) + 1.0))
        fit += (gammaln(drawing.EVEN + sizes) - gammaln(drawing.EVEN)).sum()
        for c, size in enumerate(sizes):
            dense = np.kron(np.eye(size), covariance + noise * np.eye(k)) + between * np.kron(
                np.ones((size, size)), np.eye(k)
            )
            mine = score[np.array(label) == c].ravel()
            fit += multivariate_normal(np.tile(centre, size), dense).logpdf(mine)
        parts[label] = fit
    chance = np.exp(np.array(list(parts.values())) - max(parts.values()))
    chance /= chance.sum()
    begin = Mixture(np.ones(1), centre[None], covariance, between)
    sampler = drawing.Sampler(
        np.tile(np.eye(k) / noise, (n, 1, 1)), score / noise, begin, centre, most, seed=1
    )
    seen_as = dict.fromkeys(parts, 0)
    for _ in range(6000):
        sampler.exchange()
        sampler.choose()
        names: dict[int, int] = {}
        seen_as[tuple(names.setdefault(int(c), len(names)) for c in sampler.label)] += 1
    drawn = np.array(list(seen_as.values())) / 6000
    assert 0.5 * np.abs(drawn - chance).sum() < 0.06
    for t in range(1, most + 1):
        of = [max(label) + 1 == t for label in parts]
        assert drawn[of].sum() == pytest.approx(chance[of].sum(), abs=0.03)


def test_segments_hardly_seen_lie_further_apart_than_people_of_none() -> None:
    precision, shift, truth = seen(2)
    some = slice(0, 300)
    rng = np.random.default_rng(1)
    everybody = truth.covariance + 100.0 * np.eye(7)
    theta = rng.multivariate_normal(np.full(7, 55.0), everybody, 300)
    told = np.einsum("nkl,nl->nk", precision[some], theta)
    none = told + np.einsum("nkl,nl->nk", np.sqrt(precision[some]), rng.standard_normal((300, 7)))
    apart = []
    for evidence in (shift[some], none):
        single, _ = climb(precision[some], evidence, Mixture(np.ones(1), np.full((1, 7), 55.0), everybody))
        begin = clustered(precision[some], evidence, single, 4, 0)
        assert begin is not None
        sampler = drawing.Sampler(precision[some], evidence, begin, single.means[0], 8, 0)
        apart.append(drawing.draw(sampler, 300).apart)
    assert apart[0] > 4.0 > LEAST_APART * np.sqrt(7) > apart[1]


def test_one_competency_has_no_pattern_to_be_drawn() -> None:
    rng = np.random.default_rng(0)
    score = np.repeat([40.0, 70.0], 60)[:, None] + 4.0 * rng.standard_normal((120, 1))
    precision = np.full((120, 1, 1), 1 / 9.0)
    begin = Mixture(np.full(2, 0.5), np.array([[45.0], [60.0]]), np.array([[50.0]]))
    drawn = drawing.draw(drawing.Sampler(precision, score / 9.0, begin, np.full(1, 55.0), 4, 0), 200)
    assert drawn.share.argmax() == 1
    np.testing.assert_allclose(np.sort(drawn.mean[2].means[:, 0]), [40, 70], atol=3.0)


def chosen(score: np.ndarray, noise: float, previous: Mixture | None = None) -> tuple[int, np.ndarray]:
    """How many segments are found in (n, K) scores of such noise (sd), and who is in which."""
    (n, k), prior = score.shape, 100.0 * np.eye(score.shape[1])
    info: Any = SimpleNamespace(precision=np.tile(np.eye(k) / noise**2, (n, 1, 1)), shift=score / noise**2)
    before: Any = None if previous is None else SimpleNamespace(**previous._asdict())
    single = Mixture(np.ones(1), score.mean(0)[None], prior)
    found = ProfileMixture().choose(info, single, before)
    return len(found.weights), beliefs(info.precision, info.shift, found).membership.argmax(1)


def test_two_kinds_that_differ_in_one_way_are_found_where_they_are_well_seen() -> None:
    rng, n, k = np.random.default_rng(1), 300, 12
    kind = np.arange(n) % 2
    score = 50.0 + 8.0 * rng.standard_normal((n, k))
    score[:, 0] += 32.0 * kind  # four standard deviations: less than LEAST_APART asks of twelve competencies
    number, member = chosen(score, 1.0)
    assert number == 2
    assert max((member == kind).mean(), (member != kind).mean()) > 0.95


@pytest.mark.parametrize("places", [(30.0, 70.0), (20.0, 50.0, 80.0)])
def test_fewer_places_than_draws_begin_with_are_segments_too(places: tuple[float, ...]) -> None:
    number, _ = chosen(np.repeat(places, 60)[:, None], 5.0)
    assert number == len(places)


def test_the_number_before_stays_unless_it_is_unlikely(monkeypatch: pytest.MonkeyPatch) -> None:
    score = np.repeat([30.0, 70.0], 60)[:, None] + np.random.default_rng(0).standard_normal((120, 1))
    two = Mixture(np.full(2, 0.5), np.array([[30.0], [70.0]]), np.array([[9.0]]))
    three = Mixture(np.full(3, 1 / 3), np.array([[30.0], [31.0], [70.0]]), np.array([[9.0]]))
    for share, number in (((0.5, 0.45, 0.05), 2), ((0.02, 0.04, 0.94), 3)):
        drawn = Drawn(np.array(share), 40.0, {2: two, 3: three})
        monkeypatch.setattr("recommender.profiles.fit.draw", lambda sampler, sweeps, drawn=drawn: drawn)
        assert chosen(score, 1.0, two)[0] == number


def test_the_mean_of_mixtures_does_not_depend_on_their_order() -> None:
    one = Mixture(np.array([0.3, 0.7]), np.array([[40.0, 50.0], [60.0, 55.0]]), np.eye(2))
    other = Mixture(one.weights[::-1], one.means[::-1] + 2.0, 3.0 * np.eye(2))
    mean = drawing.mean_of([one, other, one])
    order = np.argsort(mean.means[:, 0])
    np.testing.assert_allclose(mean.means[order], one.means + 2.0 / 3.0)
    np.testing.assert_allclose(mean.weights[order], [0.3, 0.7])
    np.testing.assert_allclose(mean.covariance, 5.0 / 3.0 * np.eye(2))

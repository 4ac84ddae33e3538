"""Worlds are what they say, and share nothing with the models they judge."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import recommender.evaluation.worlds as package
from recommender.evaluation import ceilings, peers
from recommender.evaluation.worlds import BASE, KINDS, make

MODELS = {"profiles", "gains", "affinity", "policy", "engine", "simulate"}


def test_worlds_import_no_model() -> None:
    folder = Path(package.__file__).parent
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                assert not MODELS & set(node.module.split(".")), path.name
    assert len(list(folder.glob("*.py"))) > 4


def test_every_world_says_what_it_breaks_and_changes_something() -> None:
    assert len(KINDS) >= 8
    for name, kind in KINDS.items():
        assert kind.name == name
        assert kind.breaks
    assert len({repr(kind).split("breaks")[1].split(",", 1)[1] for kind in KINDS.values()}) == len(KINDS)


def test_a_world_is_a_function_of_its_arguments() -> None:
    one, same, other = make(BASE, 3, learners=40), make(BASE, 3, learners=40), make(BASE, 4, learners=40)
    np.testing.assert_array_equal(one.people.theta, same.people.theta)
    np.testing.assert_array_equal(one.ratings.mark, same.ratings.mark)
    assert not np.array_equal(one.people.theta, other.people.theta)


def test_evidence_is_what_was_rated_and_only_of_the_cohorts_asked_for() -> None:
    world = make(BASE, 0, learners=60)
    frame = world.evidence(cohorts=1).feedback
    assert set(frame["learner_id"]) == {f"e{i:05d}" for i in range(20)}
    assert len(world.evidence().feedback) == len(world.ratings.mark)
    assert set(frame["relation"]) == {"self", "peer"}
    hidden = world.evidence(know_raters=False).feedback
    others = hidden[hidden["relation"] == "peer"]
    assert others.groupby("rater_id")["learner_id"].nunique().max() == 1
    assert others.groupby("rater_id").size().sum() == (world.ratings.rater >= 0).sum()


@pytest.mark.parametrize(("name", "share"), [("well rated", 0.1), ("base", 0.4), ("hardly rated", 0.7)])
def test_so_many_cells_are_unrated(name: str, share: float) -> None:
    world = make(KINDS[name], 1, learners=400)
    raw = peers.raw_means(world.ratings, 400, 7)
    assert np.isnan(raw).mean() == pytest.approx(share, abs=0.06)
    assert not np.isnan(raw).all(axis=1).any()


def test_self_ratings_run_high_or_low() -> None:
    for name, sign in (("base", 1), ("modest", -1)):
        world = make(KINDS[name], 2, learners=300)
        own = world.ratings.rater < 0
        error = world.ratings.points - world.people.theta[world.ratings.learner, world.ratings.competency]
        assert sign * (error[own].mean() - error[~own].mean()) > 5


def test_shapes_are_skewed_and_heavy_tailed_about_the_same_variance() -> None:
    def left(name: str) -> np.ndarray:
        people = make(KINDS[name], 0, learners=3000).people
        return people.theta - people.means[people.segment]

    plain, skewed, heavy = (left(name) for name in ("base", "skewed", "heavy tails"))
    assert np.std(skewed) == pytest.approx(np.std(plain), rel=0.1)
    assert (skewed**3).mean() / np.std(skewed) ** 3 > 1.0
    assert (heavy**4).mean() / np.std(heavy) ** 4 > 4.0
    assert (plain**4).mean() / np.std(plain) ** 4 < 3.5


def test_a_module_teaches_most_just_below_its_level_and_as_much_anywhere_where_level_does_not_matter() -> (
    None
):
    base, free = make(BASE, 0, learners=30).courses, make(KINDS["level free"], 0, learners=30).courses
    above = np.linspace(-40, 40, 81)
    assert above[base.match(above).argmax()] == 8.0
    theta, segment = np.tile([[20.0], [50.0]], (1, 7)), np.zeros(2, int)
    assert np.ptp(free.gain(0, theta, segment).sum(-1), axis=0).max() < 1e-9
    assert np.ptp(base.gain(0, theta, segment).sum(-1), axis=0).max() > 1.0


def test_effects_stay_unless_they_drift() -> None:
    assert np.ptp(make(BASE, 0, learners=30).courses.strength, axis=0).max() == 0
    assert np.ptp(make(KINDS["drifting effects"], 0, learners=30).courses.strength, axis=0).max() > 1


def test_with_everything_known_but_noise_gone_the_ceiling_is_the_truth() -> None:
    world = make(BASE, 0, learners=60)
    r = world.ratings
    dense = peers.Ratings(r.learner, r.competency, r.rater, r.mark, r.severity)
    found = ceilings.posterior(world.kind, dense, ceilings.family(world.kind, world.people), 60)
    raw = peers.imputed(peers.raw_means(r, 60, 7))
    theta = world.people.theta
    assert ((found.mean - theta) ** 2).mean() < 0.8 * ((raw - theta) ** 2).mean()
    np.testing.assert_allclose(found.membership.sum(1), 1.0)
    # the draws are of the same posterior as the means in closed form
    np.testing.assert_allclose(found.draws.mean(0), found.mean, atol=3.0)


def test_the_ceiling_agrees_with_a_dense_gaussian_solve_where_there_is_one_kind_of_people() -> None:
    world = make(KINDS["no segments"], 0, learners=40)
    kind, r, people = world.kind, world.ratings, world.people
    found = ceilings.posterior(kind, r, ceilings.family(kind, people), 40)
    n, k = people.theta.shape
    own = r.rater < 0
    looked = np.zeros((len(r.mark), n * k))
    looked[np.arange(len(r.mark)), r.learner * k + r.competency] = 1.0
    form = r.learner * 1000 + r.rater
    error = np.diag(np.where(own, kind.self_noise, kind.noise) ** 2 + 25.0**2 / 12)
    error += kind.halo**2 * (form[:, None] == form)
    error += kind.severity**2 * (r.rater[:, None] == r.rater) * ~own * ~own[:, None]
    prior = np.kron(np.eye(n), people.covariance)
    mean = np.tile(people.means[0], n)
    cross = prior @ looked.T
    value = r.points - np.where(own, kind.self_offset, 0.0) - looked @ mean
    exact = (mean + cross @ np.linalg.solve(looked @ cross + error, value)).reshape(n, k)
    np.testing.assert_allclose(found.mean, exact, atol=0.5)


def test_the_ceiling_that_must_learn_segments_learns_them_from_the_ratings() -> None:
    world = make(KINDS["well rated"], 0, learners=150)
    told = ceilings.family(world.kind, world.people)
    wrong = replace(told, means=told.means + np.array([[12.0], [-12.0], [12.0], [-12.0], [12.0]]))

    def error(family: ceilings.Family, *, learnt: bool) -> float:
        found = ceilings.posterior(world.kind, world.ratings, family, 150, learnt=learnt)
        return float(((found.mean - world.people.theta) ** 2).mean())

    best = error(told, learnt=False)
    assert best < error(told, learnt=True) < 1.15 * best  # learning costs something, and not much
    assert error(wrong, learnt=True) < 1.15 * best < error(wrong, learnt=False)  # and never what it is told

"""What replayed evidence teaches: level match, effects that wander, and rows that are true derivatives."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
from replay_worlds import catalogue, engine, events

from recommender.engine.replay import Rules, Tap, follow
from recommender.framework import Catalogue, Competency, Module
from recommender.gains.fit import LIVES, GainRegression, Learning, Sums, wander
from recommender.gains.lessons import Lessons, laid_out, lessons_of, pulls
from recommender.gains.match import LevelMatch, shapes
from recommender.gains.serve import GainModel, GainTable, bare, blocks, table
from recommender.profiles.blocks import steps_of
from recommender.profiles.serve import DAY

TAUGHT = Catalogue(
    (Competency("a"), Competency("b")),
    tuple(
        Module(f"m{i}", competencies=(("ab"[i % 2], 1.0),), level=1 + i % 3, method="workshop", minutes=120)
        for i in range(6)
    ),
)


def taught(
    match: LevelMatch, own: np.ndarray, at: np.ndarray, noise: float = 0.5
) -> tuple[GainTable, Lessons]:
    """Learners who each took one module at a time and were then measured: the truth is ``match`` and ``own``.

    ``own`` (F,) is what the module's own coefficient was when it was finished, ``at`` (F,) when that was.
    """
    rng = np.random.default_rng(0)
    model = bare(("s",), tuple(m.module_id for m in TAUGHT.modules))
    tab = table(model, TAUGHT, ("a", "b"))
    n = len(at)
    rows = np.arange(n) % 6
    means, variances = rng.uniform(25, 85, (n, 1, 2)), np.full((n, 2), 9.0)
    empty = Lessons(
        rows, at, means, variances, np.ones((n, 1)), np.ones(n, bool), np.zeros(n), 0.0, np.arange(n),
        np.arange(n), tab.weights[rows] / noise,
    )  # fmt: skip
    truth = model.beta.copy()
    truth[blocks(1, 6)["need"]] = 0.0
    gains = laid_out(empty, pulls(tab, empty, match), len(truth)) @ truth
    shape = shapes(tab.anchors[rows], means, variances, match)[:, 0, 0]
    gains = gains + own * tab.units[rows] * (tab.weights[rows] * shape).sum(1) / noise
    foretold = laid_out(empty, pulls(tab, empty, model.match), len(truth)) @ model.beta
    return tab, replace(empty, value=gains - foretold + rng.standard_normal(n))


def _fixed(tab: GainTable, lessons: Lessons, days: int, life: float) -> GainModel:
    """What is learnt as of a day where level match and life are given."""
    learning = Learning(tab, lessons, days * DAY)
    return learning.model(learning.fitted(LevelMatch(), life))


def test_nothing_is_fitted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    fits: list[float] = []
    fit = GainRegression.fit

    def counted(self: GainRegression, sums: Sums, segments: int, modules: int) -> GainRegression:
        fits.append(float(sums.gram.sum()))
        return fit(self, sums, segments, modules)

    monkeypatch.setattr(GainRegression, "fit", counted)
    tab, lessons = taught(LevelMatch(0.0, 8.0, 10.0), np.zeros(600), np.arange(600) % 4 * 90 * DAY)
    Learning(tab, lessons, 360 * DAY).chosen()
    assert len(fits) == len(set(fits)) == 1 + len(LIVES)  # the level match before, then every life


def test_rows_are_the_derivative_of_what_a_replay_misses() -> None:
    parts = engine().layout.parts
    profile = replace(parts.profile, segments=parts.profile.segments[:1], weights=np.ones(1),
                      means=parts.profile.means[:1], drift=0.0)  # fmt: skip
    gains = bare(("s1",), ("m1", "m2", "m3"))
    # where neither level nor need matter, points are exactly linear in beta
    beta = gains.beta.copy()
    beta[blocks(1, 3)["need"]] = 0.0
    gains = replace(gains, beta=beta, covariance=0 * gains.covariance, match=LevelMatch(base=1.0))
    steps = steps_of(events(3, 40))

    def heard(of: GainModel) -> Lessons:
        tap = Tap.fresh(3)
        follow(
            Rules(profile, table(of, catalogue(), profile.competencies), catalogue().module_index), steps, tap
        )
        return lessons_of([tap], 1, 3)

    lessons = heard(gains)
    assert len(lessons.rows) >= 2
    tab = table(gains, catalogue(), profile.competencies)
    x = laid_out(lessons, pulls(tab, lessons, gains.match), len(gains.beta))
    for name in ("scale", "method", "segment", "module"):
        for column in range(*blocks(1, 3)[name].indices(len(beta))):
            moved = gains.beta.copy()
            moved[column] += 0.01
            missed = heard(replace(gains, beta=moved)).value - lessons.value
            np.testing.assert_allclose(missed, -0.01 * x[:, [column]].toarray().ravel(), atol=1e-9)


@pytest.mark.parametrize("true", [LevelMatch(0.1, 8.0, 9.0), LevelMatch(0.9, 6.0, 18.0)])
def test_gains_follow_the_level_match_there_is(true: LevelMatch) -> None:
    tab, lessons = taught(true, np.zeros(1200), np.zeros(1200, np.int64))
    learnt = Learning(tab, lessons, 0).chosen()

    def gains(model: GainModel, match: LevelMatch) -> np.ndarray:
        """What every module was worth, in units of the noise of what was measured after it."""
        return laid_out(lessons, pulls(tab, lessons, match), len(model.beta)) @ model.beta

    beta = tab.model.beta.copy()
    beta[blocks(1, 6)["need"]] = 0.0
    truth = gains(replace(tab.model, beta=beta), true)

    def missed(found: np.ndarray) -> float:
        return float(np.sqrt(((found - truth) ** 2).mean()))

    assert missed(gains(learnt, learnt.match)) < 0.2
    assert missed(gains(learnt, learnt.match)) < 0.3 * missed(gains(tab.model, LevelMatch()))
    assert learnt.life == np.inf


def test_without_lessons_level_match_stays() -> None:
    tab, lessons = taught(LevelMatch(), np.zeros(0), np.zeros(0, np.int64))
    learnt = Learning(tab, lessons, 0).chosen()
    assert learnt.match == LevelMatch()
    np.testing.assert_allclose(learnt.beta, tab.model.beta)


def test_a_rewritten_module_is_followed_and_the_others_stay() -> None:
    n = 2400
    at = np.sort(np.arange(n) % 3) * 90 * DAY  # three cohorts
    own = np.where((np.arange(n) % 6 == 1) & (at == 180 * DAY), -0.6, 0.2)
    tab, lessons = taught(LevelMatch(), own, at)
    followed = Learning(tab, lessons, 180 * DAY).chosen()
    assert followed.life < np.inf
    stiff = _fixed(tab, lessons, 180, np.inf)
    columns = slice(followed.module_at, None)

    def of(model: GainModel) -> np.ndarray:
        return model.beta[columns] - np.delete(model.beta[columns], 1).mean()

    assert abs(of(followed)[1] + 0.8) < 0.5 * abs(of(stiff)[1] + 0.8)
    assert np.abs(np.delete(of(followed), 1)).max() < 0.15
    assert len(followed.beta) == len(stiff.beta)  # the state that serves does not grow with time


def test_effects_that_were_not_seen_for_long_are_doubted() -> None:
    at = np.where(np.arange(600) % 6 == 0, 0, 360) * DAY
    tab, lessons = taught(LevelMatch(), np.full(600, 0.2), at)
    learnt = _fixed(tab, lessons, 360, 90.0)
    doubt = np.diag(learnt.covariance)[learnt.module_at :]
    assert doubt[0] > 1.5 * doubt[1:].max()


def test_large_catalogues_get_fewer_periods() -> None:
    own, ago = np.arange(900), np.linspace(0, 700, 900)
    laid = wander(own, ago, 900, 90.0)
    assert laid.root is not None
    assert len(laid.root) <= 2000
    assert wander(np.arange(3000), np.zeros(3000), 3000, 90.0).root is None


def test_earned_counts_who_was_measured() -> None:
    tab, lessons = taught(LevelMatch(), np.zeros(60), np.zeros(60, np.int64))
    some = replace(lessons, measured=np.arange(60) >= 12)
    model = Learning(tab, some, 0).chosen()
    assert model.learners.sum() == 48
    assert (model.earned[model.learners > 0] > 0).all()

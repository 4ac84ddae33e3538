"""A fit keeps what it chose; gains can be learnt anew between two fits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.engine.hearing import Rehearsal, hear
from recommender.engine.layout import Parts
from recommender.engine.learn import SPREADS, _given, _reshaped, believed_spread, fit_parts, refit_gains
from recommender.evaluation.closed_loop import rows_of
from recommender.evaluation.peers import Taken
from recommender.evaluation.worlds import BASE, frames, make
from recommender.evidence import Evidence
from recommender.gains.match import LevelMatch
from recommender.gains.serve import bare


def happened(learners: int = 30, taken: int = 3) -> Evidence:
    """A small world where everybody took some modules; odd learners gained ten points each time."""
    world = make(BASE, 0, learners=learners, cohorts=1)
    diary = []
    for who in range(learners):
        for step in range(taken):
            pre = 50.0 + 10 * step * (who % 2)
            diary.append(Taken(who, (who + step) % 10, 0, step, pre, pre + 10 * (who % 2)))
    return world.evidence(happened=frames.interactions([row for t in diary for row in rows_of(t)]))


def test_what_was_chosen_stays_where_segments_change() -> None:
    rng = np.random.default_rng(0)
    old = bare(("s1", "s2"), ("m1", "m2"))
    old = replace(old, beta=rng.normal(size=len(old.beta)), spread=0.81, match=LevelMatch(0.1, 2.0, 9.0),
                  life=180.0, quiz_offset=np.array([3.0, -4.0]), quiz_bias=7.0, quiz_noise=11.0)  # fmt: skip
    new = _reshaped(old, ("s2", "s3"), ("m2", "m3"))
    assert (new.spread, new.match, new.life) == (old.spread, old.match, old.life)
    assert (new.quiz_bias, new.quiz_noise) == (7.0, 11.0)
    np.testing.assert_array_equal(new.quiz_offset, [-4.0, 0.0])
    np.testing.assert_array_equal(new.beta[: new.segment_at], old.beta[: old.segment_at])
    within = new.beta[new.segment_at : new.module_at].reshape(-1, 2)
    np.testing.assert_array_equal(within[:, 0], old.beta[old.segment_at : old.module_at].reshape(-1, 2)[:, 1])
    assert not within[:, 1].any()
    np.testing.assert_array_equal(new.beta[new.module_at :], [old.beta[-1], 0.0])
    assert _reshaped(old, old.segments, old.modules) is old


def test_a_rehearsal_hears_what_a_replay_from_the_start_hears() -> None:
    evidence = happened()
    parts = fit_parts(evidence, seed=0)
    heard = hear(evidence, 0)
    short = Rehearsal.of(parts.profile, evidence.catalogue, parts.gains, heard)
    whole = replace(short, starts={})
    for who, (start, steps) in short.starts.items():
        assert len(steps) < len(heard.steps[who])
        whole.starts[who] = type(start)(
            0, parts.profile.covariance, parts.profile.means, np.log(parts.profile.weights), 0,
            np.zeros_like(start.answers),
        ), heard.steps[who]  # fmt: skip
    for _ in range(2):  # a rehearsal leaves its starts as they were
        for (_, a), (_, b) in zip(
            short.replay(_given(parts.gains)), whole.replay(_given(parts.gains)), strict=True
        ):
            assert len(a.seen) == len(b.seen) > 0
            for one, other in zip(a.seen, b.seen, strict=True):
                np.testing.assert_allclose(one.residual, other.residual)
                np.testing.assert_allclose(one.reach, other.reach)


def test_gains_can_be_learnt_anew_without_touching_profiles() -> None:
    evidence = happened(taken=1)
    parts: Parts = fit_parts(evidence, seed=0)
    later = refit_gains(parts, happened(taken=3))
    assert later.profile is parts.profile
    assert later.gains.learners.sum() == 3 * parts.gains.learners.sum() == 90
    before, after = (p.gains.earned_sd[p.gains.learners > 0].mean() for p in (parts, later))
    assert after < before, "what modules earned must be known better"


def test_a_spread_that_nothing_tells_is_the_literature_s_and_a_sure_one_the_data_s() -> None:
    flat = believed_spread([0.0] * len(SPREADS))
    assert 0.2 < flat**0.5 < 0.4
    sure = believed_spread([-1e3, -1e3, 0.0, -1e3, -1e3, -1e3])
    assert sure == pytest.approx(SPREADS[2])
    leaning = believed_spread([0.0, -0.5, -2.0, -6.0, -20.0, -60.0])
    assert SPREADS[0] < leaning < flat, "a lower corner that is hardly likelier than its neighbours"

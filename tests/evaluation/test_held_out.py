"""Rows on held-out evidence: where the truth can be seen, the version finds it and the figures say so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_up import DAY, START, catalogue, evidence, ratings

from recommender.engine import Engine
from recommender.evaluation import splits
from recommender.evaluation.foretelling import foretell, foretelling
from recommender.evaluation.knowing import knowing
from recommender.evaluation.ranking import ranking
from recommender.evaluation.rows import OURS, Row
from recommender.evaluation.stability import stability
from recommender.evidence import Evidence
from recommender.framework import Catalogue, Module


def value(rows: list[Row], measure: str, of: str = OURS) -> float:
    found = [row.value for row in rows if (row.measure, row.of) == (measure, of)]
    assert len(found) == 1, (measure, of)
    assert found[0] is not None
    return found[0]


def round_trips(n: int) -> Evidence:
    """Everybody goes round the six modules in one order, from a place of their own, a step every 100 days."""
    modules = [m.module_id for m in catalogue().modules]
    rows = [
        {
            "learner_id": f"p{i:03}", "module_id": modules[(i + step) % 6], "status": "completed",
            "occurred_at": START + (100 * step + i % 9) * DAY,
        }
        for i in range(n) for step in range(3)
    ]  # fmt: skip
    return evidence({"interactions": rows})


@pytest.mark.parametrize("split", [splits.by_time, splits.leave_last_out])
def test_an_order_that_everybody_follows_is_found_and_popularity_does_not_find_it(split: object) -> None:
    assert callable(split)
    held_out = split(round_trips(120))
    rows = ranking(Engine.fit(held_out.before), held_out)
    assert value(rows, "MRR") > 0.9
    assert value(rows, "MRR", "popularity") < 0.7
    for name in (OURS, "popularity", "item kNN", "EASE-R"):
        assert value(rows, "HR@10", name) == 1.0, "there are six modules"
        assert value(rows, "coverage@10", name) == 1.0
        assert value(rows, "NDCG@10", name) >= value(rows, "MRR", name)
    noted = {row.of: row.note for row in rows if row.measure == "NDCG@10"}
    assert noted["popularity"].startswith("this version is better by +")
    assert {row.of for row in rows} >= {"its recommendations"}


def test_nobody_taking_anything_is_a_reason() -> None:
    world, *_ = ratings(40)
    split = splits.by_time(world)
    rows = ranking(Engine.bare(world.catalogue), split)
    assert [(row.value, row.note) for row in rows] == [
        (None, "nobody took a module in the held-out part that they had not taken")
    ]


def test_one_survey_holds_out_a_fifth_of_its_forms() -> None:
    world, *_ = ratings(120)
    split = splits.by_time(world)
    assert split.words.endswith(", and a fifth of the forms filled in before it")
    kept, out = split.before.feedback, split.after.feedback
    assert len(kept) + len(out) == len(world.feedback)
    assert len(out) / len(world.feedback) == pytest.approx(0.2, abs=0.04)
    form = ["learner_id", "rater_id"]
    assert not set(map(tuple, kept[form].to_numpy())) & set(map(tuple, out[form].to_numpy()))


def test_ratings_are_foretold_better_than_by_means_and_intervals_hold_them() -> None:
    world, *_ = ratings(150)
    split = splits.by_time(world)
    engine = Engine.fit(split.before)
    found = foretell(engine, split)
    rated = split.after.feedback
    assert len(found.learner) == len(rated)
    rows = foretelling(engine, split)
    assert value(rows, "RMSE") < 0.95 * value(rows, "RMSE", "raw mean")
    assert value(rows, "RMSE") < 0.95 * value(rows, "RMSE", "mean by source")
    assert 0.84 <= value(rows, "rating or score in its 90 %") <= 0.96
    absent = {row.measure: row.note for row in rows if row.value is None}
    assert absent == {
        "calibration": "no module finished in the held-out part has a score before and one after",
        "score after a module in its 90 %": "nothing of the kind lies in the held-out part",
    }


def test_the_walk_takes_in_each_measurement_only_after_foretelling_it() -> None:
    """Two equal scores far from everybody's: the second surprises less, the raw mean not at all."""
    score = {"learner_id": "a", "competency_id": "c0", "score": 95.0}
    others = [
        {"learner_id": f"p{i}", "competency_id": "c0", "score": 40.0 + i % 20, "occurred_at": START}
        for i in range(40)
    ]
    late = [score | {"occurred_at": START + day * DAY} for day in (50, 60)]
    world = evidence({"assessments": others + late})
    split = splits.by_time(world, START + DAY)
    found = foretell(Engine.fit(split.before), split)
    assert abs(found.errors[OURS][1]) < abs(found.errors[OURS][0])
    assert found.spread[1] < found.spread[0]
    assert found.errors["raw mean"] == pytest.approx([95.0 - np.mean([40 + i % 20 for i in range(40)]), 0.0])


def measured_modules(n: int = 160) -> list[dict[str, object]]:
    """Level 1 modules earn beginners 15 points and others nothing; each with a score before and after."""
    rng = np.random.default_rng(0)
    rows: list[dict[str, object]] = []
    for i in range(n):
        before = 35.0 if i % 2 else 80.0
        gain = (15.0 if i % 2 else 0.0) + rng.normal(0, 4)
        pre = before + rng.normal(0, 4)
        rows.append(
            {
                "learner_id": f"p{i}", "module_id": f"m{i % 3}1", "status": "completed",
                "occurred_at": START + i * DAY, "pre_score": pre, "post_score": min(pre + gain, 100.0),
            }
        )  # fmt: skip
    return rows


def test_gains_are_set_beside_what_was_observed() -> None:
    scores = [
        {
            "learner_id": f"p{i}", "competency_id": f"c{k}", "score": 35.0 if i % 2 else 80.0,
            "occurred_at": START - DAY,
        }
        for i in range(160) for k in range(3)
    ]  # fmt: skip
    world = evidence({"interactions": measured_modules(), "assessments": scores}, catalogue())
    split = splits.by_time(world)
    rows = foretelling(Engine.fit(split.before), split)
    groups = [row for row in rows if row.measure.startswith("observed, group")]
    assert sum(row.n or 0 for row in groups) == split.after.interactions["post_score"].notna().sum()
    observed = [row.value or 0.0 for row in groups]
    assert observed[-1] - observed[0] > 8
    assert value(rows, "calibration error") < 0.7 * value(rows, "calibration error", "the mean gain")
    assert 0.7 <= value(rows, "score after a module in its 90 %") <= 1.0


def test_clear_segments_are_found_again_and_one_segment_is_none() -> None:
    world, *_ = ratings(150, segments=2, raters=6)
    engine = Engine.fit(world)
    rows = stability(engine, world, repeats=2)
    assert value(rows, "stability (ARI)") > 0.7
    assert stability(Engine.bare(world.catalogue), world)[0].note == "there is one segment: everybody"


def bare_lms() -> Evidence:
    world = round_trips(40)
    return replace(
        world, catalogue=Catalogue((), tuple(Module(m.module_id) for m in world.catalogue.modules))
    )


def one_moment() -> Evidence:
    world = round_trips(40)
    return replace(world, interactions=world.interactions.assign(occurred_at=START))


@pytest.mark.parametrize("world", [bare_lms, one_moment, lambda: ratings(30)[0]])
@pytest.mark.parametrize("split", [splits.by_time, splits.leave_last_out])
def test_any_subset_of_the_evidence_gives_figures_or_reasons(world: object, split: object) -> None:
    assert callable(world)
    assert callable(split)
    held_out = split(world())
    engine = Engine.fit(held_out.before)
    rows = [*ranking(engine, held_out), *foretelling(engine, held_out), *stability(engine, held_out.before)]
    assert {row.part for row in rows} == {"ranking", "profiles", "gains", "intervals", "segments"}
    assert all(row.note for row in rows if row.value is None)
    assert all(np.isfinite(row.value) for row in rows if row.value is not None)


def test_right_and_wrong_answers_have_rows_and_better_ones_than_plain_shares() -> None:
    rng = np.random.default_rng(3)
    able = rng.normal(0, 1.2, (120, 1)) + rng.normal(0, 1.2, (120, 3))
    hard = rng.normal(0, 1.5, 8)
    rows = [
        {
            "learner_id": f"p{i:03}", "competency_id": f"c{j % 3}", "item_id": f"i{j}", "source": "test",
            "score": float(rng.random() < 1 / (1 + np.exp(hard[j] - able[i, j % 3]))), "scale_min": 0.0,
            "scale_max": 1.0, "occurred_at": START + (turn * 100 + j) * DAY,
        }
        for i in range(120) for turn in range(3) for j in range(8)
    ]  # fmt: skip
    split = splits.by_time(evidence({"assessments": rows}))
    rows_of = knowing(Engine.fit(split.before), split)
    area = {name: value(rows_of, "AUC", name) for name in [OURS, *PLAIN]}
    assert area[OURS] > max(area[name] for name in PLAIN)
    assert area[OURS] > area["item's mean"] + 0.03
    assert value(rows_of, "calibration error") < 0.08
    assert {row.n for row in rows_of} == {len(split.after.assessments)}


PLAIN = ("learner's mean", "item's mean", "learner's and item's mean")


def test_without_answers_their_row_says_so() -> None:
    held_out = splits.by_time(ratings(20)[0])
    (row,) = knowing(Engine.fit(held_out.before), held_out)
    assert row.value is None
    assert row.note == "no right or wrong answer lies in the held-out part"

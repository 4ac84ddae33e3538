"""The truth is told apart from the files, and the files show what it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from worlds import World, make

from recommender.evidence import percent


def rated(world: World) -> pd.DataFrame:
    """Feedback with the rated learner's department and true first profile beside it."""
    home = world.files["learners"].set_index("learner_id")["department_id"]
    frame = world.files["feedback"].assign(home=lambda f: f["learner_id"].map(home))
    return frame.merge(world.truth["profiles"], on=["learner_id", "competency_id"])


def gained(world: World) -> pd.DataFrame:
    """Finished modules with pre and post score, their difference and the learner's true segment."""
    segment = world.truth["learners"].set_index("learner_id")["segment"]
    done = world.files["interactions"].query("status == 'completed' and pre_score.notna()")
    return done.assign(gain=done["post_score"] - done["pre_score"], segment=done["learner_id"].map(segment))


def test_walls_show_in_the_raw_ratings(world: World) -> None:
    frame = rated(world).query("relation == 'internal_customer' and rater_department_id.notna()")
    frame = frame.assign(above=percent(frame["rating"], 1, 5) - frame["before"])
    pairs = frame.groupby(["home", "rater_department_id"])["above"].mean()
    walls = [tuple(pair) for pair in world.known["walls"]]
    assert len(walls) >= 2
    assert pairs.loc[walls].max() < pairs.drop(walls).min()


def test_people_rate_themselves_above_what_others_say(world: World) -> None:
    means = rated(world).groupby("relation")["rating"].mean()
    assert means["self"] > means["manager"] + 0.3
    assert means["self"] > means.drop("self").max() + 0.15


def test_raters_differ_by_their_severity(world: World) -> None:
    frame = rated(world).query("relation != 'self'")
    above = (
        (percent(frame["rating"], 1, 5) - frame["before"]).groupby(frame["rater_id"]).agg(["mean", "size"])
    )
    severity = world.truth["raters"].set_index("rater_id")["severity"]
    often = above[above["size"] >= 40]
    assert len(often) > 50
    assert np.corrcoef(often["mean"], severity.loc[often.index])[0, 1] > 0.6
    assert set(frame["rater_id"]) - set(world.files["learners"]["learner_id"]), "some are no learners"


def test_many_cells_are_never_rated(world: World) -> None:
    frame = world.files["feedback"]
    taking_part = frame["learner_id"].nunique()
    cells = len(frame.drop_duplicates(["learner_id", "competency_id"]))
    assert cells / (taking_part * len(world.known["competencies"])) == pytest.approx(0.6, abs=0.03)


def test_the_useless_module_teaches_nothing_and_the_others_do(world: World) -> None:
    frame, useless = gained(world), world.known["useless_module"]
    of_it = frame.query("module_id == @useless")["gain"]
    assert len(of_it) > 100
    assert abs(of_it.mean()) < 2.0
    assert frame.query("module_id != @useless")["gain"].mean() > 3.0
    truth = world.truth["gains"].groupby("module_id")[["gain_before", "gain_after"]].max().max(axis=1)
    assert truth[useless] == 0
    assert (truth.drop(useless) > 0).all()


def test_one_module_teaches_one_segment_only(world: World) -> None:
    module, segment = world.known["module_for_one_segment"]
    gains = gained(world).set_index("module_id").loc[module].groupby("segment")["gain"].mean()
    assert gains[segment] > gains.drop(segment).max() + 2.0
    truth = world.truth["gains"].set_index("module_id").loc[module].merge(world.truth["learners"])
    assert truth.query("segment != @segment")["gain_before"].eq(0).all()
    assert truth.query("segment == @segment")["gain_before"].gt(0).all()


def test_gains_are_those_scores_show(world: World) -> None:
    """Over everybody, pre and post scores rise by about the weighted true rise of profiles."""
    profiles = world.truth["profiles"]
    rise = (profiles["after"] - profiles["before"]).groupby(profiles["learner_id"]).sum()
    finished = gained(world).groupby("learner_id").size().reindex(rise.index, fill_value=0)
    assert rise[finished >= 4].mean() > rise[finished == 0].mean() + 10.0


def test_prerequisites_come_first(own: World) -> None:
    needs = own.files["modules"].set_index("module_id")["prerequisites"]
    needs = needs[needs.notna() & (needs != "")]
    rows = own.files["interactions"]
    done = rows.query("status == 'completed'").set_index(["learner_id", "module_id"])["occurred_at"].to_dict()
    taken = rows.query("status == 'enrolled'")
    taken = taken[taken["module_id"].isin(needs.index)]
    assert len(taken)
    for learner, module, at in zip(
        taken["learner_id"], taken["module_id"], taken["occurred_at"], strict=True
    ):
        assert done[learner, needs[module]] < at


def test_what_happens_to_a_module_happens_in_order(world: World) -> None:
    rows = world.files["interactions"]
    first = rows.groupby(["learner_id", "module_id", "status"])["occurred_at"].min().unstack()
    for early, late in (
        ("recommended", "viewed"),
        ("viewed", "enrolled"),
        ("enrolled", "started"),
        ("started", "completed"),
        ("started", "dropped"),
        ("viewed", "dismissed"),
    ):
        both = first.dropna(subset=[early, late])
        assert (both[early] < both[late]).all(), (early, late)
    assert not first.get("completed").notna().where(first["dropped"].notna(), False).any()
    assert rows.query("status == 'dismissed'")["reason"].notna().all()
    assert rows.query("status != 'dismissed'")["reason"].isna().all()


def test_silent_learners_leave_no_trace(world: World) -> None:
    silent = set(world.truth["learners"].query("silent == 1")["learner_id"])
    seen = {
        i for name in ("assessments", "feedback", "interactions") for i in world.files[name]["learner_id"]
    }
    assert silent
    assert not silent & seen


def test_segments_are_there_to_be_found(world: World) -> None:
    true = world.truth["profiles"].pivot(index="learner_id", columns="competency_id", values="before")
    segment = world.truth["learners"].set_index("learner_id")["segment"].loc[true.index]
    found = KMeans(segment.nunique(), n_init=4, random_state=0).fit_predict(true)
    assert adjusted_rand_score(segment, found) > 0.75


def test_indicators_rise_where_training_began(world: World) -> None:
    outcomes = world.files["outcomes"].query("metric == 'internal_service_satisfaction'")
    table = outcomes.pivot(index="period", columns="department_id", values="value")
    begins = pd.Series(world.known["departments_begin"]).reindex(table.columns)
    start = begins.dropna().min()
    early, never = begins.index[begins == start], begins.index[begins.isna()]
    assert len(never) >= 2
    change = table.iloc[-6:].mean() - table[table.index < start].mean()
    effect = world.known["effects"]["internal_service_satisfaction"]
    assert change[early].mean() - change[never].mean() == pytest.approx(effect, abs=0.08)
    unmoved = world.files["outcomes"].query("metric == 'promise_kept_rate'")
    assert world.known["effects"]["promise_kept_rate"] == 0
    assert unmoved["value"].between(0, 100).all()


def test_a_world_without_level_match_and_a_skewed_one(tmp_path: Path) -> None:
    flat = make(tmp_path / "flat", learners=200, level_match=False, segments=1, rollout=False)
    gains = flat.truth["gains"].query("gain_before > 0")
    spread = gains.groupby("module_id")["gain_before"].agg(lambda g: np.ptp(g.quantile([0.1, 0.9])))
    assert spread.median() == pytest.approx(0.0, abs=1e-9)
    assert None not in flat.known["departments_begin"].values()
    skewed = make(tmp_path / "skewed", learners=3000, skew=True, segments=1, own_modules=0)
    assert skewed.truth["profiles"].groupby("competency_id")["before"].skew().mean() > 0.5

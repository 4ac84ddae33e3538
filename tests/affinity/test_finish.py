"""How likely what is shown is finished, learnt from what became of earlier recommendations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recommender.affinity.finish import WITHIN, map_logistic, shown
from recommender.affinity.fit import fit_affinity, fit_finish
from recommender.affinity.serve import FinishModel, chance, columns, log_ratio, next_shares
from recommender.evaluation.metrics import calibration, calibration_error
from recommender.evidence import Evidence
from recommender.framework import Catalogue, Module

DAY = 86_400_000_000
NOTHING = pd.DataFrame()


def frame(rows: list[tuple[str, str, str, int]]) -> pd.DataFrame:
    out = pd.DataFrame(rows, columns=["learner_id", "module_id", "status", "occurred_at"])
    return out.astype({"occurred_at": "int64"})


def test_without_recommendations_the_prior_stands() -> None:
    assert fit_finish(frame([])) == FinishModel(0.0, 0.5)
    assert fit_finish(frame([("l", "a", "completed", 5)])) == FinishModel(0.0, 0.5)
    assert chance(FinishModel(), 0.0) == pytest.approx(0.5)


def test_what_counts_as_finished_is_within_thirty_days() -> None:
    rows = [
        ("early", "a", "recommended", 0),
        ("early", "a", "completed", WITHIN),
        ("late", "a", "recommended", 0),
        ("late", "a", "completed", WITHIN + DAY),
        ("never", "a", "recommended", 0),
        ("young", "a", "recommended", WITHIN),
        ("again", "a", "enrolled", 0),
        ("again", "a", "recommended", DAY),
        ("twice", "a", "recommended", 0),
        ("twice", "a", "recommended", DAY),
        ("end", "b", "viewed", WITHIN + 2 * DAY),
    ]
    told = shown(frame(rows)).set_index("learner_id")["finished"].to_dict()
    assert told == {"early": True, "late": False, "never": False, "twice": False}


def test_coefficients_are_found_where_there_is_much() -> None:
    rng = np.random.default_rng(2)
    ratio = rng.normal(size=40_000)
    finished = rng.random(40_000) < 1 / (1 + np.exp(-(-1.0 + 0.8 * ratio)))
    model = map_logistic(ratio, finished.astype(float))
    assert model.intercept == pytest.approx(-1.0, abs=0.05)
    assert model.slope == pytest.approx(0.8, abs=0.05)


def test_little_evidence_moves_it_little() -> None:
    one = map_logistic(np.array([0.0]), np.array([1.0]))
    assert 0.0 < one.intercept < 0.5
    assert one.slope == pytest.approx(0.5)


def test_chance_never_falls_with_the_share() -> None:
    ratio = np.linspace(-3, 3, 400)
    model = map_logistic(ratio, (ratio < 0).astype(float))
    assert (np.diff(chance(model, ratio)) > 0).all()


def organisation(finish_next: float, finish_other: float) -> pd.DataFrame:
    """People walk a -> b -> c -> d; then c, the next step, and d, a step too far, are shown."""
    rng = np.random.default_rng(4)
    rows = []
    for i in range(300):
        who, walked = f"l{i}", "abcd" if i % 2 else "ab"
        rows += [(who, m, "completed", step * DAY) for step, m in enumerate(walked)]
        for module, odds in (("c", finish_next), ("d", finish_other)) if walked == "ab" else ():
            rows.append((who, module, "recommended", 10 * DAY))
            if rng.random() < odds:
                rows.append((who, module, "completed", 12 * DAY))
    rows.append(("l0", "a", "viewed", 90 * DAY))
    return frame(rows)


def test_likely_next_modules_learn_a_steeper_slope() -> None:
    steep, flat = fit_finish(organisation(0.7, 0.1)), fit_finish(organisation(0.4, 0.4))
    assert steep.slope > flat.slope + 0.1
    assert chance(flat, 0.0) < 0.5


def test_both_models_come_from_one_evidence() -> None:
    catalogue = Catalogue(modules=tuple(Module(m) for m in "abcde"))
    evidence = Evidence(catalogue, NOTHING, NOTHING, NOTHING, organisation(0.7, 0.1))
    model, finish = fit_affinity(evidence)
    assert sorted(model.module_ids) == list("abcd")
    assert finish != FinishModel()
    assert (model, finish)[1] == fit_affinity(evidence)[1]


def shown_and_finished(learners: int, seed: int) -> tuple[pd.DataFrame, list[tuple[list[str], str, bool]]]:
    """A log: people walk along a chain, are shown any module, and finish it the likelier the nearer.

    Also who was shown what after which modules, and whether it was finished.
    """
    rng = np.random.default_rng(seed)
    rows, told = [], []
    for i in range(learners):
        chain, length = int(rng.integers(2)), int(rng.integers(2, 6))
        walked = [f"{'xy'[chain]}{k}" for k in range(length)]
        rows += [(f"{seed}:{i}", m, "completed", step * DAY) for step, m in enumerate(walked)]
        to, at = int(rng.integers(2)), int(rng.integers(8))
        module = f"{'xy'[to]}{at}"
        if module in walked:
            continue
        odds = 0.65 if (to, at) == (chain, length) else 0.35 if to == chain else 0.08
        finished = bool(rng.random() < odds)
        rows.append((f"{seed}:{i}", module, "recommended", 10 * DAY))
        rows += [(f"{seed}:{i}", module, "completed", 12 * DAY)] if finished else []
        told.append((walked, module, finished))
    rows.append((f"{seed}:0", "x0", "viewed", 90 * DAY))
    return frame(rows), told


def test_the_chance_of_finishing_is_what_is_then_observed() -> None:
    """Predicted on one log, observed on another: alike over all, and in thirds by the prediction."""
    log, _ = shown_and_finished(3_000, 1)
    ids = [f"{c}{k}" for c in "xy" for k in range(8)]
    evidence = Evidence(Catalogue(modules=tuple(Module(m) for m in ids)), NOTHING, NOTHING, NOTHING, log)
    model, finish = fit_affinity(evidence)
    where = columns(model, ids)
    _, later = shown_and_finished(3_000, 2)
    said = np.array([
        chance(finish, log_ratio(next_shares(model, taken, where)))[ids.index(module)]
        for taken, module, _ in later
    ])  # fmt: skip
    seen = np.array([finished for *_, finished in later], float)
    assert said.mean() == pytest.approx(seen.mean(), abs=0.03)
    groups = calibration(said, seen, 3)
    assert calibration_error(groups) < 0.06
    assert groups[-1].observed > groups[0].observed + 0.15, "else there was nothing to predict"

"""The learned ranker: it finds what fixed lag weights miss, and stays away where there is nothing to find."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from recommender.affinity.fit import NextModule
from recommender.affinity.histories import histories
from recommender.affinity.listwise import cut_short, train
from recommender.affinity.ranker import CANDIDATES, candidates
from recommender.affinity.serve import AffinityModel, next_shares

MODULES = 150


def two_threads(learners: int, seed: int) -> list[list[str]]:
    """Everybody follows two subjects in turn: what comes next goes on from the module before the last.

    Each module has three that may follow; now and then a step is by chance.
    """
    rng = np.random.default_rng(seed)
    follows = np.random.default_rng(99).integers(MODULES, size=(MODULES, 3))
    out = []
    for _ in range(learners):
        walk = [int(j) for j in rng.choice(MODULES, 2, replace=False)]
        while len(walk) < 9:
            step = int(rng.integers(MODULES) if rng.random() < 0.2 else follows[walk[-2], rng.integers(3)])
            if step not in walk:
                walk.append(step)
        out.append([f"m{j:03}" for j in walk])
    return out


@cache
def fitted() -> AffinityModel:
    return NextModule(fewest=500).fit([walk[:-1] for walk in two_threads(3_000, 0)]).model_


def shares(model: AffinityModel, taken: list[str]) -> np.ndarray:
    return next_shares(model, taken, np.arange(len(model.module_ids)))


def ndcg(model: AffinityModel, asked: list[list[str]]) -> np.ndarray:
    out = []
    for *taken, last in asked:
        share = shares(model, taken)
        share[[model.row[m] for m in taken]] = 0.0
        rank = int((share > share[model.row[last]]).sum())
        out.append(1.0 / np.log2(rank + 2) if rank < 10 else 0.0)
    return np.array(out)


def test_it_learns_which_lag_counts() -> None:
    model = fitted()
    assert model.ranker is not None
    asked = two_threads(3_000, 0)[:600]
    gain = ndcg(model, asked) - ndcg(replace(model, ranker=None), asked)
    assert gain.mean() > 3 * gain.std() / np.sqrt(gain.size)
    assert gain.mean() > 0.05


def test_it_stays_away_where_nothing_is_to_be_learnt() -> None:
    rng = np.random.default_rng(2)
    by_chance = [[f"m{j:03}" for j in rng.choice(MODULES, 6, replace=False)] for _ in range(2_000)]
    assert NextModule(fewest=500).fit(by_chance).model_.ranker is None


def test_few_learners_or_few_modules_get_none() -> None:
    assert NextModule().fit(two_threads(400, 0)).model_.ranker is None
    small = [[f"m{j}" for j in np.random.default_rng(i).permutation(40)[:5]] for i in range(300)]
    assert NextModule(fewest=10).fit(small).model_.ranker is None
    assert NextModule(fewest=10, most_followers=100).fit(two_threads(300, 0)).model_.ranker is None


def test_shares_are_chances() -> None:
    """They sum to one, and the likeliest come next about as often as their shares say."""
    model = fitted()
    assert model.ranker is not None
    said, came, among = [], [], []
    for *taken, last in two_threads(3_000, 0)[:1_000]:
        share = shares(model, taken)
        share[[model.row[m] for m in taken]] = 0.0
        assert share.sum() == pytest.approx(1.0)
        best = np.argsort(-share)[:3]
        said.append(share[best])
        came.append(best == model.row[last])
        among.append(model.row[last] in candidates(model.read(taken)))
    assert np.mean(among) == pytest.approx(model.ranker.reach, abs=0.03)
    assert np.sum(said) == pytest.approx(np.sum(came), rel=0.15), "of the first three together"
    assert np.mean(said, 0)[0] < 1.4 * np.mean(came, 0)[0], "taught by few it must not be far too sure"


def test_an_event_counts_at_once() -> None:
    model = fitted()
    *taken, _ = two_threads(1, 4)[0]
    assert not np.allclose(shares(model, taken), shares(model, taken[:-1]))
    new = next(m for m in model.module_ids if m not in taken)
    later = shares(model, [*taken, new])
    assert later[model.row[new]] == later.max(), "what is open gets the share of the likeliest"


def test_candidates_are_the_best_not_taken() -> None:
    model = fitted()
    taken = list(model.module_ids[:5])
    read = model.read(taken)
    rows = candidates(read)
    assert rows.size == CANDIDATES
    assert not set(rows) & set(range(5))
    assert (np.diff(read.raw[rows]) <= 0).all()
    assert read.raw[rows].min() >= np.delete(read.raw[:-1], [*rows, *range(5)]).max()


def test_a_catalogue_without_the_candidates_still_sums_to_one() -> None:
    model = fitted()
    taken = two_threads(1, 5)[0]
    away = set(candidates(model.read(taken)).tolist())
    left = np.array([j for j in range(MODULES) if j not in away] + [-1])
    for where in (left, np.array([-1]), np.array(sorted(away))):
        share = next_shares(model, taken, where)
        gone = [j in {model.row[m] for m in taken} for j in where]
        assert share[~np.array(gone)].sum() == pytest.approx(1.0)
        assert (share > 0).all()


def test_cutting_short_keeps_who_took_one_module() -> None:
    past, last = cut_short(histories([["a", "b", "c"], ["a"], [], ["c", "a"]]))
    named = [[past.module_ids[j] for j in past.items[s:e]]
             for s, e in zip(past.starts[:-1], past.starts[1:], strict=True)]  # fmt: skip
    assert named == [["a", "b"], ["a"], [], ["c"]]
    assert [past.module_ids[j] if j >= 0 else None for j in last] == ["c", None, None, "a"]


def test_training_finds_the_weights_of_a_logit() -> None:
    """Choices drawn from a conditional logit with known weights: its odds are found again."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(4_000, 20, 3)).astype(np.float32)
    truth = np.array([1.5, -1.0, 0.0])
    place = (z @ truth + rng.gumbel(size=(4_000, 20))).argmax(1)
    w = train(z, place, 0)
    score = z @ w["direct"] + np.maximum(z @ w["hidden"] + w["bias"], 0.0) @ w["out"]
    odds, true = (np.exp(s - s.max(1, keepdims=True)) for s in (score, z @ truth))
    odds, true = odds / odds.sum(1, keepdims=True), true / true.sum(1, keepdims=True)
    assert np.abs(odds - true).mean() < 0.01


def test_tables_are_read_in_place() -> None:
    """A gather reads the flat table; of another memory order it would copy the whole at every request."""
    model = fitted()
    assert model.ranker is not None
    for table in (model.weights[0], model.followers, model.ranker.plain, model.ranker.near):
        assert table is not None
        assert np.shares_memory(table.reshape(-1), table)
    assert np.shares_memory(model.ranker.adjacent.reshape(-1), model.ranker.adjacent)

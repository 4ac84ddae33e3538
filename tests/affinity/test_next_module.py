"""What is taken next: data whose right answer one can see."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from recommender.affinity.ease import LARGE, SMALL, order_tells, settings
from recommender.affinity.fit import NextModule
from recommender.affinity.histories import histories, histories_of
from recommender.affinity.serve import AffinityModel, after, columns, log_ratio, next_shares

DAY = 86_400_000_000
RING = tuple("ABCDEFGH")


def ring(learners: int = 64, length: int = 5) -> list[list[str]]:
    """Everybody walks round the same ring, from any place on it."""
    return [[RING[(i + step) % 8] for step in range(length)] for i in range(learners)]


@pytest.fixture(scope="module")
def round_model() -> AffinityModel:
    return NextModule().fit(ring()).model_


def best(model: AffinityModel, taken: list[str]) -> str:
    scores = model.scores(taken)
    left = [j for j, m in enumerate(model.module_ids) if m not in taken]
    return model.module_ids[max(left, key=lambda j: scores[j])]


def frame(rows: list[tuple[str, str, str, int]]) -> pd.DataFrame:
    out = pd.DataFrame(rows, columns=["learner_id", "module_id", "status", "occurred_at"])
    return out.astype({"occurred_at": "int64"})


@pytest.mark.parametrize("start", range(8))
def test_order_decides_what_comes_next(round_model: AffinityModel, start: int) -> None:
    taken = [RING[(start + step) % 8] for step in range(3)]
    assert best(round_model, taken) == RING[(start + 3) % 8]


def test_newest_module_speaks_loudest(round_model: AffinityModel) -> None:
    assert best(round_model, ["A", "D"]) == "E"
    assert best(round_model, ["D", "A"]) == "B"


def test_two_boards_never_mix() -> None:
    white, black = [f"w{i}" for i in range(6)], [f"b{i}" for i in range(6)]
    rng = np.random.default_rng(0)
    sets = [list(rng.permutation(board)[:4]) for _ in range(60) for board in (white, black)]
    model = NextModule().fit(sets).model_
    for board in (white, black):
        scores = model.scores(board[:2])
        ranked = sorted(set(model.module_ids) - set(board[:2]), key=lambda m: -scores[model.row[m]])
        assert set(ranked[:4]) == set(board[2:])


def test_order_that_tells_nothing_is_passed_over() -> None:
    rng = np.random.default_rng(0)
    walks = [[f"m{(i + step) % 30}" for step in range(12)] for i in rng.integers(0, 30, 400)]
    shuffled = [list(rng.permutation(walk)) for walk in walks]
    assert order_tells(histories(walks))
    assert not order_tells(histories(shuffled))
    model = NextModule().fit(shuffled).model_
    forth, back = model.scores(["m1", "m9", "m4"]), model.scores(["m4", "m9", "m1"])
    np.testing.assert_allclose(forth, back, rtol=1e-4)


def test_settings_pass_evenly_from_small_to_large() -> None:
    assert settings(0) == settings(3_000) == SMALL
    assert settings(20_000) == settings(10**7) == LARGE
    between = settings(7_746)
    assert between.ridge == pytest.approx(275.0, abs=0.1)
    assert SMALL.decays[1] < between.decays[1] < LARGE.decays[1]


def test_nothing_taken_ranks_by_popularity() -> None:
    model = NextModule().fit([["p"], ["p", "q"], ["q", "p"], ["r", "p"], ["q"]]).model_
    assert model.module_ids == ("p", "q", "r")
    assert np.argsort(-model.scores([])).tolist() == [0, 1, 2]


@pytest.mark.parametrize("sequences", [[], [[]], [["a"]], [["a", "a"]], [["a", "b"]], [["a"], ["a"]]])
def test_little_or_nothing_still_gives_shares(sequences: list[list[str]]) -> None:
    model = NextModule().fit(sequences).model_
    for taken in ([], ["a"], ["unknown"], ["a", "b", "a"]):
        shares = next_shares(model, taken, columns(model, ["a", "b", "new"]))
        assert np.isfinite(shares).all()
        assert (shares > 0).all()


def test_shares_sum_to_one_over_what_is_left(round_model: AffinityModel) -> None:
    ids = [*RING, "new"]
    shares = next_shares(round_model, ["C", "D"], columns(round_model, ids))
    left = [j for j, m in enumerate(ids) if m not in "CD"]
    assert shares[left].sum() == pytest.approx(1.0)
    assert shares[ids.index("C")] == shares[left].max()
    assert log_ratio(shares)[left].max() > 0 > log_ratio(shares)[left].min()


def test_shares_keep_the_order_of_the_scores(round_model: AffinityModel) -> None:
    scores = round_model.scores(["C", "D"])
    shares = next_shares(round_model, ["C", "D"], np.arange(8))
    left = [j for j, m in enumerate(round_model.module_ids) if m not in "CD"]
    assert np.argsort(scores[left]).tolist() == np.argsort(shares[left]).tolist()


def test_new_module_counts_as_one_few_took() -> None:
    model = NextModule().fit([["p", f"x{i}"] for i in range(20)]).model_
    shares = next_shares(model, [], columns(model, ["p", "x3", "new", "newer"]))
    assert shares[0] > shares[1]
    assert shares[2] == shares[3] == pytest.approx(shares[1])


def test_only_modules_taken_up_count() -> None:
    statuses = ("recommended", "viewed", "dismissed", "dropped", "enrolled", "started", "completed")
    past = histories_of(frame([("l", s, s, i) for i, s in enumerate(statuses)]))
    assert [past.module_ids[j] for j in past.items] == ["enrolled", "started", "completed"]


def test_first_time_decides_the_place_in_a_history() -> None:
    rows = [("l", "a", "enrolled", 1), ("l", "b", "started", 2), ("l", "a", "completed", 3)]
    past = histories_of(frame(rows))
    assert [past.module_ids[j] for j in past.items] == ["a", "b"]
    again = histories([["a", "b", "a"]])
    assert again.items.tolist() == past.items.tolist()


def test_modules_of_one_moment_teach_no_order() -> None:
    rows = [(f"l{i:03}", m, "completed", 0) for i in range(400) for m in ("a", "b", "c")]
    past = histories_of(frame(rows), seed=3)
    first = np.bincount(past.items[past.starts[:-1]], minlength=3) / 400
    assert first == pytest.approx([1 / 3] * 3, abs=0.08)


def test_same_data_same_model() -> None:
    rows = [(f"l{i}", m, "enrolled", 0) for i in range(9) for m in ("a", "b", "c")]
    one, two = (NextModule().fit(histories_of(frame(rows), seed=5)).model_ for _ in range(2))
    assert one.module_ids == two.module_ids
    assert np.array_equal(one.weights, two.weights)


def test_batch_equals_one_by_one() -> None:
    estimator = NextModule().fit(ring())
    asked = [["A"], ["B", "C"], [], ["nobody", "H"]]
    batch = estimator.predict(asked)
    one = [next_shares(estimator.model_, taken, np.arange(8)) for taken in asked]
    assert np.array_equal(batch, np.array(one))


def test_uptake_names_the_module_before_and_who_followed(round_model: AffinityModel) -> None:
    said = after(round_model, ["G", "C", "D"], round_model.row["E"])
    assert said is not None
    assert said.module_id == "D"
    pairs = sum(s.index("D") < s.index("E") for s in ring() if {"D", "E"} <= set(s))
    assert said.learners == pairs
    assert after(round_model, [], 0) is None
    assert after(round_model, ["D"], -1) is None


def test_large_catalogue_keeps_weights_of_the_most_taken() -> None:
    model = NextModule(most_modules=4, most_followers=2).fit([*ring(), list("ABCD"), list("ABCD")]).model_
    assert model.weights.shape == (2, 4, 4)
    assert model.followers is None
    assert set(model.module_ids[:4]) == set("ABCD")
    assert best(model, ["A"]) == "B"
    assert len(model.scores(["A"])) == 8


def test_one_share_of_many_modules_takes_well_under_a_millisecond() -> None:
    rng = np.random.default_rng(1)
    ids = [f"m{i}" for i in range(500)]
    model = NextModule(most_followers=0).fit([list(rng.choice(ids, 12)) for _ in range(60)]).model_
    place, taken = columns(model, ids), ids[:20]
    spent = []
    for _ in range(50):
        start = time.perf_counter()
        next_shares(model, taken, place)
        spent.append(time.perf_counter() - start)
    assert np.median(spent) < 1e-3


def test_serving_imports_neither_pandas_nor_scikit_learn() -> None:
    code = (
        "import sys, recommender.affinity.serve, recommender.affinity.ranker; "
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'pandas', 'sklearn', 'scipy', 'pyarrow'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

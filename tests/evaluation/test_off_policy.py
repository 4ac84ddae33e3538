"""Off-policy estimates: by hand, without bias on logs with a known truth, and on a public log."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from synthetic_log import TRUTH, draw, guesses

from recommender.evaluation import off_policy
from recommender.evaluation.off_policy import Log, estimate

BY_HAND = Log(
    reward=np.array([[4.0, 2.0], [0.0, 6.0]]),
    logging=np.array([[0.5, 0.25], [0.2, 0.5]]),
    target=np.array([[0.25, 0.5], [0.4, 0.25]]),
    present=np.array([[True, True], [True, True]]),
    cluster=np.array([0, 1]),
)


def test_weights_multiply_down_to_the_place() -> None:
    assert off_policy.weights(BY_HAND) == pytest.approx(np.array([[0.5, 1.0], [2.0, 1.0]]))


def test_estimators_by_hand() -> None:
    assert off_policy.ips(BY_HAND) == pytest.approx(np.array([[2.0, 2.0], [0.0, 6.0]]))
    own = off_policy.self_normalised(BY_HAND)
    assert own.mean(0) == pytest.approx([2.0 / 2.5, 4.0])
    nothing = np.zeros((2, 2))
    assert off_policy.doubly_robust(BY_HAND, nothing, nothing) == pytest.approx(off_policy.ips(BY_HAND))
    right = off_policy.doubly_robust(BY_HAND, BY_HAND.reward, np.full((2, 2), 3.0))
    assert right == pytest.approx(np.array([[3.0, 1.5], [3.0, 6.0]]))


def test_a_place_that_is_not_there_counts_nothing() -> None:
    present = np.array([[True, False], [True, True]])
    log = Log(BY_HAND.reward, BY_HAND.logging, BY_HAND.target, present, BY_HAND.cluster)
    guess = np.ones((2, 2))
    for values in (
        off_policy.ips(log),
        off_policy.self_normalised(log),
        off_policy.doubly_robust(log, guess, guess),
    ):
        assert values[0, 1] == 0.0
    assert off_policy.weights(log)[0].tolist() == [0.5, 0.0]


def test_the_logging_policy_judged_on_its_own_log_earned_what_it_earned() -> None:
    log, *_ = draw(100, np.random.default_rng(0))
    same = Log(log.reward, log.logging, log.logging, log.present, log.cluster)
    assert off_policy.ips(same) == pytest.approx(log.reward)
    assert off_policy.self_normalised(same).mean(0) == pytest.approx(log.reward.mean(0))
    assert off_policy.effective_size(off_policy.weights(same)[:, 2]) == pytest.approx(len(log.cluster))


def test_effective_size_by_hand() -> None:
    assert off_policy.effective_size(np.array([1.0, 1.0, 2.0])) == pytest.approx(16 / 6)
    assert off_policy.effective_size(np.zeros(3)) == 0.0


def test_the_interval_counts_learners_not_decisions() -> None:
    values = np.repeat([1.0, 3.0, 2.0, 6.0], 5)
    once = estimate(np.array([1.0, 3.0, 2.0, 6.0]), np.arange(4))
    often = estimate(values, np.repeat(np.arange(4), 5))
    assert often == pytest.approx(once)
    error = np.std([1, 3, 2, 6], ddof=1) / 2
    assert often.high - often.value == pytest.approx(2.3534 * error, rel=1e-4)
    lone = estimate(values, np.zeros(20, dtype=int))
    assert (lone.low, lone.high) == (-np.inf, np.inf)


def test_guesses_know_nothing_of_their_own_half() -> None:
    module, cluster = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 0, 0])
    reward = np.array([10.0, 12.0, 4.0, 4.0, 2.0, 0.0])
    model = off_policy.module_means(module, reward, cluster, 3)
    assert model[1] == pytest.approx(off_policy.credible_means(module[cluster == 0], reward[cluster == 0], 3))
    assert model[0] == pytest.approx([4.0, 4.0, 4.0])


def test_a_guess_is_shrunk_by_what_rewards_tell_of_modules() -> None:
    module = np.array([0, 0, 1, 1])
    told = off_policy.credible_means(module, np.array([10.0, 12.0, 2.0, 0.0]), 3)
    # within: (1 + 1 + 1 + 1) / 2 = 2; between: (4 * 25 - 2) / (4 - 8 / 4) = 49
    assert told == pytest.approx([(22 + 2 / 49 * 6) / (2 + 2 / 49), (2 + 2 / 49 * 6) / (2 + 2 / 49), 6.0])
    alike = off_policy.credible_means(module, np.array([10.0, 0.0, 8.0, 2.0]), 3)
    assert alike == pytest.approx([5.0, 5.0, 5.0])
    once = off_policy.credible_means(np.array([0, 1]), np.array([3.0, 5.0]), 2)
    assert once == pytest.approx([4.0, 4.0]), "one place each tells no noise from difference"
    assert off_policy.credible_means(np.array([], int), np.array([]), 2).tolist() == [0.0, 0.0]


def runs(number: int, learners: int) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Estimates over so many logs by estimator, and how often their intervals held the truth."""
    values: dict[str, list[float]] = {name: [] for name in ("ips", "self-normalised", "doubly robust")}
    held = dict.fromkeys(values, 0.0)
    for seed in range(number):
        log, listed, kind = draw(learners, np.random.default_rng(seed))
        found = {
            "ips": off_policy.ips(log),
            "self-normalised": off_policy.self_normalised(log),
            "doubly robust": off_policy.doubly_robust(log, *guesses(log, listed, kind)),
        }
        for name, each in found.items():
            told = estimate(each, log.cluster)
            values[name].append(told.value)
            held[name] += (told.low <= TRUTH <= told.high) / number
    return {name: np.array(v) for name, v in values.items()}, held


def unbiased(values: dict[str, np.ndarray]) -> None:
    for name, each in values.items():
        error = each.std(ddof=1) / np.sqrt(len(each))
        assert abs(each.mean() - TRUTH) < 3.5 * error + 0.002 * TRUTH, name
    assert values["doubly robust"].std() < values["ips"].std()


def test_estimates_are_unbiased_on_a_few_logs() -> None:
    values, held = runs(60, 150)
    unbiased(values)
    assert all(0.78 <= share <= 0.99 for share in held.values()), held


@pytest.mark.slow
def test_ninety_per_cent_intervals_hold_the_truth_in_ninety_of_a_hundred_logs() -> None:
    values, held = runs(2000, 300)
    unbiased(values)
    assert all(0.87 <= share <= 0.93 for share in held.values()), held


FOLDER = Path(os.environ.get("RECOMMENDER_SHARED_DATA", "")) / "open_bandit_small"


@pytest.fixture(params=["all", "men", "women"])
def public_log(request: pytest.FixtureRequest) -> tuple[Log, pd.DataFrame, np.ndarray, float]:
    """Rows drawn at random, judged for the second policy, whose shares its own rows tell."""
    if not os.environ.get("RECOMMENDER_SHARED_DATA") or not FOLDER.is_dir():
        pytest.skip("no open_bandit_small: name its folder in RECOMMENDER_SHARED_DATA")
    columns = ["item_id", "position", "click", "propensity_score"]
    drawn = pd.read_parquet(FOLDER / f"random_{request.param}.parquet", columns=columns)
    bts = pd.read_parquet(FOLDER / f"bts_{request.param}.parquet", columns=columns)
    key = ["position", "item_id"]
    share = bts.groupby(key).size() / bts.groupby("position").size()
    target = share.reindex(pd.MultiIndex.from_frame(drawn[key]), fill_value=0.0).to_numpy()

    def one(values: object) -> np.ndarray:
        return np.asarray(values, dtype=float)[:, None]

    log = Log(
        one(drawn["click"]), one(drawn["propensity_score"]), one(target),
        np.ones((len(drawn), 1), dtype=bool), np.arange(len(drawn)),
    )  # fmt: skip
    return log, drawn, target, float(bts["click"].mean())


def test_the_arithmetic_on_a_public_log(public_log: tuple[Log, pd.DataFrame, np.ndarray, float]) -> None:
    log, drawn, target, on_policy = public_log
    by_hand = sum(
        share / p
        for share, p, click in zip(target, drawn["propensity_score"], drawn["click"], strict=True)
        if click
    )
    told = estimate(off_policy.ips(log), log.cluster)
    assert told.value == pytest.approx(by_hand / len(drawn), rel=1e-9)
    w = target / drawn["propensity_score"].to_numpy()
    own = estimate(off_policy.self_normalised(log), log.cluster)
    assert own.value == pytest.approx(float((w * drawn["click"]).sum() / w.sum()), rel=1e-9)
    assert w.mean() == pytest.approx(1.0, abs=0.1)
    size = off_policy.effective_size(w)
    assert size == pytest.approx(len(w) / (1 + np.var(w) / np.mean(w) ** 2))
    error = np.std(w * drawn["click"], ddof=1) / np.sqrt(len(w))
    assert told.high - told.value == pytest.approx(1.6450 * error, rel=1e-3)
    # what the second policy itself earned, within three standard errors of both
    there = on_policy * (1 - on_policy) / len(drawn)
    assert abs(told.value - on_policy) < 3 * np.sqrt(error**2 + there)
    assert abs(own.value - on_policy) < 3 * np.sqrt(error**2 + there)


def test_doubly_robust_on_a_public_log(public_log: tuple[Log, pd.DataFrame, np.ndarray, float]) -> None:
    log, drawn, target, _ = public_log
    item, size = drawn["item_id"].to_numpy(), int(drawn["item_id"].max()) + 1
    model = off_policy.module_means(item, log.reward[:, 0], log.cluster, size)
    fold = log.cluster % 2
    shares = np.zeros((int(drawn["position"].max()) + 1, size))
    shares[drawn["position"], item] = target
    expected = (shares[drawn["position"]] * model[fold]).sum(1)
    values = off_policy.doubly_robust(log, model[fold, item][:, None], expected[:, None])

    # the same from counts alone: a guess from one half of the rows, then what that half's log corrects
    rows = list(zip(drawn["item_id"], drawn["position"], drawn["click"], drawn["propensity_score"], target,
                    strict=True))  # fmt: skip
    wanted = {(i, at): share for i, at, _, _, share in rows}
    by_hand = 0.0
    for half in (0, 1):
        other = drawn[1 - half :: 2].groupby("item_id")["click"]
        typical, n = drawn["click"][1 - half :: 2].mean(), other.count()
        within = other.apply(lambda c: ((c - c.mean()) ** 2).sum()).sum() / (n.sum() - len(n))
        between = ((n * (other.mean() - typical) ** 2).sum() - (len(n) - 1) * within) / (
            n.sum() - (n**2).sum() / n.sum()
        )
        trust = n / (n + within / between) if between > 0 else 0 * n
        guess = (trust * other.mean() + (1 - trust) * typical).reindex(range(size), fill_value=typical)
        alone = {at: sum(share * guess[i] for (i, there), share in wanted.items() if there == at)
                 for at in {at for _, at in wanted}}  # fmt: skip
        by_hand += sum(alone[at] + share / p * (click - guess[i]) for i, at, click, p, share in rows[half::2])
    told = estimate(values, log.cluster)
    assert told.value == pytest.approx(by_hand / len(rows), rel=1e-9)
    assert told.high - told.low < 1.05 * np.ptp(estimate(off_policy.ips(log), log.cluster)[1:3])

"""New modules borrow from their kin; new learners are met by what is popular where they belong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recommender.affinity.fit import NextModule, group_uptake
from recommender.affinity.groups import PULL, GroupUptake
from recommender.affinity.kin import kin_of
from recommender.affinity.serve import AffinityModel, columns, next_shares
from recommender.evidence import Evidence
from recommender.framework import Catalogue, Module

NOTHING = pd.DataFrame()
LANGUAGE = [Module(f"z{i}", title_zh=f"汉语语法第{i}讲", competencies=(("speech", 1.0),)) for i in range(5)]
MATHS = [Module(f"a{i}", title_zh=f"线性代数第{i}讲", competencies=(("logic", 1.0),)) for i in range(5)]


@pytest.fixture(scope="module")
def model() -> AffinityModel:
    """People take the one subject or the other."""
    rng = np.random.default_rng(0)
    sets = [[m.module_id for m in rng.permutation(subject)[:4]] for _ in range(80)
            for subject in (np.array(LANGUAGE, object), np.array(MATHS, object))]  # fmt: skip
    return NextModule().fit(sets).model_


def shares(model: AffinityModel, modules: list[Module], taken: list[str]) -> dict[str, float]:
    where = columns(model, [m.module_id for m in modules])
    found = next_shares(model, taken, where, kin=kin_of(modules, where))
    return {m.module_id: float(s) for m, s in zip(modules, found, strict=True)}


@pytest.mark.parametrize(
    ("grammar", "algebra"),
    [
        (Module("new g", title_zh="汉语语法进阶"), Module("new a", title_zh="线性代数进阶")),
        (
            Module("new g", description_zh="汉语语法第九讲"),
            Module("new a", description_zh="线性代数第九讲"),
        ),
        (Module("new g", competencies=(("speech", 0.5),)), Module("new a", competencies=(("logic", 0.9),))),
    ],
)
def test_a_new_module_is_ranked_by_what_it_is_about(
    model: AffinityModel, grammar: Module, algebra: Module
) -> None:
    modules = [*LANGUAGE, *MATHS, grammar, algebra]
    for taken, near, far in ((["z0", "z1"], "new g", "new a"), (["a0", "a1"], "new a", "new g")):
        found = shares(model, modules, taken)
        assert found[near] > 1.3 * found[far]
        assert found[near] < max(v for m, v in found.items() if m != near and m not in taken)


def test_level_decides_among_modules_alike_otherwise() -> None:
    levels = [Module(f"l{i}", level=1 + i % 2) for i in range(10)]
    sets = [
        [f"l{i}" for i in np.random.default_rng(s).permutation(range(s % 2, 10, 2))[:3]] for s in range(80)
    ]
    model = NextModule().fit(sets).model_
    modules = [*levels, Module("easy", level=1), Module("hard", level=2)]
    assert shares(model, modules, ["l0", "l2"])["easy"] > shares(model, modules, ["l0", "l2"])["hard"]
    assert shares(model, modules, ["l1", "l3"])["hard"] > shares(model, modules, ["l1", "l3"])["easy"]


def test_a_new_module_like_no_other_counts_as_one_few_took(model: AffinityModel) -> None:
    modules = [*LANGUAGE, *MATHS, Module("odd", title_en="Juggling")]
    where = columns(model, [m.module_id for m in modules])
    without = next_shares(model, ["z0"], where)
    assert shares(model, modules, ["z0"])["odd"] == pytest.approx(without[-1], rel=0.05)


def test_nothing_is_borrowed_where_all_or_none_are_known(model: AffinityModel) -> None:
    assert kin_of(LANGUAGE, columns(model, [m.module_id for m in LANGUAGE])) is None
    assert kin_of([Module("x"), Module("y")], np.array([-1, -1])) is None


def organisation() -> Evidence:
    """Nurses take n0 and n1, clerks c0 and c1; everybody takes "all"."""
    rows, people = [], []
    for i in range(400):
        role = "nurse" if i % 2 else "clerk"
        people.append((f"l{i}", role))
        rows += [(f"l{i}", m, "completed", i) for m in ("all", f"{role[0]}{i % 4 // 2}")]
    frame = pd.DataFrame(rows, columns=["learner_id", "module_id", "status", "occurred_at"])
    learners = pd.DataFrame(people, columns=["learner_id", "role"])
    catalogue = Catalogue(modules=tuple(Module(m) for m in ("all", "n0", "n1", "c0", "c1")))
    return Evidence(catalogue, learners, NOTHING, NOTHING, frame.astype({"occurred_at": "int64"}))


def grouped(evidence: Evidence, membership: np.ndarray | None = None) -> tuple[AffinityModel, GroupUptake]:
    sequences = evidence.interactions.groupby("learner_id")["module_id"].agg(list)
    model = NextModule().fit(sequences.tolist()).model_
    who = evidence.learners["learner_id"].to_numpy(dtype=object)
    segments = () if membership is None else ("s1", "s2")
    sure = np.ones((len(who), 1)) if membership is None else membership
    groups = group_uptake(model, evidence, who, segments, sure)
    assert groups is not None
    return replace(model, groups=groups), groups


def first(model: AffinityModel, belongs: dict[tuple[str, str], float]) -> dict[str, float]:
    ids = ["all", "n0", "n1", "c0", "c1"]
    return dict(zip(ids, next_shares(model, [], columns(model, ids), belongs=belongs), strict=True))


def test_a_new_learner_gets_what_is_taken_in_the_role() -> None:
    model, groups = grouped(organisation())
    assert groups.names == (("role", "clerk"), ("role", "nurse"))
    nobody, nurse = first(model, {}), first(model, {("role", "nurse"): 1.0})
    assert nobody["n0"] == pytest.approx(nobody["c0"], rel=0.01)
    assert nurse["n0"] > 1.5 * nurse["c0"]
    assert nurse["all"] == max(nurse.values())
    assert first(model, {("role", "unheard of"): 1.0}) == nobody
    assert sum(nurse.values()) == pytest.approx(1.0)


def test_segments_count_as_surely_as_one_belongs() -> None:
    nurses = np.array([[float(i % 2), 1.0 - i % 2] for i in range(400)])
    evidence = organisation()
    evidence = replace(evidence, learners=evidence.learners[["learner_id"]])
    model, groups = grouped(evidence, nurses)
    assert groups.names == (("segment", "s1"), ("segment", "s2"))
    sure, even = (first(model, {("segment", "s1"): p, ("segment", "s2"): 1 - p}) for p in (0.95, 0.5))
    assert sure["n0"] > 1.15 * even["n0"]
    assert even["n0"] == pytest.approx(even["c0"], rel=0.05)


def test_a_small_group_looks_like_everybody() -> None:
    whole = np.array([0.5, 0.3, 0.2])
    one = GroupUptake((("role", "r"),), np.array([[0, 1]], np.float32)).share(whole, {("role", "r"): 1.0})
    assert one == pytest.approx((PULL * whole + [0, 1, 0]) / (PULL + 1))


def test_a_long_history_outweighs_the_role() -> None:
    model, _ = grouped(organisation())
    ids = ["n0", "n1", "c0", "c1"]
    where = columns(model, ids)
    new, old = (np.abs(np.subtract(*(next_shares(model, taken, where, belongs={("role", r): 1.0})
                                     for r in ("nurse", "clerk")))).max()
                for taken in ([], ["all"]))  # fmt: skip
    assert old < new

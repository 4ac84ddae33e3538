"""Training after training: the same people keep their segment's id, and its gains stay with it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_organisation import DAY, START, measured, took, workspace

from recommender.engine import Engine
from recommender.registry import Registry
from recommender.service import segments, training
from recommender.service.workspace import Workspace
from recommender.store import Store, catalogue, events, people

QUARTER = 90 * DAY
KINDS = np.array([[35.0, 60, 60, 60, 60, 60, 35], [60, 35, 60, 35, 60, 60, 60], [60, 60, 35, 60, 35, 60, 60]])
TRAININGS = 5


def kind(n: int) -> int:
    """Of the n-th learner."""
    return (n * 7 + n // 5) % len(KINDS)


def quarter(store: Store, number: int, kinds: np.ndarray = KINDS, size: int = 75) -> None:
    """A quarter's news: twelve newcomers, tests of theirs and of every second learner, modules finished."""
    draw = np.random.default_rng(number)
    with store.read() as conn:
        known = catalogue.read_catalogue(conn)
    module = next(m.module_id for m in known.modules if not m.prerequisites and m.competencies)
    now = START + number * QUARTER
    size += 12 * number
    with store.write() as conn:
        people.put_learners(conn, [{"learner_id": f"e{n:03}"} for n in range(size)])
        for n in range(size):
            who = f"e{n:03}"
            if number == 0 or n >= size - 12 or (n + number) % 2 == 0:
                levels = kinds[kind(n) % len(kinds)] + draw.normal(0, 5, len(known.leaves))
                pairs = zip(known.leaves, levels, strict=True)
                events.add(conn, "assessment", [measured(who, k, now + n, float(v)) for k, v in pairs])
            if n % 5 == number:
                events.add(conn, "interaction", [took(who, module, now + DAY)])


def train(ws: Workspace, seed: int = 0) -> str:
    """A version in service; what a gate would say of it is not asked here."""
    version = str(training.train(ws, seed=seed)["version"])
    training.promote(ws, version)
    return version


def members(ws: Workspace, path: Path) -> dict[str, str]:
    segments.segment_members(ws, path)
    found = pd.read_csv(path)
    return dict(zip(found["learner_id"], found["segment_id"], strict=True))


def finishers(engine: Engine) -> dict[str, int]:
    """How many of each segment finished something and were measured afterwards."""
    gains = engine.layout.parts.gains
    return dict(zip(gains.segments, gains.learners.sum(0).tolist(), strict=True))


def test_five_trainings_on_new_people_and_new_evidence_keep_the_ids(store: Store, tmp_path: Path) -> None:
    ws = workspace(store)
    quarter(store, 0)
    train(ws)
    first = members(ws, tmp_path / "members.csv")
    of_kind = {k: Counter(first[who] for who in first if kind(int(who[1:])) == k) for k in range(3)}
    ids = {k: found.most_common(1)[0][0] for k, found in of_kind.items()}
    assert sorted(ids.values()) == ["s1", "s2", "s3"]
    before = first
    for number in range(1, TRAININGS + 1):
        quarter(store, number)
        train(ws, seed=number + 1)
        now = members(ws, tmp_path / "members.csv")
        assert len(now) == len(before) + 12
        stable = [now[who] == before[who] for who in before]
        assert np.mean(stable) >= 0.9
        true = [now[who] == ids[kind(int(who[1:]))] for who in now]
        assert np.mean(true) >= 0.9, "newcomers join the segment of their kind"
        engine = ws.engine()
        assert [s.segment_id for s in engine.segments] == ["s1", "s2", "s3"]
        assert list(engine.layout.parts.gains.segments) == ["s1", "s2", "s3"]
        before = now
    finished = [n for n in range(75 + 12 * TRAININGS) if n < 75 + 12 * (n % 5)]
    taught = Counter(ids[kind(n)] for n in finished if n % 5 < 4 or n % 2 == 1)  # measured afterwards
    learnt = finishers(ws.engine())
    assert sum(learnt.values()) == sum(taught.values()) > 60
    for segment_id, count in learnt.items():
        assert count == pytest.approx(taught[segment_id], rel=0.1), "gains count the people of their segment"


ANY_STORE = pytest.mark.parametrize("store_kind", ["sqlite"], indirect=True)


@ANY_STORE
def test_a_kind_that_goes_and_one_that_comes_have_two_ids(store: Store, tmp_path: Path) -> None:
    ws = workspace(store)
    quarter(store, 0)
    train(ws)
    before = members(ws, tmp_path / "members.csv")
    with store.write() as conn:
        for n in range(75):
            if kind(n) == 2:
                for event in events.of_learner(conn, f"e{n:03}"):
                    events.withdraw(conn, event["type"], event["id"])
        fresh = np.array([20.0, 20, 60, 20, 60, 20, 20])
        leaves = catalogue.read_catalogue(conn).leaves
        draw = np.random.default_rng(0)
        people.put_learners(conn, [{"learner_id": f"f{n:02}"} for n in range(25)])
        for n in range(25):
            pairs = zip(leaves, fresh + draw.normal(0, 5, 7), strict=True)
            rows = [measured(f"f{n:02}", k, START + QUARTER + n, float(v)) for k, v in pairs]
            events.add(conn, "assessment", rows)
    train(ws)
    now = members(ws, tmp_path / "members.csv")
    newcomers = {now[f"f{n:02}"] for n in range(25)}
    assert len(newcomers) == 1
    assert newcomers.isdisjoint(before.values())
    stayed = [who for who in before if kind(int(who[1:])) != 2]
    assert np.mean([now[who] == before[who] for who in stayed]) >= 0.9


@ANY_STORE
def test_what_was_rolled_back_leaves_its_numbers_used(store: Store) -> None:
    ws = workspace(store)
    quarter(store, 0, KINDS[:2])
    first = train(ws)
    assert [s.segment_id for s in ws.engine().segments] == ["s1", "s2"]
    quarter(store, 1)
    train(ws)
    used = {s.segment_id for s in ws.engine().segments} - {"s1", "s2"}
    assert used
    assert training.rollback(ws)["version"] == first
    quarter(store, 2)
    train(ws)
    again = {s.segment_id for s in ws.engine().segments} - {"s1", "s2"}
    assert again
    assert again.isdisjoint(used)


@ANY_STORE
def test_a_damaged_version_leaves_its_numbers_used(store: Store) -> None:
    ws = workspace(store)
    quarter(store, 0)
    served = train(ws)
    (ws.registry.folder / served / "profile.joblib").write_bytes(b"x")
    train(ws)
    fresh = Workspace(store, Registry(ws.registry.folder))
    assert [s.segment_id for s in fresh.engine().segments] == ["s4", "s5", "s6"]

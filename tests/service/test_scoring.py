"""Nobody is sent where no seat is left, and of many the seats go to whom they help most."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from small_organisation import fill, workspace

from recommender.framework import Module
from recommender.service import advice, intake, people, scoring
from recommender.service import catalogue as catalogues
from recommender.service.workspace import Workspace, open_workspace
from recommender.store import Store

NOW = time.time_ns() // 1000
DAY = 86_400_000_000


@pytest.fixture
def ws(store: Store) -> Workspace:
    fill(store)
    return workspace(store)


def seats(ws: Workspace, n: int, *modules: str) -> None:
    """The modules with so many seats in those named, and no limit in the others."""
    rows = [row(m, n if m.module_id in modules else None) for m in ws.engine().catalogue.modules]
    catalogues.put_modules(ws, rows)


def row(module: Module, capacity: int | None) -> dict[str, Any]:
    return {
        "module_id": module.module_id,
        "competencies": dict(module.competencies),
        "level": module.level,
        "method": module.method,
        "minutes": module.minutes,
        "capacity": capacity,
    }


def took(who: str, module: str, status: str, n: int = 0) -> dict[str, Any]:
    about = {"type": "interaction", "id": f"{who}{module}{status}", "learner_id": who, "module_id": module}
    return about | {"status": status, "occurred_at": NOW + n}


def naming(found: pd.DataFrame, module: str) -> list[str]:
    """Whose lists name a module."""
    return list(found["learner_id"][found["module_id"] == module])


def listed(ws: Workspace, who: str) -> list[str]:
    return [i["module_id"] for i in advice.recommend(ws, who, limit=100)["items"]]


def walked(ws: Workspace, who: str) -> list[str]:
    return [i["module_id"] for i in advice.path(ws, who, minutes=1e6)["items"]]


def scored(ws: Workspace, to: Path, **how: Any) -> pd.DataFrame:
    scoring.score(ws, to / "score.csv", **how)
    return pd.read_csv(to / "score.csv")


def test_a_full_module_is_closed_until_somebody_leaves(ws: Workspace) -> None:
    module = listed(ws, "e000")[0]
    seats(ws, 1, module)
    assert module in listed(ws, "e000")
    assert module in listed(ws, "e002")
    intake.take_in(ws, [took("e002", module, "enrolled")])
    assert module not in listed(ws, "e000")
    assert module not in walked(ws, "e000")
    assert module in listed(ws, "e002")  # their own seat
    intake.take_in(ws, [took("e002", module, "dropped", 1)])
    assert module in listed(ws, "e000")
    intake.take_in(ws, [took("e002", module, "enrolled", 2)])
    intake.withdraw(ws, "interaction", f"e002{module}enrolled")
    assert module in listed(ws, "e000")


def test_who_enrolled_over_a_year_ago_holds_no_seat_and_sees_no_full_module(
    ws: Workspace, tmp_path: Path
) -> None:
    module = listed(ws, "e000")[0]
    seats(ws, 1, module)
    for days, holds in ((366, False), (364, True)):
        intake.take_in(ws, [took("e002", module, "enrolled", -days * DAY)])
        assert (module not in listed(ws, "e000")) == holds
        if not holds:
            intake.take_in(ws, [took("e003", module, "started")])
            assert module not in listed(ws, "e002")
            assert set(naming(scored(ws, tmp_path, greedy=True, limit=100), module)) == {"e003"}
            intake.withdraw(ws, "interaction", f"e003{module}started")
            intake.withdraw(ws, "interaction", f"e002{module}enrolled")
    assert module in listed(ws, "e002")


def test_erasing_somebody_gives_their_seat_back(ws: Workspace) -> None:
    module = listed(ws, "e000")[0]
    seats(ws, 1, module)
    intake.take_in(ws, [took("e002", module, "started")])
    assert module not in listed(ws, "e000")
    people.erase(ws, "e002")
    assert module in listed(ws, "e000")


def test_another_process_sees_within_a_second_that_a_module_is_full(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = listed(ws, "e000")[0]
    seats(ws, 1, module)
    url = ws.store.engine.url.render_as_string(hide_password=False)
    other = open_workspace(url, "models")
    assert module in listed(other, "e000")
    intake.take_in(ws, [took("e002", module, "enrolled")])
    monkeypatch.setattr("recommender.service.seats.FRESH", 0.0)
    assert module not in listed(other, "e000")
    other.close()


def test_no_more_lists_hold_a_module_than_it_has_seats_left(ws: Workspace, tmp_path: Path) -> None:
    seats(ws, 0)
    free = scored(ws, tmp_path, greedy=True, limit=2)
    one, two = free[free["rank"] == 1]["module_id"].value_counts().index[:2]
    seats(ws, 3, one, two)
    intake.take_in(ws, [took("e003", one, "enrolled")])
    for greedy in (True, False):
        found = scored(ws, tmp_path, greedy=greedy, limit=2)
        held = (found["module_id"] == one) & (found["learner_id"] == "e003")
        counts = found[~held]["module_id"].value_counts()
        assert counts.get(one, 0) <= 2
        assert counts.get(two, 0) <= 3
        assert (found.groupby("learner_id").size() == 2).all()
        if greedy:
            assert (counts[one], counts[two]) == (2, 3)


def test_seats_go_to_whom_they_add_most_not_to_the_first(ws: Workspace, tmp_path: Path) -> None:
    def first(n: int, *modules: str) -> pd.DataFrame:
        seats(ws, n, *modules)
        return scored(ws, tmp_path, greedy=True, limit=1).set_index("learner_id")

    free = first(0)
    best = free["module_id"].value_counts().index[0]
    without, asked = first(0, best), first(4, best)
    assert best not in set(without["module_id"])
    wanting = free[free["module_id"] == best].index
    adds = (free["score"] - without["score"])[wanting].sort_values(ascending=False)
    holders = set(asked[asked["module_id"] == best].index)
    assert holders == set(adds.index[:4])
    assert holders != set(sorted(wanting)[:4])


def test_who_has_left_gets_no_seat(ws: Workspace, tmp_path: Path) -> None:
    module = scored(ws, tmp_path, greedy=True, limit=1)["module_id"].value_counts().index[0]
    seats(ws, 2, module)
    before = scored(ws, tmp_path, greedy=True, limit=1)
    gone = before[before["module_id"] == module]["learner_id"].iloc[0]
    people.put_learners(ws, [{"learner_id": gone, "active": 0}])
    after = scored(ws, tmp_path, greedy=True, limit=1)
    holders = set(after[after["module_id"] == module]["learner_id"])
    assert len(holders) == 2
    assert gone not in holders


def test_a_module_with_seats_for_all_who_work_here_stands_in_no_list_of_others(
    ws: Workspace, tmp_path: Path
) -> None:
    free = scored(ws, tmp_path, greedy=True, limit=100)
    everybody = sorted(set(free["learner_id"]))
    gone, enrolled = everybody[: len(everybody) // 4], everybody[-1]
    module = free["module_id"].value_counts().index[0]
    assert len(naming(free, module)) > len(everybody) - len(gone)
    people.put_learners(ws, [{"learner_id": who, "active": 0} for who in gone])
    room = len(everybody) - len(gone) + 1
    seats(ws, room, module)
    intake.take_in(ws, [took(enrolled, module, "enrolled")])
    found = naming(scored(ws, tmp_path, greedy=True, limit=100), module)
    assert len(set(found) - {enrolled}) <= room - 1
    assert not set(found) & set(gone)
    assert enrolled in found

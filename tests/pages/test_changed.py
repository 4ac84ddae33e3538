"""The page says what the last event changed in the path, as far as the page shows that path."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from page_door import Door
from page_events import interaction, take_in

from recommender.api.pages.cards import Card
from recommender.api.pages.changed import changed
from recommender.api.pages.rail import Rail, Row
from recommender.service import advice
from recommender.service.workspace import Workspace
from recommender.shipped import shipped_catalogue

TODAY = dt.date(2026, 6, 3)
SHIPPED = shipped_catalogue()
RAIL = Rail(
    120, tuple(Row(Card(m, m, 30, (), ""), "0:00") for m in ("top", "new", "left")), "1:30", 30, (), 0
)


def told(**more: Any) -> dict[str, Any]:
    def step(module_id: str) -> dict[str, str]:
        return {"module_id": module_id, "text": f"why {module_id}"}

    found = {"added": [step(m) for m in ("top", "new", "elsewhere")]}
    return found | {"removed": [step(m) for m in ("left", "gone")], "since": [], **more}


def did(status: str, module_id: str = "five-questions") -> dict[str, Any]:
    when = "2026-06-01T09:00:00Z"
    return {"type": "interaction", "module_id": module_id, "status": status, "occurred_at": when}


def test_only_what_the_rail_shows_is_told() -> None:
    found = changed(told(), "top", RAIL, SHIPPED, "en", TODAY)
    assert found is not None
    assert [(s.word, s.text) for s in found.steps] == [("Gone", "why gone"), ("New", "why new")]
    beyond = replace(RAIL, after=(Row(Card("gone", "gone", 30, (), ""), ""),))
    found = changed(told(), "top", beyond, SHIPPED, "en", TODAY)
    assert found is not None
    assert [s.word for s in found.steps] == ["New"], "what stands beyond the budget has not gone"
    assert changed(told(added=[], removed=[]), None, RAIL, SHIPPED, "en", TODAY) is None


def test_what_just_happened_to_a_module_is_said_once() -> None:
    found = changed(told(since=[did("completed", "gone")]), "top", RAIL, SHIPPED, "en", TODAY)
    assert found is not None
    assert [s.text for s in found.steps] == ["why new"]


@pytest.mark.parametrize("status", ["completed", "started", "enrolled", "dropped", "dismissed"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_one_event_is_named(status: str, lang: str) -> None:
    found = changed(told(since=[did(status)]), None, RAIL, SHIPPED, lang, TODAY)
    assert found is not None
    assert SHIPPED.module["five-questions"].title(lang) in found.after


def test_several_events_are_not_and_tests_have_a_day() -> None:
    test = {"type": "assessment", "competency_id": "listening", "occurred_at": "2026-06-01T09:00:00Z"}
    for since, after in (
        ([], "最近的新记录之后："),
        ([did("completed"), did("completed", "gone")], "最近的新记录之后："),
        ([did("completed", "no longer there")], "最近的新记录之后："),
        ([test, test], "6月1日的测评之后："),
    ):
        found = changed(told(since=since), None, RAIL, SHIPPED, "zh", TODAY)
        assert found is not None
        assert found.after == after


def test_the_page_tells_it_in_the_learners_language(workspace: Workspace, door: Door) -> None:
    before = door.get("/learn")
    done = advice.path(workspace, "e1", minutes=120)["items"][0]["module_id"]
    take_in(workspace, [interaction(done, "completed")])
    page = door.get("/learn")
    section = page.text.partition("路径有什么变化")[2].strip()
    title = workspace.engine().catalogue.module[done].title("zh")
    assert section.startswith(f"学完《{title}》之后：")
    assert "新加" in section
    assert "学完《" not in before.text
    title = workspace.engine().catalogue.module[done].title("en")
    assert f"Since you finished “{title}”:" in door.get("/learn", lang="en").text

"""The learner's page: what it shows, and that every choice is kept or told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from page_door import Door, Page
from page_events import interaction, rating, take_in

from recommender.engine import Engine
from recommender.errors import StoreBusy
from recommender.evidence import REASONS
from recommender.profiles.serve import Segment
from recommender.service import advice, catalogue, intake
from recommender.service.history import history
from recommender.service.workspace import Workspace


def top(ws: Workspace) -> str:
    """Id of what is recommended first."""
    found: str = advice.recommend(ws, "e1")["items"][0]["module_id"]
    return found


def title(ws: Workspace, module_id: str, lang: str = "zh") -> str:
    return ws.engine().catalogue.module[module_id].title(lang)


def test_the_next_module_says_why_and_how_it_fits(workspace: Workspace, door: Door) -> None:
    first = advice.recommend(workspace, "e1", lang="zh")["items"][0]
    page = door.get("/learn")
    assert page.all("h1")[0].text == first["title"]
    assert first["reasons"][0]["text"] in page.text.replace("\u2060", "")
    (chart,) = (e for e in page.all("svg") if "fit" in (e.get("class") or ""))
    assert "这门课适合" in (chart.get("aria-label") or "")
    assert [e.text for e in page.all("dt")][:2] == ["差距", "依据"]


def test_the_profile_is_told_highest_first_without_decimals(door: Door) -> None:
    page = door.get("/learn")
    labels = [e.get("aria-label") or "" for e in page.all("svg") if "fit" not in (e.get("class") or "")]
    means = [int(label.partition("约")[2].partition("分")[0]) for label in labels]
    assert means == sorted(means, reverse=True)
    assert len(means) == 7
    assert "7次测评" in page.text


def test_nobody_is_greeted_by_the_name_of_a_segment(
    workspace: Workspace, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment = Segment("s7", "Low in all", "各项都低")
    monkeypatch.setattr(Engine, "segment", lambda *_: (segment, 0.9))
    assert advice.recommend(workspace, "e1", lang="zh")["segment"]["label"] == "各项都低"
    for place in ("/learn", "/learn/profile"):
        assert "各项都低" not in door.get(place).text
        assert "Low in all" not in door.get(place, lang="en").text


def test_start_is_noted_and_the_page_carries_on(workspace: Workspace, door: Door) -> None:
    form = door.get("/learn").form("/learn/start")
    response = door.post("/learn/start", form)
    assert response.location == f"/learn/go/{form['module_id']}"
    response = door.client.get(response.location)
    page = door.get(response.location)
    name = title(workspace, form["module_id"])
    assert f"已记下：你开始学《{name}》了。" in page.text
    assert f"接着学 {name}" in page.text
    assert page.all("h1")[0].text != name
    assert [h["status"] for h in history(workspace, "e1")] == ["started"]


def test_start_goes_where_the_module_is(workspace: Workspace, door: Door) -> None:
    url = "https://lms.example.com/course/1?a=1&b=2"
    module_id = top(workspace)
    catalogue.put_modules(
        workspace, [{"module_id": module_id, "url": url, "title_zh": "甲", "title_en": "A"}]
    )
    form = door.get("/learn").form("/learn/start")
    page = door.get(door.post("/learn/start", form).location)
    (refresh,) = (e for e in page.all("meta") if e.get("http-equiv") == "refresh")
    assert refresh.get("content") == f"0; url={url}"
    assert url in [e.get("href") for e in page.all("a")]


def test_a_module_whose_id_is_an_address_can_be_started(workspace: Workspace, door: Door) -> None:
    own = {"module_id": "https://lms/1", "title_zh": "甲", "title_en": "A", "competencies": "listening:1"}
    catalogue.put_modules(workspace, [own])
    form = door.get("/learn").form("/learn/start")
    assert form["module_id"] == own["module_id"]
    assert door.client.get(door.post("/learn/start", form).location).status_code == 303


def test_a_script_as_address_is_not_followed(workspace: Workspace, door: Door) -> None:
    module_id = top(workspace)
    catalogue.put_modules(
        workspace, [{"module_id": module_id, "url": "javascript:alert(1)", "title_zh": "甲", "title_en": "A"}]
    )
    assert door.client.get(f"/learn/go/{module_id}").location == f"/learn?started={module_id}"
    assert "javascript:" not in door.get("/learn").html


def test_nothing_is_chosen_beforehand_and_every_choice_says_what_follows(door: Door) -> None:
    page = door.get("/learn")
    radios = [e for e in page.all("input") if e.get("type") == "radio"]
    assert [e.get("value") for e in radios] == [r for r in REASONS if r != "wrong_level"]
    assert not any("checked" in e.attrib for e in radios)
    assert "30天后再提" in page.text


def test_not_for_me_can_be_undone(workspace: Workspace, door: Door) -> None:
    form = door.get("/learn").form("/learn/dismiss")
    before = advice.profile(workspace, "e1")
    response = door.post("/learn/dismiss", form | {"reason": "too_hard"})
    page = door.get(response.location)
    gone, now = title(workspace, form["module_id"]), page.all("h1")[0].text
    assert gone != now
    assert f"已移开《{gone}》。下一步换成《{now}》。" in page.text
    assert "你说“太难”" in page.text
    page = door.get(door.post("/learn/undo", page.form("/learn/undo")).location)
    assert f"《{gone}》放回来了。" in page.text
    back = [item["module_id"] for item in advice.recommend(workspace, "e1")["items"]]
    assert (page.all("h1")[0].text == gone) == (form["module_id"] in back)
    assert history(workspace, "e1") == []
    assert advice.profile(workspace, "e1") == before


def test_without_a_reason_the_form_asks_for_one(workspace: Workspace, door: Door) -> None:
    form = door.get("/learn").form("/learn/dismiss")
    response = door.post("/learn/dismiss", form)
    assert response.status_code == 422
    assert "先选一个原因，再移开。" in Page(response).text
    assert history(workspace, "e1") == []


def test_a_failed_save_keeps_the_choice(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    form = door.get("/learn").form("/learn/dismiss")

    def busy(*_: object) -> None:
        raise StoreBusy("The store did not answer in time. Try again.")

    monkeypatch.setattr(intake, "take_in", busy)
    response = door.post("/learn/dismiss", form | {"reason": "too_easy"})
    assert response.status_code == 503
    page = Page(response)
    assert "没存上。 你的选择还在这一页。 再试一次" in page.text
    assert [e.get("value") for e in page.all("input") if "checked" in e.attrib] == ["too_easy"]
    assert "open" in (page.one("not-for-me").get("class") or "")


def test_a_module_nobody_knows_is_no_page(door: Door) -> None:
    form = door.get("/learn").form("/learn/start")
    assert door.post("/learn/start", form | {"module_id": "nothing"}).status_code == 404


def test_what_was_done_and_set_aside_is_listed(workspace: Workspace, door: Door) -> None:
    take_in(workspace, [
        interaction("five-questions", "completed"),
        interaction("three-minutes", "dismissed", "2026-06-02T09:00:00Z", reason="known"),
    ])  # fmt: skip
    page = door.get("/learn")
    past = page.text.partition("学过的，和移开的")[2]
    assert past.index("三分钟不插话 你说“已经会了”") < past.index("接单五问")
    assert "6月1日完成" in past
    back = next(f for f in page.all("form") if f.get("action") == "/learn/undo")
    button = back.find("button")
    assert button is not None
    assert button.get("aria-label") == "放回来：三分钟不插话"


@pytest.mark.parametrize(
    ("minutes", "told"),
    [("15", "今天"), ("120", "本周"), ("480", "本季度"), ("7", "本周"), ("9" * 5000, "本周"), ("-1", "本周")],
)
def test_the_rail_ends_with_the_time_there_is(door: Door, minutes: str, told: str) -> None:
    page = door.get(f"/learn?minutes={minutes}")
    (chosen,) = (e for e in page.all("a") if e.get("aria-current") == "true")
    assert told in "".join(chosen.itertext())


def test_a_quarter_of_an_hour_is_too_short_and_the_page_says_what_would_do(door: Door) -> None:
    assert "15分钟内没有合适的课，最短的要25分钟。" in door.get("/learn?minutes=15").text


def test_two_reports_are_neither_counted_nor_named(workspace: Workspace, door: Door) -> None:
    take_in(workspace, [rating(n, "report") for n in (1, 2)] + [rating(n, "peer") for n in (3, 4, 5)])
    page = door.get("/learn/profile")
    assert "3位同事" in page.text
    assert "下属评价不足3人，不单独显示。" in page.text
    assert "2位下属" not in page.text


def test_the_first_day_has_no_scores(visit: Callable[[str], Door]) -> None:
    page = visit("e0").get("/learn")
    assert "还没有测评或评价。" in page.text
    standing = page.text.partition("我现在的样子")[2]
    assert standing.count("还不知道") == 7
    assert "约" not in standing


def test_whoever_has_done_everything_is_told_so(workspace: Workspace, door: Door) -> None:
    take_in(workspace, [interaction(m.module_id, "completed") for m in workspace.engine().catalogue.modules])
    page = door.get("/learn")
    assert page.all("h1")[0].text == "这一轮学完了。"


def test_a_store_that_cannot_be_read_is_a_page_too(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object, **__: object) -> None:
        raise StoreBusy("The store did not answer in time. Try again.")

    monkeypatch.setattr(advice, "recommend", busy)
    assert "系统正忙，你的记录都在。" in door.get("/learn", status=503).text

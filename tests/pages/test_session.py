"""Who may look: only who comes by a signed link."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from page_door import Door, Page
from page_events import interaction, take_in

from recommender.api.app import create_app
from recommender.service import people
from recommender.service.history import history
from recommender.service.workspace import Workspace

REFUSED = "链接已用过或已过期，请从学习平台重新打开。"


def refused(ws: Workspace, path: str) -> None:
    page = Door(create_app(ws).test_client()).get(path, status=403)
    assert REFUSED in page.text


def test_no_link_no_page(workspace: Workspace) -> None:
    refused(workspace, "/learn")
    refused(workspace, "/learn/profile")


def test_an_id_in_an_address_opens_nothing(workspace: Workspace) -> None:
    refused(workspace, "/learn?learner_id=e1")
    refused(workspace, "/learn/enter?token=e1")
    refused(workspace, "/learn/enter")


def test_a_forged_link_is_refused(workspace: Workspace) -> None:
    token = people.link(workspace, "e1")
    refused(workspace, f"/learn/enter?token={token[:-2]}xx")


def test_an_expired_link_is_refused(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    token, later = people.link(workspace, "e1", days=1), time.time() + 2 * 86_400
    monkeypatch.setattr(time, "time", lambda: later)
    refused(workspace, f"/learn/enter?token={token}")


@pytest.mark.parametrize(("scheme", "secure"), [("https", True), ("http", False)])
def test_the_cookie_reaches_no_further_than_the_page(workspace: Workspace, scheme: str, secure: bool) -> None:
    client = create_app(workspace).test_client()
    token = people.link(workspace, "e1")
    response = client.get(f"/learn/enter?token={token}", base_url=f"{scheme}://localhost")
    cookie = response.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "Path=/learn", "SameSite=Lax", "Max-Age=28800"))
    assert ("Secure" in cookie) is secure
    assert "e1" not in response.location


@pytest.mark.parametrize(("behind_proxy", "secure"), [(True, True), (False, False)])
def test_a_proxy_is_believed_only_where_there_is_one(
    workspace: Workspace, behind_proxy: bool, secure: bool
) -> None:
    client = create_app(workspace, behind_proxy=behind_proxy).test_client()
    address = f"/learn/enter?token={people.link(workspace, 'e1')}"
    response = client.get(address, headers={"X-Forwarded-Proto": "https"})
    assert ("Secure" in response.headers["Set-Cookie"]) is secure


def test_somebody_erased_is_not_shown(workspace: Workspace, door: Door) -> None:
    people.erase(workspace, "e1")
    assert REFUSED in door.get("/learn", status=403).text


def test_a_form_of_another_session_changes_nothing(
    workspace: Workspace, visit: Callable[[str], Door]
) -> None:
    stolen = visit("e1").get("/learn").form("/learn/start")
    other = visit("e1")
    assert other.post("/learn/start", stolen).status_code == 403
    assert other.post("/learn/start", {"module_id": stolen["module_id"]}).status_code == 403
    assert history(workspace, "e1") == []


def test_nobody_can_undo_for_another(workspace: Workspace, visit: Callable[[str], Door]) -> None:
    take_in(workspace, [interaction("three-minutes", "dismissed", reason="known")])
    stranger = visit("e0")
    form = stranger.get("/learn").form("/learn/start") | {"module_id": "three-minutes"}
    assert stranger.post("/learn/undo", form).status_code == 303
    assert [h["status"] for h in history(workspace, "e1")] == ["dismissed"]


def test_the_language_chosen_is_remembered(door: Door) -> None:
    assert Page(door.client.get("/learn")).all("html")[0].get("lang") == "zh-Hans"
    door.client.get("/learn?lang=en")
    assert Page(door.client.get("/learn")).all("html")[0].get("lang") == "en"


def test_without_a_language_of_their_own_the_browser_says(visit: Callable[[str], Door]) -> None:
    client = visit("e0").client
    page = Page(client.get("/learn", headers={"Accept-Language": "zh-CN,zh;q=0.9"}))
    assert page.all("html")[0].get("lang") == "zh-Hans"


def test_an_address_that_leads_nowhere_says_so(door: Door) -> None:
    assert "没有这一页" in door.get("/learn/nowhere", status=404).text

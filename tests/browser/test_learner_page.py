"""The learner's page in a real browser: it fits, it works without script, and a hand can use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from recommender.service import advice, catalogue, intake
from recommender.service.history import history
from recommender.service.workspace import Workspace

pytestmark = pytest.mark.browser

PHONE = (390, 844)
SIZES = [(320, 640), PHONE, (1280, 900)]
ICON = "/favicon.ico"
"""What a browser asks for by itself where a page that is not ours names no icon."""
SMALLEST = 44
"""Pixels that a target has at least, across or down."""

TARGETS = """() => [...document.querySelectorAll('a, button, summary, label')]
  .filter(e => e.checkVisibility() && !e.classList.contains('skip'))
  .map(e => [e.innerText, e.getBoundingClientRect()])
  .filter(([, box]) => box.height < %d)
  .map(([text, box]) => `${text}: ${box.width} x ${box.height}`)"""

CONTRAST = """() => {
  const parts = c => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = parts(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
  };
  const seen = [...document.querySelectorAll('body *')].filter(e => e.checkVisibility()
    && !e.closest('.skip') && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
  return seen.map(e => {
    const style = getComputedStyle(e), svg = e.namespaceURI.endsWith('svg');
    const [a, b] = [light(parts(svg ? style.fill : style.color)), light(behind(e))];
    return [e.textContent.trim().slice(0, 30), (Math.max(a, b) + .05) / (Math.min(a, b) + .05)];
  }).filter(([, ratio]) => ratio < 4.5);
}"""


@contextmanager
def looking(browser: Any, size: tuple[int, int], **options: Any) -> Iterator[Any]:
    """A page of a browser of this size, which must not complain."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
    context.set_default_timeout(10_000)
    page = context.new_page()
    said: list[str] = []
    page.on(
        "console",
        lambda message: None if ICON in message.location["url"] else said.append(message.text),
    )
    yield page
    context.close()
    assert said == [], "the browser complained"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
def test_nothing_overflows_and_every_target_can_be_hit(
    browser: Any, address: str, link: str, size: tuple[int, int], lang: str
) -> None:
    with looking(browser, size) as page:
        page.goto(link)
        for place in ("/learn", "/learn?minutes=15", "/learn/profile", "/learn#not-for-me"):
            path, _, fragment = place.partition("#")
            join = "&" if "?" in path else "?"
            page.goto(f"{address}{path}{join}lang={lang}#{fragment}")
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, place
            assert page.evaluate(TARGETS % SMALLEST) == [], place


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
def test_what_changed_in_the_path_stands_under_it_and_fits(
    browser: Any, address: str, link: str, workspace: Workspace, size: tuple[int, int], lang: str
) -> None:
    done = advice.path(workspace, "e1", minutes=120)["items"][0]["module_id"]
    event = {"type": "interaction", "id": "done", "learner_id": "e1", "module_id": done}
    event |= {"status": "completed", "occurred_at": "2026-06-01T09:00:00Z"}
    assert intake.take_in(workspace, [event])["rejected"] == []
    with looking(browser, size) as page:
        page.goto(link)
        page.goto(f"{address}/learn?lang={lang}")
        heading = {"zh": "路径有什么变化", "en": "What changed in your path"}[lang]
        section = page.get_by_role("region", name=heading)
        assert section.get_by_role("listitem").count() > 0
        below = page.evaluate("document.querySelector('#time').getBoundingClientRect().bottom")
        assert section.bounding_box()["y"] >= below
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert page.evaluate(CONTRAST) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_next_block_ends_above_the_fold_of_a_phone(
    browser: Any, address: str, link: str, lang: str
) -> None:
    with looking(browser, PHONE) as page:
        page.goto(link)
        page.goto(f"{address}/learn?lang={lang}")
        assert page.evaluate("document.querySelector('.block').getBoundingClientRect().bottom") < PHONE[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(browser: Any, address: str, link: str, scheme: str) -> None:
    with looking(browser, PHONE, color_scheme=scheme) as page:
        page.goto(link)
        for place in ("/learn#not-for-me", "/learn/profile"):
            page.goto(address + place)
            page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
            assert page.evaluate(CONTRAST) == [], place


def test_not_for_me_and_undo_without_script(browser: Any, link: str, workspace: Workspace) -> None:
    with looking(browser, PHONE, java_script_enabled=False) as page:
        page.goto(f"{link}&lang=zh")
        first = page.locator("h1").inner_text()
        form = page.locator("#not-for-me")
        assert not form.is_visible()
        page.get_by_role("link", name="不适合我").click()
        assert form.is_visible()
        assert page.locator("input:checked").count() == 0
        page.get_by_role("button", name="移开这门").click()
        assert history(workspace, "e1")[0]["status"] != "dismissed", "the browser asks for a reason first"
        page.get_by_label("太难").check()
        page.get_by_role("button", name="移开这门").click()
        assert f"已移开《{first}》。下一步换成《{page.locator('h1').inner_text()}》。" in page.inner_text(
            "main"
        )
        assert history(workspace, "e1")[0]["reason"] == "too_hard"
        page.get_by_role("status").get_by_role("button", name="撤销").click()
        assert f"《{first}》放回来了。" in page.inner_text("main")
        assert {h["status"] for h in history(workspace, "e1")} == {"started", "completed"}


def test_start_leads_to_the_module_despite_the_strict_policy(
    browser: Any, address: str, link: str, workspace: Workspace
) -> None:
    elsewhere = address.replace("127.0.0.1", "localhost") + "/healthz"
    with looking(browser, PHONE) as page:
        page.goto(link)
        first = page.locator("form [name=module_id]").first.get_attribute("value")
        catalogue.put_modules(workspace, [{"module_id": first, "title_en": "Elsewhere", "url": elsewhere}])
        page.goto(address + "/learn")
        page.locator(".primary").click()
        page.wait_for_url(elsewhere)
        assert history(workspace, "e1")[0]["status"] == "started"


def test_the_keyboard_reaches_everything_and_shows_where_it_is(browser: Any, link: str) -> None:
    with looking(browser, PHONE) as page:
        page.goto(link)
        reached = []
        page.keyboard.press("Tab")
        while page.evaluate("document.activeElement !== document.body"):
            text, outline = page.evaluate(
                "(e => [e.innerText.trim(), getComputedStyle(e).outlineStyle])(document.activeElement)"
            )
            assert outline == "solid", text
            reached.append(text)
            page.keyboard.press("Tab")
        assert reached[:4] == ["Skip to content", "My path", "My profile", "中文"]
        assert [t for t in reached if t in ("Start", "Why this one", "Not for me")] == [
            "Start",
            "Why this one",
            "Not for me",
        ]

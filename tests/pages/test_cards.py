"""What a page says of one module."""

from __future__ import annotations

import pytest

from recommender.api.pages.cards import card, rests_on, safe_url
from recommender.framework import Catalogue, Competency, Module

CATALOGUE = Catalogue(
    competencies=(Competency("listening", "Listening", "倾听"),),
    modules=(
        Module("m", "Say it back", "听完再说", level=1, method="role_play", delivery="in_person", minutes=25),
        Module("bare", "Bare", "光课"),
    ),
)
GAP = {
    "kind": "gap", "label": "差距", "text": "你在“倾听”上还有提升空间。",
    "competency_id": "listening", "mean": 41.2, "sd": 4.0, "lo": 34.6, "hi": 47.8,
    "sources": {"test": 24, "manager": 1, "peer": 5, "report": None},
}  # fmt: skip
EFFECT = {"kind": "effect", "label": "效果", "text": "38位同事学完后，平均提高约6分。"}


def test_a_card_says_what_why_and_how_it_fits() -> None:
    shown = card({"module_id": "m", "reasons": [GAP, EFFECT]}, CATALOGUE, "zh")
    assert shown is not None
    assert shown.facts == ("角色扮演", "25分钟", "线下", "入门")
    assert shown.why == "你在“倾听”上还有提升空间。38位同事学完后，平均提高约6分。"
    assert shown.fit is not None
    assert (shown.fit.name, shown.fit.low, shown.fit.high) == ("倾听", 24, 44)
    assert shown.details == (
        ("差距", "“倾听”最可能在41分，九成可能在35–48分之间。这门课适合24–44分的人。"),
        ("依据", "24次测评、1位上级、5位同事。下属评价不足3人，不单独显示。"),
        ("效果", "38位同事学完后，平均提高约6分。"),
    )


def test_without_a_level_there_is_no_chart_and_the_reason_stands_as_it_is() -> None:
    shown = card({"module_id": "bare", "reasons": [GAP]}, CATALOGUE, "zh")
    assert shown is not None
    assert shown.fit is None
    assert shown.details == (("差距", GAP["text"]),)


def test_a_module_that_left_the_catalogue_is_not_shown() -> None:
    assert card({"module_id": "gone", "reasons": []}, CATALOGUE, "zh") is None


def test_too_few_raters_are_never_counted() -> None:
    told = rests_on("en", {"self": 1, "peer": None})
    assert told == "Rests on 1 self-rating. Fewer than 3 peers answered; not shown separately."
    assert rests_on("en", {}) == ""


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "/admin", "https://", "http://[", None, ""],
)
def test_a_browser_is_sent_only_to_web_addresses(url: str | None) -> None:
    assert safe_url(url) is None


def test_a_web_address_is_kept() -> None:
    assert safe_url(" https://lms.example.com/c/1?x=1 ") == "https://lms.example.com/c/1?x=1"

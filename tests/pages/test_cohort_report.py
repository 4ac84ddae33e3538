"""The plan of sessions as a page and as a workbook: whole and sound, in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import html5lib
import openpyxl
import pytest
from page_door import HALF_WIDTH, stands_alone

from recommender.api.reports.cohorts import gap, lead, page, points, write_book


def person(learner_id: str, department_id: str | None, *meets: str, **more: Any) -> dict[str, Any]:
    return {
        "learner_id": learner_id,
        "name": f"<b>{learner_id}</b>",
        "department_id": department_id,
        "expected_gain": 6.2,
        "interval": (-1.4, 13.8),
        "meets": list(meets),
    } | more


def plan(**more: Any) -> dict[str, Any]:
    first = [
        person("e1", "sales", "care", "depot"),
        person("e2", "care", "sales"),
        person("e3", "care", "sales"),
    ]
    first += [person("e4", "depot", "sales", name=None), person("e5", None)]
    return {
        "module_id": "m",
        "title": {"en": "A <game>", "zh": "<游戏>"},
        "model_version": "20260301T000000Z-ab12",
        "as_of": "2026-03-02",
        "seats": 6,
        "eligible": 41,
        "seated": 6,
        "gap": 0.0,
        "departments": {"sales": "Sales & Co", "care": "=1+1"},
        "sessions": [
            {"session": 1, "expected_gain": 31.0, "learners": first},
            {"session": 2, "expected_gain": None,
             "learners": [person("e6", "depot", expected_gain=None, interval=None)]},
            {"session": 3, "expected_gain": 0, "learners": []},
        ],
    } | more  # fmt: skip


def table(text: str, number: int) -> list[list[str]]:
    """What one reads in the rows of a session's table."""
    root = html5lib.parse(text, namespaceHTMLElements=False)
    found = root.findall(".//table")[number]
    return [["".join(cell.itertext()).strip() for cell in row] for row in found.findall("tbody/tr")]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_stands_alone_and_is_sound(lang: str) -> None:
    text = page(plan(), lang)
    stands_alone(text, lang)
    assert not re.search(r"<b>|<game>|<游戏>", text)
    assert text.count("<table") == 3, "what it rests on, and each session in which somebody sits"
    body = "".join(html5lib.parse(text, namespaceHTMLElements=False).find("body").itertext())
    assert lang == "en" or not HALF_WIDTH.search(body.replace("<b>", "").replace("</b>", ""))


def test_a_row_says_who_from_where_with_what_gain_and_whom_they_meet() -> None:
    text = page(plan(), "en")
    assert "<title>Who sits with whom in “A &lt;game&gt;”</title>" in text
    assert table(text, 0) == [
        ["Sessions", "3"], ["Seats in each", "6"], ["May come", "41"], ["Seated", "6"],
        ["How far from the best", "No better plan exists"],
    ]  # fmt: skip
    assert table(text, 1) == [
        ["<b>e1</b> e1", "Sales & Co", "+6.2 (−1.4 to +13.8)", "=1+1 (2), depot (1)"],
        ["<b>e2</b> e2", "=1+1", "+6.2 (−1.4 to +13.8)", "Sales & Co (1)"],
        ["<b>e3</b> e3", "=1+1", "+6.2 (−1.4 to +13.8)", "Sales & Co (1)"],
        ["e4", "depot", "+6.2 (−1.4 to +13.8)", "Sales & Co (1)"],
        ["<b>e5</b> e5", "–", "+6.2 (−1.4 to +13.8)", "–"],
    ]
    assert table(text, 2) == [["<b>e6</b> e6", "depot", "–", "–"]]
    assert "5 learners, +31.0 points in all" in text
    assert "1 learner</p>" in text, "no sum where a gain is not known"
    assert "Nobody</p>" in text
    assert table(page(plan(), "zh"), 1)[0] == [
        "<b>e1</b> e1",
        "Sales & Co",
        "+6.2（−1.4至+13.8）",
        "=1+1（2人）、depot（1人）",
    ]


def test_sentences_say_how_full_and_how_good() -> None:
    assert lead(plan(), "en") == "6 of 18 seats filled from 41 who may come."
    assert lead(plan(), "zh") == "18个座位安排了6人，可以参加的有41人。"
    assert gap(plan(gap=0.0123), "en") == "A better one lies at most 1.23% above"
    assert [points(v) for v in (-0.04, 0.0, -1.26)] == ["+0.0", "+0.0", "−1.3"]
    assert gap(plan(gap=None), "zh") == "不清楚离最优有多远"


@pytest.mark.parametrize(("lang", "names"), [("en", ["Plan", "About"]), ("zh", ["名单", "说明"])])
def test_the_workbook_has_a_row_a_person(tmp_path: Path, lang: str, names: list[str]) -> None:
    path = tmp_path / "plan.xlsx"
    write_book(plan(), path, lang)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == names
    rows = [[cell.value for cell in row] for row in book[names[0]].rows]
    met = {"en": "=1+1 (2), depot (1)", "zh": "=1+1（2人）、depot（1人）"}[lang]
    assert rows[1] == [1, "e1", "<b>e1</b>", "sales", "Sales & Co", 6.2, -1.4, 13.8, met]
    assert rows[5][3:5] == [None, None]
    assert rows[6] == [2, "e6", "<b>e6</b>", "depot", "depot", None, None, None, None]
    assert len(rows) == 7
    assert book[names[0]]["E3"].data_type == "s"
    about = [row[0].value for row in book[names[1]].rows]
    assert lead(plan(), lang) in about
    assert any(gap(plan(), lang) in text for text in about)

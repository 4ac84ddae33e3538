"""The report of segments as a page and as a workbook: whole, private, in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from page_door import HALF_WIDTH, TYPED_SPACE, stands_alone

from recommender.api.reports.frame import whole
from recommender.api.reports.segments import Axis, held, lead, page, verdict
from recommender.api.reports.segments_book import write_book
from recommender.api.reports.words import WORDS

NAMES = re.compile(r"{\w+}")
SHOWN = {"by": -8.2, "interval": [-11.0, -5.4], "named": True}
UNSURE_ALONE = {"listening": {"by": 1.0, "interval": [-2.6, 4.6], "named": False}, "teamwork": None}


def item(segment_id: str, learners: int | None = 40, **more: Any) -> dict[str, Any]:
    shown = learners is not None
    return {
        "segment_id": segment_id,
        "label": {"en": f"Weak at <listening> {segment_id}", "zh": "倾听弱、责任强"},
        "learners": learners,
        "share": 0.4 if shown else None,
        "certainty": 0.87 if shown else None,
        "profile": {"listening": 41.6 if shown else None, "teamwork": None},
        "interval": {"listening": [39.2, 44.0] if shown else None, "teamwork": None},
        "apart": {"listening": SHOWN if shown else None, "teamwork": None},
        "stability": {"kept": 0.58, "interval": [0.5, 0.66], "word": "not_found_again"} if shown else None,
        "works": [
            {"module_id": "m", "title": {"en": "A game", "zh": "游戏"}, "gain": 9.6, "interval": [6, 13.2],
             "learners": 7}
        ] if shown else [],
    } | more  # fmt: skip


def report(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "model_version": "20260301T000000Z-ab12",
        "as_of": "2026-03-02",
        "learners": 101,
        "torn": 12,
        "number": {
            "refits": {"3": 2, "2": 7, "1": 1},
            "learners": 101,
            "agreement": {"mean": 0.71, "interval": [0.6, 0.82]},
        },
        "named_from": 2.0,
        "competencies": [
            {"competency_id": "listening", "name": {"en": "Listening", "zh": "倾听"}},
            {"competency_id": "teamwork", "name": {"en": "Teamwork", "zh": "团队协作"}},
        ],
        "items": list(items) or [item("s1"), item("s2", apart=UNSURE_ALONE), item("s4", None)],
    } | more  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_stands_alone_and_is_sound(lang: str) -> None:
    text = page(report(), lang)
    stands_alone(text, lang)
    assert "{{" not in text
    assert "<listening>" not in text
    assert text.count("<svg") == 4
    assert text.count('class="chart hollow"') == 1


def test_what_may_not_be_told_is_not_there() -> None:
    text = page(report(), "en")
    assert text.count("Fewer than 3 people; not shown") == 1
    assert text.count("Fewer than 3 raters; not shown") == 2
    assert text.count("s4") == 2, "in the table of segments, beside its label, and nowhere else"


def test_sentences_say_how_many_and_how_sure() -> None:
    assert lead(report(), "zh") == ["101人分成3个人群。", "其中12人归属不明，只作参考。"]
    assert lead(report(learners=1, items=[item("all")]), "en") == ["No segments: 1 learner is of one kind."]
    assert lead(report(learners=0), "zh") == ["还没有人被测评过，分不出人群。"]
    assert lead(report(torn=None), "en") == ["101 learners fall into 3 segments."]
    assert held(report(), "en") == [
        "Refit 10 times on 101 learners drawn anew, the number of segments was 2 in 7, 3 in 2, none in 1.",
        "Agreement with these segments 0.71 (0.60–0.82; 1 is the same, 0 chance).",
    ]
    assert held(report(), "zh")[0] == "把101人重抽10次、重新分群：7次分成2群、2次分成3群、1次没有分群。"
    assert held(report(number=None), "en")[0].endswith("recommender train")
    assert verdict(item("s1"), "zh") == "不可信，重抽后找不到"
    assert verdict(item("s1", stability=None), "en") == "Not examined"


def test_positions_and_points() -> None:
    axis = Axis([-11.0, 4.6])
    assert axis.ends == 15
    assert (axis.at(0), axis.at(-15), axis.at(7.5)) == ("50.00%", "0.00%", "75.00%")
    assert axis.wide(-7.5, 7.5) == "50.00%"
    assert Axis([]).ends == 5
    assert [whole(v, signed=True) for v in (-8.2, 7.6, 0.3, -0.3)] == ["−8", "+8", "0", "0"]
    assert whole(41.6) == "42"


def test_words_are_written_as_chinese_and_all_used() -> None:
    for key, text in WORDS.items():
        filled = NAMES.sub("1", text.zh).replace("recommender train", "")
        assert not HALF_WIDTH.search(filled), key
        assert not TYPED_SPACE.search(filled), key
    root = Path(__file__).parents[2]
    places = [*root.glob("api/reports/*.py"), *root.glob("api/templates/report/*")]
    places += [root / f"recommender/cli/{name}.py" for name in ("segments", "cohorts")]
    source = "".join(p.read_text("utf-8") for p in places if p.name != "words.py")
    assert [k for k in WORDS if f'"{k}"' not in source and not k.startswith("word.")] == []


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_workbook_has_a_sheet_a_question(tmp_path: Path, lang: str) -> None:
    path = tmp_path / "report.xlsx"
    members = [("e1", "s1", "=1+1", 0.93), ("e2", "s2", "label", 0.6)]
    write_book(report(), path, lang, members)
    book = openpyxl.load_workbook(path)
    names = {"en": ["Segments", "How far from everybody", "What works", "Members", "About"],
             "zh": ["人群", "与全体相差多少", "学什么有效", "成员", "说明"]}  # fmt: skip
    assert book.sheetnames == names[lang]
    first, profile, works, last, about = (book[name] for name in names[lang])
    assert [c.value for c in first[2]][2:] == [40, 0.4, 0.87, 0.58, 0.5, 0.66, verdict(item("s1"), lang)]
    assert [c.value for c in first[4]][2:8] == [None] * 6
    assert first["D2"].number_format == "0%"
    assert first.freeze_panes == "C2"
    assert [c.value for c in profile[2]][3:9] == [41.6, 39.2, 44, -8.2, -11, -5.4]
    assert [c.value for c in profile[3]][3:] == [None] * 7
    assert [c.value for c in works[2]][3:] == [9.6, 6, 13.2, 7]
    assert works.max_row == 3
    assert (last["A2"].value, last["C2"].value, last["C2"].data_type) == ("e1", "=1+1", "s")
    assert [row[0].value for row in about.rows][1:3] == lead(report(), lang)
    write_book(report(), path, lang)
    assert openpyxl.load_workbook(path).sheetnames == [n for n in names[lang] if n != names[lang][3]]

"""Both languages have every text, and Chinese is written as Chinese."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from page_door import HALF_WIDTH, TYPED_SPACE

from recommender.api import translations
from recommender.api.translations import TEXTS, Text, check, told_day, told_list, translate
from recommender.evidence import REASONS, RELATIONS
from recommender.framework import DELIVERIES, LEVEL_ANCHORS, METHODS

API = Path(translations.__file__).parent
NAMES = re.compile(r"{\w+}")


def test_a_text_without_english_stops_the_start() -> None:
    with pytest.raises(ValueError, match=r"^start has no text in en; write one in api/translations\.py$"):
        check({"start": Text("开始学习", " ")})


def test_a_text_that_names_something_else_stops_the_start() -> None:
    with pytest.raises(ValueError, match=r"^about names other values in zh than in en; "):
        check({"about": Text("约{mean}分", "about {score}")})


def test_chinese_has_full_width_punctuation_and_no_typed_spaces() -> None:
    for key, text in TEXTS.items():
        filled = NAMES.sub("1", text.zh)
        assert not HALF_WIDTH.search(filled), key
        assert not TYPED_SPACE.search(filled), key


def test_every_word_of_the_catalogue_and_the_evidence_is_there() -> None:
    wanted = [f"method.{m}" for m in METHODS] + [f"delivery.{d}" for d in DELIVERIES]
    wanted += [f"level.{n}" for n in LEVEL_ANCHORS] + [f"not.{r}" for r in REASONS]
    wanted += [f"from.{s}" for s in ("test", *RELATIONS)]
    assert [key for key in wanted if key not in TEXTS] == []


def test_no_text_is_left_unused() -> None:
    folders = (API / "pages", API / "templates")
    source = "".join(
        p.read_text("utf-8") for f in folders for p in f.rglob("*") if p.suffix in (".py", ".html")
    )
    composed = re.compile(r"(method|delivery|level|not|from|few|sure|time|rail\.end|why|changed)\.")
    assert [
        k for k in TEXTS if f'"{k}"' not in source and f"'{k}'" not in source and not composed.match(k)
    ] == []


def test_english_counts_one_and_several() -> None:
    assert translate("en", "from.peer", n=1) == "1 peer"
    assert translate("en", "from.peer", n=4) == "4 peers"
    assert translate("zh", "from.peer", n=4) == "4位同事"


def test_a_day_names_its_year_only_when_it_is_another() -> None:
    today = date(2026, 11, 24)
    assert told_day("zh", date(2026, 9, 12), today) == "9月12日"
    assert told_day("en", date(2025, 9, 12), today) == "12 Sep 2025"


def test_a_list_is_joined_as_the_language_joins() -> None:
    assert told_list("zh", ["甲", "乙"]) == "甲、乙"
    assert told_list("en", ["a", "b"]) == "a, b"

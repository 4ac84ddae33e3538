"""Rules of questionnaire items, level descriptors, surveys and indicators."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from shipped_files import rows

from recommender.shipped import SURVEYS, shipped_catalogue

ITEMS = rows("items")
LEAVES = shipped_catalogue().leaves
each = pytest.mark.parametrize("item", ITEMS, ids=[i["item_id"] for i in ITEMS])

FREQUENCY_ZH = "总是 从不 经常 一般 能够 善于 往往 每次 偶尔 有时"
FREQUENCY_EN = "always never often usually able sometimes rarely frequently every"
UNSEEN_ZH = "理解 重视 关心 认真 意识 真诚 及时 有效 积极 主动"
UNSEEN_EN = (
    "care cares value values understand understands attitude genuinely promptly effectively proactively"
)
APPEARANCE = "目光 眼神 微笑 口音 穿着 smile gaze eye accent dress"
TWO_ACTS_ZH = "并且 以及 同时 而且 并"
IDIOM = (
    "掉链子",
    "甩锅",
    "踢皮球",
    "背锅",
    "extra mile",
    "on board",
    "over my head",
    "point to",
    "points to",
)
SHARED = {"non-04", "non-08", "cus-05", "res-06"}
"""Observers' items that name nobody of the rater's side: a situation both were in."""


def zh(item: dict[str, str]) -> list[str]:
    return [item[c] for c in ("self_zh", "observer_zh", "insider_zh") if item[c]]


def en(item: dict[str, str]) -> list[str]:
    return [item[c] for c in ("self_en", "observer_en", "insider_en") if item[c]]


def has(words: str, text: str) -> list[str]:
    if text.isascii() or re.search(r"[a-z]{3}", text):
        return [w for w in words.split() if re.search(rf"\b{w}\b", text, re.IGNORECASE)]
    return [w for w in words.split() if w in text]


def test_eight_items_and_eight_facets_for_each_competency_and_two_reversed() -> None:
    for leaf in LEAVES:
        mine = [i for i in ITEMS if i["competency_id"] == leaf]
        assert len(mine) == 8
        assert len({i["facet"] for i in mine}) == 8
        assert sum(i["reversed"] == "1" for i in mine) == 2
    assert len(ITEMS) == len({i["item_id"] for i in ITEMS}) == 56
    assert len({t for i in ITEMS for t in (i["self_zh"], i["self_en"])}) == 112


@each
def test_length(item: dict[str, str]) -> None:
    assert [t for t in zh(item) if len(t) > 30] == []
    assert [t for t in en(item) if len(t.split()) > 20] == []


@each
def test_one_sentence_one_act(item: dict[str, str]) -> None:
    for text in zh(item):
        assert text.endswith("。")
        assert text.count("。") == 1
        assert has(TWO_ACTS_ZH, text) == []
    for text in en(item):
        assert re.fullmatch(r"[A-Z][^.?!]*\.", text), text
        assert not re.search(r"\band\b", text), text


@each
def test_frequency_quality_and_motive_stay_out(item: dict[str, str]) -> None:
    for text in zh(item):
        assert has(FREQUENCY_ZH, text) + has(UNSEEN_ZH, text) + has(APPEARANCE, text) == []
    for text in en(item):
        assert has(FREQUENCY_EN, text) + has(UNSEEN_EN, text) + has(APPEARANCE, text) == []
        assert not re.search(r"\bin order to\b|\bso as to\b", text)


@each
def test_no_idiom(item: dict[str, str]) -> None:
    assert not [t for t in zh(item) + en(item) for w in IDIOM if w in t]


@each
def test_the_person_changes_and_the_scale_stays(item: dict[str, str]) -> None:
    assert re.search(r"我", item["self_zh"])
    assert re.search(r"\b(I|my|me)\b", item["self_en"], re.IGNORECASE)
    assert "这位同事" in item["observer_zh"]
    assert "this colleague" in item["observer_en"].lower()
    if item["item_id"] not in SHARED:
        assert re.search(r"我", item["observer_zh"])
        assert re.search(r"\b(I|my|me|we|us|our)\b", item["observer_en"])


@each
def test_a_colleague_of_the_same_department_has_own_words_where_ours_would_be_theirs(
    item: dict[str, str],
) -> None:
    department = re.search(r"我们(?!共同)", item["observer_zh"])
    if department:
        assert item["insider_zh"]
        assert item["insider_en"]
    assert bool(item["insider_zh"]) == bool(item["insider_en"])


@each
def test_a_reversed_item_is_an_opposite_act_not_a_negated_one(item: dict[str, str]) -> None:
    if item["reversed"] == "1":
        assert not re.search(r"我(不|没)|这位同事(不|没)", item["self_zh"] + item["observer_zh"])
        negated = r"\b(I|colleague) (do|does|did)(n't| not)\b|\b(I|colleague) fails? to\b"
        assert not re.search(negated, item["self_en"] + item["observer_en"])


def test_descriptors_tell_the_three_levels_of_every_leaf_apart() -> None:
    for row in rows("competencies"):
        described = [row[f"level{n}_{lang}"] for n in (1, 2, 3) for lang in ("zh", "en")]
        if row["competency_id"] in LEAVES:
            assert len(set(described)) == 6
            assert all(described)
        else:
            assert not any(described)
        assert row["description_zh"].endswith("。")
        assert row["description_en"].endswith(".")


def test_survey_scales_have_five_words_and_climate_a_sixth_apart() -> None:
    for row in rows("surveys"):
        open_question = row["role"] == "open"
        for lang in ("zh", "en"):
            words = row[f"anchors_{lang}"].split("|") if row[f"anchors_{lang}"] else []
            assert len(words) == len(set(words))
            assert len(words) == (0 if open_question else 6 if row["form"] == "climate" else 5), row[
                "item_id"
            ]
    assert {row["form"] for row in rows("surveys")} == set(SURVEYS)
    assert sum(row["reversed"] == "1" for row in rows("surveys")) == 2


def test_every_question_names_the_decision_that_its_answer_changes() -> None:
    decisions = [row["decides"] for row in rows("surveys")]
    assert all(decisions)
    assert len(set(decisions)) == len(decisions)


def test_no_question_asks_for_agreement() -> None:
    for row in rows("surveys"):
        assert not re.search(r"同意|agree", row["anchors_zh"] + row["anchors_en"])


def test_indicators_say_which_way_is_better_and_how_they_are_gamed() -> None:
    found = rows("indicators")
    assert len({i["metric"] for i in found}) == len(found) >= 20
    assert {i["direction"] for i in found} == {"higher_is_better", "lower_is_better"}
    assert Counter(i["kind"] for i in found)["climate"] == 3
    for column in ("unit", "how_measured", "watch_for"):
        assert all(i[f"{column}_{lang}"] for i in found for lang in ("zh", "en"))

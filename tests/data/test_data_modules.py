"""Rules of the module texts and of the catalogue's spread."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from shipped_files import modules

from recommender.framework import DELIVERIES, METHODS, cycle
from recommender.shipped import shipped_catalogue

MODULES = modules()
BY_ID = {m["module_id"]: m for m in MODULES}
LEAVES = shipped_catalogue().leaves
each = pytest.mark.parametrize("module", MODULES, ids=[m["module_id"] for m in MODULES])

BANDS_ZH = {
    1: "说出 识别 列出 照做 改写 标出 写出 指出 复述 找出 举出 发出 记下"
    " 画出 拆出 重说 示意 运用 删去 数出 估出 完成",
    2: "分析 比较 区分 选择 商定 追问 追溯 还原 提取 判断 起草 检验 调整 权衡 排定",
    3: "设计 主持 评估 论证 修订 促成 归纳 拟定 提出",
}
BANDS_EN = {
    1: "List Mark Send Split Write Name Recall Identify Restate Say Spot Keep Use Rewrite Drop Point Give"
    " State Apply Count Estimate Complete Note Draw Show",
    2: "Trace Separate Choose Rebuild Agree Extract Decide Compare Draft Test Analyse Adapt Weigh Rank",
    3: "Design Assess Revise Host Derive Argue Formulate Bring Propose",
}
"""Verbs that an objective may begin with, by level; none stands at two levels."""
FORBIDDEN = ("了解", "掌握", "认识", "提升", "Understand", "Know", "Learn", "Appreciate", "Improve")
MINUTES = {
    "e_learning": (25, 60),
    "seminar": (60, 90),
    "group_discussion": (60, 120),
    "case_study": (60, 120),
    "role_play": (75, 150),
    "simulation": (120, 240),
    "workshop": (150, 300),
    "coaching": (90, 180),
}
SEATS = {
    "e_learning": None,
    "role_play": (12, 12),
    "group_discussion": (12, 15),
    "case_study": (20, 24),
    "simulation": (12, 24),
    "workshop": (16, 24),
    "coaching": (6, 8),
    "seminar": (60, 100),
}
TITLE_WORDS = ("提升", "技巧", "赋能", "综合", "实务", "mastering", "skills for", "effective")
PROPER = {"R&D", "KPIs", "I", "HR", "IT"}


def words(text: str) -> int:
    return len(text.split())


def test_there_are_52_and_ids_are_readable() -> None:
    assert len(BY_ID) == len(MODULES) == 52
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", m) for m in BY_ID)
    for key in ("title_zh", "title_en", "description_zh", "description_en"):
        assert len({m[key] for m in MODULES}) == 52


@each
def test_a_title_is_short_and_plain(module: dict[str, Any]) -> None:
    assert 0 < len(module["title_zh"]) <= 22
    assert 0 < words(module["title_en"]) <= 14
    titles = (module["title_zh"] + module["title_en"]).lower()
    assert not [w for w in TITLE_WORDS if w in titles]


@each
def test_an_english_title_is_in_sentence_case(module: dict[str, Any]) -> None:
    starts = re.split(r"[:.?] ?[“”]? ?", module["title_en"])
    inner = [w.strip("“”,?.") for part in starts for w in part.split()[1:]]
    assert [w for w in inner if w[:1].isupper() and w not in PROPER] == []


@each
def test_a_paragraph_is_one_of_its_length(module: dict[str, Any]) -> None:
    zh, en = module["description_zh"], module["description_en"]
    assert 80 <= len(zh) <= 120
    assert 45 <= words(en) <= 80
    assert "\n" not in zh + en


@each
def test_three_objectives_begin_with_a_verb_of_the_levels_band(module: dict[str, Any]) -> None:
    zh, en = module["objectives_zh"], module["objectives_en"]
    assert len(zh) == len(en) == 3
    for text in zh:
        assert text.startswith(tuple(BANDS_ZH[module["level"]].split())), text
    for text in en:
        assert text.split()[0].strip(",") in BANDS_EN[module["level"]].split(), text


@pytest.mark.parametrize("bands", [BANDS_ZH, BANDS_EN], ids=["zh", "en"])
def test_no_verb_stands_at_two_levels_or_is_forbidden(bands: dict[int, str]) -> None:
    verbs = Counter(verb for band in bands.values() for verb in band.split())
    assert [v for v, n in verbs.items() if n > 1] == []
    assert not set(verbs) & set(FORBIDDEN)


@each
def test_an_objective_holds_one_act(module: dict[str, Any]) -> None:
    every_verb = "|".join(v.lower() for band in BANDS_EN.values() for v in band.split())
    for text in module["objectives_zh"]:
        assert not re.search(r"(?<!合)并|以及|同时|，(然后|再)", text), text
        assert not text.endswith(("。", "；"))
    for text in module["objectives_en"]:
        assert not re.search(rf"\b(and|then) ({every_verb})\b", text), text
        assert not text.endswith(".")


@each
def test_weights(module: dict[str, Any]) -> None:
    weights = module["competencies"]
    assert 1 <= len(weights) <= 3
    assert sum(weights.values()) == pytest.approx(1.0)
    assert min(weights.values()) >= 0.2
    assert set(weights) <= set(LEAVES)
    assert next(iter(weights.values())) == max(weights.values())


@each
def test_a_prerequisite_is_one_and_has_its_reason(module: dict[str, Any]) -> None:
    before = module["prerequisites"]
    assert len(before) <= (0 if module["level"] == 1 else 1)
    for lang in ("zh", "en"):
        assert bool(module[f"prerequisite_reason_{lang}"]) == bool(before)
    for earlier in before:
        assert BY_ID[earlier]["level"] <= module["level"]


def test_prerequisites_form_no_cycle() -> None:
    assert cycle({m["module_id"]: m["prerequisites"] for m in MODULES}) is None


@each
def test_minutes_and_seats_fit_the_method(module: dict[str, Any]) -> None:
    low, high = MINUTES[module["method"]]
    assert low <= module["minutes"] <= high
    seats = SEATS[module["method"]]
    if seats is None:
        assert module["capacity"] is None
    else:
        assert seats[0] <= module["capacity"] <= seats[1]
    assert module["delivery"] in DELIVERIES


@each
def test_acts_between_people_are_not_only_told(module: dict[str, Any]) -> None:
    if module["method"] in {"e_learning", "seminar"}:
        assert module["delivery"] in {"online", "in_person"}
    if module["method"] == "role_play":
        people = {"listening", "feedback", "nonverbal", "teamwork", "need_identification"}
        assert people & set(module["competencies"])


def test_the_catalogue_is_spread() -> None:
    first = Counter((next(iter(m["competencies"])), m["level"]) for m in MODULES)
    for leaf in LEAVES:
        assert all(first[leaf, level] >= 1 for level in (1, 2, 3)), leaf
        assert sum(n for (k, _), n in first.items() if k == leaf) >= 5, leaf
    assert min(Counter(m["method"] for m in MODULES)[method] for method in METHODS) >= 4
    assert min(Counter(m["level"] for m in MODULES).values()) >= 12
    assert min(Counter(m["delivery"] for m in MODULES)[d] for d in DELIVERIES) >= 8
    assert sum(m["minutes"] <= 30 for m in MODULES) >= 4


def test_the_texts_say_what_happens_not_what_it_brings() -> None:
    claims = r"学完.{0,6}(就能|将)|帮助你|你将|让你成为|you will be able|will help you|helps you"
    found = [m["module_id"] for m in MODULES if re.search(claims, m["description_zh"] + m["description_en"])]
    assert found == []


def test_figures_from_studies_are_those_that_may_be_quoted() -> None:
    study = r"研究|元分析|study|studies|meta-analysis"
    quoting = {m["module_id"] for m in MODULES if re.search(study, m["description_zh"] + m["description_en"])}
    assert quoting == {"five-basics", "when-feedback-backfires", "ninety-three-percent", "what-silence-means"}

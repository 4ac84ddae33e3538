"""Reasons: true of their numbers, fit to read in both languages, and never twice the same sentence."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from typing import Any

import pytest

from recommender.framework import LANGUAGES, LEVEL_ANCHORS, Catalogue, Competency, Module, suits
from recommender.reasons import KIND_LABELS, Fact, en, render, zh
from recommender.reasons.scene import WIDE
from recommender.shipped import shipped_catalogue

CATALOGUE = shipped_catalogue()
SOURCES: dict[str, int | None] = {"test": 24, "self": 1, "manager": 1, "peer": 5, "internal_customer": 4}
SINCE = dt.date(2026, 9, 12)
PEOPLE: list[dict[str, Any]] = [
    {"mean": 47.0, "sd": 3.5, "target": 100.0, "sources": SOURCES},
    {"mean": 58.0, "sd": 6.0, "target": 80.0, "sources": {"test": 8, "peer": None}},
    {"mean": 71.0, "sd": 11.0, "target": 70.0, "sources": {"peer": None}},
    {"mean": 66.0, "sd": 5.0, "target": 60.0, "sources": {"self": 8}},
    {"mean": 35.0, "sd": 8.0, "target": 75.0, "sources": {}},
]


def gap(module: Module, person: dict[str, Any], competency_id: str | None = None) -> Fact:
    mean, sd, within = person["mean"], person["sd"], suits(module.level)
    fit = None
    if within:
        fit = "stretch" if mean < within[0] else "easy" if mean > within[1] else "right"
    values = {
        "competency_id": competency_id or module.competencies[0][0],
        "lo": mean - 1.645 * sd,
        "hi": mean + 1.645 * sd,
        "level": module.level,
        "anchor": LEVEL_ANCHORS.get(module.level or 0),
        "fit": fit,
    }
    return Fact("gap", person | values)


def effect(segment: str = "s1", lo: float = 2.6) -> Fact:
    labels = {"segment_label_en": "Midway", "segment_label_zh": "整体居中"}
    return Fact("effect", {"segment_id": segment, **labels, "learners": 38, "gain": 5.6, "lo": lo, "hi": 8.6})


def every_fact(module: Module, person: dict[str, Any]) -> list[Fact]:
    opened = [m.module_id for m in CATALOGUE.modules if module.module_id in m.prerequisites]
    facts = [
        gap(module, person),
        effect(),
        effect("all", -1.0),
        Fact("prior", {"method": module.method, "minutes": module.minutes}),
        Fact("explore"),
        Fact("cold_start"),
        Fact("continue", {"status": "started", "since": SINCE}),
        Fact("continue", {"status": "enrolled", "since": SINCE}),
        Fact("returns", {"dismissed_on": SINCE}),
        Fact("uptake", {"after_module_id": None, "learners": None}),
    ]
    if opened:
        facts.append(Fact("unlocks", {"module_ids": opened}))
        facts.append(Fact("prerequisite", {"before_module_id": opened[0]}))
    if module.prerequisites:
        facts.append(Fact("uptake", {"after_module_id": module.prerequisites[0], "learners": 11}))
    return facts


def sentences(text: str, lang: str) -> list[str]:
    plain = re.sub(r"《[^》]*》", lambda m: m[0].replace("？", "").replace("。", ""), text)
    plain = re.sub(r"“[^”]*”", lambda m: re.sub(r"[.?!]", "", m[0]), plain)
    parts = re.split(r"[。？！]" if lang == "zh" else r"(?<=[.?!])\s", plain)
    return [p.strip() for p in parts if p.strip()]


def texts(module: Module, facts: list[Fact], lang: str) -> list[str]:
    return [r["text"] for r in render(module.module_id, facts, CATALOGUE, lang)]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("person", PEOPLE, ids=range(len(PEOPLE)))
def test_no_two_modules_of_the_whole_catalogue_share_a_sentence(person: dict[str, Any], lang: str) -> None:
    said: Counter[str] = Counter()
    for module in CATALOGUE.modules:
        own = {s for t in texts(module, every_fact(module, person), lang) for s in sentences(t, lang)}
        said.update(own)
    assert len(said) > 500
    assert [s for s, n in said.items() if n > 1] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_ten_recommendations_are_put_in_several_ways(lang: str) -> None:
    names = [c.name(lang) for c in CATALOGUE.competencies]
    names += [en.small(n) for n in names]
    for start in range(0, 50, 10):
        shapes: dict[str, set[str]] = {}
        for module in CATALOGUE.modules[start : start + 10]:
            for reason in render(module.module_id, every_fact(module, PEOPLE[0])[:4], CATALOGUE, lang):
                shape = reason["text"]
                for name in [CATALOGUE.short_titles[lang][module.module_id], *names]:
                    shape = shape.replace(name, "_")
                shapes.setdefault(reason["kind"], set()).add(re.sub(r"\d+", "0", shape).casefold())
        assert {kind: len(s) >= 4 for kind, s in shapes.items()} == dict.fromkeys(shapes, True)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_same_facts_give_the_same_words(lang: str) -> None:
    for module in CATALOGUE.modules[:5]:
        facts = every_fact(module, PEOPLE[1])
        assert texts(module, facts, lang) == texts(module, facts, lang)


@pytest.mark.parametrize("person", PEOPLE, ids=range(len(PEOPLE)))
def test_chinese_follows_the_rules(person: dict[str, Any]) -> None:
    for module in CATALOGUE.modules:
        for text in texts(module, every_fact(module, person), "zh"):
            own = re.sub(r"《[^》]*》", "", text)
            assert not re.search(r"[,:;?!()\"'「」 ]|您|None|有效|显著", own), text
            assert text.endswith("。"), text
            assert not re.search(r"。。|，。|；。|，，", text), text
            assert own.count("“") == own.count("”")


@pytest.mark.parametrize("person", PEOPLE, ids=range(len(PEOPLE)))
def test_english_follows_the_rules(person: dict[str, Any]) -> None:
    for module in CATALOGUE.modules:
        for text in texts(module, every_fact(module, person), "en"):
            assert re.match(r"[A-Z0-9“]", text), text
            assert re.search(r"[.?!]”?$", text), text
            assert not re.search(r"\s{2}|\s[,.;:]|None|[\u3000-\u9fff\uff00-\uffef]|\b1 points|\.\.", text), (
                text
            )
            assert text.count("“") == text.count("”")


@pytest.mark.parametrize(("lang", "words"), [("zh", zh.FIT), ("en", en.FIT)])
def test_a_level_is_called_right_only_where_it_is(
    lang: str, words: dict[str | None, tuple[str, ...]]
) -> None:
    for person in PEOPLE:
        for module in CATALOGUE.modules:
            fact = gap(module, person)
            (text,) = texts(module, [fact], lang)
            named = (zh if lang == "zh" else en).title(CATALOGUE.short_titles[lang][module.module_id])
            for fit, wordings in words.items():
                found = any(w.format(t=named) in text for w in wordings)
                assert found == (fit == fact.values["fit"]), text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_numbers_in_a_gap_are_its_own(lang: str) -> None:
    for person in PEOPLE:
        for module in CATALOGUE.modules:
            fact = gap(module, person)
            (text,) = texts(module, [fact], lang)
            own = text.replace(CATALOGUE.short_titles[lang][module.module_id], "")
            known = {round(fact.values[k]) for k in ("mean", "lo", "hi", "target")}
            known |= {round(person["target"]) - round(person["mean"])}
            known |= {n for n in person["sources"].values() if n}
            assert {int(n) for n in re.findall(r"\d+", own)} <= known, text


def test_an_unsure_estimate_is_not_told_as_a_sure_one() -> None:
    for module in CATALOGUE.modules:
        fact = gap(module, PEOPLE[2])
        assert fact.values["hi"] - fact.values["lo"] > WIDE
        assert "看样子" in texts(module, [fact], "zh")[0]
        assert "as far as one can tell" in texts(module, [fact], "en")[0]


@pytest.mark.parametrize("source", ["peer", "report", "internal_customer"])
@pytest.mark.parametrize("n", [1, 2])
def test_fewer_than_three_raters_never_become_a_number(source: str, n: int) -> None:
    module = CATALOGUE.module["three-minutes"]
    person = PEOPLE[0] | {"sources": {"test": 24, source: n}}
    for lang in LANGUAGES:
        (reason,) = render("three-minutes", [gap(module, person)], CATALOGUE, lang)
        assert reason["sources"] == {"test": 24, source: None}
        assert zh.COUNTED[source].format(n=n) not in reason["text"]
        assert f"{n} {source.split('_')[0]}" not in reason["text"]
    few = Fact("effect", dict(effect().values) | {"learners": n})
    assert render("three-minutes", [few], CATALOGUE, "zh") == []
    after = Fact("uptake", {"after_module_id": "customer-map", "learners": n})
    assert render("three-minutes", [after], CATALOGUE, "en") == []


def test_three_raters_may_be_told_and_no_evidence_is_said() -> None:
    module = CATALOGUE.module["three-minutes"]
    (told,) = texts(module, [gap(module, PEOPLE[0] | {"sources": {"peer": 3}})], "zh")
    assert "3位同事" in told
    (hidden,) = texts(module, [gap(module, PEOPLE[0] | {"sources": {"peer": None}})], "zh")
    assert "（评价的人还不够多，不单列）" in hidden
    (nothing,) = texts(module, [gap(module, PEOPLE[0] | {"sources": {}})], "en")
    assert "(inferred from other competencies)" in nothing


def test_a_module_mainly_about_something_else_says_so() -> None:
    module = CATALOGUE.module["three-minutes"]
    fact = gap(module, PEOPLE[0], "nonverbal")
    assert texts(module, [fact], "zh")[0].endswith("；它以“倾听”为主，这一项也在里面。")
    assert texts(module, [fact], "en")[0].endswith("; it is mainly about listening and takes this in.")


def test_what_is_not_in_the_catalogue_is_left_out() -> None:
    gone = [Fact("unlocks", {"module_ids": ["gone"]}), Fact("prerequisite", {"before_module_id": "gone"})]
    assert render("three-minutes", gone, CATALOGUE, "zh") == []


def test_many_unlocked_modules_are_counted() -> None:
    ids = ["customer-map", "five-questions", "three-tones", "day-next-door"]
    (text,) = texts(CATALOGUE.module["three-minutes"], [Fact("unlocks", {"module_ids": ids})], "zh")
    assert "等4门" in text
    (text,) = texts(CATALOGUE.module["three-minutes"], [Fact("unlocks", {"module_ids": ids})], "en")
    assert "and 1 more" in text


def test_a_reason_carries_its_numbers_ready_for_json() -> None:
    facts = [effect(), Fact("returns", {"dismissed_on": SINCE})]
    first, second = render("three-minutes", facts, CATALOGUE, "zh")
    assert (first["kind"], first["label"]) == ("effect", "效果")
    assert (first["segment_label"], first["learners"], first["gain"]) == ("整体居中", 38, 5.6)
    assert second["dismissed_on"] == "2026-09-12"


def test_an_organisations_own_bare_modules_read_well() -> None:
    own = Catalogue(
        (Competency("k", "SQL"),),
        (
            Module("m1", title_en="Course: one"),
            Module("m2", title_en="Course: two", competencies=(("k", 1.0),)),
            Module("m3"),
        ),
    )
    facts = [Fact("cold_start"), Fact("prior", {"method": None, "minutes": 60.0}), effect("all")]
    for lang in LANGUAGES:
        for module in own.modules:
            reasons = render(module.module_id, facts, own, lang)
            assert len(reasons) == 3
            assert not re.search(r"None|\(\)|（）|\s{2}", " ".join(r["text"] for r in reasons))
    assert own.short_titles["zh"] == {"m1": "Course: one", "m2": "Course: two", "m3": "m3"}
    assert en.small("SQL") == "SQL"


def test_every_kind_is_labelled_in_both_languages_and_written() -> None:
    assert set(zh.WRITERS) == set(en.WRITERS) == set(KIND_LABELS) - {"evidence"}
    for lang in LANGUAGES:
        labels = [labels[lang] for labels in KIND_LABELS.values()]
        assert all(labels)
        assert len(set(labels)) == len(labels)

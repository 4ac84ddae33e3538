"""Rules of language: punctuation, filler, spelling, address, and that nobody else's claim slips in."""

from __future__ import annotations

import re

import pytest
from shipped_files import DATA, TABLES, modules, rows, texts

ZH, EN = list(texts("zh")), list(texts("en"))
FILLER_ZH = [
    "赋能",
    "抓手",
    "助力",
    "打造",
    "全面提升",
    "显著提升",
    "有效",
    "高效",
    "切实",
    "充分",
    "进一步",
    "深入理解",
    "积极主动",
    "全方位",
    "多维度",
    "综合素质",
    "良好的氛围",
]
FILLER_EN = [
    r"leverag\w+",
    r"empower\w*",
    r"foster\w*",
    r"enhanc\w+",
    r"effective(ly)?",
    r"holistic",
    r"stakeholders?",
    r"synerg\w+",
    r"crucial\w*",
    r"seamless\w*",
    r"robust\w*",
    r"proactive(ly)?",
    r"various",
    r"key_takeaways?",
    r"best_practices?",
    r"silo\w*",
]
AMERICAN = [
    r"organiz\w+",
    r"behavior\w*",
    r"color\w*",
    r"center\w*",
    r"favor\w*",
    r"honor\w*",
    r"labor\w*",
    r"program",
    r"analyz\w+",
    r"realiz\w+",
    r"recogniz\w+",
    r"summariz\w+",
    r"prioritiz\w+",
    r"learned",
    r"canceled",
    r"traveled",
    r"fulfill",
    r"modeling",
    r"labeled",
    r"defense",
    r"license[sd]",
    r"gray",
]


def bad(found: list[tuple[str, str]], pattern: str, flags: int = 0) -> list[str]:
    return [f"{where}: {text}" for where, text in found if re.search(pattern, text, flags)]


def test_both_languages_are_there_and_of_one_size() -> None:
    assert len(ZH) == len(EN) > 600


@pytest.mark.parametrize(
    ("pattern", "rule"),
    [
        (r"[,:;?!()\"']", "ASCII punctuation"),
        (r"[一-鿿]\s+\d|\d\s+[一-鿿]", "a space between Chinese and digits"),
        (r"[一-鿿]\s+[一-鿿]", "a space between Chinese characters"),
        (r"[「」『』‘’]", "other quotation marks than “ ”"),
        (r"您", "您 in place of 你"),
        (r"进行[^到]|加以|予以", "a verb turned into a noun"),
        (r"30%|30%|沃顿", "a claim without a source"),
    ],
)
def test_chinese_has_no(pattern: str, rule: str) -> None:
    assert bad(ZH, pattern) == []


@pytest.mark.parametrize(
    ("pattern", "rule"),
    [
        (r"[\u3000-\u303f\uff00-\uffef]", "full-width punctuation"),
        (r"\"", "straight quotation marks"),
        (r"\s{2,}|\s[,.;:?!]", "stray spaces"),
        (r"\bhe\b|\bshe\b|\bhis\b|\bher\b", "he or she for one person"),
        (r"30 ?%|Wharton", "a claim without a source"),
        (r"\bconduct (a|an|the)\b", "a verb turned into a noun"),
    ],
)
def test_english_has_no(pattern: str, rule: str) -> None:
    assert bad(EN, pattern) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_quotation_marks_come_in_pairs(lang: str) -> None:
    for where, text in texts(lang):
        marks = re.sub(r"[^“”]", "", text)
        assert marks == "“”" * (len(marks) // 2), f"{where}: {text}"


@pytest.mark.parametrize("word", FILLER_ZH)
def test_no_chinese_filler(word: str) -> None:
    assert bad(ZH, word) == []


@pytest.mark.parametrize("word", FILLER_EN + AMERICAN)
def test_no_english_filler_and_british_spelling(word: str) -> None:
    assert bad(EN, rf"\b{word.replace('_', ' ')}\b", re.IGNORECASE) == []


def test_chinese_names_the_other_side_as_people_do() -> None:
    assert bad(ZH, r"其他部门|其它部门") == []


def test_all_content_is_marked_as_a_draft() -> None:
    assert {m["status"] for m in modules()} == {"draft-1"}
    for name in TABLES:
        assert {row["status"] for row in rows(name)} == {"draft-1"}, name
    assert '"status": "draft-1"' in (DATA / "forms.json").read_text(encoding="utf-8")


def test_the_readme_names_every_file_and_column() -> None:
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    for path in DATA.iterdir():
        if path.suffix in {".csv", ".json"}:
            assert f"`{path.name}`" in readme, path.name
    for name in TABLES:
        for column in rows(name)[0]:
            assert f"`{column.removesuffix('_zh').removesuffix('_en')}" in readme or column in {"zh", "en"}, (
                column
            )

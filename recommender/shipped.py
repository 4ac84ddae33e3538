"""The shipped content as objects: framework, catalogue, questionnaires, surveys, indicators.

Reads the files of ``recommender.data`` once; ``data/README.md`` tells what each holds.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from recommender.errors import BadInput
from recommender.framework import Catalogue, Competency, Module

SCALE_MIN, SCALE_MAX = 1, 5
"""Ends of the response scale of every questionnaire and survey."""
FORMS = ("self", "observer", "insider")
"""Who fills the questionnaire in: the learner, a colleague elsewhere, one of the same department."""
SURVEYS = ("satisfaction", "climate")


@dataclass(frozen=True, slots=True)
class Label:
    """One answer on the response scale."""

    value: int
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """One question of the questionnaire; ``reversed``: its score is 6 less the value."""

    item_id: str
    competency_id: str
    facet: str
    reversed: bool
    text: str


@dataclass(frozen=True, slots=True)
class Gate:
    """The question asked first of an observer; answers in ``ends`` end the form politely."""

    text: str
    answers: tuple[str, ...]
    ends: frozenset[str]


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """A form in one language: ``no_basis`` is a missing answer, never a number."""

    form: str
    stem: str
    labels: tuple[Label, ...]
    no_basis: str
    items: tuple[Item, ...]
    gate: Gate | None


@dataclass(frozen=True, slots=True)
class SurveyItem:
    """One question of a survey; without ``labels`` it is answered in free text."""

    item_id: str
    reversed: bool
    role: str
    text: str
    labels: tuple[Label, ...]
    no_basis: str | None


@dataclass(frozen=True, slots=True)
class Survey:
    """A survey in one language."""

    form: str
    stem: str
    items: tuple[SurveyItem, ...]


@dataclass(frozen=True, slots=True)
class Indicator:
    """A measure of results: what ``outcomes.metric`` may name, and what to watch for."""

    metric: str
    name: str
    unit: str
    direction: str
    kind: str
    how_measured: str
    watch_for: str


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    text = (files("recommender.data") / name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def _document(name: str) -> Any:
    return json.loads((files("recommender.data") / name).read_text(encoding="utf-8"))


@cache
def shipped_catalogue() -> Catalogue:
    """The framework and the 52 modules that stand until the organisation brings its own."""
    competencies = tuple(
        Competency(
            row["competency_id"],
            row["name_en"],
            row["name_zh"],
            row["parent_id"] or None,
            row["description_en"],
            row["description_zh"],
        )
        for row in _rows("competencies.csv")
    )
    return Catalogue(competencies, tuple(_module(entry) for entry in _document("modules.json")))


def _module(entry: dict[str, Any]) -> Module:
    return Module(
        module_id=entry["module_id"],
        title_en=entry["title_en"],
        title_zh=entry["title_zh"],
        description_en=entry["description_en"],
        description_zh=entry["description_zh"],
        competencies=tuple(entry["competencies"].items()),
        level=entry["level"],
        method=entry["method"],
        delivery=entry["delivery"],
        minutes=float(entry["minutes"]),
        prerequisites=tuple(entry["prerequisites"]),
        capacity=entry["capacity"],
    )


@cache
def objectives(lang: str) -> dict[str, tuple[str, ...]]:
    """What one can do after each shipped module, by module_id."""
    key = f"objectives_{_language(lang)}"
    return {entry["module_id"]: tuple(entry[key]) for entry in _document("modules.json")}


@cache
def questionnaire(form: str, lang: str) -> Questionnaire:
    """The 56 items as ``self``, ``observer`` or ``insider`` reads them, in the order they are asked.

    Raises
    ------
    BadInput
        For another form.
    """
    if form not in FORMS:
        raise BadInput(f"There is no form {form!r}; use one of {', '.join(FORMS)}.")
    lang = _language(lang)
    texts = _document("forms.json")
    items = [
        Item(
            row["item_id"],
            row["competency_id"],
            row["facet"],
            row["reversed"] == "1",
            row[f"{form}_{lang}"] or row[f"observer_{lang}"],
        )
        for row in _rows("items.csv")
    ]
    return Questionnaire(
        form=form,
        stem=texts["stems"][form][lang],
        labels=tuple(Label(x["value"], x[lang]) for x in texts["labels"]),
        no_basis=texts["no_basis"][lang],
        items=tuple(asking_order(items)),
        gate=None if form == "self" else _gate(texts["gate"], lang),
    )


def _gate(entry: dict[str, Any], lang: str) -> Gate:
    answers = tuple(a[lang] for a in entry["answers"])
    return Gate(entry[lang], answers, frozenset(a[lang] for a in entry["answers"] if a["ends"]))


def asking_order(items: Sequence[Item]) -> list[Item]:
    """Competencies in turn, reversed items spread evenly, none among the first three or beside another."""
    straight = _in_turn([i for i in items if not i.reversed])
    turned = _in_turn([i for i in items if i.reversed])
    if not turned:
        return straight
    stride = max(3, len(straight) // len(turned))
    out: list[Item] = []
    for k, item in enumerate(straight):
        out.append(item)
        if (k + 1) % stride == 0 and turned:
            coming = {i.competency_id for i in straight[k + 1 : k + 2]}
            asked = {i.competency_id: at for at, i in enumerate(out)}
            # whose competency does not come next and was asked longest ago
            fitting = min(turned, key=lambda i: (i.competency_id in coming, asked.get(i.competency_id, -1)))
            turned.remove(fitting)
            out.append(fitting)
    return out + turned


def _in_turn(items: Sequence[Item]) -> list[Item]:
    seen: dict[str, int] = {}
    rounds = []
    for item in items:
        rounds.append(seen.setdefault(item.competency_id, 0))
        seen[item.competency_id] += 1
    return [item for _, item in sorted(zip(rounds, items, strict=True), key=lambda pair: pair[0])]


@cache
def survey(name: str, lang: str) -> Survey:
    """The satisfaction survey after a module, or the yearly climate survey.

    Raises
    ------
    BadInput
        For another name.
    """
    if name not in SURVEYS:
        raise BadInput(f"There is no survey {name!r}; use one of {', '.join(SURVEYS)}.")
    lang = _language(lang)
    items = []
    for row in (r for r in _rows("surveys.csv") if r["form"] == name):
        words = row[f"anchors_{lang}"].split("|") if row[f"anchors_{lang}"] else []
        labels = tuple(Label(value, word) for value, word in enumerate(words[:SCALE_MAX], SCALE_MIN))
        apart = words[SCALE_MAX] if len(words) > SCALE_MAX else None
        items.append(
            SurveyItem(row["item_id"], row["reversed"] == "1", row["role"], row[lang], labels, apart)
        )
    return Survey(name, _document("forms.json")["stems"][name][lang], tuple(items))


@cache
def indicators(lang: str) -> tuple[Indicator, ...]:
    """Indicators of results whose directions and kinds are known beforehand."""
    lang = _language(lang)
    return tuple(
        Indicator(
            metric=row["metric"],
            name=row[f"name_{lang}"],
            unit=row[f"unit_{lang}"],
            direction=row["direction"],
            kind=row["kind"],
            how_measured=row[f"how_measured_{lang}"],
            watch_for=row[f"watch_for_{lang}"],
        )
        for row in _rows("indicators.csv")
    )


def _language(lang: str) -> str:
    return "zh" if lang == "zh" else "en"

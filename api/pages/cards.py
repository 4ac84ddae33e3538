"""A module as the pages show it: its words, why it is recommended, and how it fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from recommender.api.pages.bands import Band
from recommender.api.translations import told_list, translate
from recommender.evidence import ANONYMOUS, SOURCES
from recommender.framework import Catalogue, Module, suits

WHY_SENTENCES = 2
"""Reasons that stand in the block; all of them stand under it."""


@dataclass(frozen=True, slots=True)
class Fit:
    """The range that a module's level suits, and the learner's band on the competency it trains."""

    name: str
    band: Band
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Card:
    """What one page says of one module."""

    module_id: str
    title: str
    minutes: int
    facts: tuple[str, ...]
    why: str
    details: tuple[tuple[str, str], ...] = ()
    fit: Fit | None = None
    url: str | None = None


def card(item: Mapping[str, Any], catalogue: Catalogue, lang: str) -> Card | None:
    """An item of ``service.advice`` as a card; None where its module has left the catalogue."""
    module = catalogue.module.get(item["module_id"])
    if module is None:
        return None
    reasons = item.get("reasons", ())
    fit = _fit(reasons, module, catalogue, lang)
    return Card(
        module.module_id,
        module.title(lang),
        minutes_of(module.module_id, catalogue),
        facts(module, catalogue, lang),
        _sentences(lang, [r["text"] for r in reasons[:WHY_SENTENCES]]),
        _details(reasons, fit, lang),
        fit,
        safe_url(module.url),
    )


def minutes_of(module_id: str, catalogue: Catalogue) -> int:
    """A module's whole minutes."""
    return round(float(catalogue.minutes[catalogue.module_index[module_id]]))


def facts(module: Module, catalogue: Catalogue, lang: str) -> tuple[str, ...]:
    """Method, minutes, delivery, level, as far as they are known."""
    minutes = translate(lang, "minutes", minutes=minutes_of(module.module_id, catalogue))
    return tuple(
        text
        for text in (
            module.method and translate(lang, f"method.{module.method}"),
            minutes,
            module.delivery and translate(lang, f"delivery.{module.delivery}"),
            module.level and translate(lang, f"level.{module.level}"),
        )
        if text
    )


def safe_url(url: str | None) -> str | None:
    """The address where a module starts, if a browser may be sent there: http and https only."""
    if not url:
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    return parts.geturl() if parts.scheme in ("http", "https") and parts.netloc else None


def told_evidence(lang: str, counts: Mapping[str, int | None]) -> tuple[list[str], list[str]]:
    """Counts by source as phrases, and a sentence for each source with too few raters to tell.

    A count of None stands for fewer than ``FEWEST_RATERS`` raters; it is never told as a number.
    """
    told = [translate(lang, f"from.{s}", n=counts[s]) for s in SOURCES if counts.get(s)]
    few = [translate(lang, f"few.{s}") for s in ANONYMOUS if s in counts and counts[s] is None]
    return told, few


def rests_on(lang: str, counts: Mapping[str, int | None], key: str = "rests_on") -> str:
    """What an estimate rests on, as sentences; empty where there is nothing.

    ``key`` chooses the sentence: ``rests_on`` says so itself, ``rests_on.row`` stands under a heading.
    """
    told, few = told_evidence(lang, counts)
    first = [translate(lang, key, list=told_list(lang, told))] if told else []
    return _sentences(lang, first + few)


def _sentences(lang: str, sentences: Sequence[str]) -> str:
    return ("" if lang == "zh" else " ").join(sentences)


def _fit(reasons: Sequence[Mapping[str, Any]], module: Module, catalogue: Catalogue, lang: str) -> Fit | None:
    gap = next((r for r in reasons if r["kind"] == "gap"), None)
    span = suits(module.level)
    if gap is None or span is None or gap.get("competency_id") not in catalogue.competency:
        return None
    name = catalogue.competency[gap["competency_id"]].name(lang)
    return Fit(name, Band(gap["mean"], gap["sd"]), round(span[0]), round(span[1]))


def _details(reasons: Sequence[Mapping[str, Any]], fit: Fit | None, lang: str) -> tuple[tuple[str, str], ...]:
    out = []
    for reason in reasons:
        if reason["kind"] == "gap" and fit:
            said = translate(lang, "why.gap_said", name=fit.name, low=fit.low, high=fit.high, **fit.band.told)
            out.append((reason["label"], said))
            evidence = rests_on(lang, reason.get("sources") or {}, "rests_on.row")
            out.append((translate(lang, "why.evidence"), evidence or translate(lang, "rests_on_nothing")))
        else:
            out.append((reason["label"], reason["text"]))
    return tuple(out)

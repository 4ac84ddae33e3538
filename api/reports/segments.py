"""The report of segments as a page that needs no server: one file, no script, nothing from elsewhere."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from recommender.api.reports.words import say
from recommender.api.translations import HTML_LANG, told_list

API = Path(__file__).parent.parent
TICK = 5.0
"""Points between which a chart's ends are rounded."""
Report = Mapping[str, Any]


def whole(value: float, *, signed: bool = False) -> str:
    """Whole points; a minus as typography has it, and no sign before 0."""
    points = round(value)
    return f"{points:+d}".replace("-", "−") if signed and points else f"{points}".replace("-", "−")


def percent(share: float) -> str:
    """A share as people say it."""
    return f"{share:.0%}"


def about(report: Report, lang: str) -> str:
    """What the report is of."""
    version, day = report["model_version"], report["as_of"]
    if version is None:
        return say(lang, "about.none", day=day)
    return say(lang, "about", version=version, day=day)


def lead(report: Report, lang: str) -> list[str]:
    """What there is to say first: how many segments, and how many people surely belong to none."""
    if not report["learners"]:
        return [say(lang, "lead.nobody")]
    parts = len(report["items"])
    if parts == 1:
        return [say(lang, "lead.one", n=report["learners"])]
    said = [say(lang, "lead", n=report["learners"], parts=parts)]
    return said + ([say(lang, "lead.torn", n=report["torn"])] if report["torn"] else [])


def held(report: Report, lang: str) -> list[str]:
    """How surely the number of segments, and the segments, are found again."""
    number = report["number"]
    if not report["learners"]:
        return []
    if number is None:
        return [say(lang, "stable.unknown")]
    refits = sorted(number["refits"].items(), key=lambda pair: (-pair[1], int(pair[0])))
    found = [
        say(lang, "stable.found.one" if count == "1" else "stable.found", n=times, number=count)
        for count, times in refits
    ]
    said = say(
        lang, "stable.number", n=sum(number["refits"].values()), learners=number["learners"],
        found=told_list(lang, found),
    )  # fmt: skip
    if len(report["items"]) == 1:
        return [said]
    low, high = (f"{end:.2f}" for end in number["agreement"]["interval"])
    mean = f"{number['agreement']['mean']:.2f}"
    return [said, say(lang, "stable.agreement", mean=mean, low=low, high=high)]


def verdict(item: Report, lang: str) -> str:
    """Whether a segment is to be trusted, in words."""
    if item["learners"] is None:
        return say(lang, "word.none")
    return say(lang, f"word.{item['stability']['word'] if item['stability'] else 'unknown'}")


class Axis:
    """A chart's line from ``-ends`` to ``ends`` points, as percentages of its width."""

    def __init__(self, values: Sequence[float]) -> None:
        self.ends = TICK * max(math.ceil(max(map(abs, values), default=0.0) / TICK), 1)

    def at(self, value: float) -> str:
        """Where a value stands."""
        return f"{50 + 50 * value / self.ends:.2f}%"

    def wide(self, low: float, high: float) -> str:
        """How wide a band is."""
        return f"{50 * (high - low) / self.ends:.2f}%"


def page(report: Report, lang: str) -> str:
    """The report as HTML.

    Parameters
    ----------
    report : mapping
        From ``service.segments.segments``.
    lang : str
        "en" or "zh".
    """
    environment = Environment(
        loader=FileSystemLoader(API / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    apart = [a for item in report["items"] for a in item["apart"].values() if a]
    gains = [w for item in report["items"] for w in item["works"]]
    return environment.get_template("report/segments.html").render(
        report=report, lang=lang, join="" if lang == "zh" else " ", html_lang=HTML_LANG[lang],
        t=partial(say, lang),
        style="".join((API / "static" / name).read_text("utf-8") for name in ("learn.css", "report.css")),
        about=about(report, lang), lead=lead(report, lang), held=held(report, lang),
        verdict=partial(verdict, lang=lang),
        axis=Axis([end for a in apart for end in a["interval"]]),
        gain_axis=Axis([end for w in gains for end in w["interval"]]),
        whole=whole, percent=percent,
    )  # fmt: skip

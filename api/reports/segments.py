"""The report of segments as a page that needs no server: one file, no script, nothing from elsewhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from recommender.api.reports.frame import Report, about, rendered
from recommender.api.reports.words import say
from recommender.api.translations import told_list

TICK = 5.0
"""Points between which a chart's ends are rounded."""


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
    apart = [a for item in report["items"] for a in item["apart"].values() if a]
    gains = [w for item in report["items"] for w in item["works"]]
    return rendered(
        "segments", lang, report=report, about=about(report, lang), lead=lead(report, lang),
        held=held(report, lang), verdict=partial(verdict, lang=lang),
        axis=Axis([end for a in apart for end in a["interval"]]),
        gain_axis=Axis([end for w in gains for end in w["interval"]]),
    )  # fmt: skip

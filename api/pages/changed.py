"""What the last event changed in the path on the page, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from recommender.api.pages.rail import Rail
from recommender.api.translations import told_day, translate
from recommender.framework import Catalogue


@dataclass(frozen=True, slots=True)
class Step:
    """A module that came into the path or left it, and why."""

    word: str
    text: str


@dataclass(frozen=True, slots=True)
class Changed:
    """After what the path changed, and its steps; never empty."""

    after: str
    steps: tuple[Step, ...]


def changed(
    told: Mapping[str, Any], first: str | None, rail: Rail, catalogue: Catalogue, lang: str, today: date
) -> Changed | None:
    """The ``changes`` of a path as far as the rail shows them; None where it shows none.

    The rail begins with the module recommended ``first``, which the path may do without: neither is told to
    have come what has no place on the rail, nor to have left what stands there. That the module just finished
    or set aside left says ``after`` alone.
    """
    placed = {row.card.module_id for row in rail.rows}
    shown = placed | {row.card.module_id for row in rail.after}
    known = {first} | {event.get("module_id") for event in told["since"] if len(told["since"]) == 1}
    steps = [
        Step(translate(lang, f"changed.{what}"), change["text"])
        for what in ("removed", "added")
        for change in told[what]
        if (change["module_id"] in placed if what == "added" else change["module_id"] not in shown)
        and change["module_id"] not in known
    ]
    return Changed(_after(told["since"], catalogue, lang, today), tuple(steps)) if steps else None


def _after(since: Sequence[Mapping[str, Any]], catalogue: Catalogue, lang: str, today: date) -> str:
    """What happened before the change: named where it is one thing, or tests of one day."""
    if since and all(event["type"] == "assessment" for event in since):
        day = max(datetime.fromisoformat(event["occurred_at"]).date() for event in since)
        return translate(lang, "changed.after.assessment", day=told_day(lang, day, today))
    if len(since) == 1:
        module = catalogue.module.get(since[0]["module_id"])
        if module is not None:
            title = translate(lang, "module", title=module.title(lang))
            return translate(lang, f"changed.after.{since[0]['status']}", module=title)
    return translate(lang, "changed.after")

"""What the learner's page says, computed; templates only place it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from recommender.api.pages import rail as rails
from recommender.api.pages.bands import Band, Sure, sureness
from recommender.api.pages.cards import Card, card, minutes_of, rests_on, safe_url
from recommender.api.pages.changed import Changed, changed
from recommender.api.translations import told_day, translate
from recommender.evidence import NOT_NOW_DAYS
from recommender.framework import Catalogue
from recommender.service import advice
from recommender.service.history import history

if TYPE_CHECKING:
    from recommender.service.workspace import Workspace

ANSWERS = ("test", "self")
"""Sources that are counted by answers; the others are counted by raters."""
CHOICES = ("known", "not_now", "too_easy", "too_hard", "not_my_job")
"""Reasons one can choose, in the form's order; files may also say ``wrong_level``."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A module that is started and not finished."""

    module_id: str
    title: str
    minutes: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Past:
    """A module that was finished or set aside, and what can be undone about it."""

    module_id: str
    title: str
    said: str
    dismissals: tuple[str, ...] = ()
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One competency of the profile."""

    name: str
    band: Band
    sure: Sure
    rests_on: str
    covers: str


@dataclass(frozen=True, slots=True)
class Path:
    """Everything the page 我的路径 shows."""

    first: Card | None
    begun: tuple[Begun, ...]
    rail: rails.Rail
    changed: Changed | None
    shortest: int | None
    lines: tuple[Line, ...]
    rests_on: str
    cold_start: bool
    past: tuple[Past, ...]


def path_page(ws: Workspace, learner_id: str, budget: int, lang: str, restored: str | None = None) -> Path:
    """Compute 我的路径 of a learner.

    Parameters
    ----------
    budget : int
        Minutes the learner has; one of ``rail.BUDGETS``.
    restored : str, optional
        A module that was just put back: of those recommended it stands first, as before.
    """
    catalogue = ws.engine().catalogue
    known = history(ws, learner_id)
    advised = advice.recommend(ws, learner_id, lang=lang)
    started = frozenset(h["module_id"] for h in known if h["status"] == "started")
    done = frozenset(h["module_id"] for h in known if h["status"] == "completed")
    aside = frozenset(h["module_id"] for h in known if h["status"] == "dismissed")
    offered = [c for c in _cards(advised["items"], catalogue, lang) if c.module_id not in started]
    first = min(offered, key=lambda c: c.module_id != restored, default=None)
    longest = max(rails.BUDGETS)
    walks = [advice.path(ws, learner_id, minutes=m, lang=lang) for m in sorted({budget, longest})]
    steps = [
        c for walk in walks for c in _cards(walk["items"], catalogue, lang) if c.module_id not in started
    ]
    rail = rails.lay_out(budget, first, steps, done, catalogue)
    lines, told = profile_lines(ws, learner_id, catalogue, lang)
    return Path(
        first,
        tuple(
            _begun(h, catalogue, lang) for h in known if h["module_id"] in started & catalogue.module.keys()
        ),
        rail,
        changed(walks[0]["changes"], first.module_id if first else None, rail, catalogue, lang, ws.today()),
        rails.shortest_open(catalogue, started | done | aside, done),
        lines,
        told,
        bool(advised.get("cold_start")),
        past(known, catalogue, lang),
    )


def _cards(items: Sequence[Mapping[str, Any]], catalogue: Catalogue, lang: str) -> list[Card]:
    found = (card(item, catalogue, lang) for item in items)
    return [c for c in found if c is not None]


def _begun(entry: Mapping[str, Any], catalogue: Catalogue, lang: str) -> Begun:
    module = catalogue.module[entry["module_id"]]
    minutes = minutes_of(module.module_id, catalogue)
    return Begun(
        module.module_id, module.title(lang), translate(lang, "in_all", minutes=minutes), safe_url(module.url)
    )


def profile_lines(
    ws: Workspace, learner_id: str, catalogue: Catalogue, lang: str
) -> tuple[tuple[Line, ...], str]:
    """The profile, highest first and what nothing has measured last; and what it rests on together."""
    lines = []
    together: dict[str, int | None] = {}
    for entry in advice.profile(ws, learner_id)["competencies"]:
        competency = catalogue.competency.get(entry["competency_id"])
        if competency is None:
            continue
        counts = entry["evidence"]
        measured = any(n is None or n > 0 for n in counts.values())
        lines.append(
            Line(
                competency.name(lang),
                Band(entry["mean"], entry["sd"]),
                sureness(entry["sd"], measured),
                rests_on(lang, counts, "rests_on.row"),
                competency.description_zh if lang == "zh" else competency.description_en,
            )
        )
        for source, n in counts.items():
            together[source] = _together(source, together.get(source), n)
    lines.sort(key=lambda line: (line.sure == "unknown", -line.band.mean))
    return tuple(lines), rests_on(lang, together)


def _together(source: str, before: int | None, n: int | None) -> int | None:
    """Counts of two competencies as one: answers add up, raters may be the same people.

    A count that is not told anywhere (None) stays so.
    """
    if before is None or n is None:
        return n if before is None else before
    return before + n if source in ANSWERS else max(before, n)


def past(known: Sequence[Mapping[str, Any]], catalogue: Catalogue, lang: str) -> tuple[Past, ...]:
    """What was finished, what is set aside, and what was begun before the module to carry on with."""
    now = datetime.now(UTC)
    latest = next((h["module_id"] for h in known if h["status"] == "started"), None)
    found = (_past(h, catalogue, lang, now) for h in known if h["module_id"] != latest)
    return tuple(p for p in found if p is not None)


def _past(entry: Mapping[str, Any], catalogue: Catalogue, lang: str, now: datetime) -> Past | None:
    module = catalogue.module.get(entry["module_id"])
    if module is None:
        return None
    title, reason = module.title(lang), entry["reason"]
    when = datetime.fromtimestamp(entry["occurred_at"] / 1e6, UTC)
    match entry["status"]:
        case "completed":
            said = translate(lang, "history.done", day=told_day(lang, when.date(), now.date()))
            return Past(module.module_id, title, said)
        case "started":
            return Past(module.module_id, title, translate(lang, "history.begun"), url=safe_url(module.url))
        case "dismissed" if not (reason == "not_now" and now - when >= timedelta(days=NOT_NOW_DAYS)):
            said = translate(lang, "history.set_aside")
            if reason:
                said = translate(lang, "history.said", reason=translate(lang, f"not.{reason}"))
            return Past(module.module_id, title, said, tuple(entry["dismissals"]))
    return None

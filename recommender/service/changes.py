"""What the last event of a learner changed in the path; derived from the evidence, nothing is stored."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from recommender.evidence import ANONYMOUS, FEWEST_RATERS, rfc3339
from recommender.framework import Catalogue
from recommender.profiles.blocks import source_of
from recommender.profiles.serve import DAY
from recommender.reasons import Change, tell
from recommender.service.history import TELLING
from recommender.store import events, people

if TYPE_CHECKING:
    from recommender.engine import Engine
    from recommender.service.workspace import Workspace
    from recommender.state import LearnerState


class Found(NamedTuple):
    """The learner's own events that came last, and what they changed."""

    since: list[dict[str, Any]]
    changes: list[Change]


def since_last(
    ws: Workspace,
    engine: Engine,
    learner_id: str,
    state: LearnerState,
    shown: Sequence[str],
    *,
    role: str | None,
    day: dt.date,
    minutes: float,
    full: Collection[str],
) -> Found:
    """Compare a path with the one there would be without what came last, as of the same day.

    What came last are, of the events that one call or one file brought, those of their newest day (UTC): a
    file may bring a whole history. Being recommended a module or looking at it moves nothing and does not
    count. What a rater said is not listed, and no reason tells what was learnt from it unless three
    anonymous raters or more spoke of every competency of which any spoke.
    """
    with ws.store.read() as conn:
        known = events.of_learners(conn, [learner_id], numbered=True)[learner_id]
        job = people.job(conn, learner_id)
    newest = max(((e["seq"], _day(e)) for e in known if _tells(e)), default=None)
    if newest is None:
        return Found([], [])
    earlier: list[dict[str, Any]] = []
    last: list[dict[str, Any]] = []
    for event in known:
        (last if _tells(event) and (event["seq"], _day(event)) == newest else earlier).append(event)
    found = engine.path_changes(
        engine.replay(earlier, 0, job), state, shown, role=role, day=day, minutes=minutes, full=full,
        told=_tellable(last),
    )  # fmt: skip
    return Found([_own(e) for e in last if e["type"] != "feedback"], found)


def _tells(event: Mapping[str, Any]) -> bool:
    return event["type"] != "interaction" or event["status"] in TELLING


def _day(event: Mapping[str, Any]) -> int:
    return int(event["occurred_at"] // DAY)


def _tellable(last: Iterable[Mapping[str, Any]]) -> bool:
    """Whether enough raters stand behind every competency: what is said of one moves the others."""
    raters: dict[str, set[str]] = defaultdict(set)
    for event in last:
        if event["type"] == "feedback" and source_of(event) in ANONYMOUS:
            raters[event["competency_id"]] |= {event["rater_id"]} - {None}  # the nameless may all be one
    return all(len(names) >= FEWEST_RATERS for names in raters.values())


def _own(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event of the learner's own, in short."""
    about = ("module_id", "status") if event["type"] == "interaction" else ("competency_id",)
    short = {"type": event["type"], **{name: event[name] for name in about}}
    return {**short, "occurred_at": rfc3339(event["occurred_at"])}


def told(found: Found, shown: Sequence[str], catalogue: Catalogue, lang: str) -> dict[str, Any]:
    """Changes in words: ``since``, ``kept`` (ids in order), ``added`` and ``removed``, each with its text."""
    came = {c.module_id for c in found.changes if c.what == "added"}
    return {
        "since": found.since,
        "kept": [m for m in shown if m not in came],
        **{
            what: [tell(c, catalogue, lang) for c in found.changes if c.what == what]
            for what in ("added", "removed")
        },
    }

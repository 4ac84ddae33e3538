"""What the last event of a learner changed in the path; derived from the evidence, nothing is stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from recommender.evidence import ANONYMOUS, FEWEST_RATERS, rfc3339
from recommender.framework import Catalogue
from recommender.reasons import Change, tell
from recommender.service.history import TELLING
from recommender.store import events

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

    What came last are the events that one call or one file brought; being recommended a module or looking
    at it moves nothing and does not count. What a rater said is not listed, and where fewer than three
    anonymous raters said it, no reason tells what was learnt from it.
    """
    with ws.store.read() as conn:
        known = events.of_learners(conn, [learner_id], numbered=True)[learner_id]
    newest = max((e["seq"] for e in known if _tells(e)), default=None)
    if newest is None:
        return Found([], [])
    last = [e for e in known if e["seq"] == newest]
    before = engine.replay([e for e in known if e["seq"] != newest], 0)
    raters = {e["rater_id"] for e in last if e["type"] == "feedback" and e["relation"] in ANONYMOUS}
    told = not 0 < len(raters) < FEWEST_RATERS
    found = engine.path_changes(
        before, state, shown, role=role, day=day, minutes=minutes, full=full, told=told
    )
    return Found([_own(e) for e in last if e["type"] != "feedback"], found)


def _tells(event: Mapping[str, Any]) -> bool:
    return event["type"] != "interaction" or event["status"] in TELLING


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

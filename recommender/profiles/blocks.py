"""From event rows to observations: what one person said on one form is one block.

A block shares its rater's error, so it enters the posterior at once with covariance
noise I + (variance of the severity + halo) 11'.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from recommender.evidence import percent
from recommender.profiles.serve import SOURCE_INDEX, Array, ProfileModel, key_of

Event = Mapping[str, Any]
SELF = SOURCE_INDEX["self"]
"""Nobody else is rated by this rater in this way: the halo holds all of a self-rating's own error."""


class Step(NamedTuple):
    """Events of one learner that are taken in together, at one moment."""

    order: tuple[int, str, str]
    """(occurred_at, type, id) of the first event: where the step stands among the others."""
    form: str
    """What it is one form of; empty for an interaction."""
    events: tuple[Event, ...]


class Block(NamedTuple):
    """An observation: value = looked @ theta + error."""

    looked: Array
    value: Array
    noise: Array
    source: int


def order_of(event: Event) -> tuple[int, str, str]:
    """Where an event stands among those of its learner."""
    return event["occurred_at"], event["type"], event["id"]


def form_of(event: Event) -> str:
    """The form an event belongs to: what one rater said of one learner at once.

    A rating by nobody knows whom, on no form, stands for itself. Forms that only a moment holds together
    begin with ``t``: no event of another moment joins them.
    """
    if event["type"] == "interaction":
        return ""
    source, at, own = source_of(event), event["occurred_at"], event.get("form_id") or event.get("session_id")
    if event["type"] == "assessment":
        return f"a|{source}|{own}" if own else f"ta|{source}|{event.get('instrument')}|{at}"
    rater = event.get("rater_id")
    if own:
        return f"f|{source}|{rater}|{own}"
    return f"tf|{source}|{rater}|{at}" if rater else f"tf|{source}|{event['id']}"


def mark_of(form: str) -> str:
    """A short mark of a form, for a state to remember it by."""
    return f"{form[0]}{key_of(form):x}"


def steps_of(events: Iterable[Event]) -> list[Step]:
    """Group events into steps, in order; a form stands where its first event stands."""
    forms: dict[str, list[Event]] = {}
    alone = []
    for event in events:
        form = form_of(event)
        if form:
            forms.setdefault(form, []).append(event)
        else:
            alone.append(Step(order_of(event), "", (event,)))
    for form, rows in forms.items():
        rows.sort(key=order_of)
        alone.append(Step(order_of(rows[0]), form, tuple(rows)))
    return sorted(alone, key=lambda step: step.order)


def source_of(event: Event) -> str:
    """Who measured, one of ``evidence.SOURCES``; feedback without a relation counts as a peer's."""
    if event["type"] == "assessment":
        return event.get("source") or "test"
    if event.get("rater_id") and event["rater_id"] == event["learner_id"]:
        return "self"
    return event.get("relation") or "peer"


def is_answer(event: Event) -> bool:
    """A right or wrong answer: a test's item scored 0 or 1 on the scale 0-1."""
    return (
        event["type"] == "assessment"
        and bool(event.get("item_id"))
        and (event.get("source") or "test") == "test"
        and event.get("scale_min") == 0
        and event.get("scale_max") == 1
        and event["score"] in (0, 1)
    )


def item_of(event: Event) -> str:
    """The name of a right-or-wrong item, within its instrument and competency."""
    return f"{event.get('instrument')}|{event['competency_id']}|{event['item_id']}"


def is_right(event: Event) -> bool:
    """Whether the answer was right; a reversed item's is turned."""
    return bool(event["score"]) != bool(event.get("reversed"))


def score_of(event: Event) -> float:
    """The score or rating of an event on the 0-100 scale."""
    value = event["score"] if event["type"] == "assessment" else event["rating"]
    return float(percent(value, event["scale_min"], event["scale_max"], event.get("reversed") or 0))


def measured(model: ProfileModel, events: Iterable[Event]) -> list[Event]:
    """The ratings and scores of a form that look at something known; right or wrong answers are none."""
    return [e for e in events if e["competency_id"] in model.looks_at and not is_answer(e)]


def block_of(model: ProfileModel, events: Iterable[Event]) -> Block | None:
    """The observation that a form's events make; None where they look at nothing known."""
    rows = measured(model, events)
    if not rows:
        return None
    source = SOURCE_INDEX[source_of(rows[0])]
    looked = np.array([model.looks_at[e["competency_id"]] for e in rows])
    value = np.array([score_of(e) for e in rows]) - model.offset[source]
    shared = float(model.halo[source])
    if rows[0]["type"] == "feedback" and source != SELF:
        mean, variance = model.severity_of(rows[0].get("rater_id"))
        value -= mean
        shared += variance
    noise = np.diag(model.noise[source, [1 if e.get("item_id") else 0 for e in rows]])
    return Block(looked, value, noise + shared, source)


def rater_mark(event: Event) -> int:
    """What distinct raters are counted by; raters without an id count as one."""
    return key_of(event.get("rater_id") or "")

"""The facts behind one recommendation, from the numbers that ranked it.

``reasons`` puts them into words. A number about ratings by peers, reports or internal customers is told
only where three raters or more stand behind it.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.affinity import serve as affinity
from recommender.evidence import ANONYMOUS, FEWEST_RATERS, SOURCES
from recommender.framework import NINETY, suits
from recommender.gains.serve import anchor
from recommender.profiles.prior import EVERYBODY
from recommender.profiles.serve import SOURCE_INDEX
from recommender.reasons import Fact
from recommender.state import LearnerState

if TYPE_CHECKING:
    from recommender.engine.outlook import Outlook

STRONG_SHARE = 2.0
"""A module is said to be taken up by people like this one where its share is twice an even one."""
LEAST_EFFECT = 1.0
"""A gain is told from this many points on."""


def counts(state: LearnerState, k: int) -> dict[str, int | None]:
    """Of one competency, answers (test, self) or distinct raters by source; too few raters are None."""
    out: dict[str, int | None] = {}
    for name in SOURCES:
        s = SOURCE_INDEX[name]
        if not state.answers[s, k]:
            continue
        if name in ("test", "self"):
            out[name] = int(state.answers[s, k])
        else:
            raters = len(state.raters.get((s, k), ()))
            out[name] = None if name in ANONYMOUS and raters < FEWEST_RATERS else raters
    return out


def facts_of(outlook: Outlook, row: int, *, explored: bool, path: tuple[int, ...]) -> tuple[Fact, ...]:
    """Everything that speaks for a module in its place, the strongest first; what ranked nothing last."""
    layout, state = outlook.layout, outlook.state
    module = layout.catalogue.modules[row]
    out: list[Fact] = []
    status = state.modules.get(module.module_id)
    if status is not None and status.status in ("enrolled", "started"):
        out.append(Fact("continue", {"status": status.status, "since": _day(status.at)}))
    if state.measured and layout.gains.known[row]:
        out.append(_gap(outlook, row))
    elif not state.measured and (layout.gains.known[row] or not state.taken):
        out.append(Fact("cold_start", {}))
    out += _effect(outlook, row)
    following = [j for j in path if row in layout.prerequisites[j]]
    if following:
        out.append(
            Fact("prerequisite", {"before_module_id": layout.catalogue.modules[following[0]].module_id})
        )
    out += _uptake(outlook, row)
    if explored and all(fact.kind != "explore" for fact in out):
        out.append(Fact("explore", {}))
    if status is not None and status.status == "dismissed":
        out.append(Fact("returns", {"dismissed_on": _day(status.at)}))
    opened = [
        layout.catalogue.modules[j].module_id
        for j in layout.unlocks[row]
        if outlook.base[j] and j not in following
    ]
    if opened:
        out.append(Fact("unlocks", {"module_ids": opened}))
    return tuple(out)


def _day(at: int) -> dt.date:
    return dt.date(1970, 1, 1) + dt.timedelta(microseconds=at)


def _gap(outlook: Outlook, row: int) -> Fact:
    """Where the learner stands in what the module trains most, and whether its level suits."""
    layout = outlook.layout
    module = layout.catalogue.modules[row]
    k = int(np.argmax(outlook.rise[row]))
    mean, sd = float(outlook.mean[k]), float(outlook.deviation[k])
    values: dict[str, Any] = {
        "competency_id": layout.parts.profile.competencies[k],
        "mean": mean,
        "sd": sd,
        "lo": max(mean - NINETY * sd, 0.0),
        "hi": min(mean + NINETY * sd, 100.0),
        "target": float(outlook.need[k] + mean),
        "sources": counts(outlook.state, k),
        "level": module.level,
        "anchor": anchor(module.level),
        "fit": _fit(module.level, mean),
    }
    return Fact("gap", values)


def _fit(level: int | None, mean: float) -> str | None:
    """How a level meets a learner: right, a stretch, easy; None where the module has no level."""
    span = suits(level)
    if span is None:
        return None
    return "stretch" if mean < span[0] else "easy" if mean > span[1] else "right"


def _effect(outlook: Outlook, row: int) -> list[Fact]:
    """What colleagues gained by it: those of the same segment, else all, else what is known of its kind."""
    layout = outlook.layout
    tab, model = layout.gains, layout.gains.model
    if not tab.known[row]:
        return []
    own = int(tab.columns[row])
    if own >= 0:
        c = int(outlook.prospect.share.argmax())
        segment = layout.parts.profile.segments[c]
        n, gain, sd = int(model.learners[own, c]), float(model.earned[own, c]), float(model.earned_sd[own, c])
        if n < FEWEST_RATERS or not outlook.state.measured:
            shares = model.learners[own] / max(int(model.learners[own].sum()), 1)
            n, gain = int(model.learners[own].sum()), float(shares @ model.earned[own])
            sd = float(shares @ model.earned_sd[own])
            segment = EVERYBODY
        values = {
            "segment_id": segment.segment_id,
            "segment_label_en": segment.label_en,
            "segment_label_zh": segment.label_zh,
        }
        if n >= FEWEST_RATERS:
            if gain < LEAST_EFFECT:
                return []
            about = {"learners": n, "gain": gain, "lo": gain - NINETY * sd, "hi": gain + NINETY * sd}
            return [Fact("effect", values | about)]
    module = layout.catalogue.modules[row]
    return [Fact("prior", {"method": module.method, "minutes": float(layout.catalogue.minutes[row])})]


def _uptake(outlook: Outlook, row: int) -> list[Fact]:
    """That colleagues who took a module of the learner's took this one next, or that it is taken often."""
    layout, state = outlook.layout, outlook.state
    strong = outlook.share[row] * len(outlook.share) >= STRONG_SHARE
    if layout.gains.known[row] and not strong:
        return []
    found = affinity.after(layout.parts.affinity, state.taken, int(layout.columns[row]))
    index = layout.catalogue.module
    if not layout.parts.affinity.learners and not layout.gains.known[row]:
        return [Fact("explore", {})]  # nobody has taken anything and it trains nothing known
    if found is None or found.module_id not in index or (found.learners or 0) < FEWEST_RATERS:
        return (
            [] if layout.gains.known[row] else [Fact("uptake", {"after_module_id": None, "learners": None})]
        )
    return [Fact("uptake", {"after_module_id": found.module_id, "learners": found.learners})]

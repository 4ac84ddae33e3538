"""The segments: who is in them, what sets them apart, how surely they are found again, what they gain by."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recommender.engine.replay import belief
from recommender.errors import CorruptModel
from recommender.evidence import ANONYMOUS, FEWEST_RATERS, SOURCES
from recommender.framework import LANGUAGES, NINETY
from recommender.profiles import serve as profiles
from recommender.service.states import everybody
from recommender.store import aggregates

if TYPE_CHECKING:
    from recommender.engine import Engine
    from recommender.profiles.serve import Array
    from recommender.profiles.stability import Stability
    from recommender.service.workspace import Workspace
    from recommender.state import LearnerState

TORN = 0.6
"""Below this probability nobody is said to belong to a segment for sure."""
STABLE, PATTERN = 0.75, 0.6
"""Jaccard's index from which a segment holds, and from which there is a pattern but doubt about who belongs
to it (Hennig 2007; the manual of fpc's clusterboot, R)."""
MOST_MODULES = 5


def segments(ws: Workspace, as_of: dt.date | None = None) -> dict[str, Any]:
    """The segments of the version in service.

    A member is who most probably belongs there. Under three members nothing is told of a segment, so that
    nobody can be read off it; nor is a competency on which one or two peers, reports or internal customers
    told something, or a module that fewer than three finished. Counted once a day, version and catalogue, and
    anew once somebody came or was erased.

    Parameters
    ----------
    as_of : date, optional
        People as they stood at the end of this day, under today's version; now, if not told.

    Returns
    -------
    dict
        ``model_version``, ``as_of``, ``learners`` (measured), ``torn`` (of them, surely in no segment),
        ``number`` (how often refits found how many segments, and their ``agreement``; None where nobody
        looked), ``competencies`` (ids and names), ``named_from`` (points that a named difference surely
        exceeds) and ``items``: ``segment_id``, ``label``, ``learners``, ``share``, ``certainty`` (members'
        mean probability), ``profile`` and ``interval`` by competency, ``apart`` (from everybody: ``by``,
        ``interval``, ``named``), ``stability`` (``kept``, ``interval``, ``word``) and ``works`` (modules by
        gain). Points of the 0-100 scale; intervals hold with 90 %.
    """
    engine = ws.engine()
    if as_of is not None:
        return _segments(ws, engine, as_of)
    with ws.store.read() as conn:
        rests_on = (engine.version, engine.catalogue.revision, ws.today(), *aggregates.headcount(conn))
    kept = ws.reports.get("segments")
    if kept is None or kept[0] != rests_on:
        kept = ws.reports["segments"] = (rests_on, _segments(ws, engine, None))
    return kept[1]


class Members:
    """Sums over the members of each of C segments; ``raters`` are those behind each competency."""

    def __init__(self, c: int, k: int) -> None:
        self.count = np.zeros(c, dtype=int)
        self.mean, self.variance = np.zeros((c, k)), np.zeros((c, k))
        self.within = np.zeros((c, k, k))
        self.probability = np.zeros(c)
        self.torn = 0
        self.raters: dict[tuple[int, int], set[int]] = defaultdict(set)

    def add(self, state: LearnerState) -> None:
        """Count a learner."""
        posterior = belief(state)
        share = profiles.weights(posterior)
        mean, covariance = profiles.moments(posterior)
        c = int(share.argmax())
        self.count[c] += 1
        self.mean[c] += mean
        self.variance[c] += np.diag(covariance)
        self.within[c] += posterior.covariance
        self.probability[c] += share[c]
        self.torn += bool(share[c] < TORN)
        for (source, k), marks in state.raters.items():
            if SOURCES[source] in ANONYMOUS:
                self.raters[c, k] |= marks

    def hidden(self) -> NDArray[np.bool_]:
        """(C, K) of what may not be told."""
        out = np.repeat((self.count < FEWEST_RATERS)[:, None], self.mean.shape[1], 1)
        for (c, k), marks in self.raters.items():
            out[c, k] |= len(marks) < FEWEST_RATERS
        return out

    def profile(self, model: profiles.ProfileModel) -> tuple[Array, Array]:
        """(C, K) members' mean profile, and its standard deviation.

        What is not known of each member, and what is not known of the segment they are shrunk towards
        (Kass & Steffey 1989, Journal of the American Statistical Association 84:717).
        """
        n = np.maximum(self.count, 1)[:, None]
        shrunk = self.within / n[:, :, None] @ np.linalg.inv(model.covariance)
        unsure = model.means_covariance if model.means_covariance.size else np.zeros_like(self.within)
        common = np.einsum("ckl,clm,ckm->ck", shrunk, unsure, shrunk)
        return self.mean / n, np.sqrt(self.variance / n**2 + common)


def _segments(ws: Workspace, engine: Engine, as_of: dt.date | None) -> dict[str, Any]:
    model = engine.layout.parts.profile
    members = Members(len(engine.segments), len(model.competencies))
    for _, _, state in everybody(ws, engine, as_of):
        if state.measured:
            members.add(state)
    stable = _stability(ws, engine)
    total = int(members.count.sum())
    return {
        "model_version": engine.version,
        "as_of": (as_of or ws.today()).isoformat(),
        "learners": total,
        "torn": members.torn if members.torn == 0 or members.torn >= FEWEST_RATERS else None,
        "number": stable
        and {"refits": stable["numbers"], "learners": stable["learners"], "agreement": stable["agreement"]},
        "named_from": profiles.NEGLIGIBLE,
        "competencies": [
            {"competency_id": k, "name": {lang: _name(engine, k, lang) for lang in LANGUAGES}}
            for k in model.competencies
        ],
        "items": _items(engine, members, total, (stable or {}).get("segments", {})),
    }


def _items(engine: Engine, members: Members, total: int, stable: dict[str, Any]) -> list[dict[str, Any]]:
    model = engine.layout.parts.profile
    fitted = engine.version is not None
    mean, sd = members.profile(model)
    by = model.means - model.weights @ model.means
    told = ~members.hidden()
    items: list[dict[str, Any]] = []
    for c, segment in enumerate(engine.segments):
        n = int(members.count[c])
        open_ = n >= FEWEST_RATERS
        names = list(enumerate(model.competencies))
        items.append(
            {
                "segment_id": segment.segment_id,
                "label": {lang: segment.label(lang) for lang in LANGUAGES},
                "learners": n if open_ else None,
                "share": n / total if open_ else None,
                "certainty": float(members.probability[c] / n) if open_ else None,
                "profile": {k: float(mean[c, i]) if told[c, i] else None for i, k in names},
                "interval": {
                    k: _interval(mean[c, i], sd[c, i]) if told[c, i] and fitted else None for i, k in names
                },
                "apart": {
                    k: _apart(by[c, i], model.apart_sd[c, i]) if told[c, i] and fitted else None
                    for i, k in names
                },
                "stability": stable.get(segment.segment_id) if open_ else None,
                "works": _works(engine, segment.segment_id) if open_ else [],
            }
        )
    return items


def _name(engine: Engine, competency_id: str, lang: str) -> str:
    """A competency's name in today's catalogue; its id where it is not there any more."""
    known = engine.catalogue.competency.get(competency_id)
    return competency_id if known is None else known.name(lang)


def _interval(mean: float, sd: float) -> list[float]:
    return [max(float(mean - NINETY * sd), 0.0), min(float(mean + NINETY * sd), 100.0)]


def _apart(by: float, sd: float) -> dict[str, Any]:
    return {
        "by": float(by),
        "interval": [float(by - NINETY * sd), float(by + NINETY * sd)],
        "named": bool(profiles.stands_out(np.array(by), np.array(sd))),
    }


def _works(engine: Engine, segment_id: str) -> list[dict[str, Any]]:
    """Modules by what members gained who finished them and were measured, the highest first."""
    gains, known = engine.layout.parts.gains, engine.catalogue.module
    if segment_id not in gains.segments:
        return []
    c = gains.segments.index(segment_id)
    rows = [
        row
        for row, module_id in enumerate(gains.modules)
        if gains.learners[row, c] >= FEWEST_RATERS and module_id in known
    ]
    rows.sort(key=lambda row: -gains.earned[row, c])
    return [
        {
            "module_id": gains.modules[row],
            "title": {lang: known[gains.modules[row]].title(lang) for lang in LANGUAGES},
            "gain": float(gains.earned[row, c]),
            "interval": [
                float(gains.earned[row, c] + side * NINETY * gains.earned_sd[row, c]) for side in (-1, 1)
            ],
            "learners": int(gains.learners[row, c]),
        }
        for row in rows[:MOST_MODULES]
    ]


def _stability(ws: Workspace, engine: Engine) -> dict[str, Any] | None:
    """What training noted of the version; None where it noted nothing or cannot be read."""
    if engine.version is None:
        return None
    try:
        found: dict[str, Any] | None = ws.registry.manifest(engine.version)["metrics"].get("stability")
    except CorruptModel:
        return None
    return found


def told_stability(found: Stability | None, ids: list[str]) -> dict[str, Any] | None:
    """Stability as a version's manifest keeps it: numbers of segments, agreement, and each segment's own."""
    from recommender.profiles.stability import mean_interval

    if found is None:
        return None
    number, times = np.unique(found.numbers, return_counts=True)
    agreement, held = mean_interval(found.agreement)
    out: dict[str, Any] = {
        "learners": found.learners,
        "numbers": {str(n): int(t) for n, t in zip(number, times, strict=True)},
        "agreement": {"mean": agreement, "interval": list(held)},
        "segments": {},
    }
    for c, segment_id in enumerate(ids):
        if not np.isnan(found.kept[:, c]).any():
            kept, held = mean_interval(found.kept[:, c])
            word = "stable" if kept >= STABLE else "doubtful" if kept >= PATTERN else "not_found_again"
            out["segments"][segment_id] = {"kept": kept, "interval": list(held), "word": word}
    return out


def segment_members(
    ws: Workspace, output: Path | None = None, *, lang: str = "en", as_of: dt.date | None = None
) -> list[tuple[str, str, str, float]]:
    """Each learner's most probable segment; written as a table where ``output`` is given.

    Columns learner_id, segment_id, label, probability. Who has no evidence stands where most are, with
    that segment's share as the probability.
    """
    import pandas as pd

    from recommender.service import files

    if output is not None:
        files.check_place(output)
    engine = ws.engine()
    rows = []
    for learner_id, _, state in everybody(ws, engine, as_of):
        share = profiles.weights(belief(state))
        best = int(share.argmax())
        segment = engine.segments[best]
        rows.append((learner_id, segment.segment_id, segment.label(lang), float(share[best])))
    if output is not None:
        files.write_table(pd.DataFrame(rows, columns=MEMBERS), output)
    return rows


MEMBERS = ["learner_id", "segment_id", "label", "probability"]
"""Columns of the table of members."""

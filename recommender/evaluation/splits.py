"""What a version may see and what it is judged on: by time, or each learner's last module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.affinity.histories import taken_up
from recommender.evaluation.comparison import FEWEST
from recommender.evidence import EVENTS, Evidence, rfc3339

if TYPE_CHECKING:
    import pandas as pd

MONTH = 30 * 24 * 3600 * 1_000_000
SHARE = 0.2
"""Of the evidence, the newest so much is set apart."""


@dataclass(frozen=True)
class Split:
    """Evidence that a version may see, what it is judged on, and that in words."""

    before: Evidence
    after: Evidence
    words: str


def by_time(evidence: Evidence, since: int | None = None, *, seed: int = 0) -> Split:
    """Hold out everything since a moment (microseconds).

    Where None is given the moment is chosen (``moment``); and where measurements were all made before it,
    as one survey is, a fifth of the forms filled in before is held out too, drawn by ``seed``.
    """
    start = moment(evidence) if since is None else since
    before, after = part(evidence, before=start), part(evidence, since=start)
    words = f"evidence since {rfc3339(start)}"
    if since is not None or _measured(after) or not _measured(before):
        return Split(before, after, words)
    forms: dict[str, Any] = {}
    late: dict[str, Any] = {}
    for name, key in FORMS.items():
        frame: pd.DataFrame = getattr(before, name)
        drawn = _drawn(frame, key, seed)
        forms[name], late[name] = frame[~drawn].reset_index(drop=True), frame[drawn].reset_index(drop=True)
    words += ", and a fifth of the forms filled in before it"
    return Split(replace(before, **forms), replace(after, **late), words)


FORMS = {
    "assessments": ["learner_id", "source", "instrument", "session_id", "occurred_at"],
    "feedback": ["learner_id", "rater_id", "form_id", "occurred_at"],
}
"""What tells a form from another, in each table of measurements."""


def moment(evidence: Evidence) -> int:
    """The moment since which to hold out: the newest fifth of every kind of evidence lies after it.

    Kinds come in waves of their own: it is the earliest of their marks, but half of all evidence lies
    before it. A kind of which more than half is of one moment has no mark.
    """
    moved = evidence.interactions
    scored = moved["pre_score"].notna() & moved["post_score"].notna() & (moved["status"] == "completed")
    kinds = (
        np.concatenate([getattr(evidence, name)["occurred_at"].to_numpy(np.int64) for name in FORMS]),
        moved["occurred_at"].to_numpy(np.int64),
        moved.loc[scored, "occurred_at"].to_numpy(np.int64),
    )
    marks = []
    for at in kinds:
        mark = int(np.sort(at)[int(len(at) * (1 - SHARE))]) if len(at) else 0
        if len(at) and 2 * (at < mark).sum() >= len(at):
            marks.append(mark)
    everything = moments(evidence)
    if not marks:
        return int(everything[-1]) + 1
    return max(int(everything[len(everything) // 2]), min(marks))


def _measured(evidence: Evidence) -> bool:
    return any(len(getattr(evidence, name)) for name in FORMS)


def _drawn(frame: pd.DataFrame, key: list[str], seed: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """A fifth of the forms of a frame, as a mask of rows."""
    form = frame.groupby(key, dropna=False, sort=False).ngroup().to_numpy()
    chance = np.random.default_rng(seed).random(int(form.max(initial=-1)) + 1)
    return np.asarray(chance[form] < SHARE)


def leave_last_out(evidence: Evidence, *, seed: int = 0) -> Split:
    """Hold out each learner's last module, and whatever came after it was taken up.

    Learners who took one module or none keep everything: nothing would be left to judge by. Other
    modules taken at the same moment stay; ``seed`` says which of them is the last.
    """
    taken = taken_up(evidence.interactions, seed=seed)
    last = taken.groupby("learner_id", sort=False).tail(1).set_index("learner_id")
    several = taken.groupby("learner_id", sort=False).size() > 1
    last = last[several.reindex(last.index).to_numpy()]

    def held_out(frame: pd.DataFrame) -> pd.Series:
        moment = frame["learner_id"].map(last["occurred_at"]).astype(float)
        out = frame["occurred_at"] > moment
        if "module_id" in frame:
            own = frame["module_id"] == frame["learner_id"].map(last["module_id"])
            out |= own & (frame["occurred_at"] >= moment)
        return out

    return Split(
        _where(evidence, lambda frame: ~held_out(frame)),
        _where(evidence, held_out),
        "the module each learner took last, and what came after it",
    )


def newest(evidence: Evidence, seen_until: int) -> tuple[int, bool]:
    """Where held-out evidence starts, and whether a version that saw until ``seen_until`` has not seen it.

    What is newer than the version saw, if it concerns learners enough; else the last month, but at
    most the newest ``SHARE`` of everything.
    """
    at = moments(evidence)
    if learners_since(evidence, seen_until + 1) >= FEWEST and at[0] <= seen_until:
        return seen_until + 1, True
    newest_share = int(at[int(len(at) * (1 - SHARE))])
    return max(int(at[-1]) - MONTH, newest_share), False


def learners_since(evidence: Evidence, since: int) -> int:
    """How many learners there is evidence about since a moment."""
    frames = (getattr(evidence, name) for name in EVENTS.values())
    return len({x for f in frames for x in f.loc[f["occurred_at"] >= since, "learner_id"].unique()})


def moments(evidence: Evidence) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Sorted moments of all evidence, microseconds."""
    columns = [getattr(evidence, name)["occurred_at"].to_numpy(np.int64) for name in EVENTS.values()]
    return np.sort(np.concatenate(columns))


def part(evidence: Evidence, *, before: int | None = None, since: int | None = None) -> Evidence:
    """The evidence before or since a time; learners and catalogue stay."""
    return _where(
        evidence, lambda f: f["occurred_at"] < before if before is not None else f["occurred_at"] >= since
    )


def _where(evidence: Evidence, kept: Callable[[pd.DataFrame], pd.Series]) -> Evidence:
    frames = {}
    for name in EVENTS.values():
        frame = getattr(evidence, name)
        frames[name] = frame[kept(frame)].reset_index(drop=True)
    return replace(evidence, **frames)

"""Whether a new version may go in service: judged on evidence that neither it nor the old one has seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recommender.evidence import rfc3339

if TYPE_CHECKING:
    import pandas as pd

    from recommender.engine import Engine
    from recommender.evidence import Evidence

MONTH = 30 * 24 * 3600 * 1_000_000
SHARE = 0.2
"""Of the evidence, at most so much is set apart where the version in service has seen all of it."""
FEWEST = 5
"""Learners below which a difference cannot be told."""
NEGLIGIBLE = 0.005
"""Share of the error below which a difference does not matter; two fits never agree to the last digit."""
Z90 = 1.645
"""Half the width of a 90 % interval in standard errors; worse is what lies wholly above 0."""

MOST = 2000
"""Learners judged at most; a sample of more settles the difference no further."""

Errors = tuple[str, NDArray[np.float64], NDArray[np.float64]]

UNITS = {"measurement": "points", "rank": "of the list"}


@dataclass(frozen=True)
class Verdict:
    """How the candidate and the version in service did on the same held-out evidence.

    Parameters
    ----------
    measure : str
        ``measurement``: root mean square error of foretold ratings and scores, in points; ``rank``,
        where there are none: 1 less the mean reciprocal rank of the modules taken up next.
    candidate, served : float
        Mean over learners of each one's error.
    difference, standard_error : float
        Of the paired differences, candidate minus served.
    learners : int
    since : str
        Start of the held-out evidence.
    unseen : bool
        Whether the version in service had not seen it either.
    """

    measure: str
    candidate: float
    served: float
    difference: float
    standard_error: float
    learners: int
    since: str
    unseen: bool

    @property
    def told(self) -> bool:
        """Whether there were learners enough to tell."""
        return self.learners >= FEWEST

    @property
    def worse(self) -> bool:
        """Whether the candidate's error is larger beyond chance, and by enough to matter."""
        enough = max(Z90 * self.standard_error, NEGLIGIBLE * self.served)
        return self.told and self.difference > enough

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, with the interval."""
        half = Z90 * self.standard_error
        interval = [self.difference - half, self.difference + half]
        return {**asdict(self), "interval": interval, "worse": self.worse}

    def sentence(self) -> str:
        """What was found, in words."""
        basis = f"on {self.learners} learners' evidence since {self.since}"
        if not self.told:
            return f"Whether it is worse than the version in service cannot be told {basis}: too few."
        half = Z90 * self.standard_error
        word = "worse" if self.worse else "not worse"
        seen = "" if self.unseen else ", which the version in service has seen, as nothing newer is there"
        return (
            f"It is {word} than the version in service {basis}{seen}: error {self.candidate:.2f} against "
            f"{self.served:.2f} {UNITS[self.measure]}, a difference of {self.difference:+.2f} "
            f"(90 % interval {self.difference - half:+.2f} to {self.difference + half:+.2f})."
        )


def judge(
    evidence: Evidence, served: Engine, seen_until: int, *, seed: int, progress: Callable[[str, float], None]
) -> Verdict:
    """Fit a candidate without the newest evidence and judge both versions on it.

    Parameters
    ----------
    evidence : Evidence
        All there is now.
    served : Engine
        The version in service.
    seen_until : int
        Time of the last evidence it was fitted on, microseconds.
    """
    from recommender.engine import Engine

    since, unseen = cut(evidence, seen_until)
    before = part(evidence, before=since)
    candidate = Engine.fit(before, previous=served, seed=seed, progress=progress)
    measure, ours, theirs = _errors(candidate, served, before, part(evidence, since=since), seed)
    difference = ours - theirs
    n = len(difference)
    return Verdict(
        measure,
        float(ours.mean()) if n else 0.0,
        float(theirs.mean()) if n else 0.0,
        float(difference.mean()) if n else 0.0,
        float(difference.std(ddof=1) / np.sqrt(n)) if n > 1 else 0.0,
        n,
        rfc3339(since),
        unseen,
    )


def _errors(candidate: Engine, served: Engine, before: Evidence, after: Evidence, seed: int) -> Errors:
    """What was measured, and each learner's error under both versions."""
    from recommender.engine.learn import events_by_learner

    met = {str(learner) for frame in _frames(after) for learner in frame["learner_id"].unique()}
    chosen = set(np.random.default_rng(seed).permutation(sorted(met))[:MOST])
    earlier = dict(events_by_learner(before, chosen))
    pairs = [
        (candidate.judge(earlier.get(learner, []), events), served.judge(earlier.get(learner, []), events))
        for learner, events in events_by_learner(after, chosen)
    ]
    measured = [pair for pair in pairs if pair[0].ratings and pair[1].ratings]
    if measured:
        ours, theirs = zip(
            *[[(j.squared_error / j.ratings) ** 0.5 for j in pair] for pair in measured], strict=True
        )
        return "measurement", np.array(ours), np.array(theirs)
    picked = [pair for pair in pairs if pair[0].picks and pair[1].picks]
    if not picked:
        return "rank", np.zeros(0), np.zeros(0)
    ours, theirs = zip(*[[1 - j.reciprocal_rank / j.picks for j in pair] for pair in picked], strict=True)
    return "rank", np.array(ours), np.array(theirs)


def cut(evidence: Evidence, seen_until: int) -> tuple[int, bool]:
    """Where the held-out evidence starts, and whether the version in service has not seen it.

    What is newer than the version in service saw, if it concerns learners enough; else the last
    month, but at most the newest ``SHARE`` of everything.
    """
    at = np.sort(np.concatenate([frame["occurred_at"].to_numpy(np.int64) for frame in _frames(evidence)]))
    newer = {
        learner
        for frame in _frames(evidence)
        for learner in frame.loc[frame["occurred_at"] > seen_until, "learner_id"].unique()
    }
    if len(newer) >= FEWEST and at[0] <= seen_until:
        return seen_until + 1, True
    newest_share = int(at[int(len(at) * (1 - SHARE))])
    return max(int(at[-1]) - MONTH, newest_share), False


def part(evidence: Evidence, *, before: int | None = None, since: int | None = None) -> Evidence:
    """The evidence before or since a time; learners and catalogue stay."""
    frames = {}
    for name in ("assessments", "feedback", "interactions"):
        frame = getattr(evidence, name)
        at = frame["occurred_at"]
        kept = at < before if before is not None else at >= since
        frames[name] = frame[kept].reset_index(drop=True)
    return replace(evidence, **frames)


def _frames(evidence: Evidence) -> tuple[pd.DataFrame, ...]:
    return evidence.assessments, evidence.feedback, evidence.interactions

"""Whether a new version may go in service: judged on evidence that neither it nor the old one has seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.evaluation.comparison import FEWEST, Difference, Word, paired
from recommender.evaluation.splits import newest, part
from recommender.evidence import EVENTS, rfc3339
from recommender.framework import NO_JOB

if TYPE_CHECKING:
    from recommender.engine import Engine, Judgement
    from recommender.evidence import Evidence

MOST = 2000
"""Learners judged at most; a sample of more settles the difference no further."""
MEASURES = {
    "measurement": ("foretelling ratings and scores", "points"),
    "rank": ("foretelling the modules taken up next", "(1 less the mean reciprocal rank)"),
}
SEEN = (
    "Nothing is newer than what {other} has seen. On what it has seen, and a new version has not, it must "
    "look the better one: import new evidence for a fair comparison. "
)
PHRASES = {"better": "better than", "not distinguishable": "not distinguishable from", "worse": "worse than"}


@dataclass(frozen=True)
class Verdict:
    """How the candidate and the version in service did on the same held-out evidence.

    Parameters
    ----------
    differences : dict of str to Difference
        ``measurement``: root mean square error of foretold ratings and scores, in points; ``rank``: 1
        less the mean reciprocal rank of the modules taken up next. Those that the evidence allows.
    since : str
        Start of the held-out evidence.
    unseen : bool
        Whether the version in service had not seen it either.
    """

    differences: dict[str, Difference]
    since: str
    unseen: bool

    @property
    def word(self) -> Word:
        """Worse where it is worse in anything; better where it is better in something and never worse."""
        words = [difference.word for difference in self.differences.values()]
        ranked: tuple[Word, ...] = ("worse", "better", "not distinguishable")
        return next((word for word in ranked if word in words), "cannot be told")

    @property
    def worse(self) -> bool:
        """Whether the candidate is worse beyond chance, and by enough to matter."""
        return self.word == "worse"

    @property
    def learners(self) -> int:
        """How many learners were judged."""
        return max((difference.learners for difference in self.differences.values()), default=0)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, with the 90 % intervals."""
        return {
            "verdict": self.word,
            "worse": self.worse,
            "learners": self.learners,
            "since": self.since,
            "unseen": self.unseen,
            "differences": {
                measure: {
                    "candidate": d.ours, "served": d.theirs, "difference": d.mean,
                    "interval": [d.low, d.high], "learners": d.learners, "verdict": d.word,
                }
                for measure, d in self.differences.items()
            },
        }  # fmt: skip

    def sentence(self, candidate: str = "the new version", other: str = "the version in service") -> str:
        """What was found, in words."""
        basis = f"on {self.learners} learners' evidence since {self.since}"
        if self.word == "cannot be told":
            return f"How {candidate} compares with {other} cannot be told {basis}: too few."
        seen = "" if self.unseen else SEEN.format(other=other)
        found = "; ".join(_found(m, d) for m, d in self.differences.items() if d.learners >= FEWEST)
        name = candidate[:1].upper() + candidate[1:]
        return f"{seen}{name} is {PHRASES[self.word]} {other} {basis}: {found}."


def _found(measure: str, d: Difference) -> str:
    """One measure in words."""
    about, unit = MEASURES[measure]
    return (
        f"{about}, error {d.ours:.2f} against {d.theirs:.2f} {unit}, a difference of {d.mean:+.2f} "
        f"(90 % interval {d.low:+.2f} to {d.high:+.2f}), {d.word}"
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

    since, unseen = newest(evidence, seen_until)
    before = part(evidence, before=since)
    candidate = Engine.fit(before, previous=served, seed=seed, progress=progress)
    return compare(evidence, candidate, served, since, unseen=unseen, seed=seed)


def compare(
    evidence: Evidence, candidate: Engine, served: Engine, since: int, *, unseen: bool, seed: int
) -> Verdict:
    """Two versions on the evidence since a moment, by the paired bootstrap over learners."""
    from recommender.engine.hearing import events_by_learner, jobs_of

    after = part(evidence, since=since)
    met = {str(x) for name in EVENTS.values() for x in getattr(after, name)["learner_id"].unique()}
    chosen = set(np.random.default_rng(seed).permutation(sorted(met))[:MOST])
    earlier = dict(events_by_learner(part(evidence, before=since), chosen))
    jobs = jobs_of(evidence)
    errors: dict[str, list[tuple[float, float]]] = {measure: [] for measure in MEASURES}
    for learner, events in events_by_learner(after, chosen):
        job = jobs.get(learner, NO_JOB)
        ours, theirs = (e.judge(earlier.get(learner, []), events, job) for e in (candidate, served))
        if ours.ratings and theirs.ratings:
            errors["measurement"].append((_measurement(ours), _measurement(theirs)))
        if ours.picks and theirs.picks:
            errors["rank"].append((_rank(ours), _rank(theirs)))
    differences = {
        measure: paired(*np.array(pairs).T, seed=seed) for measure, pairs in errors.items() if pairs
    }
    return Verdict(differences, rfc3339(since), unseen)


def _measurement(judgement: Judgement) -> float:
    """Root mean square error of one learner's ratings and scores, in points."""
    return float((judgement.squared_error / judgement.ratings) ** 0.5)


def _rank(judgement: Judgement) -> float:
    """1 less the mean reciprocal rank of the modules one learner took up."""
    return 1.0 - judgement.reciprocal_rank / judgement.picks

"""The engine: fit on evidence, then recommend from a state; the one place where the parts meet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from recommender.affinity.serve import columns, next_shares
from recommender.engine import choose, replay
from recommender.engine.changes import changes_of
from recommender.engine.facts import counts
from recommender.engine.foretell import Expected, foretell
from recommender.engine.layout import Layout, Parts, bare_parts, lay_out
from recommender.engine.outlook import look, now_of
from recommender.errors import CorruptModel
from recommender.evidence import TAKEN
from recommender.framework import NO_JOB, Catalogue, Job
from recommender.policy import Odds
from recommender.profiles import blocks
from recommender.profiles import serve as profiles
from recommender.profiles.serve import Segment
from recommender.reasons import Change
from recommender.state import LearnerState

if TYPE_CHECKING:
    from recommender.evidence import Evidence

Event = Mapping[str, Any]


class Standing(NamedTuple):
    """One competency of a learner's profile, on the 0-100 scale."""

    competency_id: str
    mean: float
    sd: float
    evidence: dict[str, int | None]


class Judgement(NamedTuple):
    """How well a state foretold what came after it."""

    squared_error: float
    ratings: int
    reciprocal_rank: float
    picks: int


@dataclass(frozen=True)
class Engine:
    """A fitted version over a catalogue.

    Use ``Engine.fit``, ``Engine.bare`` or ``Engine.from_parts``; a learner's state comes from ``replay``.

    Examples
    --------
    >>> from recommender.shipped import shipped_catalogue
    >>> engine = Engine.bare(shipped_catalogue())
    >>> state = engine.replay([], seq=0)
    >>> items = engine.recommend(state, role=None, day=dt.date(2026, 3, 1), limit=3, draw_key=None)
    >>> len(items)
    3
    """

    layout: Layout
    version: str | None = None

    @classmethod
    def fit(
        cls,
        evidence: Evidence,
        *,
        previous: Engine | None = None,
        seed: int = 0,
        progress: Callable[[str, float], None] | None = None,
        first_segment: int = 1,
    ) -> Engine:
        """Fit every model to evidence; segments keep the ids they had in ``previous``.

        New segments are numbered from ``first_segment``, or from what ``previous`` has not used.
        """
        from recommender.engine.learn import fit_parts

        before = previous.layout.parts if previous else None
        parts = fit_parts(evidence, before, seed, progress, first_segment=first_segment)
        return cls(lay_out(parts, evidence.catalogue))

    @classmethod
    def bare(cls, catalogue: Catalogue) -> Engine:
        """An engine before any fit: weak priors and the catalogue alone."""
        return cls(lay_out(bare_parts(catalogue), catalogue))

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any], version: str | None) -> Engine:
        """The engine that ``parts()`` was taken from, over the catalogue it was fitted on.

        Raises
        ------
        CorruptModel
            The parts are not those that this release fits.
        """
        if parts.keys() != {f.name for f in fields(Parts)}:
            raise CorruptModel(
                f"Version {version} was written by another release of this program; nothing was loaded. "
                "Train anew: recommender train --promote"
            )
        kept = Parts(**{name: _plain(part) for name, part in parts.items()})
        return cls(lay_out(kept, kept.catalogue), version)

    def parts(self) -> dict[str, Any]:
        """What the registry keeps: frozen dataclasses of numpy arrays by name."""
        return {f.name: getattr(self.layout.parts, f.name) for f in fields(self.layout.parts)}

    @property
    def state_key(self) -> str:
        """What states are kept under: the version, and what of the catalogue moves them."""
        return f"{self.version or 'none'}.{self.layout.rules_digest}"

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue it recommends from."""
        return self.layout.catalogue

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The segments of this version."""
        return self.layout.parts.profile.segments

    def over(self, catalogue: Catalogue) -> Engine:
        """The same version over another state of the catalogue."""
        return Engine(lay_out(self.layout.parts, catalogue), self.version)

    def replay(self, events: Iterable[Event], seq: int, job: Job = NO_JOB) -> LearnerState:
        """The state that all of a learner's events lead to, in the job they have."""
        return replay.replay(self.layout.rules, events, seq, job)

    def advance(self, state: LearnerState, events: Iterable[Event], seq: int) -> LearnerState | None:
        """The state moved on by new events; None where they are not all the latest: replay then."""
        return replay.advance(self.layout.rules, state, events, seq)

    def recommend(
        self,
        state: LearnerState,
        *,
        role: str | None,
        day: dt.date,
        limit: int,
        draw_key: int | None,
        full: Collection[str] = (),
    ) -> list[choose.Item]:
        """The next modules for a learner.

        Parameters
        ----------
        state : LearnerState
        role : str or None
            For the role's targets.
        day : date
            As of the end of this day.
        limit : int
        draw_key : int or None
            Seeds the exploration; the same key gives the same list. None ranks by the mean alone.
        full : collection of str
            Modules without a seat left; only who holds one in them may be told to go on.
        """
        return self.draw(state, role=role, day=day, limit=limit, draw_key=draw_key, full=full).items

    def draw(
        self,
        state: LearnerState,
        *,
        role: str | None,
        day: dt.date,
        limit: int,
        draw_key: int | None,
        full: Collection[str] = (),
    ) -> choose.Drawn:
        """``recommend``, with what else could have stood in the list: what a decision's log must hold."""
        return choose.recommend(look(self.layout, state, role, day, full), limit, draw_key)

    def propensities(
        self,
        state: LearnerState,
        listed: Sequence[str],
        *,
        role: str | None,
        day: dt.date,
        eligible: choose.Eligible,
    ) -> list[Odds]:
        """How likely this version would have put each module in its place of a list already drawn.

        Parameters
        ----------
        listed : sequence of str
            Ids from the top, all in today's catalogue.
        eligible : Eligible
            As ``draw`` gave it with the list: ids of today's catalogue or not.

        Returns
        -------
        list of Odds
            One a place, in rows of the catalogue.
        """
        return choose.propensities(look(self.layout, state, role, day), listed, eligible)

    def path(
        self,
        state: LearnerState,
        *,
        role: str | None,
        day: dt.date,
        minutes: float,
        full: Collection[str] = (),
    ) -> list[choose.Item]:
        """A path within so many minutes, in order."""
        return choose.path(look(self.layout, state, role, day, full), minutes)

    def exact_path(
        self,
        state: LearnerState,
        *,
        role: str | None,
        day: dt.date,
        minutes: float,
        full: Collection[str] = (),
    ) -> tuple[list[choose.Item], float | None]:
        """The best path there is, and by what share of its worth one could lie above it.

        0: none does. None: that could not be told in the time there was.
        """
        return choose.exact_path(look(self.layout, state, role, day, full), minutes)

    def path_changes(
        self,
        before: LearnerState,
        state: LearnerState,
        shown: Sequence[str],
        *,
        role: str | None,
        day: dt.date,
        minutes: float,
        full: Collection[str] = (),
        told: bool = True,
    ) -> list[Change]:
        """What left the path and what came into it between two states of a learner, and why.

        Parameters
        ----------
        before, state : LearnerState
        shown : sequence of str
            The path from ``state``, as ``path`` gave it.
        told : bool
            Whether the reasons may say what was learnt of the learner in between.
        """
        looks = [look(self.layout, s, role, day, full) for s in (before, state)]
        first, then = (choose.problem_of(outlook, minutes) for outlook in looks)
        rows = [self.layout.rules.rows[m] for m in shown]
        return changes_of(looks[0], looks[1], first, then, rows, told=told)

    def bids(
        self,
        state: LearnerState,
        wanted: Sequence[str],
        *,
        closed: Collection[str],
        role: str | None,
        day: dt.date,
        limit: int,
    ) -> choose.Bids:
        """What a seat in each wanted module would add to a learner's list, were all of ``closed`` shut."""
        return choose.bids(look(self.layout, state, role, day), wanted, closed, limit)

    def chance_of(
        self, state: LearnerState, module_id: str, *, role: str | None, day: dt.date
    ) -> choose.Chance | None:
        """What a seat in a module is worth to a learner; None where they may not come or have begun."""
        return choose.chance_of(look(self.layout, state, role, day), module_id)

    def profile(self, state: LearnerState, day: dt.date) -> list[Standing]:
        """Where the learner stands in every competency without children."""
        model = self.layout.parts.profile
        posterior = profiles.widen(model, replay.belief(state), now_of(day))
        mean, covariance = profiles.moments(posterior)
        deviation = np.sqrt(np.diag(covariance))
        return [
            Standing(name, float(mean[k]), float(deviation[k]), counts(state, k))
            for k, name in enumerate(model.competencies)
        ]

    def segment(self, state: LearnerState) -> tuple[Segment, float] | None:
        """The most probable segment and its probability; None without evidence where there are several."""
        segments = self.segments
        if len(segments) == 1:
            return segments[0], 1.0
        if not state.measured:
            return None
        share = profiles.weights(replay.belief(state))
        best = int(share.argmax())
        return segments[best], float(share[best])

    def foretell(self, before: Iterable[Event], others: Iterable[Event], job: Job = NO_JOB) -> list[Expected]:
        """What a learner's events say of ratings and scores that are not among them."""
        return foretell(self.layout.rules, before, others, job)

    def judge(self, before: Sequence[Event], after: Sequence[Event], job: Job = NO_JOB) -> Judgement:
        """Foretell later events of a learner from the earlier ones.

        Ratings and scores are compared with their expectation, in squared points; modules taken up with
        their rank among all not yet taken.
        """
        expected = self.foretell(before, after, job)
        rank, picks, taken = 0.0, 0, list(self.replay(before, 0, job).taken)
        where = columns(self.layout.parts.affinity, [m.module_id for m in self.catalogue.modules])
        for event in sorted(after, key=blocks.order_of):
            row = self.catalogue.module_index.get(event.get("module_id") or "")
            if event.get("status") in TAKEN and row is not None and event["module_id"] not in taken:
                share = next_shares(self.layout.parts.affinity, taken, where)
                share[[self.catalogue.module_index[m] for m in taken if m in self.catalogue.module_index]] = (
                    0.0
                )
                rank += 1.0 / float(1 + (share > share[row]).sum())
                picks += 1
                taken.append(event["module_id"])
        squared = sum((e.value - e.mean) ** 2 for e in expected)
        return Judgement(squared, len(expected), rank, picks)


def _plain(part: Any) -> Any:
    """A part whose arrays are plain views: mapped ones cost a check at every slice."""
    if not is_dataclass(part) or isinstance(part, type):
        return part
    found = {f.name: getattr(part, f.name) for f in fields(part)}
    arrays = {k: np.asarray(v) for k, v in found.items() if isinstance(v, np.ndarray)}
    return replace(part, **arrays, **{k: _plain(v) for k, v in found.items() if is_dataclass(v)})


def draw_key(secret: bytes, *about: object) -> int:
    """A 64-bit seed from the store's secret and what a draw is about."""
    text = "\x1f".join(map(str, about)).encode()
    return int.from_bytes(blake2b(text, key=secret[:64], digest_size=8).digest(), "big")


__all__ = ["Engine", "Judgement", "Standing", "draw_key"]

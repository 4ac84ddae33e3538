"""What a synthetic organisation is made of: its size, its dates and how it can be measured."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from recommender.errors import BadInput

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

DAY = 86_400
DEPARTMENTS = 8


@dataclass(frozen=True, slots=True)
class Settings:
    """The knobs of the organisation. Scores are in points of the 0-100 scale.

    Parameters
    ----------
    learners, seed : int
        Size, and what makes it this one; the same settings always give the same files.
    until : date
        The last day; the first is ``months`` before it.
    departments : int, optional
        Default: eight, or half the square root of the learners in a larger organisation.
    segments : int
        Kinds of people there truly are.
    waves, rounds : int
        How often feedback is collected, and how many modules a learner is offered in turn.
    unrated : float
        Share of (learner, competency) cells that no rater ever touches.
    silent : float
        Share of learners without any evidence.
    severity, halo : float
        Standard deviations of a rater's severity, and of what one rater's form has in common.
    inflation : float
        By how much people rate themselves above what they are.
    noise : mapping
        Standard deviation of one rating by relation, beyond severity and halo.
    skew : bool
        Whether profiles scatter skewed around their segment's mean, with a long tail upward.
    level_match : bool
        Whether a module teaches most where its level is just above the learner's.
    walls : int, optional
        Pairs of departments at odds; default two, or a tenth of the service relations if that is more.
    wall : float
        By how much a rating across such a wall falls.
    rollout : bool
        Whether departments start one after another (some never), so that outcomes can be compared.
    """

    learners: int = 300
    seed: int = 0
    until: date = date(2026, 10, 31)
    months: int = 12
    departments: int | None = None
    segments: int = 5
    waves: int = 3
    rounds: int = 6
    unrated: float = 0.4
    silent: float = 0.02
    severity: float = 6.0
    halo: float = 6.0
    inflation: float = 9.0
    noise: dict[str, float] = field(
        default_factory=lambda: {
            "self": 12.0,
            "manager": 11.0,
            "peer": 14.0,
            "report": 16.0,
            "internal_customer": 17.0,
        }
    )
    skew: bool = False
    level_match: bool = True
    walls: int | None = None
    wall: float = 16.0
    rollout: bool = True

    def __post_init__(self) -> None:
        for name, least in (("learners", 1), ("segments", 1), ("waves", 1), ("rounds", 0), ("months", 1)):
            if getattr(self, name) < least:
                raise BadInput(f"{name} is {getattr(self, name)}; give {least} or more.")
        if self.departments is not None and not 1 <= self.departments <= self.learners:
            raise BadInput(f"departments is {self.departments}; give 1 to the number of learners.")
        if not 0 <= self.unrated < 1 or not 0 <= self.silent <= 1:
            raise BadInput("unrated and silent are shares; give numbers from 0 to 1.")

    @property
    def department_count(self) -> int:
        """How many departments there are, never more than learners."""
        usual = max(DEPARTMENTS, int(self.learners**0.5 / 2))
        return min(self.departments or usual, self.learners)

    def stream(self, name: str) -> np.random.Generator:
        """A random stream of its own for each part, so that a change in one leaves the others alone."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the year in seconds since 1970 UTC: a wave of feedback or a round of training."""

    kind: str
    number: int
    start: int
    end: int

    @property
    def years(self) -> float:
        """Its length in years."""
        return (self.end - self.start) / (365.25 * DAY)


def timetable(settings: Settings) -> list[Span]:
    """Waves and rounds in order: a wave, some rounds, a wave, …, and a last round left open."""
    groups = max(settings.waves - 1, 1)
    parts: list[tuple[str, int]] = []
    for group in range(groups):
        parts.append(("wave", group))
        parts += [("round", r) for r in range(settings.rounds) if r * groups // settings.rounds == group]
    if settings.waves > 1:
        parts.append(("wave", settings.waves - 1))
    parts.append(("open", settings.rounds))
    lengths = np.array([2.0 if kind == "round" else 1.0 for kind, _ in parts])
    end = (np.datetime64(settings.until) - np.datetime64(date(1970, 1, 1))).astype(int) * DAY + DAY
    begin = end - round(settings.months * 365.25 / 12) * DAY
    edges = (begin + (end - begin) * np.concatenate([[0.0], np.cumsum(lengths) / lengths.sum()])).astype(int)
    return [Span(kind, number, int(edges[i]), int(edges[i + 1])) for i, (kind, number) in enumerate(parts)]


def working_hours(seconds: Ints, rng: np.random.Generator) -> Ints:
    """The same days, at some minute between 8:00 and 18:00 UTC."""
    return seconds // DAY * DAY + 8 * 3600 + rng.integers(0, 600, len(seconds)) * 60

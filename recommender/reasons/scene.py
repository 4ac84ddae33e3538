"""What the wordings of both languages draw on: the module, its names, a choice that is no chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from recommender.evidence import SOURCES
from recommender.framework import LEVEL_ANCHORS, Catalogue, Module

MANY = 3
"""At most so many titles in one sentence."""
SHORT_MINUTES = 120.0
"""Below this a module earns less than half of a whole programme (``priors.duration_factor``)."""
WIDE = 1.5 * (LEVEL_ANCHORS[2] - LEVEL_ANCHORS[1])
"""A 90 % interval wider than one and a half steps between levels tells little."""
NO_TARGET = 100.0
"""The target where none is set (``Catalogue.target``): not worth a word."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that spoke for a module, with its numbers.

    Kinds and values: ``gap`` competency_id, mean, sd, lo, hi (90 %), target, sources (counts; None is too
    few raters), level, anchor, fit (right, stretch, easy, None); ``effect`` segment_id, segment_label_en,
    segment_label_zh, learners, gain, lo, hi; ``unlocks`` module_ids; ``continue`` status, since;
    ``uptake`` after_module_id, learners; ``prior`` method, minutes; ``returns`` dismissed_on;
    ``prerequisite`` before_module_id; ``explore`` and ``cold_start`` none.
    """

    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scene:
    """A module in its catalogue, to be spoken of in one language."""

    module: Module
    catalogue: Catalogue
    lang: str

    def vary(self, wordings: Sequence[str], salt: str = "") -> str:
        """One of several wordings: always the same for a module."""
        return wordings[crc32(f"{self.module.module_id}|{salt}".encode()) % len(wordings)]

    @property
    def short(self) -> str:
        """What the module is called in running text."""
        return self.catalogue.short_titles[self.lang][self.module.module_id]

    def titles(self, module_ids: Sequence[str]) -> list[str]:
        """Short titles of those that are in the catalogue, at most ``MANY``."""
        known = self.catalogue.short_titles[self.lang]
        return [known[m] for m in module_ids if m in known][:MANY]

    def competency(self, competency_id: str) -> str:
        """A competency's name; its id where it has left the catalogue."""
        found = self.catalogue.competency.get(competency_id)
        return found.name(self.lang) if found else competency_id

    @property
    def main(self) -> str | None:
        """The competency the module trains most."""
        pairs = self.module.competencies
        return max(pairs, key=lambda pair: pair[1])[0] if pairs else None

    def trains_mainly(self, competency_id: str) -> bool:
        """Whether that competency, or one above it, is what the module trains most."""
        main = self.main
        if main is None or main == competency_id:
            return True
        weights = self.catalogue.looks_at.get(main)
        leaves = self.catalogue.leaves
        return weights is not None and competency_id in leaves and weights[leaves.index(competency_id)] > 0

    @property
    def minutes(self) -> int | None:
        """Whole minutes, where the catalogue says."""
        return round(self.module.minutes) if self.module.minutes else None


def told(sources: Mapping[str, int | None]) -> list[tuple[str, int]]:
    """Counts that may be told, tests first and the learner's own word last."""
    order = [s for s in SOURCES if s != "self"] + ["self"]
    return [(s, n) for s in order if (n := sources.get(s))]


def points(value: float) -> int:
    """Whole points."""
    return round(value)


def span(values: Mapping[str, Any]) -> tuple[int, int]:
    """The ends of an interval in whole points, never rounded to one."""
    lo, hi = points(values["lo"]), points(values["hi"])
    return lo, max(hi, lo + 1)

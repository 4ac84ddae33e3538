"""The nouns: Job, Competency, Module, Catalogue.

Numpy and the standard library only, so that what serves stays small.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

LANGUAGES = ("en", "zh")
LEVEL_ANCHORS = {1: 40.0, 2: 60.0, 3: 80.0}
"""Where on the 0-100 scale a level of difficulty stands (the framework's level descriptors)."""
SUITS = (-16.0, 4.0)
"""A module suits learners from this far below its level's anchor to this far above it: as wide as the
step between levels, around where modules earn most (``gains.match.LevelMatch``)."""

METHODS = (
    "group_discussion",
    "role_play",
    "simulation",
    "case_study",
    "workshop",
    "seminar",
    "e_learning",
    "coaching",
)
DELIVERIES = ("online", "in_person", "blended")
NINETY = 1.6448536269514722
"""Half the width of a Gaussian's 90 % interval in standard deviations."""
DEFAULT_MINUTES = 60.0
"""A module's length where neither it nor any other of the catalogue says."""


class Job(NamedTuple):
    """A learner's department and role; None where it is not told."""

    department_id: str | None = None
    role: str | None = None


NO_JOB = Job()
"""Of whom nothing is told."""


@dataclass(frozen=True, slots=True)
class Competency:
    """One competency of the framework; with a parent it is part of that one."""

    competency_id: str
    name_en: str = ""
    name_zh: str = ""
    parent_id: str | None = None
    description_en: str = ""
    description_zh: str = ""

    def name(self, lang: str) -> str:
        """The name in a language, else in the other, else the id."""
        return pick(lang, self.name_en, self.name_zh) or self.competency_id


@dataclass(frozen=True, slots=True)
class Module:
    """One module of the catalogue; ``competencies`` are (competency_id, weight) pairs."""

    module_id: str
    title_en: str = ""
    title_zh: str = ""
    description_en: str = ""
    description_zh: str = ""
    competencies: tuple[tuple[str, float], ...] = ()
    level: int | None = None
    method: str | None = None
    delivery: str | None = None
    minutes: float | None = None
    prerequisites: tuple[str, ...] = ()
    capacity: int | None = None
    url: str | None = None
    language: str | None = None
    active: bool = True

    def title(self, lang: str) -> str:
        """The title in a language, else in the other, else the id."""
        return pick(lang, self.title_en, self.title_zh) or self.module_id

    def description(self, lang: str) -> str:
        """The description in a language, else in the other, else empty."""
        return pick(lang, self.description_en, self.description_zh)


def suits(level: int | None) -> tuple[float, float] | None:
    """The range of the 0-100 scale that a level suits; None where the level is not known."""
    anchor = LEVEL_ANCHORS.get(level or 0)
    return None if anchor is None else (anchor + SUITS[0], anchor + SUITS[1])


def pick(lang: str, en: str, zh: str) -> str:
    """The text in ``lang``, or the other language's where that one is empty."""
    return (zh or en) if lang == "zh" else (en or zh)


@dataclass(frozen=True)
class Catalogue:
    """Competencies, modules and targets of one organisation, in a fixed order.

    Parameters
    ----------
    competencies : tuple of Competency
    modules : tuple of Module
    targets : mapping of (role or None, competency_id) to 0-100
        What is aimed at; a role's own target goes before everybody's, 100 where there is none.
    revision : int
        The store's number of this content; it grows with every change.
    """

    competencies: tuple[Competency, ...] = ()
    modules: tuple[Module, ...] = ()
    targets: Mapping[tuple[str | None, str], float] = field(default_factory=dict)
    revision: int = 0

    @cached_property
    def competency(self) -> dict[str, Competency]:
        """Competencies by id."""
        return {c.competency_id: c for c in self.competencies}

    @cached_property
    def module(self) -> dict[str, Module]:
        """Modules by id."""
        return {m.module_id: m for m in self.modules}

    @cached_property
    def seats(self) -> dict[str, int]:
        """Capacities of the modules that have one."""
        return {m.module_id: m.capacity for m in self.modules if m.capacity is not None}

    @cached_property
    def module_index(self) -> dict[str, int]:
        """Row of a module in every array over modules."""
        return {m.module_id: j for j, m in enumerate(self.modules)}

    @cached_property
    def short_titles(self) -> dict[str, dict[str, str]]:
        """By language and id, a module's name in a sentence: its title up to a colon, if that is unique."""
        out = {}
        for lang in LANGUAGES:
            full = {m.module_id: m.title(lang).strip() for m in self.modules}
            heads = {m: re.split(r"：|: ", title)[0] for m, title in full.items()}
            times = Counter(heads.values())
            known = {m: head if times[head] == 1 and len(head) > 2 else full[m] for m, head in heads.items()}
            out[lang] = {m: re.sub(r"^“([^“”]*)”$", r"\1", title) for m, title in known.items()}
        return out

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        """Ids of the K competencies without children: what profiles are made of."""
        parents = {c.parent_id for c in self.competencies}
        return tuple(c.competency_id for c in self.competencies if c.competency_id not in parents)

    @cached_property
    def looks_at(self) -> dict[str, NDArray[np.float64]]:
        """For each competency the (K,) weights of the leaves it looks at; a parent's are equal."""
        return looks_at(((c.competency_id, c.parent_id) for c in self.competencies), self.leaves)

    def weights(self, leaves: tuple[str, ...] | None = None) -> NDArray[np.float64]:
        """(M, K) weights of modules on leaves; a weight on a parent is shared by its leaves."""
        leaves = self.leaves if leaves is None else leaves
        rows = (
            self.looks_at
            if leaves == self.leaves
            else looks_at(((c.competency_id, c.parent_id) for c in self.competencies), leaves)
        )
        out = np.zeros((len(self.modules), len(leaves)))
        for j, module in enumerate(self.modules):
            for competency_id, weight in module.competencies:
                if competency_id in rows:
                    out[j] += weight * rows[competency_id]
        return out

    @cached_property
    def minutes(self) -> NDArray[np.float64]:
        """(M,) lengths; a missing one counts as the median of the others, or 60."""
        known = [m.minutes for m in self.modules if m.minutes]
        typical = float(np.median(known)) if known else DEFAULT_MINUTES
        return np.array([m.minutes or typical for m in self.modules])

    def target(self, role: str | None, leaves: tuple[str, ...]) -> NDArray[np.float64]:
        """(K,) targets of a role on the 0-100 scale."""
        everybody = [self.targets.get((None, k), 100.0) for k in leaves]
        return np.array([self.targets.get((role, k), e) for k, e in zip(leaves, everybody, strict=True)])


def looks_at(
    pairs: Iterable[tuple[str, str | None]], leaves: tuple[str, ...]
) -> dict[str, NDArray[np.float64]]:
    """Weights over ``leaves`` of every competency, from (id, parent) pairs; parents average their leaves."""
    children: dict[str, list[str]] = {}
    ids = []
    for competency_id, parent in pairs:
        ids.append(competency_id)
        if parent:
            children.setdefault(parent, []).append(competency_id)
    index = {k: i for i, k in enumerate(leaves)}

    def below(competency_id: str, seen: frozenset[str]) -> set[str]:
        if competency_id in index:
            return {competency_id}
        return {
            leaf
            for child in children.get(competency_id, ())
            if child not in seen
            for leaf in below(child, seen | {child})
        }

    out = {}
    for competency_id in ids:
        found = [index[k] for k in below(competency_id, frozenset({competency_id}))]
        if found:
            row = np.zeros(len(leaves))
            row[found] = 1.0 / len(found)
            out[competency_id] = row
    return out


def cycle(edges: Mapping[str, Iterable[str]]) -> list[str] | None:
    """One cycle of a directed graph as its nodes in order, or None (prerequisites, parents)."""
    done: set[str] = set()
    for start in edges:
        trail: list[str] = []
        stack: list[tuple[str, Any]] = [(start, iter(edges.get(start, ())))] if start not in done else []
        if stack:
            trail.append(start)
        while stack:
            node, rest = stack[-1]
            following = next((n for n in rest if n not in done), None)
            if following is None:
                done.add(node)
                stack.pop()
                trail.pop()
            elif following in trail:
                return trail[trail.index(following) :]
            else:
                stack.append((following, iter(edges.get(following, ()))))
                trail.append(following)
    return None

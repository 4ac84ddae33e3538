"""The people of the organisation: where they work, who leads whom, and what they truly are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.simulate import names
from recommender.simulate.settings import Flags, Floats, Ints, Settings

SPAN_OF_CONTROL = 8
CENTRE = 54.0
BETWEEN = 9.5
"""Points between segments' means on one competency (standard deviation)."""
WITHIN = 7.5
SHARED = 0.35
"""Share of the variance within a segment that all competencies have in common."""
DEPARTMENT_EFFECT = 2.0
"""Colleagues resemble each other a little: something no mixture over learners expects."""


@dataclass(frozen=True, slots=True)
class People:
    """The organisation. N learners stand sorted by department, so that a department is a slice.

    ``manager`` is an index of a learner or -1; ``customers`` (D, S) holds the departments that
    department d serves, padded by -1; ``walls`` (D, D) is true from a supplier to a customer at odds
    with it; ``starts`` (D,) is the round in which a department begins to train.
    """

    ids: NDArray[np.str_]
    department: Ints
    position: Ints
    first: Ints
    size: Ints
    manager: Ints
    zh: Flags
    silent: Flags
    department_ids: list[str]
    department_names: list[str]
    services: list[tuple[int, int, str]]
    customers: Ints
    walls: Flags
    starts: Ints

    def __len__(self) -> int:
        return len(self.ids)


def organisation(settings: Settings) -> People:
    """Departments, services, reporting lines and who begins to train when."""
    rng = settings.stream("organisation")
    n, d = settings.learners, settings.department_count
    ids, titles = names.departments(d)
    size = 1 + rng.multinomial(n - d, rng.dirichlet(np.full(d, 12.0))).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(size)[:-1]]).astype(np.int64)
    department = np.repeat(np.arange(d), size)
    position = np.arange(n) - first[department]
    above = first[department] + (position - 1) // SPAN_OF_CONTROL
    manager = np.where(position > 0, above, np.where(department > 0, 0, -1))
    services = names.services(d)
    width = len(str(n))
    return People(
        ids=np.array([f"E{i + 1:0{width}d}" for i in range(n)]),
        department=department,
        position=position,
        first=first,
        size=size,
        manager=manager,
        zh=rng.random(n) < 0.6,
        silent=rng.random(n) < settings.silent,
        department_ids=ids,
        department_names=titles,
        services=services,
        customers=_customers(services, d),
        walls=_walls(settings, services, d),
        starts=_starts(settings, d),
    )


def _customers(services: list[tuple[int, int, str]], d: int) -> Ints:
    lists: list[list[int]] = [[] for _ in range(d)]
    for supplier, customer, _ in services:
        lists[supplier].append(customer)
    out = np.full((d, max(map(len, lists), default=0) or 1), -1, dtype=np.int64)
    for row, found in zip(out, lists, strict=True):
        row[: len(found)] = found
    return out


def _walls(settings: Settings, services: list[tuple[int, int, str]], d: int) -> Flags:
    out = np.zeros((d, d), dtype=bool)
    wanted = max(2, len(services) // 10) if settings.walls is None else settings.walls
    chosen = settings.stream("walls").permutation(len(services))[: min(wanted, len(services))]
    for i in chosen:
        out[services[i][0], services[i][1]] = True
    return out


def _starts(settings: Settings, d: int) -> Ints:
    """Two in five start at once, two in five halfway, the rest not before everything is over."""
    if not settings.rollout or d < 3:
        return np.zeros(d, dtype=np.int64)
    turn = settings.stream("rollout").permutation(d)
    early, late = -(-2 * d // 5), -(-4 * d // 5)
    when = np.where(turn < early, 0, np.where(turn < late, settings.rounds // 2, settings.rounds))
    return when.astype(np.int64)


def profiles(settings: Settings, people: People, k: int) -> tuple[Ints, Floats, Floats]:
    """True segments (N,), true profiles (N, K) and the segments' means (C, K)."""
    rng = settings.stream("profiles")
    n, c = len(people), settings.segments
    means = _apart(rng, c, k)
    segment = rng.choice(c, n, p=rng.dirichlet(np.full(c, 8.0))).astype(np.int64)
    common, own = rng.standard_normal((n, 1)), rng.standard_normal((n, k))
    if settings.skew:
        common, own = _skewed(rng, (n, 1)), _skewed(rng, (n, k))
    scatter = WITHIN * (np.sqrt(SHARED) * common + np.sqrt(1 - SHARED) * own)
    climate = DEPARTMENT_EFFECT * rng.standard_normal((len(people.size), k))
    return segment, np.clip(means[segment] + scatter + climate[people.department], 2.0, 98.0), means


def _apart(rng: np.random.Generator, c: int, k: int) -> Floats:
    """Means of segments, the best separated of some draws: people of a kind differ visibly."""
    draws = CENTRE + BETWEEN * rng.standard_normal((32, c, k))
    gaps = np.linalg.norm(draws[:, :, None] - draws[:, None], axis=-1) + 1e9 * np.eye(c)
    best: Floats = np.clip(draws[gaps.min(axis=(1, 2)).argmax()], 25.0, 85.0)
    return best


def _skewed(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Mean 0, variance 1, skewness 1.4: a gamma of shape 2."""
    skewed: Floats = (rng.gamma(2.0, 1.0, shape) - 2.0) / np.sqrt(2.0)
    return skewed


def roster(settings: Settings, people: People) -> dict[str, object]:
    """The columns of ``learners``."""
    rng = settings.stream("roster")
    n = len(people)
    leads = np.zeros(n, dtype=bool)
    leads[people.manager[people.manager >= 0]] = True
    hired = np.datetime64(settings.until) - rng.integers(60, 5000, n).astype("timedelta64[D]")
    return {
        "learner_id": people.ids,
        "name": names.people(rng, people.zh),
        "department_id": np.array(people.department_ids)[people.department],
        "role": np.where(leads, "manager", np.array(["specialist", "coordinator"])[rng.integers(0, 2, n)]),
        "level": np.where(leads, "lead", np.array(["junior", "senior"])[rng.integers(0, 2, n)]),
        "location": np.array(["Shanghai", "Chengdu", "Singapore"])[rng.choice(3, n, p=[0.5, 0.3, 0.2])],
        "language": np.where(people.zh, "zh", "en"),
        "manager_id": [people.ids[m] if m >= 0 else None for m in people.manager],
        "hired_on": hired.astype(str),
        "active": (rng.random(n) > 0.02).astype(np.int64),
        "email": np.char.add(np.char.lower(people.ids), "@example.com"),
        "group": np.array(["under 35", "35 to 49", "50 and over"])[rng.choice(3, n, p=[0.45, 0.4, 0.15])],
    }

"""Monthly indicators of departments, with the true effect of training in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from recommender.shipped import indicators
from recommender.simulate.people import People
from recommender.simulate.settings import Floats, Settings, Span


@dataclass(frozen=True, slots=True)
class Indicator:
    """A shipped indicator: its usual value, its scatter (departments, months), and what training does."""

    metric: str
    usual: float
    between: float
    monthly: float
    trend: float
    effect: float
    low: float
    high: float
    every: int = 1
    digits: int = 1


INDICATORS = (
    Indicator("internal_service_satisfaction", 3.4, 0.2, 0.06, 0.0, 0.35, 1, 5, digits=2),
    Indicator("handover_time_hours", 26.0, 4.0, 1.6, -0.1, -5.0, 1, 200),
    Indicator("cooperation_rating", 58.0, 4.0, 1.5, 0.0, 4.0, 0, 100),
    Indicator("promise_kept_rate", 74.0, 5.0, 2.0, 0.1, 0.0, 0, 100),
    Indicator("climate_index", 60.0, 4.0, 1.5, 0.0, 3.0, 0, 100, every=3),
)
"""``effect`` is the full effect, reached ``RAMP`` months after a department begins; one has none."""
RAMP = 3.0
BEFORE = 6
"""Months of indicators from before the first day of evidence."""


def begins(people: People, spans: list[Span]) -> list[str | None]:
    """The month in which each department begins to train, None where it never does in earnest."""
    start = {s.number: s.start for s in spans if s.kind == "round"}
    return [_month(start[int(r)]) if int(r) in start else None for r in people.starts]


def outcomes(settings: Settings, people: People, spans: list[Span]) -> dict[str, list[object]]:
    """The columns of ``outcomes``."""
    rng = settings.stream("outcomes")
    columns: dict[str, list[object]] = {
        name: [] for name in ("department_id", "metric", "period", "value", "direction", "kind")
    }
    months = _months(spans[0].start, settings.months + BEFORE)
    starts = [months.index(m) if m else None for m in begins(people, spans)]
    d = len(people.size)
    shipped = {i.metric: i for i in indicators("en")}
    for indicator in INDICATORS:
        known = shipped[indicator.metric]
        usual = indicator.usual + indicator.between * rng.standard_normal(d)
        shock = indicator.monthly * rng.standard_normal((len(months), d))
        season = 0.5 * indicator.monthly * rng.standard_normal((len(months), 1))
        trend = indicator.trend * np.arange(len(months))[:, None]
        value = usual + shock + season + trend + indicator.effect * _share(starts, len(months))
        value = np.clip(value, indicator.low, indicator.high)
        for t in range(0, len(months), indicator.every):
            for i, department in enumerate(people.department_ids):
                for name, cell in (
                    ("department_id", department),
                    ("metric", indicator.metric),
                    ("period", months[t]),
                    ("value", round(float(value[t, i]), indicator.digits)),
                    ("direction", known.direction),
                    ("kind", known.kind),
                ):
                    columns[name].append(cell)
    return columns


def _share(starts: list[int | None], months: int) -> Floats:
    """(T, D) share of the full effect in each month: none before a department begins, then rising."""
    t = np.arange(months)[:, None]
    begin = np.array([months + 1 if s is None else s for s in starts])
    share: Floats = np.clip((t - begin) / RAMP, 0.0, 1.0)
    return share


def _month(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m")


def _months(first_day: int, count: int) -> list[str]:
    """``count`` months, ``BEFORE`` of them before the month of ``first_day``."""
    day = datetime.fromtimestamp(first_day, UTC)
    start = day.year * 12 + day.month - 1 - BEFORE
    return [f"{m // 12}-{m % 12 + 1:02d}" for m in range(start, start + count)]

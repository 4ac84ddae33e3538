"""The path as a rail: what fits a budget of minutes, in order, and what comes after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recommender.api.pages.cards import Card
from recommender.framework import Catalogue

BUDGETS = (15, 120, 480)
"""Minutes one can choose: today, this week, this quarter."""
DEFAULT_BUDGET = 120
SHOWN_AFTER = 2
"""Modules beyond the budget that are shown; the others are counted."""


@dataclass(frozen=True, slots=True)
class Row:
    """One module of the rail, and the minutes that have run when it starts."""

    card: Card
    at: str
    above: bool = False


@dataclass(frozen=True, slots=True)
class Rail:
    """Rows within the budget, where it ends, and rows beyond it."""

    budget: int
    rows: tuple[Row, ...]
    end: str
    spare: int
    after: tuple[Row, ...]
    more: int


def clock(minutes: int) -> str:
    """Running minutes as h:mm."""
    return f"{minutes // 60}:{minutes % 60:02d}"


def lay_out(
    budget: int,
    first: Card | None,
    candidates: Iterable[Card],
    done: frozenset[str],
    catalogue: Catalogue,
) -> Rail:
    """Lay modules along the budget: the next one first, then the path's, as long as they fit.

    Parameters
    ----------
    budget : int
        Minutes.
    first : Card or None
        The module the page recommends next; it opens the rail if it fits.
    candidates : iterable of Card
        Those of the path in its order, then those of a longer path.
    done : frozenset of str
        Modules the learner has completed.
    catalogue : Catalogue
        Knows the prerequisites: nothing is laid before one that it needs.
    """
    queue = _distinct(([first] if first else []), candidates)
    rows: list[Row] = []
    after: list[Card] = []
    placed = set(done)
    running = 0
    for card in queue:
        needs = set(catalogue.module[card.module_id].prerequisites) & catalogue.module.keys()
        if running + card.minutes <= budget and needs <= placed:
            rows.append(Row(card, clock(running), card is first))
            running += card.minutes
            placed.add(card.module_id)
        else:
            after.append(card)
    return Rail(
        budget,
        tuple(rows),
        clock(running),
        budget - running,
        tuple(Row(card, "", card is first) for card in after[:SHOWN_AFTER]),
        max(len(after) - SHOWN_AFTER, 0),
    )


def _distinct(first: Sequence[Card], rest: Iterable[Card]) -> list[Card]:
    found: dict[str, Card] = {}
    for card in (*first, *rest):
        found.setdefault(card.module_id, card)
    return list(found.values())


def shortest_open(catalogue: Catalogue, closed: frozenset[str], done: frozenset[str]) -> int | None:
    """Minutes of the shortest module one could start now, or None.

    ``closed`` are the modules done, begun or set aside, ``done`` the completed ones.
    """
    return min(
        (
            round(float(minutes))
            for module, minutes in zip(catalogue.modules, catalogue.minutes, strict=True)
            if module.active
            and module.module_id not in closed
            and set(module.prerequisites) & catalogue.module.keys() <= done
        ),
        default=None,
    )

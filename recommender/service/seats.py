"""Seats: how many are left in modules with a capacity, and which have none."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from recommender.engine.outlook import HELD, now_of
from recommender.store import seats

if TYPE_CHECKING:
    from recommender.engine import Engine
    from recommender.service.workspace import Workspace

FRESH = 1.0
"""Seconds for which a process believes its count; what it takes in itself shows at once."""


class Count(NamedTuple):
    """Seats left by module, those with none, and what the count rests on."""

    revision: int
    at: float
    left: dict[str, int]
    full: frozenset[str]


def left(ws: Workspace, engine: Engine) -> dict[str, int]:
    """Seats left in every module that has a capacity, 0 or more."""
    return _count(ws, engine).left


def full(ws: Workspace, engine: Engine) -> frozenset[str]:
    """Modules that have a capacity and no seat left."""
    return _count(ws, engine).full if engine.catalogue.seats else frozenset()


def _count(ws: Workspace, engine: Engine) -> Count:
    revision, now = engine.catalogue.revision, time.monotonic()
    known = ws.seats
    if known is not None and known.revision == revision and now - known.at < FRESH:
        return known
    capacity = engine.catalogue.seats
    with ws.store.read() as conn:
        taken = seats.held(conn, sorted(capacity), now_of(ws.today()) - HELD)
    there = {m: max(n - taken.get(m, 0), 0) for m, n in capacity.items()}
    found = frozenset(m for m, n in there.items() if n == 0)
    if known is not None and known.full == found:
        found = known.full  # the very same, so that kept answers compare at no cost
    ws.seats = Count(revision, now, there, found)
    return ws.seats

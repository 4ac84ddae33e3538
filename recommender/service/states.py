"""Learners' states: read, caught up where they lag, derived anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection

from recommender.engine.outlook import now_of
from recommender.state import LearnerState, dump, load
from recommender.store import events, people, states

if TYPE_CHECKING:
    from recommender.engine import Engine
    from recommender.service.waiting import Kept
    from recommender.service.workspace import Workspace
    from recommender.store.people import Learner

CHUNK = 500
"""Learners whose states are written in one transaction: a writer waits a moment, not minutes."""


def state_of(ws: Workspace, engine: Engine, learner_id: str, seq: int) -> LearnerState:
    """The state of a learner whose evidence stands at ``seq``; one that lags is replayed.

    What was caught up waits in ``ws.states``: a request never waits for a writer.
    """
    found = ws.store.fast.state(learner_id, engine.state_key)
    if found is not None and found[0] >= seq:
        return load(found[1], found[0])
    key = (learner_id, engine.state_key)
    waits = ws.states.get(key)
    if waits is not None and waits.rank >= seq:
        return load(waits.value, waits.rank)
    with ws.store.read() as conn:
        state = replayed(conn, engine, learner_id)
    ws.states.put(key, state.seq, dump(state))
    return state


def keep(conn: Connection, caught_up: Iterable[Kept[tuple[str, str], int, bytes]]) -> None:
    """Write caught-up states, (learner_id, state key) each."""
    by_version: dict[str, list[tuple[str, int, bytes]]] = {}
    for (learner_id, version), seq, body in caught_up:
        by_version.setdefault(version, []).append((learner_id, seq, body))
    for version, found in sorted(by_version.items()):
        states.put_many(conn, version, found)


def replayed(conn: Connection, engine: Engine, learner_id: str) -> LearnerState:
    """A learner's state from all their evidence, as one state of the store shows it."""
    found = people.learner(conn, learner_id)
    happened = events.of_learners(conn, [learner_id])[learner_id]
    return engine.replay(happened, found.seq, found.job) if found else engine.replay(happened, 0)


def write_all(ws: Workspace, engine: Engine, progress: Callable[[str, float], None]) -> int:
    """Derive every learner's state under an engine and keep it; how many."""
    with ws.store.read() as conn:
        total = people.count(conn)
    done = 0
    for page, found in _pages(ws):
        replays = [
            (p.learner_id, p.seq, dump(engine.replay(found[p.learner_id], p.seq, p.job))) for p in page
        ]
        with ws.store.write() as conn:
            states.put_many(conn, engine.state_key, replays)
        done += len(page)
        progress("states", done / max(total, done))
    return done


def _pages(ws: Workspace) -> Iterator[tuple[list[Learner], dict[str, list[dict[str, Any]]]]]:
    """Learners by pages, each with their events, as one state of the store shows them."""
    after: str | None = None
    while True:
        with ws.store.read() as conn:
            page = people.page(conn, after, CHUNK)
            found = events.of_learners(conn, [p.learner_id for p in page])
        if not page:
            return
        yield page, found
        after = page[-1].learner_id


def _everybody_then(
    ws: Workspace, engine: Engine, end: int
) -> Iterator[tuple[str, str | None, LearnerState]]:
    for page, found in _pages(ws):
        for p in page:
            known = (event for event in found[p.learner_id] if event["occurred_at"] <= end)
            yield p.learner_id, p.role, engine.replay(known, p.seq, p.job)


def everybody(
    ws: Workspace, engine: Engine, as_of: dt.date | None = None
) -> Iterator[tuple[str, str | None, LearnerState]]:
    """(learner_id, role, state) of all learners, active or not, by id; states that lag are replayed.

    Where ``as_of`` is told, states are what the evidence up to the end of that day leads to.
    """
    if as_of is not None:
        yield from _everybody_then(ws, engine, now_of(as_of))
        return
    after: str | None = None
    while True:
        with ws.store.read() as conn:
            page = people.page(conn, after, CHUNK)
            found = states.get_many(conn, [p.learner_id for p in page], engine.state_key)
            lagging = [p.learner_id for p in page if found.get(p.learner_id, (-1,))[0] < p.seq]
            happened = events.of_learners(conn, lagging)
        if not page:
            return
        for p in page:
            if p.learner_id in happened:
                state = engine.replay(happened[p.learner_id], p.seq, p.job)
            else:
                seq, body = found[p.learner_id]
                state = load(body, seq)
            yield p.learner_id, p.role, state
        after = page[-1].learner_id

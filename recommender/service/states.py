"""Learners' states: read, caught up where they lag, derived anew."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection

from recommender.errors import StoreBusy, StoreFull
from recommender.state import LearnerState, dump, load
from recommender.store import events, people, states

if TYPE_CHECKING:
    from recommender.engine import Engine
    from recommender.service.workspace import Workspace
    from recommender.store.people import Learner

CHUNK = 500
"""Learners whose states are written in one transaction: a writer waits a moment, not minutes."""
log = logging.getLogger(__name__)


def state_of(ws: Workspace, engine: Engine, learner_id: str, seq: int) -> LearnerState:
    """The state of a learner whose evidence stands at ``seq``; one that lags is replayed and kept."""
    found = ws.store.fast.state(learner_id, engine.state_key)
    if found is not None and found[0] >= seq:
        return load(found[1], found[0])
    with ws.store.read() as conn:
        state = replayed(conn, engine, learner_id)
    try:
        with ws.store.write() as conn:
            states.put(conn, learner_id, engine.state_key, state.seq, dump(state))
    except (StoreBusy, StoreFull) as error:
        log.warning("a caught-up state could not be kept: %s", type(error).__name__)
    return state


def replayed(conn: Connection, engine: Engine, learner_id: str) -> LearnerState:
    """A learner's state from all their evidence, as one state of the store shows it."""
    found = people.learner(conn, learner_id)
    happened = events.of_learners(conn, [learner_id])[learner_id]
    return engine.replay(happened, found.seq if found else 0)


def write_all(ws: Workspace, engine: Engine, progress: Callable[[str, float], None]) -> int:
    """Derive every learner's state under an engine and keep it; how many."""
    with ws.store.read() as conn:
        total = people.count(conn)
    done = 0
    for page, found in _pages(ws):
        replays = [(p.learner_id, p.seq, dump(engine.replay(found[p.learner_id], p.seq))) for p in page]
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


def everybody(ws: Workspace, engine: Engine) -> Iterator[tuple[str, str | None, LearnerState]]:
    """(learner_id, role, state) of all active learners, by id; states that lag are replayed."""
    after: str | None = None
    while True:
        with ws.store.read() as conn:
            page = people.page(conn, after, CHUNK)
            found = states.get_many(conn, [p.learner_id for p in page], engine.state_key)
            caught_up = [
                load(body, seq) if seq >= p.seq else replayed(conn, engine, p.learner_id)
                for p in page
                for seq, body in [found.get(p.learner_id, (-1, b""))]
            ]
        if not page:
            return
        for person, state in zip(page, caught_up, strict=True):
            if person.active:
                yield person.learner_id, person.role, state
        after = page[-1].learner_id

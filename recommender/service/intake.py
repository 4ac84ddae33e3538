"""Evidence comes in: it changes the state of its learner in the transaction that stores it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection

from recommender.evidence import EVENTS
from recommender.service.states import replayed, write_all
from recommender.state import dump, load
from recommender.store import blind, states
from recommender.store import events as store_events
from recommender.store.checks import check_row
from recommender.store.identity import id_column

if TYPE_CHECKING:
    from recommender.engine import Engine
    from recommender.service.workspace import Workspace

CONFLICT = 'known with other content; send "replace": true to correct it'


def take_in(ws: Workspace, events: Sequence[Mapping[str, Any]], *, now: int | None = None) -> dict[str, Any]:
    """Store events; the next answer of any process reflects them.

    Parameters
    ----------
    ws : Workspace
    events : sequence of mapping
        ``type``, ``id`` (may be missing), the columns of the type's table, and ``replace`` (a known id
        with other content is corrected rather than rejected).
    now : int, optional
        The present in microseconds since 1970 UTC, else the clock's; events of more than a day later are
        rejected.

    Returns
    -------
    dict
        ``accepted``, ``duplicates`` (counts) and ``rejected``, a list of ``index``, ``pointer`` (within
        the event) and ``reason``. Durable when this returns.
    """
    engine = ws.engine()
    rejected: list[dict[str, Any]] = []
    accepted = duplicates = 0
    with ws.store.write() as conn:
        groups = _checked(conn, events, rejected, time.time_ns() // 1000 if now is None else now)
        before = store_events.lock(conn, {row["learner_id"] for rows in groups.values() for _, row in rows})
        fresh: dict[str, list[dict[str, Any]]] = defaultdict(list)
        stale: set[str] = set()
        seqs: dict[str, int] = {}
        for (kind, replace), rows in groups.items():
            added = store_events.add(conn, kind, [row for _, row in rows], replace=replace)
            accepted += len(added.new) + len(added.replaced)
            duplicates += len(added.duplicates)
            rejected += [_rejection(rows[n][0], "/id", CONFLICT) for n in added.conflicts]
            seqs |= added.seqs
            for n in added.new:
                row = added.rows[n]
                seen = blind.event(ws.store.secret, {**row, "type": kind, "id": added.ids[n]})
                fresh[row["learner_id"]].append(seen)
            if added.replaced:
                stale |= set(added.seqs)
        _move(conn, engine, before, fresh, stale, seqs)
    ws.seats = None
    return {
        "accepted": accepted,
        "duplicates": duplicates,
        "rejected": sorted(rejected, key=lambda r: (r["index"], r["pointer"])),
    }


def _checked(
    conn: Connection, events: Sequence[Mapping[str, Any]], rejected: list[dict[str, Any]], now: int
) -> dict[tuple[str, bool], list[tuple[int, dict[str, Any]]]]:
    """Clean rows with their places, by type and by whether they may replace; the rest is rejected."""
    known = store_events.known(conn, events)
    groups: dict[tuple[str, bool], list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    for index, event in enumerate(events):
        kind = event["type"]
        row = {k: v for k, v in event.items() if k not in ("type", "id", "replace")}
        row[id_column(EVENTS[kind])] = event.get("id")
        clean, faults = check_row(EVENTS[kind], row, known, now=now)
        if faults:
            own = "/" + id_column(EVENTS[kind])
            rejected += [
                _rejection(index, "/id" if f.pointer == own else f.pointer, f.reason) for f in faults
            ]
        else:
            groups[kind, bool(event.get("replace"))].append((index, clean))
    return groups


def _rejection(index: int, pointer: str, reason: str) -> dict[str, Any]:
    return {"index": index, "pointer": pointer, "reason": reason}


def _move(
    conn: Connection, engine: Engine, before: Mapping[str, int], fresh: Mapping[str, list[dict[str, Any]]],
    stale: set[str], seqs: Mapping[str, int],
) -> None:  # fmt: skip
    """Bring the states of everybody whose evidence changed to their new numbers."""
    standing = states.get_many(conn, sorted(seqs), engine.state_key)
    moved = []
    for learner_id, seq in seqs.items():
        state = None
        found = standing.get(learner_id)
        if found and learner_id not in stale and found[0] == before.get(learner_id):
            state = engine.advance(load(found[1], found[0]), fresh[learner_id], seq)
        if state is None:
            state = replayed(conn, engine, learner_id)
        moved.append((learner_id, seq, dump(state)))
    states.put_many(conn, engine.state_key, moved)


def withdraw(ws: Workspace, kind: str, event_id: str) -> None:
    """Take an event back: no trace of it stays in the learner's state.

    Raises
    ------
    UnknownEvent
        There is none of that type and id.
    """
    engine = ws.engine()
    with ws.store.write() as conn:
        learner_id, seq = store_events.withdraw(conn, kind, event_id)
        _move(conn, engine, {}, {}, {learner_id}, {learner_id: seq})
    ws.seats = None


def rebuild(ws: Workspace, progress: Callable[[str, float], None] | None = None) -> dict[str, int]:
    """Derive all learners' states from the evidence again, to the same numbers.

    Returns
    -------
    dict
        ``learners``: how many.
    """
    return {"learners": write_all(ws, ws.engine(), progress or (lambda _what, _share: None))}

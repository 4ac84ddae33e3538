"""Whom to seat together in a module's sessions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.cohorts import Candidates, Seating, seat
from recommender.engine.choose import Chance
from recommender.errors import BadInput
from recommender.framework import LANGUAGES
from recommender.service.states import everybody
from recommender.store import organisation, people

if TYPE_CHECKING:
    from recommender.engine import Engine
    from recommender.service.workspace import Workspace

Invited = tuple[str, Chance]
"""Somebody who may come, and what that is worth."""


def cohorts(
    ws: Workspace,
    module_id: str,
    *,
    sessions: int = 1,
    seats: int | None = None,
    as_of: dt.date | None = None,
) -> dict[str, Any]:
    """Plan sessions of a module: who sits with whom.

    Parameters
    ----------
    ws : Workspace
    module_id : str
    sessions : int
    seats : int, optional
        In each session; else the module's capacity.
    as_of : date, optional
        Else today; of evidence only what had happened by then counts.

    Returns
    -------
    dict
        ``module_id``, ``title`` (by language), ``model_version``, ``as_of``, ``seats``, ``eligible``,
        ``seated``, ``gap`` (the share by which a better plan could lie above this one, 0: none does,
        None: not known in the time there was), ``departments`` (names by id, of those seated) and
        ``sessions``: ``session``, ``expected_gain`` (sum) and ``learners``, each ``learner_id``, ``name``,
        ``department_id``, ``expected_gain``, its ``interval`` (90 %) and ``meets``: departments in the room
        that theirs serves or is served by.

    Raises
    ------
    BadInput
        The module is not known or not offered, its seats are not known, or nobody may come.
    """
    engine, day = ws.engine(), as_of or ws.today()
    room = _seats(engine, module_id, seats)
    with ws.store.read() as conn:
        active, names = people.active_ids(conn), organisation.names(conn)
    invited = [
        (who, chance)
        for who, role, state in everybody(ws, engine, None if as_of is None else day)
        if who in active and (chance := engine.chance_of(state, module_id, role=role, day=day)) is not None
    ]
    if not invited:
        raise BadInput(
            f"Nobody may take {module_id!r}: whoever is active has done, begun or dismissed it, or lacks "
            "what comes before it. Name another module."
        )
    who, rows, linked, departments = _candidates(ws, invited)
    plan = seat(Candidates(np.array([c.value for _, c in invited]), rows[0], rows[1], linked), sessions, room)
    answer = {
        "module_id": module_id,
        "title": {lang: engine.catalogue.module[module_id].title(lang) for lang in LANGUAGES},
        "model_version": engine.version,
        "as_of": day.isoformat(),
        "seats": room,
        "eligible": len(invited),
        "seated": sum(map(len, plan.sessions)),
        "gap": plan.gap,
    }
    planned = _sessions(plan, invited, who, rows[0], linked, departments)
    there = {p["department_id"] for session in planned for p in session["learners"]}
    return answer | {"departments": {d: n for d, n in names.items() if d in there}, "sessions": planned}


def _seats(engine: Engine, module_id: str, asked: int | None) -> int:
    module = engine.catalogue.module.get(module_id)
    if module is None:
        raise BadInput(f"There is no module {module_id!r}. Import or PUT it first, or check the id.")
    if not module.active:
        raise BadInput(f"Module {module_id!r} is no longer offered. Set active to 1, or name another.")
    if asked is None and not module.capacity:
        raise BadInput(
            f"How many seats {module_id!r} has is not known. Say it: --seats 20, "
            "or give the module a capacity."
        )
    return asked or module.capacity or 0


def _candidates(
    ws: Workspace, invited: list[Invited]
) -> tuple[list[dict[str, Any]], tuple[Any, Any], Any, list[str]]:
    """Attributes of the invited, rows of their department and manager, and which departments are linked."""
    with ws.store.read() as conn:
        known = people.attributes(conn, [who for who, _ in invited])
        ties = organisation.ties(conn)
    found = [known[who] for who, _ in invited]
    departments = sorted({p["department_id"] for p in found if p["department_id"]})
    at = {d: n for n, d in enumerate(departments)}
    row = {who: n for n, (who, _) in enumerate(invited)}
    within = [ties.within(d) for d in departments]
    linked = np.zeros((len(departments), len(departments)), dtype=bool)
    for supplier, customer in ties.serves:
        ours = np.array([supplier in w for w in within], dtype=bool)
        theirs = np.array([customer in w for w in within], dtype=bool)
        linked |= ours[:, None] & theirs[None, :]
    linked |= linked.T
    np.fill_diagonal(linked, False)
    rows = (
        np.array([at.get(p["department_id"] or "", -1) for p in found], dtype=np.int64),
        np.array([row.get(p["manager_id"] or "", -1) for p in found], dtype=np.int64),
    )
    rows[1][rows[1] == np.arange(len(found))] = -1  # nobody is kept from themselves
    return found, rows, linked, departments


def _sessions(
    plan: Seating,
    invited: list[Invited],
    who: list[dict[str, Any]],
    department: Any,
    linked: Any,
    departments: list[str],
) -> list[dict[str, Any]]:
    out = []
    for number, rows in enumerate(plan.sessions, 1):
        there = sorted({int(department[i]) for i in rows if department[i] >= 0})
        learners = [
            {
                "learner_id": invited[i][0],
                "name": who[i]["name"],
                "department_id": who[i]["department_id"],
                "expected_gain": invited[i][1].gain,
                "interval": invited[i][1].interval,
                "meets": [departments[d] for d in there if department[i] >= 0 and linked[department[i], d]],
            }
            for i in rows
        ]
        gains = [invited[i][1].gain for i in rows]
        total = None if any(g is None for g in gains) else sum(g for g in gains if g is not None)
        out.append({"session": number, "expected_gain": total, "learners": learners})
    return out

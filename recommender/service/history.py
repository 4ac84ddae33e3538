"""What a learner did with modules, as their own page tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recommender.store import events

if TYPE_CHECKING:
    from recommender.service.workspace import Workspace

TELLING = frozenset({"enrolled", "started", "completed", "dropped", "dismissed"})
"""Statuses that change what a module is to a learner; being recommended or looked at does not."""


def history(ws: Workspace, learner_id: str) -> list[dict[str, Any]]:
    """The last telling interaction with each module, latest first; what is completed stays so.

    Returns
    -------
    list of dict
        ``module_id``, ``status``, ``occurred_at`` (microseconds since 1970 UTC), ``reason``, ``minutes``
        (spent, where told), and ``dismissals``: ids of all events that set the module aside.
    """
    with ws.store.read() as conn:
        happened = events.of_learner(conn, learner_id)
    last: dict[str, dict[str, Any]] = {}
    for event in happened:
        if event["type"] != "interaction" or event["status"] not in TELLING:
            continue
        module_id = event["module_id"]
        before = last.get(module_id)
        if before and before["status"] == "completed":
            continue
        last.pop(module_id, None)
        dismissals = before["dismissals"] if before else []
        if event["status"] == "dismissed":
            dismissals = [*dismissals, event["id"]]
        last[module_id] = {
            "module_id": module_id,
            "status": event["status"],
            "occurred_at": event["occurred_at"],
            "reason": event["reason"],
            "minutes": event["minutes"],
            "dismissals": dismissals,
        }
    return list(reversed(last.values()))

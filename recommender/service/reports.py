"""What an analyst wants to know of the whole: the store, the departments."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from recommender.errors import CorruptModel
from recommender.evidence import rfc3339
from recommender.store import aggregates

if TYPE_CHECKING:
    from recommender.service.workspace import Workspace


def status(ws: Workspace) -> dict[str, Any]:
    """What is in the store and in service.

    Returns
    -------
    dict
        ``tables`` (rows, first and last moment of each), ``imports`` (files and what was set aside, the
        latest first) and ``model`` (version, created_at, age_days; None where none is in service). Where
        the version or the registry is damaged, ``model`` has the version, if it is known, and ``damaged``.
    """
    with ws.store.read() as conn:
        tables = aggregates.tables(conn)
        imports = aggregates.import_log(conn)
    return {
        "tables": [_told(row, "first", "last") for row in tables],
        "imports": [_told(row, "at") for row in imports],
        "model": _model(ws),
    }


def _model(ws: Workspace) -> dict[str, Any] | None:
    version = None
    try:
        version = ws.registry.in_service()
        if version is None:
            return None
        ws.registry.verify(version)
        created_at = ws.registry.manifest(version)["created_at"]
    except CorruptModel as error:
        return {"version": version, "created_at": None, "age_days": None, "damaged": str(error)}
    age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(created_at)
    return {"version": version, "created_at": created_at, "age_days": age.total_seconds() / 86_400}


def departments(ws: Workspace) -> dict[str, Any]:
    """Each department with its size, whom it serves and how those see it; nothing under three raters."""
    with ws.store.read() as conn:
        return {"items": aggregates.departments(conn)}


def _told(row: dict[str, Any], *moments: str) -> dict[str, Any]:
    return row | {name: None if row[name] is None else rfc3339(row[name]) for name in moments}

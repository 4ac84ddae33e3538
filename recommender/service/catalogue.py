"""The catalogue: competencies and modules, listed and put."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from recommender.framework import Module
from recommender.store import catalogue

if TYPE_CHECKING:
    from recommender.service.workspace import Workspace

Row = Mapping[str, Any]


def list_modules(ws: Workspace, cursor: str | None = None, limit: int = 100) -> dict[str, Any]:
    """A page of modules by id: ``items`` in the contract's columns, and ``next``."""
    with ws.store.read() as conn:
        found = catalogue.read_catalogue(conn).module
    return _page(found, cursor, limit, _module)


def list_competencies(ws: Workspace, cursor: str | None = None, limit: int = 100) -> dict[str, Any]:
    """A page of competencies by id: ``items`` in the contract's columns, and ``next``."""
    with ws.store.read() as conn:
        found = catalogue.read_catalogue(conn).competency
    return _page(found, cursor, limit, asdict)


def put_modules(ws: Workspace, rows: Sequence[Row]) -> dict[str, int]:
    """Add or correct modules, all or none; given fields are merged. The first remove the shipped ones.

    Returns
    -------
    dict
        ``changed``: how many were added or changed.

    Raises
    ------
    BadInput
        Each fault's pointer is ``/index/column``.
    """
    with ws.store.write() as conn:
        return {"changed": catalogue.put_modules(conn, rows)}


def put_competencies(ws: Workspace, rows: Sequence[Row]) -> dict[str, int]:
    """Add or correct competencies; as ``put_modules``."""
    with ws.store.write() as conn:
        return {"changed": catalogue.put_competencies(conn, rows)}


def _page(
    found: Mapping[str, Any], cursor: str | None, limit: int, show: Callable[[Any], Any]
) -> dict[str, Any]:
    """By id, so that a page follows the one before whatever was added or removed in between."""
    ids = sorted(i for i in found if cursor is None or i > cursor)
    more = len(ids) > limit
    return {"items": [show(found[i]) for i in ids[:limit]], "next": ids[limit - 1] if more else None}


def _module(module: Module) -> dict[str, Any]:
    weights = ";".join(f"{k}:{w:.15g}" for k, w in module.competencies)
    return {**asdict(module), "competencies": weights, "prerequisites": ";".join(module.prerequisites)}

"""Adaptive, personalised, explained training recommendations.

The public names are loaded when they are first used, so that importing the package stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recommender.engine import Engine
    from recommender.evidence import Evidence
    from recommender.framework import Catalogue
    from recommender.store import open_store

__all__ = ["Catalogue", "Engine", "Evidence", "open_store"]

_HOMES = {
    "Catalogue": "recommender.framework",
    "Engine": "recommender.engine",
    "Evidence": "recommender.evidence",
    "open_store": "recommender.store",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)

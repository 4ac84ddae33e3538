"""API keys: made, listed, revoked, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from recommender.evidence import rfc3339
from recommender.store import keys
from recommender.store.keys import SCOPES

if TYPE_CHECKING:
    from recommender.service.workspace import Workspace


__all__ = ["SCOPES", "authenticate", "create_key", "list_keys", "revoke_key"]


def create_key(ws: Workspace, scopes: Sequence[str], name: str = "") -> tuple[str, str]:
    """Make a key; returns its id and the key itself, which cannot be told again.

    Raises
    ------
    BadInput
        A scope that does not exist, or none.
    """
    with ws.store.write() as conn:
        return keys.create(conn, scopes, name)


def list_keys(ws: Workspace) -> dict[str, Any]:
    """Every key: ``key_id``, ``name``, ``scopes``, ``created_at``, ``revoked_at``; never the secret."""
    with ws.store.read() as conn:
        found = keys.listing(conn)
    for item in found:
        for moment in ("created_at", "revoked_at"):
            item[moment] = None if item[moment] is None else rfc3339(item[moment])
    return {"items": found}


def revoke_key(ws: Workspace, key_id: str) -> None:
    """Let a key open nothing from now on.

    Raises
    ------
    UnknownKey
        There is none of that id.
    """
    with ws.store.write() as conn:
        keys.revoke(conn, key_id)


def authenticate(ws: Workspace, key: str) -> keys.Key | None:
    """The key with its scopes, or None where it is not good."""
    return keys.authenticate(ws.store.fast.key, key)

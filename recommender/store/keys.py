"""API keys: kept as hashes, so that who reads the store cannot call the API."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from recommender.errors import BadInput, UnknownKey
from recommender.store.tables import api_keys

SCOPES = {
    "recommend": "ask for recommendations, paths and profiles",
    "ingest": "send and withdraw evidence; put learners, modules and competencies",
    "analyst": "read lists and aggregates; promote a model version",
    "admin": "export and erase a person",
}
"""What a key may be good for. None implies another; a key carries as many as it was given."""
_PREFIX = "rk"


@dataclass(frozen=True, slots=True)
class Key:
    """A key that is good."""

    key_id: str
    scopes: tuple[str, ...]


def create(conn: Connection, scopes: Sequence[str], name: str = "") -> tuple[str, str]:
    """Make a key.

    Returns
    -------
    key_id, key : str
        The key is told here once; the store keeps its SHA-256, which is enough for 32 random bytes.

    Raises
    ------
    BadInput
        A scope that does not exist, or none.
    """
    wrong = sorted(set(scopes) - set(SCOPES))
    if wrong or not scopes:
        raise BadInput(f"{', '.join(wrong) or 'Nothing'} is no scope. Choose from {', '.join(SCOPES)}.")
    key_id, word = secrets.token_hex(4), secrets.token_urlsafe(32)
    row = {
        "key_id": key_id,
        "name": name,
        "scopes": ",".join(s for s in SCOPES if s in scopes),
        "digest": _digest(word),
        "created_at": _now(),
    }
    conn.execute(sa.insert(api_keys), row)
    return key_id, f"{_PREFIX}_{key_id}_{word}"


def listing(conn: Connection) -> list[dict[str, Any]]:
    """Every key that was made, without its digest, the oldest first."""
    shown = [c for c in api_keys.c if c.name != "digest"]
    rows = conn.execute(sa.select(*shown).order_by(api_keys.c.created_at)).mappings()
    return [{**row, "scopes": row["scopes"].split(",")} for row in rows]


def revoke(conn: Connection, key_id: str) -> None:
    """Let a key open nothing from now on.

    Raises
    ------
    UnknownKey
        There is none of that id.
    """
    change = sa.update(api_keys).where(api_keys.c.key_id == key_id)
    moment = sa.func.coalesce(api_keys.c.revoked_at, _now())
    if not conn.execute(change.values(revoked_at=moment)).rowcount:
        raise UnknownKey(f"There is no key {key_id!r}. See the ids with: recommender keys list")


def authenticate(find: Callable[[str], tuple[str, str, int | None] | None], key: str) -> Key | None:
    """The key, if it is good.

    Parameters
    ----------
    find : callable
        (digest, scopes, revoked_at) of a key's id, or None: ``store.fast.key``.
    key : str
        As presented.
    """
    prefix, _, rest = key.partition("_")
    key_id, _, word = rest.partition("_")
    if prefix != _PREFIX or not key_id.isalnum() or not key_id.isascii():
        return None
    found = find(key_id)
    digest, scopes, revoked_at = found or (_digest(""), "", None)
    good = hmac.compare_digest(digest, _digest(word))
    if found is None or not good or revoked_at is not None:
        return None
    return Key(key_id, tuple(scopes.split(",")))


def _digest(word: str) -> str:
    return sha256(word.encode("utf-8", "replace")).hexdigest()


def _now() -> int:
    return time.time_ns() // 1000

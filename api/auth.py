"""Who may call what: keys with scopes, and nothing open that is not marked as open."""

from __future__ import annotations

import base64
import binascii
import hashlib
import time
from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app
from flask.wrappers import Response

from recommender.api.context import workspace
from recommender.api.limits import KEY_SECONDS
from recommender.api.problems import HTTP, Kind, problem
from recommender.service.keys import SCOPES

F = TypeVar("F", bound=Callable[..., Any])

CHALLENGE = 'Bearer realm="recommender", Basic realm="recommender", charset="UTF-8"'
REMEMBERED = 1_000
"""Keys a worker remembers at most."""
CLOSED = Kind("closed", 403, "This call is closed")


def needs(*scopes: str) -> Callable[[F], F]:
    """Mark a view: a key with one of these scopes may call it."""
    unknown = set(scopes) - set(SCOPES)
    if unknown or not scopes:
        raise ValueError(f"unknown scopes {sorted(unknown)}; there are {', '.join(SCOPES)}")

    def mark(view: F) -> F:
        view.__dict__["scopes"] = scopes
        return view

    return mark


def open_route(view: F) -> F:
    """Mark a view as open to everybody, or as one that checks by itself who calls."""
    view.__dict__["scopes"] = ()
    return view


class Keys:
    """The keys this worker has seen to be good, each for a second.

    A key is long and random, so its SHA-256 is enough to tell it by; the key itself is not kept.
    """

    def __init__(self) -> None:
        self._seen: dict[bytes, tuple[float, frozenset[str]]] = {}

    def scopes(self, header: str) -> frozenset[str] | None:
        """The scopes of the key in an ``Authorization`` header; None where there is no good key."""
        digest = hashlib.sha256(header.encode("latin-1", "replace")).digest()
        now = time.monotonic()
        seen = self._seen.get(digest)
        if seen is not None and seen[0] > now:
            return seen[1]
        key = presented(header)
        found = _authenticate(key) if key else None
        if found is None:
            self._seen.pop(digest, None)
            return None
        if len(self._seen) >= REMEMBERED:
            self._seen.clear()
        self._seen[digest] = (now + KEY_SECONDS, found)
        return found


def _authenticate(key: str) -> frozenset[str] | None:
    from recommender.service import keys

    found = keys.authenticate(workspace(), key)
    return None if found is None else frozenset(found.scopes)


def presented(header: str) -> str | None:
    """The key a header presents: of Bearer the token, of Basic the password."""
    scheme, _, rest = header.partition(" ")
    rest = rest.strip()
    if scheme.lower() == "bearer":
        return rest or None
    if scheme.lower() == "basic":
        try:
            _, _, password = base64.b64decode(rest, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return password or None
    return None


def guard(endpoint: str, header: str | None) -> Response | None:
    """Refuse what is not marked, and keys that are not good for it; None where the call may go on."""
    allowed: tuple[str, ...] | None = current_app.view_functions[endpoint].__dict__.get("scopes")
    if allowed is None:
        return problem(CLOSED, "Nobody may call this; the server does not say who could.")
    if not allowed:
        return None
    held = _keys().scopes(header) if header else None
    if held is None:
        detail = "The key is unknown or was revoked." if header else "No key was sent."
        return problem(
            HTTP[401],
            f"{detail} Send Authorization: Bearer KEY; recommender keys create makes one.",
            headers={"WWW-Authenticate": CHALLENGE},
        )
    if held.isdisjoint(allowed):
        needed = " or ".join(allowed)
        return problem(
            HTTP[403],
            f"This call needs the scope {needed}; recommender keys create makes a key that has it.",
        )
    return None


def _keys() -> Keys:
    found: Keys = current_app.extensions["recommender.keys"]
    return found

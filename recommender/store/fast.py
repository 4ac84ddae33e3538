"""The two reads every request makes, below SQLAlchemy: who is asking, and what is known of them.

A learner read by key costs 6 us on a raw SQLite connection and 30 us through SQLAlchemy Core; on
PostgreSQL a statement of its own is half the price of a transaction. So each thread keeps one raw
connection here, in autocommit, for reading only. Everything else goes through ``Store``.
"""

from __future__ import annotations

import threading
from typing import Any, NamedTuple
from weakref import WeakSet

from sqlalchemy.engine import URL

from recommender.store import dialect


class Glance(NamedTuple):
    """What decides whether a cached answer still holds, and for whom it is."""

    seq: int
    role: str | None
    department_id: str | None
    language: str | None
    active: bool
    catalogue_revision: int


_GLANCE = (
    "SELECT seq, role, department_id, language, active,"
    " (SELECT value FROM settings WHERE key = 'catalogue_revision')"
    " FROM learners WHERE learner_id = {}"
)
_STATE = "SELECT seq, body FROM learner_states WHERE learner_id = {} AND version = {}"
_KEY = "SELECT digest, scopes, revoked_at FROM api_keys WHERE key_id = {}"


class _Held:
    """One thread's connection; it is closed with the thread."""

    __slots__ = ("__weakref__", "raw")

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    def __del__(self) -> None:
        self.raw.close()


class Fast:
    """A raw connection for each thread.

    Parameters
    ----------
    url : URL
        The store's.
    patience : float
        Seconds to wait for a lock.
    """

    def __init__(self, url: URL, patience: float) -> None:
        self._url = url
        self._patience = patience
        self._local = threading.local()
        self._open: WeakSet[_Held] = WeakSet()
        mark = dialect.raw_placeholder(url)
        self._glance = _GLANCE.format(mark)
        self._state = _STATE.format(mark, mark)
        self._key = _KEY.format(mark)

    def glance(self, learner_id: str) -> Glance | None:
        """The learner's number, attributes and the catalogue's number; None if unknown.

        Raises
        ------
        StoreBusy
            The store did not answer in time.
        """
        row = self._one(self._glance, (learner_id,))
        if row is None:
            return None
        seq, role, department_id, language, active, revision = row
        return Glance(seq, role, department_id, language, active != 0, int(revision or 0))

    def state(self, learner_id: str, version: str) -> tuple[int, bytes] | None:
        """(seq, body) of a learner's state under a model version, or None."""
        row = self._one(self._state, (learner_id, version))
        return None if row is None else (row[0], row[1])

    def key(self, key_id: str) -> tuple[str, str, int | None] | None:
        """(digest, scopes, revoked_at) of an API key, or None."""
        row = self._one(self._key, (key_id,))
        return None if row is None else (row[0], row[1], row[2])

    def close(self) -> None:
        """Close every thread's connection; the next read opens one again."""
        self._local = threading.local()
        for held in list(self._open):
            held.raw.close()

    def _one(self, statement: str, values: tuple[str, ...]) -> tuple[Any, ...] | None:
        held = getattr(self._local, "held", None)
        if held is None:
            held = self._connect()
        try:
            return held.raw.execute(statement, values).fetchone()  # type: ignore[no-any-return]
        except UnicodeEncodeError:
            return None  # no id that is stored holds half a character
        except dialect.raw_errors(self._url):
            # The server may have been restarted since: once more on a new connection.
            self._local.held = None
        with dialect.translated_raw(self._url):
            return self._connect().raw.execute(statement, values).fetchone()  # type: ignore[no-any-return]

    def _connect(self) -> _Held:
        with dialect.translated_raw(self._url):
            held = _Held(dialect.raw_connection(self._url, self._patience))
        self._open.add(held)
        self._local.held = held
        return held

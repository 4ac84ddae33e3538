"""The store and the registry together, and the engine that is in service over today's catalogue."""

from __future__ import annotations

import datetime as dt
import logging
import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from recommender.engine import Engine
from recommender.errors import CorruptModel
from recommender.registry import Registry
from recommender.service.waiting import Waiting
from recommender.store import Store, open_store
from recommender.store import catalogue as catalogues

if TYPE_CHECKING:
    from recommender.service.seats import Count

DATABASE, MODELS = "RECOMMENDER_DATABASE", "RECOMMENDER_MODELS"
DEFAULT_MODELS = "models"
log = logging.getLogger(__name__)
CACHED_ANSWERS = 16_384
"""Answers a process keeps; a list of five is about 4 kB, a path of a working day about 9 kB."""
WAITING_DECISIONS = 16_384
WAITING_STATES = 4_096
"""As many as wait to be written while the store is busy: some 40 MB of each."""

Decision = tuple[str, str, str, int, int]
"""A decision's key: learner, day, version, the learner's number and the catalogue's."""

Asked = tuple[str, str, float, str]
"""What an answer was asked for: learner, "list" or "path", how many modules or minutes, language."""


class HasRegistry(Protocol):
    """What the registry's own use cases need of a workspace: they work also where the store does not."""

    registry: Registry


@dataclass
class Shelf:
    """The registry alone."""

    registry: Registry


@dataclass
class Workspace:
    """What every use case works on. Safe to share between threads.

    Parameters
    ----------
    store : Store
    registry : Registry
    answers : dict
        Answers ready to send, by what was asked for, each with what it rests on.
    decisions, states : Waiting
        Decisions to be logged and caught-up states to be kept, off the requests' path: ``advice.flush``.
    reports : dict
        Reports of the whole by name, each with what it rests on.
    seats : Count or None
        Seats left as last counted; None where something happened since.
    steadfast : bool
        Whether to go on where the version in service is damaged, with an earlier one or the catalogue
        alone: a server does, so that no page breaks; a command says what is wrong instead.
    damage : str or None
        What is wrong with the version in service, where it was gone on without it.
    """

    store: Store
    registry: Registry
    answers: dict[Asked, tuple[tuple[Any, ...], bytes]] = field(default_factory=dict)
    decisions: Waiting[Decision, frozenset[tuple[int, str]], dict[str, Any]] = field(
        default_factory=lambda: Waiting(WAITING_DECISIONS)
    )
    states: Waiting[tuple[str, str], int, bytes] = field(default_factory=lambda: Waiting(WAITING_STATES))
    reports: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = field(default_factory=dict)
    seats: Count | None = None
    steadfast: bool = False
    damage: str | None = None
    _held: tuple[tuple[int, int], Engine] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _answering: threading.Lock = field(default_factory=threading.Lock)

    def engine(self, revision: int | None = None) -> Engine:
        """The version in service over today's catalogue; without one, weak priors and the catalogue.

        A promote or a change of the catalogue shows at the next call: one ``stat`` and one number tell.

        Parameters
        ----------
        revision : int, optional
            The catalogue's number, where the caller has just read it.
        """
        if revision is None:
            with self.store.read() as conn:
                revision = catalogues.revision(conn)
        now = (self.registry.stamp(), revision)
        held = self._held
        if held is None or held[0] != now:
            with self._lock:
                held = self._held
                if held is None or held[0] != now:
                    held = self._held = (now, self._load(held))
        return held[1]

    def _load(self, held: tuple[tuple[int, int], Engine] | None) -> Engine:
        with self.store.read() as conn:
            catalogue = catalogues.read_catalogue(conn)
        try:
            version = self.registry.in_service()
            self.damage = None
            if version is None:
                return Engine.bare(catalogue)
            if held is not None and held[1].version == version:
                return held[1].over(catalogue)
            return Engine.from_parts(self.registry.load(version), version).over(catalogue)
        except CorruptModel as error:
            if not self.steadfast:
                raise
            self.damage = str(error)
            log.error("going on without the version in service: %s", error)
            if held is not None and held[1].version is not None:
                return held[1].over(catalogue)
            earlier = self._earlier()
            return Engine.bare(catalogue) if earlier is None else earlier.over(catalogue)

    def _earlier(self) -> Engine | None:
        """The last version in service before the damaged one that can be loaded."""
        with suppress(CorruptModel):
            for version in reversed(self.registry.record()["served"][:-1]):
                with suppress(CorruptModel):
                    return Engine.from_parts(self.registry.load(version), version)
        return None

    def today(self) -> dt.date:
        """The day as of which is answered."""
        return dt.datetime.now(dt.UTC).date()

    def remember(self, key: Asked, rests_on: tuple[Any, ...], body: bytes) -> None:
        """Keep an answer; the oldest goes where there are too many."""
        # orjson's bytes keep the buffer they grew in, more than twice their length: keep a copy.
        kept = (rests_on, bytes(memoryview(body)))
        with self._answering:
            self.answers[key] = kept
            while len(self.answers) > CACHED_ANSWERS:
                del self.answers[next(iter(self.answers))]

    def forget(self, learner_id: str) -> None:
        """Drop the answers of somebody who was erased, and reports that count them."""
        with self._answering:
            for key in [key for key in self.answers if key[0] == learner_id]:
                del self.answers[key]
        self.reports.clear()
        self.seats = None

    def close(self) -> None:
        """Give the store's connections back."""
        self.store.close()


def open_workspace(database: str | None = None, models: str | None = None) -> Workspace:
    """Open the store and the registry.

    Parameters
    ----------
    database : str, optional
        An SQLAlchemy URL; else ``RECOMMENDER_DATABASE``, else ``recommender.db`` in the working directory.
    models : str, optional
        The registry's folder; else ``RECOMMENDER_MODELS``, else ``models``.
    """
    return Workspace(open_store(database or os.environ.get(DATABASE) or None), open_shelf(models).registry)


def open_shelf(models: str | None = None) -> Shelf:
    """The registry alone, found as ``open_workspace`` finds it."""
    return Shelf(Registry(models or os.environ.get(MODELS) or DEFAULT_MODELS))

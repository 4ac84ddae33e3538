"""What waits to be written, off the requests' path."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from typing import Any, Generic, NamedTuple, Protocol, TypeVar


class Ranked(Protocol):
    """What has an order, total or not."""

    def __lt__(self, other: Any, /) -> bool: ...


K = TypeVar("K")
R = TypeVar("R", bound=Ranked)
V = TypeVar("V")
log = logging.getLogger(__name__)


class Kept(NamedTuple, Generic[K, R, V]):
    """One thing that waits: of two under one key the greater rank stays, or the first where neither is."""

    key: K
    rank: R
    value: V


class Waiting(Generic[K, R, V]):
    """A bounded queue, one value a key. Safe to share between threads.

    Parameters
    ----------
    most : int
        How many may wait; the oldest goes where there are more.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[K, Kept[K, R, V]] = {}
        self._lost = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: K) -> Kept[K, R, V] | None:
        """What waits under a key."""
        return self._kept.get(key)

    def put(self, key: K, rank: R, value: V) -> None:
        """Let a value wait, unless one waits already that is not of a lower rank."""
        self.put_back([Kept(key, rank, value)])

    def put_back(self, things: Iterable[Kept[K, R, V]]) -> None:
        """Let things wait again that could not be written."""
        with self._lock:
            for thing in things:
                there = self._kept.get(thing.key)
                if there is None or there.rank < thing.rank:
                    self._kept[thing.key] = thing
            while len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]
                self._lost += 1

    def take(self) -> list[Kept[K, R, V]]:
        """Everything that waits, the oldest first; nothing waits afterwards."""
        with self._lock:
            things = list(self._kept.values())
            lost, self._lost = self._lost, 0
            self._kept.clear()
        if lost:
            log.warning("%d things are lost: too many waited for the store at once", lost)
        return things

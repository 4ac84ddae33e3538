"""What can go wrong, as one family.

The engine raises these; ``cli.main`` turns them into one sentence and exit status 1, and
``api.problems`` turns them into RFC 9457 problems. A message says what is wrong and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Fault(NamedTuple):
    """One wrong field: an RFC 6901 JSON pointer to it and what is wrong with it."""

    pointer: str
    reason: str


class RecommenderError(Exception):
    """Base of everything this project raises on purpose."""


class BadInput(RecommenderError):
    """The caller's data or arguments cannot be used.

    Parameters
    ----------
    message : str
        What is wrong and what to do.
    faults : sequence of Fault
        Each wrong field, by JSON pointer; empty where the input is not a document.
    """

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


class UnknownLearner(RecommenderError):
    """No learner of that id is in the store."""


class UnknownEvent(RecommenderError):
    """No event of that type and id is in the store."""


class UnknownVersion(RecommenderError):
    """No model version of that name is in the registry."""


class UnknownKey(RecommenderError):
    """No API key of that id is in the store."""


class CorruptModel(RecommenderError):
    """A model version is missing or differs from its recorded digest; nothing was loaded."""


class NothingToTrain(RecommenderError):
    """The store holds too little to fit a model on."""


class TrainingUnderWay(RecommenderError):
    """Another training holds the registry."""


class StoreBusy(RecommenderError):
    """The store did not answer in time; the call may be repeated."""


class StoreFull(RecommenderError):
    """The disk under the store is full; nothing of the call was kept."""


class StoreUnusable(RecommenderError):
    """The store cannot be opened, or holds something else."""


class TooLarge(RecommenderError):
    """The call carries more than the server's limit."""


class LinkRefused(RecommenderError):
    """A learner's link is forged, used up or expired."""


class CannotServe(RecommenderError):
    """The server cannot start, for example because the port is in use."""

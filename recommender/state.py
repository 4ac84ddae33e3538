"""A learner's state: everything serving needs to know of one person, in a few kilobytes."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class ModuleStatus(msgspec.Struct, array_like=True):
    """The last thing that happened between a learner and a module, when (microseconds), and why.

    ``scored`` says whether the module's own test before and after it has been taken in.
    """

    status: str
    at: int
    reason: str | None = None
    scored: tuple[bool, bool] = (False, False)


@dataclass(slots=True)
class LearnerState:
    """The posterior of the profile, what was done and dismissed, and the evidence behind it.

    Parameters
    ----------
    seq : int
        Number of the learner's last change that it has seen.
    covariance : (K + m, K + m) array
        Of the profile's K competencies and the effects of m open occasions (``profiles.occasions``).
    means : (C, K + m) array
    log_weights : (C,) array
    at : int
        Moment of the posterior, microseconds since 1970.
    last : (int, str, str)
        Order of the last step taken in; anything earlier means a replay.
    forms : set of str
        Marks of forms taken in that a later event could still join; joining means a replay.
    modules : dict of module_id to ModuleStatus
    taken : list of str
        Modules in the order first enrolled in, started or completed.
    answers : (S, K) array of int
        Scores and ratings by source and competency.
    raters : dict of (source, k) to set of int
        Keys of the distinct raters behind them.
    answered : str
        Competency of the last right or wrong answer; empty where there is none.
    occasions : tuple of (day, source)
        The occasions whose effects are the last m coordinates.
    """

    seq: int
    covariance: Array
    means: Array
    log_weights: Array
    at: int
    answers: NDArray[np.int64]
    last: tuple[int, str, str] = (-(2**63), "", "")
    forms: set[str] = field(default_factory=set)
    modules: dict[str, ModuleStatus] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    raters: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    answered: str = ""
    occasions: tuple[tuple[int, int], ...] = ()

    @property
    def measured(self) -> bool:
        """Whether anybody or anything has measured this learner."""
        return bool(self.answers.any())


class _Body(msgspec.Struct, array_like=True):
    shape: tuple[int, int, int]
    covariance: bytes
    means: bytes
    log_weights: bytes
    answers: bytes
    at: int
    last: tuple[int, str, str]
    forms: list[str]
    modules: dict[str, ModuleStatus]
    taken: list[str]
    raters: list[tuple[int, int, list[int]]]
    answered: str = ""
    occasions: tuple[tuple[int, int], ...] = ()


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Body).decode


def dump(state: LearnerState) -> bytes:
    """A state as bytes, the same for the same state."""
    return _encode(
        _Body(
            (len(state.log_weights), state.answers.shape[1], len(state.answers)),
            np.ascontiguousarray(state.covariance).tobytes(),
            np.ascontiguousarray(state.means).tobytes(),
            state.log_weights.tobytes(),
            state.answers.astype(np.int32).tobytes(),
            state.at,
            state.last,
            sorted(state.forms),
            state.modules,
            state.taken,
            [(s, k, sorted(keys)) for (s, k), keys in sorted(state.raters.items())],
            state.answered,
            state.occasions,
        )
    )


def load(body: bytes, seq: int) -> LearnerState:
    """The state that ``dump`` made bytes of."""
    b = _decode(body)
    c, k, s = b.shape
    size = k + len(b.occasions)
    return LearnerState(
        seq,
        np.frombuffer(b.covariance).reshape(size, size),
        np.frombuffer(b.means).reshape(c, size),
        np.frombuffer(b.log_weights),
        b.at,
        np.frombuffer(b.answers, np.int32).reshape(s, k).astype(np.int64),
        b.last,
        set(b.forms),
        b.modules,
        b.taken,
        {(source, comp): set(keys) for source, comp, keys in b.raters},
        b.answered,
        b.occasions,
    )

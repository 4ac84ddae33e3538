"""What an evaluation tells: one row a figure, and a reason for every row that is absent."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from recommender.evaluation.comparison import Difference

OURS = "this version"
IN_NINETY, TO_BE = "rating or score in its 90 %", "to be 0.90"
"""Share of what was held out that lies in the interval foretold for it."""


@dataclass(frozen=True)
class Row:
    """One figure.

    Parameters
    ----------
    part : str
        ``ranking``, ``profiles``, ``answers``, ``gains``, ``intervals``, ``segments`` or ``policy``.
    measure : str
    of : str
        Whose: ``this version``, or what it is set beside.
    value : float or None
        None where it is absent; the note says why.
    error : float or None
        Standard error.
    n : int or None
        On how many it rests, and ``unit`` of what.
    note : str
    """

    part: str
    measure: str
    of: str = OURS
    value: float | None = None
    error: float | None = None
    n: int | None = None
    unit: str = "learners"
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def absent(part: str, measure: str, why: str) -> Row:
    """A row that the evidence does not allow."""
    return Row(part, measure, note=why)


def against(difference: Difference) -> str:
    """How this version's error compares with that of the row, as the gain it brings."""
    mean, low, high = (0.0 - x for x in (difference.mean, difference.high, difference.low))
    gain = f"{mean:+.3g} (90 %: {low:+.3g} to {high:+.3g})"
    words = {
        "better": f"{OURS} is better by {gain}",
        "worse": f"{OURS} is worse by {gain}",
        "not distinguishable": f"{OURS} is not distinguishable from it: {gain}",
        "cannot be told": "too few learners to compare",
    }
    return words[difference.word]

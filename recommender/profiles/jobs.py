"""Where somebody works and as what: what that says of a profile before anything else is known.

Serving's side: numpy only. ``job_fit`` learns the shifts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Shifts:
    """How far the people of each department, or of each role, stand from everybody.

    Parameters
    ----------
    names : tuple of str, length G
        Departments' ids, or roles.
    by : (G, K) array
        In points, shrunk; over the people of all groups they are 0 on average.
    doubt : (G,) array
        Variance of that, in squared points, on average over competencies.
    between : float
        Variance between groups: the doubt of a group never seen. 0 where groups do not differ.
    """

    names: tuple[str, ...]
    by: Array
    doubt: Array
    between: float

    @cached_property
    def _at(self) -> dict[str, int]:
        return {name: g for g, name in enumerate(self.names)}

    def of(self, name: str | None) -> tuple[Array | float, float]:
        """Shift (K,) and its variance; no shift where the group was never seen."""
        g = self._at.get(name) if name is not None else None
        return (0.0, self.between) if g is None else (self.by[g], float(self.doubt[g]))


def no_shifts(k: int) -> Shifts:
    """Where groups do not differ, or there are none."""
    return Shifts((), np.zeros((0, k)), np.zeros(0), 0.0)

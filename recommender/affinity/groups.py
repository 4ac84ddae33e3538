"""What is taken in a role or a segment: how a learner of whom little is known is met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PULL = 200.0
"""Modules taken by everybody that a group's own are added to: a small group looks like everybody."""

Group = tuple[str, str]
"""What it goes by (``role``, ``segment``), and its name."""


@dataclass(frozen=True)
class GroupUptake:
    """How often each group took each of the model's modules: ``names`` of the G, ``counts`` (G, M)."""

    names: tuple[Group, ...]
    counts: NDArray[np.float32]

    def share(self, whole: NDArray[np.float64], belongs: Mapping[Group, float]) -> NDArray[np.float64] | None:
        """(M + 1,) shares by popularity for who belongs to groups; None where none of them is known.

        Parameters
        ----------
        whole : (M + 1,) array
            Everybody's shares; the last is a new module's.
        belongs : mapping
            To which groups, and how surely, 0 to 1.
        """
        row = {name: g for g, name in enumerate(self.names)}
        weight = np.zeros(len(self.names), np.float32)
        for group, surely in belongs.items():
            if group in row:
                weight[row[group]] = surely
        if not weight.any():
            return None
        taken = weight @ self.counts
        share: NDArray[np.float64] = PULL * whole
        share[:-1] += taken
        return share / (PULL + float(taken.sum()))

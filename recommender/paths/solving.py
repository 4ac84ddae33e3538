"""What HiGHS found, and what of it is proved."""

from __future__ import annotations

from typing import Any

import numpy as np

NOTHING = 1e-6
"""Worth that is the solver's rounding."""


def gap_of(found: Any, value: float, near: float = NOTHING) -> float | None:
    """By what share of a plan's worth a better one could lie above it.

    Parameters
    ----------
    found : OptimizeResult
        Of ``scipy.optimize.milp``, which minimised minus the worth.
    value : float
        The plan's worth.
    near : float
        Worth by which the programme may lie above the plan without a better one.

    Returns
    -------
    float or None
        0: no better plan exists. None: nothing is proved that a share could tell.
    """
    bound = None if found.x is None else found.mip_dual_bound
    if bound is None or not np.isfinite(bound):
        return None
    above = -float(bound) - value
    if value > 0.0:
        return max(above, 0.0) / value
    return 0.0 if above <= near else None

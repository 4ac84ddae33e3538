"""Values on their own scale: the vectorised twin of ``checks``' scale faults."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recommender.evidence import SCALES
from recommender.store.checks import reason
from recommender.store.importing.parse import Faults


def check_scales(table: str, columns: dict[str, pa.Array], faults: Faults) -> None:
    """Note rows whose scale is upside down, or whose values lie off it."""
    if table not in SCALES:
        return
    low_name, high_name, names = SCALES[table]
    low, high = _numbers(columns[low_name]), _numbers(columns[high_name])
    faults.add(
        ~(high > low) & ~np.isnan(high) & ~np.isnan(low),
        high_name,
        lambda i: reason(
            "scale", high_name=high_name, high=float(high[i]), low_name=low_name, low=float(low[i])
        ),
    )
    for name in names:
        values = _numbers(columns[name])
        faults.add(values < low, name, _off("below", low_name, low))
        faults.add(values > high, name, _off("above", high_name, high))


def _numbers(values: pa.Array) -> NDArray[np.float64]:
    return np.asarray(values.to_numpy(zero_copy_only=False), np.float64)


def _off(code: str, name: str, bound: NDArray[np.float64]) -> Callable[[int], str]:
    return lambda i: reason(code, name=name, bound=float(bound[i]))

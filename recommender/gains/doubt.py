"""What is not known of a method, and how much of it each module carries."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recommender.framework import METHODS
from recommender.gains.match import shapes
from recommender.gains.serve import GainTable
from recommender.profiles.serve import Array, Posterior, weights


class MethodDoubt(NamedTuple):
    """``pull`` (M,): points a module brings one learner for a unit of its method's coefficient;
    ``variance`` (H,): of that coefficient, a segment's own part weighed by membership."""

    pull: Array
    variance: Array


def of_methods(tab: GainTable, posterior: Posterior) -> MethodDoubt:
    """The doubt that modules of one method share, as one learner meets it."""
    model, share = tab.model, weights(posterior)
    shape = shapes(tab.levels, posterior.means, np.diag(posterior.covariance), model.match)
    matched = np.einsum("lck,c->lk", shape[:, 0], share)
    pull = tab.units * (tab.weights * matched[tab.level]).sum(1)
    variance = np.empty(len(METHODS))
    for h in range(len(METHODS)):
        first = model.segment_at + h * len(share)
        columns = np.append(model.method_at + h, np.arange(first, first + len(share)))
        x = np.append(1.0, share)
        variance[h] = x @ model.covariance[np.ix_(columns, columns)] @ x
    return MethodDoubt(pull, variance)

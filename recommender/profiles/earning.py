"""Whether segments among many competencies foretell evidence that they have not seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recommender.profiles import mixture as mix
from recommender.profiles.cells import Cells
from recommender.profiles.errors import Information
from recommender.profiles.leading import Leading
from recommender.profiles.serve import Array


def half_of(cells: Cells, seed: int) -> Cells:
    """The same with half of its cells, drawn at random, empty; right and wrong answers stay."""
    kept = np.random.default_rng(seed).random(len(cells.count)) < 0.5
    return replace(cells, count=cells.count * kept)


def foretold(info: Information, half: Information, mixture: mix.Mixture) -> Array:
    """(N,) log-likelihood, but for a constant, of what half of the evidence leaves out, at the profiles
    expected from that half."""
    mean = mix.beliefs(half.precision, half.shift, mixture).moments()[0]
    pulled = np.einsum("nkl,nl->nk", info.precision - half.precision, mean)
    return np.asarray(((info.shift - half.shift - 0.5 * pulled) * mean).sum(1))


def earn(info: Information, half: Information, single: mix.Mixture, c: int, seed: int) -> bool:
    """Whether so many segments, found in half of the evidence, foretell the rest better than none.

    One question's right and wrong are two kinds of people to any likelihood, and say nothing of what else
    they know: their likelihood cannot tell such segments from others, what they foretell can (in the way of
    cross-validation by held-out cells; Wold 1978, Technometrics 20:397).

    Parameters
    ----------
    info, half : Information
        Of the same learners and under the same errors: all of the evidence, and half of it.
    single : Mixture
        One Gaussian to start from.
    c : int
        Segments.
    """
    one, _ = mix.climb(half.precision, half.shift, single)
    leading = Leading.of(one)
    few = leading.evidence(half.precision, half.shift)
    begin = mix.clustered(*few, leading.narrow(one), c, seed)
    if begin is None:
        return False
    found = leading.widen(mix.climb(*few, begin)[0])
    return float(foretold(info, half, found).sum()) > float(foretold(info, half, one).sum())

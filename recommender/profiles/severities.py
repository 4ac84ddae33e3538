"""How severe raters are, heard through profiles that are not known either.

A rater's severity and the profiles of those they rate are learnt from the same marks. Taking profiles as
known up to an independent error makes severities too sure and their variance too small, the more so the
fewer colleagues rate each learner. Each form therefore passes on what it alone says: of the severity given
what all other forms say of the learner, and of the learner given what the rater's other forms say of the
severity (belief propagation between learners and raters; Pearl 1988; Weiss & Freeman 2001, Neural
Computation 13:2173: the means are exact where it settles).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.profiles.serve import Array

LEAST = 1e-9
"""Least precision of what a form says; rounding may take it below 0."""


class Message(NamedTuple):
    """What each of F forms says of the error it shares, apart from what was believed of it.

    ``mean`` (F,) relative to the form's bias, and ``precision`` (F,).
    """

    mean: Array
    precision: Array


def message(level: Array, total: Array, shared: Array, about: Array) -> Message:
    """What forms say of their shared errors, profiles integrated out under all other evidence.

    Parameters
    ----------
    level : (F,) array
        Weighted sum of residuals from learners' posterior means.
    total : (F,) array
        Sum of weights.
    shared : (F,) array
        Variance of the shared error as believed before the form.
    about : (F,) array
        Variance of the weighted sum of profiles, under learners' posteriors.
    """
    shrink = shared / (1.0 + shared * total)
    precision = np.maximum((total - about / (1.0 + shared * total)) / (1.0 + shrink * about), LEAST)
    return Message(level / (1.0 + shrink * about) / precision, precision)


class Severities(NamedTuple):
    """Mean and variance (R,) of raters' severities; of each form's rater by all their other forms (F,)."""

    mean: Array
    variance: Array
    form_mean: Array
    form_variance: Array


def unheard(raters: int, rater: NDArray[np.int64], severity: float) -> Severities:
    """Severities before data."""
    return Severities(
        np.zeros(raters), np.full(raters, severity),
        np.zeros(len(rater)), np.where(rater >= 0, severity, 0.0),
    )  # fmt: skip


def known(mean: Array, variance: Array, rater: NDArray[np.int64]) -> Severities:
    """Severities (R,) learnt elsewhere, from which forms by ``rater`` (F,) take nothing off."""
    at_mean, at_variance = np.append(mean, 0.0)[rater], np.append(variance, 0.0)[rater]
    return Severities(mean, variance, at_mean, at_variance)


def hear(
    said: Message, halo: Array, rater: NDArray[np.int64], before: Severities, severity: float
) -> Severities:
    """Severities from what forms say.

    Parameters
    ----------
    said : Message
    halo : (F,) array
        Variance of the halo, which lies between a form's error and its rater's severity.
    rater : (F,) array
        -1 where there is none.
    before : Severities
        Under which the forms were heard.
    severity : float
        Variance between raters.
    """
    rated = np.flatnonzero(rater >= 0)
    who = rater[rated]
    weight = 1.0 / (1.0 / said.precision[rated] + halo[rated])
    pull = weight * (before.form_mean[rated] + said.mean[rated])
    raters = len(before.mean)
    held = np.bincount(who, weight, minlength=raters) + 1.0 / severity
    pulled = np.bincount(who, pull, minlength=raters)
    form_mean, form_variance = np.zeros(len(rater)), np.zeros(len(rater))
    others = held[who] - weight
    form_mean[rated] = (pulled[who] - pull) / others
    form_variance[rated] = 1.0 / others
    return Severities(np.asarray(pulled / held), np.asarray(1.0 / held), form_mean, form_variance)


def unconnected(learner: NDArray[np.int64], rater: NDArray[np.int64]) -> NDArray[np.int64]:
    """Raters of whom every learner is rated by nobody else: severity and level cannot be told apart there.

    Parameters
    ----------
    learner, rater : (n,) arrays
        Numbers from 0 of who was rated by whom; self-ratings left out.
    """
    pair = np.unique(np.stack([learner, rater]), axis=1)
    others = np.bincount(pair[0])[pair[0]] - 1
    most = np.full(int(pair[1].max(initial=-1)) + 1, -1)
    np.maximum.at(most, pair[1], others)
    return np.flatnonzero(most == 0)

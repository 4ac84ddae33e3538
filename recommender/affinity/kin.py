"""Serve: modules nobody could take yet borrow from those they are most like, numpy only.

Most alike by what they are about: the characters of title and description, competencies, level and
method. Worked out once a catalogue; a request only adds up what each one's kin are worth to the learner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from recommender.framework import Module

KIN = 10
"""Modules that a new one borrows from."""
ABOUT = {"text": 0.5, "competencies": 0.4, "level": 0.05, "method": 0.05}
"""What each likeness counts; what a module does not tell counts nothing, and the others more."""
BUCKETS = 4096
"""Pairs of characters are hashed to so many; a few of 3,321 titles fall together."""
OPENING = 100
"""So many characters of a description say what it is about."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Kin:
    """``new`` (n,) places in the catalogue of modules the model does not know, ``rows`` (n, k) the model's
    rows of their kin, ``lent`` (n, k) the share of each one's worth that passes to them: together as much
    as the nearest is alike, so that a module like no other borrows nothing."""

    new: NDArray[np.intp]
    rows: NDArray[np.intp]
    lent: NDArray[np.float64]


def kin_of(modules: Sequence[Module], columns: NDArray[np.intp]) -> Kin | None:
    """The kin of every module unknown to the model; None where there is none, or nobody to borrow from.

    Parameters
    ----------
    modules : sequence of Module
        Today's catalogue.
    columns : (M,) array of int
        The model's row of each, -1 where it does not know one.
    """
    new, old = np.flatnonzero(columns < 0), np.flatnonzero(columns >= 0)
    if not new.size or not old.size:
        return None
    likeness, weight = np.zeros((2, new.size, old.size), np.float32)
    for name, (alike, told) in _likenesses(modules, new, old):
        likeness += np.float32(ABOUT[name]) * alike * told
        weight += np.float32(ABOUT[name]) * told
    likeness /= np.maximum(weight, np.float32(1e-6))
    best = np.argsort(-likeness, axis=1, kind="stable")[:, :KIN]
    value = np.take_along_axis(likeness, best, 1).astype(float)
    share = value**2 / np.maximum((value**2).sum(1, keepdims=True), 1e-12)
    return Kin(new, columns[old][best], share * value[:, :1])


def _likenesses(
    modules: Sequence[Module], new: NDArray[np.intp], old: NDArray[np.intp]
) -> list[tuple[str, tuple[Floats, Floats]]]:
    """By kind, how alike (n, M') new and known modules are, and where both tell of it."""
    taught = {c: k for k, c in enumerate(sorted({c for m in modules for c, _ in m.competencies}))}
    about = np.zeros((len(modules), max(len(taught), 1)), np.float32)
    for j, module in enumerate(modules):
        for competency_id, weight in module.competencies:
            about[j, taught[competency_id]] = weight
    out = [(name, _cosine(table, new, old)) for name, table in
           (("text", letters(modules)), ("competencies", about))]  # fmt: skip
    for name in ("level", "method"):
        said = np.array([str(getattr(m, name) or "") for m in modules])
        known = said != ""
        same = (said[new][:, None] == said[old]).astype(np.float32)
        out.append((name, (same, (known[new][:, None] & known[old]).astype(np.float32))))
    return out


def _cosine(table: Floats, new: NDArray[np.intp], old: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Cosine of rows, and where neither is empty."""
    length = np.sqrt((table**2).sum(1))
    unit = table / np.maximum(length, np.float32(1e-9))[:, None]
    told = length > 0
    return unit[new] @ unit[old].T, (told[new][:, None] & told[old]).astype(np.float32)


def letters(modules: Sequence[Module]) -> Floats:
    """(M, BUCKETS) pairs of neighbouring characters, the rare ones counting more (TF-IDF).

    Pairs suit Chinese, whose words are mostly of two characters, and need no list of words elsewhere.
    """
    table = np.zeros((len(modules), BUCKETS), np.float32)
    for j, m in enumerate(modules):
        for text in (m.title_zh, m.title_en, m.description_zh[:OPENING], m.description_en[:OPENING]):
            for a, b in pairwise(text.lower()):
                table[j, crc32((a + b).encode()) % BUCKETS] += 1.0
    present = (table > 0).sum(0)
    rarity = 1.0 + np.log(len(modules) / np.maximum(present, 1)).astype(np.float32)
    return np.asarray(np.sqrt(table) * rarity)


def lend(kin: Kin, raw: NDArray[np.float64], mine: NDArray[np.intp]) -> NDArray[np.float64]:
    """(n,) raw scores of new modules: a new module's own, and what its kin are worth to the learner.

    Parameters
    ----------
    kin : Kin
    raw : (M + 1,) array
        The model's scores, the last that of a module it does not know.
    mine : array of int
        Rows of modules taken: who took one is as likely to take its like as anything else.
    """
    worth = raw.copy()
    worth[mine] = -np.inf
    worth[mine] = worth[:-1].max(initial=0.0)
    return np.asarray(raw[-1] + (kin.lent * np.maximum(worth[kin.rows] - raw[-1], 0.0)).sum(1))

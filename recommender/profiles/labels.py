"""Segments' names in both languages, from what surely sets each apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.profiles.apart import Apart
from recommender.profiles.prior import EVERYBODY
from recommender.profiles.serve import Array, Segment, stands_out

Name = tuple[str, str]
"""English and Chinese."""
LENGTHS = ((1, 1), (2, 1), (1, 2), (2, 2))
"""How many strengths and weaknesses a name has, the shortest first."""


def label_segments(
    ids: Sequence[str],
    apart: Apart,
    competencies: Sequence[str],
    names: Mapping[str, Name],
    hidden: NDArray[np.bool_],
) -> tuple[Segment, ...]:
    """Name each component by what sets it apart from everybody; no two are named alike.

    Parameters
    ----------
    ids : sequence of str, length C
    apart : Apart
    competencies : sequence of str, length K
    names : mapping of competency_id to (English, Chinese)
    hidden : (C, K) array of bool
        What may not be told, for too few raters stand behind it.
    """
    if len(ids) == 1:
        return (EVERYBODY,)
    called = [names[k] for k in competencies]
    out: list[Segment] = []
    used: set[str] = set()
    for c, segment_id in enumerate(ids):
        true = [*_names(apart, c, ~hidden[c], called)]
        free = [name for name in true if used.isdisjoint(name)]
        if free:
            en, zh = free[0]
        elif true:
            en, zh = f"{true[-1][0]} ({segment_id})", f"{true[-1][1]}（{segment_id}）"
        else:
            en, zh = f"segment {segment_id}", f"群体{segment_id}"
        used |= {en, zh}
        out.append(Segment(segment_id, en[:1].upper() + en[1:], zh))
    return tuple(out)


def _names(apart: Apart, c: int, open_: NDArray[np.bool_], called: Sequence[Name]) -> Iterator[Name]:
    """Names that would be true of a component, what says most for its length first."""
    told = stands_out(apart.by[c], apart.sd[c]) * open_
    if not told.any():
        if open_.all():
            yield "much like everyone", "与整体相近"
        return
    order = np.argsort(-np.abs(apart.by[c]), kind="stable").tolist()
    high = [called[k] for k in order if told[k] > 0]
    low = [called[k] for k in order if told[k] < 0]
    if 2 * max(len(high), len(low)) > len(called) > 1 and not (high and low):
        lean = stands_out(apart.lean[c], apart.lean_sd[c])
        most = np.where(lean * told > 0, np.abs(apart.lean[c]), 0.0)
        yield from _level(most, called, up=bool(high), everything=bool(told.all()))
    strengths_first = told[next(k for k in order if told[k])] > 0
    for many_high, many_low in LENGTHS:
        sides = [_strong(high[:many_high]), _weak(low[:many_low])]
        yield _joined([side for side in (sides if strengths_first else sides[::-1]) if side[0]])


def _level(most: Array, called: Sequence[Name], *, up: bool, everything: bool) -> Iterator[Name]:
    """Names of a component that lies to one side of everybody in all or most competencies.

    ``most`` (K,) is how much further it lies there in some than in others, 0 where that is not sure.
    """
    en = ("strong" if up else "weak") + (" throughout" if everything else " in most areas")
    zh = ("各项" if everything else "多数能力") + ("都强" if up else "都弱")
    if most.any():
        name_en, name_zh = called[int(most.argmax())]
        tail_en, tail_zh = ("most of all in", "尤其强") if up else ("most of all at", "尤其弱")
        yield f"{en}, {tail_en} {_small(name_en)}", f"{zh}，{name_zh}{tail_zh}"
    yield en, zh


def _strong(names: Sequence[Name]) -> Name:
    return _side(names, "strong in", "强")


def _weak(names: Sequence[Name]) -> Name:
    return _side(names, "weak at", "弱")


def _side(names: Sequence[Name], verb: str, zh: str) -> Name:
    """Strengths or weaknesses; two empty texts where there are none."""
    if not names:
        return "", ""
    english = [_small(en) for en, _ in names]
    joint = f", and {verb.split()[1]} " if any(" and " in each for each in english) else " and "
    return f"{verb} {joint.join(english)}", "、".join(chinese for _, chinese in names) + zh


def _joined(sides: Sequence[Name]) -> Name:
    """Strengths and weaknesses as one name; a longer pause where either is a list."""
    english, chinese = zip(*sides, strict=True)
    pause = "，" if any("、" in each for each in chinese) else "、"
    return (", ").join(english), pause.join(chinese)


def _small(name: str) -> str:
    """A name inside a sentence."""
    return name[:1].lower() + name[1:] if name[1:2].islower() or "-" in name else name

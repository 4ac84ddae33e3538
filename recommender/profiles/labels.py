"""Segments' names in both languages, from what sets each apart."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recommender.profiles.mixture import Mixture
from recommender.profiles.prior import EVERYBODY
from recommender.profiles.serve import Segment

LEVEL_GAP = 5.0
"""Points by which a segment's mean must differ from everybody's before it is called strong or early."""


def label_segments(
    ids: list[str], mixture: Mixture, competencies: tuple[str, ...], names: Mapping[str, tuple[str, str]]
) -> tuple[Segment, ...]:
    """Name each component by its overall level and by the competencies it is highest and lowest in.

    Parameters
    ----------
    ids : list of str, length C
    mixture : Mixture
    competencies : tuple of str, length K
    names : mapping of competency_id to (English, Chinese)
    """
    if len(ids) == 1:
        return (EVERYBODY,)
    apart = mixture.means - mixture.weights @ mixture.means
    level = apart.mean(1)
    shape = apart - level[:, None]
    out, used = [], set()
    for c, segment_id in enumerate(ids):
        order = np.argsort(-shape[c])
        for high, low in _pairs(len(competencies)):
            top, bottom = names[competencies[order[high]]], names[competencies[order[-1 - low]]]
            en, zh = _words(float(level[c]), top, bottom, len(competencies))
            if en not in used:
                break
        else:
            en, zh = f"{en} ({segment_id})", f"{zh}（{segment_id}）"
        used.add(en)
        out.append(Segment(segment_id, en, zh))
    return tuple(out)


def _pairs(k: int) -> list[tuple[int, int]]:
    """Which extremes to name, the clearest first."""
    return [(a, b) for total in range(3) for a in range(total + 1) for b in [total - a] if a + b < k - 1] or [
        (0, 0)
    ]


def _words(level: float, top: tuple[str, str], bottom: tuple[str, str], k: int) -> tuple[str, str]:
    """One label in both languages."""
    if k == 1:
        en, zh = ("higher", "较高") if level > 0 else ("lower", "较低")
        return f"{top[0]}: {en}", f"{top[1]}{zh}"
    if level > LEVEL_GAP:
        head = ("Experienced", "整体较强")
    elif level < -LEVEL_GAP:
        head = ("Starting out", "起步阶段")
    else:
        head = ("Midway", "整体居中")
    return (
        f"{head[0]}: stronger in {_small(top[0])}, less in {_small(bottom[0])}",
        f"{head[1]}，{top[1]}较好，{bottom[1]}待加强",
    )


def _small(name: str) -> str:
    """A name inside a sentence."""
    return name[:1].lower() + name[1:] if name[1:2].islower() or "-" in name else name

"""Why a module is recommended, in words, from the numbers that ranked it.

The engine states facts; this room puts them into Chinese or English. Every sentence names what sets its
module apart, so that two recommendations share none; the choice among wordings is a function of the
module, never of chance. What few raters said is not told: see ``guard``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from recommender.evidence import ANONYMOUS, FEWEST_RATERS
from recommender.framework import Catalogue
from recommender.reasons import en, zh
from recommender.reasons.changes import Change, tell
from recommender.reasons.scene import Fact, Scene

__all__ = ["KIND_LABELS", "Change", "Fact", "render", "tell"]

KIND_LABELS: dict[str, dict[str, str]] = {
    "gap": {"zh": "差距", "en": "Gap"},
    "evidence": {"zh": "依据", "en": "Evidence"},
    "effect": {"zh": "效果", "en": "Effect"},
    "unlocks": {"zh": "解锁", "en": "Unlocks"},
    "continue": {"zh": "接着学", "en": "Carry on"},
    "uptake": {"zh": "选课", "en": "Taken next"},
    "prior": {"zh": "预估", "en": "Estimate"},
    "explore": {"zh": "试一试", "en": "Worth a try"},
    "cold_start": {"zh": "起步", "en": "First step"},
    "returns": {"zh": "再提", "en": "Back again"},
    "prerequisite": {"zh": "先修", "en": "Comes first"},
}
"""A short label of every kind of reason; ``evidence`` names what a gap rests on."""

_LANGUAGES: dict[str, ModuleType] = {"zh": zh, "en": en}


def render(module_id: str, facts: Sequence[Fact], catalogue: Catalogue, lang: str) -> list[dict[str, Any]]:
    """Facts about a recommended module as reasons, in their order.

    Parameters
    ----------
    module_id : str
        What is recommended; in the catalogue.
    facts : sequence of Fact
    catalogue : Catalogue
    lang : str
        ``zh``; anything else is English.

    Returns
    -------
    list of dict
        ``kind``, its ``label``, ``text`` and the fact's numbers, ready for JSON.
    """
    words = _LANGUAGES["zh" if lang == "zh" else "en"]
    scene = Scene(catalogue.module[module_id], catalogue, "zh" if lang == "zh" else "en")
    out = []
    for fact in facts:
        values = guard(fact)
        text = values is not None and words.WRITERS[fact.kind](scene, values)
        if values is not None and text:
            label = KIND_LABELS[fact.kind][scene.lang]
            out.append({"kind": fact.kind, "label": label, "text": text, **_plain(values, scene.lang)})
    return out


def guard(fact: Fact) -> Mapping[str, Any] | None:
    """A fact's values without any number about fewer than three people; None where nothing is left."""
    values = dict(fact.values)
    learners = values.get("learners")
    if learners is not None and learners < FEWEST_RATERS:
        return None
    if "sources" in values:
        values["sources"] = {
            source: None if source in ANONYMOUS and (n is None or n < FEWEST_RATERS) else n
            for source, n in values["sources"].items()
        }
    return values


def _plain(values: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """Values as JSON has them; of a label in two languages only the one."""
    out: dict[str, Any] = {}
    for key, value in values.items():
        if key.endswith(("_en", "_zh")):
            if key.endswith(f"_{lang}"):
                out[key[:-3]] = value
        else:
            out[key] = value.isoformat() if isinstance(value, dt.date) else value
    return out

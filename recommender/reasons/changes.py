"""What changed in a path and why, in words of both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from recommender.framework import Catalogue
from recommender.reasons import en, zh
from recommender.reasons.scene import Scene, points


class Change(NamedTuple):
    """One module that came into a path (``added``) or left it (``removed``).

    Kinds and values: ``finished``, ``dismissed``, ``back``, ``displaced``, ``room``, ``likelier``,
    ``less_likely`` and ``estimate`` none; ``blocked`` needs_module_id; ``opened`` after_module_id; ``begun``
    status; ``more_gain`` and ``less_gain`` competency_id, mean_before, mean.
    """

    what: str
    module_id: str
    kind: str
    values: Mapping[str, Any]


WORDS: dict[str, dict[str, str]] = {
    "finished": {"en": "{t} is finished.", "zh": "{t}已经学完。"},
    "dismissed": {"en": "{t} was set aside.", "zh": "{t}已被移开。"},
    "back": {"en": "{t} is open to you again.", "zh": "{t}重新对你开放了。"},
    "blocked": {
        "en": "{t} comes after {other}, which is not open to you.",
        "zh": "{t}要先学{other}，而这门现在不对你开放。",
    },
    "opened": {"en": "{other} is done, so {t} is open now.", "zh": "{other}学完了，{t}随之开放。"},
    "begun:enrolled": {"en": "You enrolled in {t}.", "zh": "{t}你已经报了名。"},
    "begun:started": {"en": "You began {t}.", "zh": "{t}你已经开始学。"},
    "displaced": {
        "en": "The minutes there are bring more with other modules than with {t}.",
        "zh": "同样的时间，别的课比{t}收获更多。",
    },
    "room": {"en": "There is time for {t} now.", "zh": "现在排得下{t}了。"},
    "likelier": {
        "en": "Going by what you take, you are likelier to finish {t} than before.",
        "zh": "从你最近的选课看，你比之前更可能学完{t}。",
    },
    "less_likely": {
        "en": "Going by what you take, you are less likely to finish {t} than before.",
        "zh": "从你最近的选课看，你学完{t}的可能比之前小。",
    },
    "estimate": {
        "en": "The estimate of what {t} brings you has changed.",
        "zh": "{t}能带给你多少，估计有了变化。",
    },
    "more_gain": {
        "en": "{t} brings you more: in {name} you are now put at about {mean}, not {before}.",
        "zh": "“{name}”现在估在约{mean}分，之前是{before}分，学{t}收获更多。",
    },
    "less_gain": {
        "en": "{t} brings you less: in {name} you are now put at about {mean}, not {before}.",
        "zh": "“{name}”现在估在约{mean}分，之前是{before}分，学{t}收获没那么多了。",
    },
}


def tell(change: Change, catalogue: Catalogue, lang: str) -> dict[str, Any]:
    """A change, ready for JSON: module_id, title, kind, text and the numbers behind it."""
    lang = "zh" if lang == "zh" else "en"
    words = zh if lang == "zh" else en
    module = catalogue.module[change.module_id]
    scene, values = Scene(module, catalogue, lang), dict(change.values)
    kind = change.kind
    if kind == "begun":
        kind = f"begun:{values['status']}"
    elif kind in ("more_gain", "less_gain") and points(values["mean"]) == points(values["mean_before"]):
        kind, values = "estimate", {}
    other = values.get("needs_module_id") or values.get("after_module_id")
    name = scene.competency(values["competency_id"]) if "competency_id" in values else ""
    text = WORDS[kind][lang].format(
        t=words.title(scene.short),
        other=words.title(catalogue.short_titles[lang][other]) if other else "",
        name=en.small(name) if lang == "en" else name,
        mean=points(values.get("mean", 0.0)),
        before=points(values.get("mean_before", 0.0)),
    )
    told = {"module_id": change.module_id, "title": module.title(lang), "kind": kind.partition(":")[0]}
    return {**told, "text": en.sentence(text) if lang == "en" else text, **values}

"""What the page says once after an action; the address names the action, the history confirms it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recommender.api.pages.view import Path
from recommender.api.translations import translate
from recommender.framework import Catalogue


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence, and the module whose setting aside can be undone beside it."""

    text: str
    undo: str | None = None


def notice(asked: Mapping[str, str], page: Path, catalogue: Catalogue, lang: str) -> Notice | None:
    """The notice of an address, if the learner's own history holds what it names."""

    def called(title: str) -> str:
        return translate(lang, "module", title=title)

    removed = asked.get("removed")
    if removed:
        past = next((p for p in page.past if removed in p.dismissals), None)
        if past is None:
            return None
        text = translate(lang, "set_aside", module=called(past.title))
        if page.first:
            gap = "" if lang == "zh" else " "
            text += gap + translate(lang, "next_is", module=called(page.first.title))
        return Notice(text, past.module_id)
    begun = next((b for b in page.begun if b.module_id == asked.get("started")), None)
    if begun:
        return Notice(translate(lang, "started", module=called(begun.title)))
    back = catalogue.module.get(asked.get("restored", ""))
    if back and all(p.module_id != back.module_id or not p.dismissals for p in page.past):
        return Notice(translate(lang, "restored", module=called(back.title(lang))))
    return None

"""What every template can use: the language, words, and marks of charts."""

from __future__ import annotations

import hashlib
import re
from functools import cache, partial
from pathlib import Path
from typing import Any

from flask import g, request, url_for

from recommender.api.pages import bands
from recommender.api.pages.rail import BUDGETS
from recommender.api.pages.session import CSRF_FIELD
from recommender.api.pages.view import CHOICES
from recommender.api.translations import HTML_LANG, translate

STATIC = Path(__file__).parent.parent / "static"
KEPT = ("minutes", "removed", "restored", "started")
"""What an address keeps when the language changes."""
_RANGE = re.compile(r"(?<=\d)[–-](?=\d)")


def context() -> dict[str, Any]:
    """Names that templates of the learner's pages may use."""
    lang = g.lang
    other = "en" if lang == "zh" else "zh"
    return {
        "lang": lang,
        "html_lang": HTML_LANG[lang],
        "other_lang": HTML_LANG[other],
        "t": partial(translate, lang),
        "switch_url": _switch_url(other),
        "signed_in": "learner_id" in g,
        "csrf_field": CSRF_FIELD,
        "csrf": g.get("csrf", ""),
        "choices": CHOICES,
        "budgets": BUDGETS,
        "pc": bands.percentage,
        "text_anchor": bands.text_anchor,
        "EDGE": bands.EDGE,
        "unbroken": unbroken,
        "static_url": static_url,
    }


def _switch_url(other: str) -> str:
    """This page in the other language; the answer to a form has the page it stands on."""
    endpoint = "learn.profile" if request.endpoint == "learn.profile" else "learn.path"
    kept: dict[str, Any] = {k: v for k, v in request.args.items() if k in KEPT}
    return url_for(endpoint, lang=other, **kept)


def unbroken(text: str) -> str:
    """A text whose ranges of numbers do not break across lines (word joiners around the dash)."""
    return _RANGE.sub("\u2060–\u2060", text)


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def static_url(name: str) -> str:
    """Address of a static file; it changes with the file's content, so browsers may keep it."""
    return url_for("learn.static", name=name, v=_digest(name))

"""What the pages of reports share: one file that needs no server, no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from recommender.api.reports.words import say
from recommender.api.translations import HTML_LANG

API = Path(__file__).parent.parent
Report = Mapping[str, Any]


def whole(value: float, *, signed: bool = False) -> str:
    """Whole points; a minus as typography has it, and no sign before 0."""
    points = round(value)
    return f"{points:+d}".replace("-", "−") if signed and points else f"{points}".replace("-", "−")


def percent(share: float) -> str:
    """A share as people say it."""
    return f"{share:.0%}"


def about(report: Report, lang: str) -> str:
    """What the report is of."""
    version, day = report["model_version"], report["as_of"]
    if version is None:
        return say(lang, "about.none", day=day)
    return say(lang, "about", version=version, day=day)


def rendered(name: str, lang: str, **values: Any) -> str:
    """A report as HTML.

    Parameters
    ----------
    name : str
        Of the template in ``templates/report``, which fills the frame.
    lang : str
        "en" or "zh".
    **values
        What the template shows beside the words and styles that all have.
    """
    environment = Environment(
        loader=FileSystemLoader(API / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template(f"report/{name}.html").render(
        lang=lang, html_lang=HTML_LANG[lang], join="" if lang == "zh" else " ", t=partial(say, lang),
        style="".join((API / "static" / name).read_text("utf-8") for name in ("learn.css", "report.css")),
        whole=whole, percent=percent, **values,
    )  # fmt: skip

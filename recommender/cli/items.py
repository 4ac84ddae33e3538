"""Recommendations and paths for reading, framed in the language that their reasons are in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from recommender.service.workspace import Workspace

WORDS = {
    "en": {
        "head": "{learner} (model {model}{segment})",
        "segment": ", segment: {}",
        "none": "none",
        "gain": ": {:+.1f} points expected (90 %: {:.1f} to {:.1f})",
        "nothing": "Nothing to recommend: no module is open to this learner.",
        "short": "Nothing to lay out: no module that is open to this learner fits into {:g} minutes.",
        "added": "Added since the last event:",
        "removed": "Removed since the last event:",
        "best": "No better path exists.",
        "gap": "A better path could lie at most {:.2%} above this one.",
        "unknown": "Not solved to the end in the time there was; a better path may exist.",
    },
    "zh": {
        "head": "{learner}（模型：{model}{segment}）",
        "segment": "，群体：{}",
        "none": "无",
        "gain": "：预计变化{:+.1f}分（90%区间：{:.1f}至{:.1f}）",
        "nothing": "没有可推荐的模块：目前没有模块对该学员开放。",
        "short": "无法安排：对该学员开放的模块都无法在{:g}分钟内完成。",
        "added": "最近一次记录之后新加入的：",
        "removed": "最近一次记录之后移出的：",
        "best": "没有更好的路径。",
        "gap": "更好的路径至多比这条高{:.2%}。",
        "unknown": "未能在限定时间内求解完毕，可能存在更好的路径。",
    },
}
"""What stands around titles and reasons."""
PROVED = 1e-4
"""A gap this small is the solver's rounding."""


def show_items(
    ws: Workspace, answer: Mapping[str, Any], lang: str | None, minutes: float | None = None
) -> None:
    """Print recommendations or a path: a line a module, its reasons under it.

    Parameters
    ----------
    ws : Workspace
    answer : mapping
        From ``advice.recommend`` or ``advice.path``.
    lang : str or None
        The language asked for; without one the learner's own, as for the reasons.
    minutes : float, optional
        The time there was, where the answer is a path.
    """
    from recommender.service import advice, people

    own = None if lang else people.get_learner(ws, answer["learner_id"])["language"]
    words = WORDS[advice.language(lang, own)]
    label = (answer.get("segment") or {}).get("label")
    segment = words["segment"].format(label) if label else ""
    model = answer["model_version"] or words["none"]
    click.echo(words["head"].format(learner=answer["learner_id"], model=model, segment=segment))
    for place, item in enumerate(answer["items"], 1):
        click.echo(f"\n{place}. {item['title']} [{item['module_id']}]{_gain(item, words['gain'])}")
        for reason in item["reasons"]:
            click.echo(f"   {reason['text']}")
    if not answer["items"]:
        click.echo(words["nothing"] if minutes is None else words["short"].format(minutes))
    _show_changes(answer, words)


def _show_changes(answer: Mapping[str, Any], words: Mapping[str, str]) -> None:
    """Print what came into a path and what left it, or what is known of the best one."""
    for what in ("removed", "added"):
        found = answer.get("changes", {}).get(what)
        if found:
            click.echo(f"\n{words[what]}")
        for change in found or ():
            click.echo(f"   {change['text']}")
    if "gap" in answer:
        gap = answer["gap"]
        known = "unknown" if gap is None else "gap" if gap > PROVED else "best"
        click.echo("\n" + words[known].format(gap))


def _gain(item: Mapping[str, Any], words: str) -> str:
    return "" if item["expected_gain"] is None else words.format(item["expected_gain"], *item["interval"])

"""The plan of a module's sessions as a page and as a workbook."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from recommender.api.reports.book import COUNT, POINTS, TEXT, Sheet, columns_of, write
from recommender.api.reports.frame import Report, about, rendered
from recommender.api.reports.words import say
from recommender.api.translations import told_list

PROVEN = 1e-6
"""A gap below this is rounding: no better plan exists."""


def points(gain: float) -> str:
    """Points and tenths: what one module earns differs little from one learner to the next."""
    return f"{round(gain, 1) + 0.0:+.1f}".replace("-", "−")


def title(plan: Report, lang: str) -> str:
    """What the plan is called."""
    return say(lang, "cohorts.title", title=plan["title"][lang])


def lead(plan: Report, lang: str) -> str:
    """How many seats were filled, and from how many people."""
    places = len(plan["sessions"]) * plan["seats"]
    return say(lang, "cohorts.lead", n=places, seated=plan["seated"], eligible=plan["eligible"])


def gap(plan: Report, lang: str) -> str:
    """How far a better plan could lie above this one."""
    if plan["gap"] is None:
        return say(lang, "cohorts.gap.unknown")
    if plan["gap"] < PROVEN:
        return say(lang, "cohorts.gap.none")
    return say(lang, "cohorts.gap.most", share=f"{plan['gap']:.2%}")


def rests(plan: Report, lang: str) -> list[tuple[str, str]]:
    """What the plan rests on: name and value."""
    return [
        (say(lang, "cohorts.sessions"), str(len(plan["sessions"]))),
        (say(lang, "cohorts.seats"), str(plan["seats"])),
        (say(lang, "cohorts.eligible"), str(plan["eligible"])),
        (say(lang, "cohorts.seated"), str(plan["seated"])),
        (say(lang, "cohorts.gap"), gap(plan, lang)),
    ]


def met(plan: Report, session: Report, learner: Report, lang: str) -> str:
    """The departments in the room that the learner's depends on, with how many of each are there."""
    there = Counter(p["department_id"] for p in session["learners"])
    return told_list(
        lang, [say(lang, "cohorts.met", name=_name(plan, d), n=there[d]) for d in learner["meets"]]
    )


def page(plan: Report, lang: str) -> str:
    """The plan as HTML.

    Parameters
    ----------
    plan : mapping
        From ``service.cohorts.cohorts``.
    lang : str
        "en" or "zh".
    """
    return rendered(
        "cohorts", lang, title=title(plan, lang), about=about(plan, lang), lead=[lead(plan, lang)],
        rests=rests(plan, lang), sessions=[_session(plan, session, lang) for session in plan["sessions"]],
    )  # fmt: skip


def write_book(plan: Report, path: Path, lang: str) -> None:
    """Write the plan as a workbook: one row a person, and what it rests on.

    Raises
    ------
    OSError
        It cannot be written; what was there stays.
    """
    rows = [
        [session["session"], p["learner_id"], p["name"], p["department_id"], _name(plan, p["department_id"]),
         p["expected_gain"], *(p["interval"] or (None, None)), met(plan, session, p, lang) or None]
        for session in plan["sessions"] for p in session["learners"]
    ]  # fmt: skip
    columns = columns_of(
        lang, ("cohorts.number", COUNT), ("learner_id", TEXT), ("cohorts.person", TEXT),
        ("cohorts.department_id", TEXT), ("cohorts.department", TEXT), ("cohorts.gain", POINTS),
        ("low", POINTS), ("high", POINTS), ("cohorts.meets", TEXT),
    )  # fmt: skip
    sheet: Sheet = (say(lang, "cohorts.sheet"), columns, rows)
    facts = [f"{name}: {value}" if lang == "en" else f"{name}：{value}" for name, value in rests(plan, lang)]
    texts = [title(plan, lang), about(plan, lang), lead(plan, lang), *facts]
    write(path, [sheet], [*texts, say(lang, "cohorts.rules"), say(lang, "cohorts.note")], lang)


def _name(plan: Report, department_id: str | None) -> str | None:
    return None if department_id is None else plan["departments"].get(department_id, department_id)


def _session(plan: Report, session: Report, lang: str) -> dict[str, Any]:
    """One session in words."""
    people, total = session["learners"], session["expected_gain"]
    told = say(lang, "people", n=len(people))
    if total is not None:
        told = say(lang, "cohorts.session.gain", n=len(people), gain=points(total))
    return {
        "number": session["session"],
        "told": told,
        "people": [
            {
                "name": p["name"],
                "learner_id": p["learner_id"],
                "department": _name(plan, p["department_id"]),
                "meets": met(plan, session, p, lang),
                **_gain(p, lang),
            }
            for p in people
        ],
    }


def _gain(learner: Report, lang: str) -> dict[str, str]:
    """The expected gain and its interval; a dash where it is not known."""
    if learner["expected_gain"] is None:
        return {"gain": "–", "held": ""}
    low, high = (points(end) for end in learner["interval"])
    return {"gain": points(learner["expected_gain"]), "held": say(lang, "from_to", low=low, high=high)}

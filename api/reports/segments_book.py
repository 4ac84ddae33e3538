"""The report of segments as a workbook: segments, profile, what works, and members if asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from recommender.api.reports.book import COUNT, POINTS, SHARE, TEXT, Sheet, columns_of, write
from recommender.api.reports.frame import Report, about, whole
from recommender.api.reports.segments import held, lead, verdict
from recommender.api.reports.words import say


def write_book(
    report: Report, path: Path, lang: str, members: Sequence[tuple[str, str, str, float]] | None = None
) -> None:
    """Write the workbook; a cell is empty where nothing may be told.

    Parameters
    ----------
    report : mapping
        From ``service.segments.segments``.
    path : path
        The ``.xlsx`` file; one that is there is replaced at once.
    lang : str
        "en" or "zh".
    members : sequence of (learner_id, segment_id, label, probability), optional
        A sheet more.

    Raises
    ------
    OSError
        It cannot be written; what was there stays.
    """
    sheets: list[Sheet] = [_segments(report, lang), _profile(report, lang), _works(report, lang)]
    if members is not None:
        columns = columns_of(
            lang, ("learner_id", TEXT), ("segment_id", TEXT), ("label", TEXT), ("probability", SHARE)
        )
        sheets.append((say(lang, "members"), columns, members))
    texts = [about(report, lang), *lead(report, lang), *held(report, lang)]
    texts += [say(lang, "profile.key.book", least=whole(report["named_from"])), say(lang, "works.key")]
    write(path, sheets, [*texts, say(lang, "note")], lang)


def _segments(report: Report, lang: str) -> Sheet:
    """One row a segment."""
    rows = []
    for item in report["items"]:
        stable = item["stability"] or {"kept": None, "interval": (None, None)}
        rows.append(
            [item["segment_id"], item["label"][lang], item["learners"], item["share"], item["certainty"],
             stable["kept"], *stable["interval"], verdict(item, lang)]
        )  # fmt: skip
    columns = columns_of(
        lang, ("segment_id", TEXT), ("label", TEXT), ("learners", COUNT), ("share", SHARE),
        ("certainty", SHARE), ("kept", SHARE), ("low", SHARE), ("high", SHARE), ("verdict", TEXT),
    )  # fmt: skip
    return say(lang, "title"), columns, rows


def _profile(report: Report, lang: str) -> Sheet:
    """One row a segment and competency."""
    rows = []
    for item in report["items"]:
        for k in report["competencies"]:
            at = k["competency_id"]
            away = item["apart"][at] or {"by": None, "interval": (None, None), "named": None}
            named = None if away["named"] is None else say(lang, "yes" if away["named"] else "no")
            held_in = item["interval"][at] or (None, None)
            rows.append(
                [item["segment_id"], item["label"][lang], k["name"][lang], item["profile"][at], *held_in,
                 away["by"], *away["interval"], named]
            )  # fmt: skip
    columns = columns_of(
        lang, ("segment_id", TEXT), ("label", TEXT), ("competency", TEXT), ("mean", POINTS), ("low", POINTS),
        ("high", POINTS), ("by", POINTS), ("low", POINTS), ("high", POINTS), ("named", TEXT),
    )  # fmt: skip
    return say(lang, "profile"), columns, rows


def _works(report: Report, lang: str) -> Sheet:
    """One row a segment and module."""
    rows = [
        [item["segment_id"], item["label"][lang], work["title"][lang], work["gain"], *work["interval"],
         work["learners"]]
        for item in report["items"] for work in item["works"]
    ]  # fmt: skip
    columns = columns_of(
        lang, ("segment_id", TEXT), ("label", TEXT), ("module", TEXT), ("gain", POINTS), ("low", POINTS),
        ("high", POINTS), ("rests_on", COUNT),
    )  # fmt: skip
    return say(lang, "works"), columns, rows

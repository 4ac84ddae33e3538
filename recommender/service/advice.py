"""What to learn next: recommendations, paths and profiles, in the contract's shapes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from recommender.engine import Engine, draw_key
from recommender.errors import UnknownLearner
from recommender.framework import LANGUAGES
from recommender.reasons import render
from recommender.service import changes
from recommender.service.seats import full
from recommender.service.states import everybody, keep, state_of
from recommender.state import LearnerState
from recommender.store import decisions

if TYPE_CHECKING:
    import datetime as dt

    from recommender.engine.choose import Drawn, Item
    from recommender.service.workspace import Decision, Workspace
    from recommender.store.fast import Glance

DEFAULT_LIMIT = 5
DEFAULT_MINUTES = 480.0
LARGEST_PATH = 64_000
"""Bytes up to which a path is kept in memory: some 60 modules."""


def recommend(
    ws: Workspace, learner_id: str, *, limit: int = DEFAULT_LIMIT, lang: str | None = None
) -> dict[str, Any]:
    """The next modules for a learner, with reasons.

    Raises
    ------
    UnknownLearner
    """
    answer: dict[str, Any] = orjson.loads(recommend_json(ws, learner_id, limit=limit, lang=lang))
    return answer


def recommend_json(
    ws: Workspace, learner_id: str, *, limit: int = DEFAULT_LIMIT, lang: str | None = None
) -> bytes:
    """``recommend`` as JSON, from memory where nothing has happened since.

    An answer rests on the learner's number, the day, the version, the catalogue's number and which modules
    are full; what is kept is used only where all of them still stand.
    """
    seen = _seen(ws, learner_id)
    engine = ws.engine(seen.catalogue_revision)
    lang = language(lang, seen.language)
    day = ws.today()
    closed = full(ws, engine)
    asked, rests_on = (learner_id, "list", limit, lang), _rests_on(seen, engine, day, closed)
    kept = ws.answers.get(asked)
    if kept is not None and kept[0] == rests_on:
        return kept[1]
    state = state_of(ws, engine, learner_id, seen.seq)
    # One decision a state, not a request: a shorter list is the beginning of a longer one.
    key = draw_key(ws.store.secret, learner_id, day, engine.version, state.seq)
    drawn = engine.draw(state, role=seen.role, day=day, limit=limit, draw_key=key, full=closed)
    _note(ws, (learner_id, day.isoformat(), engine.version or "", state.seq, seen.catalogue_revision), drawn)
    body = orjson.dumps(_answer(engine, learner_id, state, drawn.items, lang))
    ws.remember(asked, rests_on, body)
    return body


def recommend_many(
    ws: Workspace, learner_ids: Sequence[str], *, limit: int = DEFAULT_LIMIT, lang: str | None = None
) -> dict[str, Any]:
    """Lists of many learners; those nobody knows are named."""
    answer: dict[str, Any] = orjson.loads(recommend_many_json(ws, learner_ids, limit=limit, lang=lang))
    return answer


def recommend_many_json(
    ws: Workspace, learner_ids: Sequence[str], *, limit: int = DEFAULT_LIMIT, lang: str | None = None
) -> bytes:
    """``recommend_many`` as JSON, put together from what ``recommend_json`` keeps."""
    lists, unknown = [], []
    for learner_id in learner_ids:
        try:
            lists.append(recommend_json(ws, learner_id, limit=limit, lang=lang))
        except UnknownLearner:
            unknown.append(learner_id)
    return b'{"lists":[%b],"unknown":%b}' % (b",".join(lists), orjson.dumps(unknown))


def path(
    ws: Workspace,
    learner_id: str,
    *,
    minutes: float = DEFAULT_MINUTES,
    lang: str | None = None,
    exact: bool = False,
) -> dict[str, Any]:
    """A path within so many minutes: the items in order, with running minutes, and what changed in it.

    ``exact`` solves it to the end, by scipy; ``gap`` then says by what share of its worth a better path
    could lie above it (0: none does, None: not known in the time there was).
    """
    if not exact:
        answer: dict[str, Any] = orjson.loads(path_json(ws, learner_id, minutes=minutes, lang=lang))
        return answer
    seen = _seen(ws, learner_id)
    engine = ws.engine(seen.catalogue_revision)
    state = state_of(ws, engine, learner_id, seen.seq)
    items, gap = engine.exact_path(
        state, role=seen.role, day=ws.today(), minutes=minutes, full=full(ws, engine)
    )
    return _walk(engine, learner_id, state, items, language(lang, seen.language)) | {"gap": gap}


def path_json(
    ws: Workspace, learner_id: str, *, minutes: float = DEFAULT_MINUTES, lang: str | None = None
) -> bytes:
    """``path`` as JSON, from memory where nothing has happened since (as ``recommend_json``)."""
    seen = _seen(ws, learner_id)
    engine = ws.engine(seen.catalogue_revision)
    lang, closed, day = language(lang, seen.language), full(ws, engine), ws.today()
    key, rests_on = (learner_id, "path", minutes, lang), _rests_on(seen, engine, day, closed)
    kept = ws.answers.get(key)
    if kept is not None and kept[0] == rests_on:
        return kept[1]
    state = state_of(ws, engine, learner_id, seen.seq)
    items = engine.path(state, role=seen.role, day=day, minutes=minutes, full=closed)
    shown = [item.module_id for item in items]
    found = changes.since_last(
        ws, engine, learner_id, state, shown, role=seen.role, day=day, minutes=minutes, full=closed
    )
    told = changes.told(found, shown, engine.catalogue, lang)
    body = orjson.dumps(_walk(engine, learner_id, state, items, lang) | {"changes": told})
    if len(body) <= LARGEST_PATH:
        ws.remember(key, rests_on, body)
    return body


def profile(ws: Workspace, learner_id: str) -> dict[str, Any]:
    """Where a learner stands in every competency, and on how much evidence that rests."""
    seen = _seen(ws, learner_id)
    engine = ws.engine(seen.catalogue_revision)
    state = state_of(ws, engine, learner_id, seen.seq)
    return {
        "learner_id": learner_id,
        "model_version": engine.version,
        "competencies": [
            {"competency_id": s.competency_id, "mean": s.mean, "sd": s.sd, "evidence": s.evidence}
            for s in engine.profile(state, ws.today())
        ],
    }


def profiles(ws: Workspace, output: Path) -> int:
    """Write every learner's profile as a table, active or not; how many rows.

    Columns learner_id, competency_id, mean, sd, evidence (answers and raters in all; null where fewer than
    three anonymous raters would show).
    """
    import pandas as pd

    from recommender.service import files

    files.check_place(output)
    engine, day = ws.engine(), ws.today()
    rows: list[tuple[Any, ...]] = []
    for learner_id, _, state in everybody(ws, engine):
        for s in engine.profile(state, day):
            hidden = any(n is None for n in s.evidence.values())
            count = None if hidden else sum(n or 0 for n in s.evidence.values())
            rows.append((learner_id, s.competency_id, s.mean, s.sd, count))
    names = ["learner_id", "competency_id", "mean", "sd", "evidence"]
    files.write_table(pd.DataFrame(rows, columns=names).astype({"evidence": "Int64"}), output)
    return len(rows)


def flush(ws: Workspace) -> int:
    """Write the decisions and the caught-up states that wait, in one transaction; how many.

    Raises
    ------
    StoreBusy, StoreFull
        Everything waits on.
    """
    shown, caught_up = ws.decisions.take(), ws.states.take()
    if not shown and not caught_up:
        return 0
    try:
        with ws.store.write() as conn:
            decisions.log(conn, [one.value for one in shown])
            keep(conn, caught_up)
    except BaseException:
        ws.decisions.put_back(shown)
        ws.states.put_back(caught_up)
        raise
    return len(shown) + len(caught_up)


def language(asked: str | None, own: str | None) -> str:
    """The language to answer in: the one asked for, else the learner's, else English."""
    if asked in LANGUAGES:
        return str(asked)
    return "zh" if (own or "").casefold().startswith(("zh", "cn", "中", "汉", "chinese")) else "en"


def _seen(ws: Workspace, learner_id: str) -> Glance:
    seen = ws.store.fast.glance(learner_id)
    if seen is None:
        raise UnknownLearner(f"There is no learner {learner_id!r}. Import or PUT the learner first.")
    return seen


def _rests_on(seen: Glance, engine: Engine, day: dt.date, closed: frozenset[str]) -> tuple[Any, ...]:
    """What has to stand still for an answer to hold."""
    return (seen.seq, day, engine.version, seen.catalogue_revision, closed)


def _walk(
    engine: Engine, learner_id: str, state: LearnerState, items: Iterable[Item], lang: str
) -> dict[str, Any]:
    """The contract's answer with running minutes."""
    answer = _answer(engine, learner_id, state, items, lang)
    index, total = engine.catalogue.module_index, 0.0
    for item in answer["items"]:
        item["starts_after"] = total
        item["minutes"] = float(engine.catalogue.minutes[index[item["module_id"]]])
        total += item["minutes"]
        item["total_minutes"] = total
    return answer


def _answer(
    engine: Engine, learner_id: str, state: LearnerState, items: Iterable[Item], lang: str
) -> dict[str, Any]:
    """The contract's answer."""
    found = engine.segment(state)
    segment = None
    if found is not None:
        segment = {"id": found[0].segment_id, "label": found[0].label(lang), "probability": found[1]}
    answer: dict[str, Any] = {
        "learner_id": learner_id,
        "model_version": engine.version,
        "segment": segment,
        "items": [_item(engine, item, lang) for item in items],
    }
    if not state.measured and not state.modules:
        answer["cold_start"] = True
    return answer


def _item(engine: Engine, item: Item, lang: str) -> dict[str, Any]:
    return {
        "module_id": item.module_id,
        "title": engine.catalogue.module[item.module_id].title(lang),
        "score": item.score,
        "expected_gain": item.expected_gain,
        "interval": item.interval,
        "propensity": item.propensity,
        "reasons": render(item.module_id, item.facts, engine.catalogue, lang),
    }


def _json(values: list[Any] | dict[str, Any]) -> str:
    return orjson.dumps(values).decode()


def _note(ws: Workspace, key: Decision, drawn: Drawn) -> None:
    """Keep a decision for the log: what was shown, and everything another policy would have to know."""
    listed = [item.module_id for item in drawn.items]
    row: dict[str, Any] = dict(zip(("learner_id", "day", "version", "seq", "revision"), key, strict=True))
    row |= {
        "modules": _json(listed),
        "propensities": _json([item.propensity for item in drawn.items]),
        "scores": _json([item.score for item in drawn.items]),
        "eligible": _json(drawn.eligible._asdict()),
        "decided_at": time.time_ns() // 1000,
    }
    # As a set of places one list is less than another where the other begins with it, and goes on.
    ws.decisions.put(key, frozenset(enumerate(listed)), row)

"""A round of training: what is shown, looked at, taken, finished, dropped or waved away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.evidence import REASONS, STATUSES
from recommender.simulate.courses import Courses, finish, gain
from recommender.simulate.people import People
from recommender.simulate.settings import Flags, Floats, Ints, Settings, Span

SHOWN = 2
UNASKED = 0.2
"""Share of enrolments that follow no recommendation."""
CHUNK = 20_000
LUCK = 0.35
SCORE_NOISE = 5.5
SENSE = 25.0
"""People are offered what is not too far from their level: a point of appeal less for so many points."""
GROWTH, DRIFT = 1.0, 3.0
"""Points a year that everybody gains without any module, and by which people wander."""

SHOW, VIEW, ENROL, START, COMPLETE, DROP, DISMISS = range(len(STATUSES))


@dataclass(slots=True)
class Progress:
    """Where everybody stands as the year goes by; changed in place by each round."""

    theta: Floats
    segment: Ints
    keen: Floats
    touched: Flags
    done: Flags
    last: Ints


def begin(settings: Settings, theta: Floats, segment: Ints, modules: int) -> Progress:
    """Everybody on the first day."""
    n = len(theta)
    keen = 0.8 * settings.stream("keen").standard_normal(n)
    blank = np.zeros((n, modules), dtype=bool)
    return Progress(theta.copy(), segment, keen, blank, blank.copy(), np.full(n, -1, dtype=np.int64))


def wander(settings: Settings, state: Progress, span: Span) -> None:
    """Time alone: everybody grows a little and drifts."""
    rng = settings.stream(f"drift {span.kind} {span.number}")
    step = DRIFT * np.sqrt(span.years) * rng.standard_normal(state.theta.shape)
    state.theta = np.clip(state.theta + GROWTH * span.years + step, 0.0, 100.0)


def round_of_training(
    settings: Settings, people: People, courses: Courses, state: Progress, span: Span
) -> list[dict[str, Ints | Floats]]:
    """The rows of one round, by status, as columns of indices; ``state`` moves on.

    In the open last round nobody gets further than having started.
    """
    rng = settings.stream(f"round {span.number}")
    going = (people.starts[people.department] <= span.number) & ~people.silent
    share = 0.35 if span.kind == "open" else 0.85
    who = np.flatnonzero(going & (rng.random(len(people)) < share))
    if not len(who) or not len(courses.ids):
        return []
    shown = np.concatenate(
        [_offer(courses, state, who[i : i + CHUNK], rng) for i in range(0, len(who), CHUNK)]
    )
    unasked = rng.random(len(who)) < UNASKED
    return _follow(courses, state, who, shown, unasked, span, rng)


def _offer(courses: Courses, state: Progress, who: Ints, rng: np.random.Generator) -> Ints:
    """(n, S) modules drawn among those open to each learner, -1 where there are fewer."""
    score = courses.appeal + courses.taste[state.segment[who]] + rng.gumbel(size=(len(who), len(courses.ids)))
    score -= np.abs(courses.anchor - state.theta[who] @ courses.weights.T) / SENSE
    after = state.last[who] >= 0
    score[after] += courses.near[state.last[who][after]]
    closed = state.touched[who] | ~courses.active
    for j, p in courses.before:
        closed[:, j] |= ~state.done[who, p]
    score[closed] = -np.inf
    order = np.argsort(-score, axis=1)[:, :SHOWN]
    return np.where(np.isfinite(np.take_along_axis(score, order, axis=1)), order, -1)


def _follow(
    courses: Courses,
    state: Progress,
    who: Ints,
    shown: Ints,
    unasked: Flags,
    span: Span,
    rng: np.random.Generator,
) -> list[dict[str, Ints | Floats]]:
    """From what was shown to what came of it; at most one enrolment a learner and round."""
    rows: list[dict[str, Ints | Floats]] = []
    n = len(who)
    length = span.end - span.start
    at = span.start + (0.15 * length * rng.random(n)).astype(np.int64)
    taken = np.full(n, -1, dtype=np.int64)
    completes = np.zeros(n)
    for place in range(shown.shape[1]):
        j = shown[:, place]
        chances = finish(courses, state.theta[who], state.segment[who], state.keen[who], np.maximum(j, 0))
        luck = rng.random((n, 3))
        offered = (j >= 0) & ~unasked
        viewed = offered & (luck[:, 0] < chances[:, 0])
        enrols = (j >= 0) & (taken < 0) & np.where(unasked, place == 0, viewed & (luck[:, 1] < chances[:, 1]))
        waved = offered & ~enrols & (luck[:, 2] < 0.06)
        rows.append(_rows(SHOW, who[offered], j[offered], at[offered]))
        seen = at + (0.04 * length * rng.random(n)).astype(np.int64) + 60
        rows.append(_rows(VIEW, who[viewed], j[viewed], seen[viewed]))
        rows.append(_dismissals(courses, state, who[waved], j[waved], seen[waved] + 60, rng))
        taken, completes = np.where(enrols, j, taken), np.where(enrols, chances[:, 2], completes)
    keep = taken >= 0
    rows += _learn(courses, state, who[keep], taken[keep], completes[keep], at[keep], span, rng)
    return rows


def _dismissals(
    courses: Courses, state: Progress, who: Ints, module: Ints, at: Ints, rng: np.random.Generator
) -> dict[str, Ints | Floats]:
    """Why people wave a module away: mostly its level, sometimes their work or the moment."""
    reach = np.einsum("nk,nk->n", courses.weights[module], state.theta[who])
    away = courses.anchor[module] - reach
    other = rng.choice([REASONS.index(r) for r in ("not_now", "not_my_job", "wrong_level")], len(who))
    low = np.where(away < -20, REASONS.index("known"), REASONS.index("too_easy"))
    reason = np.where(away > 15, REASONS.index("too_hard"), np.where(away < -10, low, other))
    state.touched[who, module] = True
    return _rows(DISMISS, who, module, at, reason=reason)


def _learn(
    courses: Courses,
    state: Progress,
    who: Ints,
    module: Ints,
    completes: Floats,
    at: Ints,
    span: Span,
    rng: np.random.Generator,
) -> list[dict[str, Ints | Floats]]:
    """Enrolled, started, then finished with what it taught or dropped without."""
    n, length = len(who), span.end - span.start
    enrolled = at + (0.06 * length + 0.08 * length * rng.random(n)).astype(np.int64)
    started = enrolled + (0.02 * length + 0.15 * length * rng.random(n)).astype(np.int64)
    ended = started + (0.05 * length + 0.4 * length * rng.random(n)).astype(np.int64)
    starts, finishes = rng.random(n) < 0.93, rng.random(n) < completes
    open_round = span.kind == "open"
    over, completed = starts & (not open_round), starts & finishes & (not open_round)
    state.touched[who, module] = True
    rows = [
        _rows(ENROL, who, module, enrolled),
        _rows(START, who[starts], module[starts], started[starts]),
    ]
    dropped = over & ~finishes
    rows.append(
        _rows(
            DROP,
            who[dropped],
            module[dropped],
            ended[dropped],
            minutes=_spent(courses, module[dropped], 0.4, rng),
        )
    )
    who, module, ended = who[completed], module[completed], ended[completed]
    taught = gain(courses, state.theta[who], state.segment[who], module)
    taught *= rng.gamma(1.0 / LUCK**2, LUCK**2, (len(who), 1))
    before = state.theta[who]
    state.theta[who] = np.clip(before + taught, 0.0, 100.0)
    state.done[who, module] = True
    state.last[who] = module
    weights = courses.weights[module]
    pre = np.einsum("nk,nk->n", weights, before) + SCORE_NOISE * rng.standard_normal(len(who))
    post = np.einsum("nk,nk->n", weights, state.theta[who]) + SCORE_NOISE * rng.standard_normal(len(who))
    tested = (rng.random(len(who)) < 0.85) & (weights.sum(axis=1) > 0)
    pleased = 3.6 + 0.5 * state.keen[who] - np.abs(courses.anchor[module] - pre) / 40.0
    rows.append(
        _rows(
            COMPLETE,
            who,
            module,
            ended,
            pre=np.where(tested, np.clip(np.rint(pre), 0, 100), np.nan),
            post=np.where(tested, np.clip(np.rint(post), 0, 100), np.nan),
            satisfaction=np.clip(np.rint(pleased + 0.8 * rng.standard_normal(len(who))), 1, 5),
            minutes=_spent(courses, module, 1.0, rng),
        )
    )
    return rows


def _spent(courses: Courses, module: Ints, share: float, rng: np.random.Generator) -> Floats:
    """Whole minutes spent on a module of which ``share`` was seen."""
    return np.maximum(np.rint(share * courses.minutes[module] * rng.lognormal(0.0, 0.15, len(module))), 1.0)


def _rows(status: int, who: Ints, module: Ints, at: Ints, **more: Ints | Floats) -> dict[str, Ints | Floats]:
    """Columns of one status; what it has no value for is NaN, a missing reason -1."""
    n = len(who)
    blank = np.full(n, np.nan)
    columns: dict[str, Ints | Floats] = {
        "status": np.full(n, status, dtype=np.int64),
        "learner": who,
        "module": module,
        "at": at,
        "reason": np.full(n, -1, dtype=np.int64),
        "pre": blank,
        "post": blank,
        "satisfaction": blank,
        "minutes": blank,
    }
    return columns | more

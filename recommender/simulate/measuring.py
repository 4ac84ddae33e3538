"""Evidence about people: forms filled in by those around them, tests and questionnaires."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from recommender.evidence import RELATIONS
from recommender.simulate.people import SPAN_OF_CONTROL, People
from recommender.simulate.settings import Flags, Floats, Ints, Settings, Span, working_hours

SELF, MANAGER, PEER, REPORT, CUSTOMER = range(len(RELATIONS))
OFFSET = np.array([0.0, -1.0, 1.5, 2.0, -1.5])
"""By how much a relation as such rates higher or lower; self-ratings have their own inflation."""
TAKES_PART = 0.5
ASKED = {SELF: 0.6, MANAGER: 0.8, PEER: 0.65, REPORT: 0.45, CUSTOMER: 0.6}
PEERS, CUSTOMERS = 3, 3
ANSWERED = 0.85
OUTSIDERS_PER_LEARNER = 0.02
BY_OUTSIDER = 0.04

TESTED, TEST_NOISE, TESTS = 0.3, 8.0, 2
DRILLED, DRILL, ITEMS = 0.15, 5, 12
ITEM_WIDTH, SLIP, GUESS = 16.0, 0.04, 0.08
SURVEYED, SURVEY_PARTS, QUESTIONS = 0.15, 3, 3
SURVEY_NOISE = 16.0


@dataclass(frozen=True, slots=True)
class Eyes:
    """Those who rate: true severities (N learners, then outsiders), and how each sees themselves."""

    severity: Floats
    vanity: Floats
    rated: Flags


def eyes(settings: Settings, people: People, k: int) -> Eyes:
    """Severities, self-inflation and which (learner, competency) cells anybody can judge."""
    rng = settings.stream("raters")
    n = len(people)
    outsiders = max(1, round(OUTSIDERS_PER_LEARNER * n))
    return Eyes(
        severity=settings.severity * rng.standard_normal(n + outsiders),
        vanity=settings.inflation + 0.6 * settings.inflation * rng.standard_normal(n),
        rated=rng.random((n, k)) >= settings.unrated,
    )


def rater_ids(people: People, eyes: Eyes) -> NDArray[np.str_]:
    """Ids of everybody who may rate: learners, then outsiders who are no learners."""
    outsiders = len(eyes.severity) - len(people)
    return np.concatenate([people.ids, np.array([f"X{i + 1:03d}" for i in range(outsiders)])])


def feedback(
    settings: Settings, people: People, eyes: Eyes, theta: Floats, span: Span
) -> dict[str, Ints | Floats]:
    """One wave of ratings, as columns of indices: a row for each competency of each form."""
    rng = settings.stream(f"wave {span.number}")
    ratee, rater, relation = _forms(people, eyes, rng)
    n, k = len(ratee), theta.shape[1]
    home = people.department
    outside = rater >= len(people)
    rater_home = np.where(outside, -1, home[np.minimum(rater, len(people) - 1)])
    sigma = np.array([settings.noise[r] for r in RELATIONS])[relation]
    mine = relation == SELF
    level = OFFSET[relation] + np.where(mine, eyes.vanity[ratee], eyes.severity[rater])
    level += settings.halo * rng.standard_normal(n)
    level -= settings.wall * ((relation == CUSTOMER) & people.walls[home[ratee], rater_home] & ~outside)
    seen = theta[ratee] + level[:, None] + sigma[:, None] * rng.standard_normal((n, k))
    answered = eyes.rated[ratee] & (rng.random((n, k)) < ANSWERED)
    at = working_hours(rng.integers(span.start, span.end, n), rng)
    form, competency = np.nonzero(answered)
    return {
        "learner": ratee[form],
        "competency": competency,
        "rating": np.clip(np.rint(1.0 + seen[form, competency] / 25.0), 1, 5).astype(np.int64),
        "at": at[form],
        "rater": rater[form],
        "rater_department": rater_home[form],
        "relation": relation[form],
        "form": form,
        "comment": np.where(
            _first(form) & (rng.random(len(form)) < 0.25), rng.integers(0, 60, len(form)), -1
        ),
    }


def _first(form: Ints) -> Flags:
    """Which rows open a form."""
    return np.concatenate([[True], form[1:] != form[:-1]]) if len(form) else np.zeros(0, dtype=bool)


def _forms(people: People, eyes: Eyes, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Who rates whom in which relation, once each, in the order of those rated."""
    n = len(people)
    asked = np.flatnonzero((rng.random(n) < TAKES_PART) & ~people.silent)
    pairs = [(asked, asked, SELF)]
    led = asked[people.manager[asked] >= 0]
    pairs.append((led, people.manager[led], MANAGER))
    size, first, place = people.size[people.department], people.first[people.department], people.position
    offset = rng.integers(0, np.maximum(size[asked] - 1, 1))
    for i in range(PEERS):
        near = asked[size[asked] > i + 1]
        turn = offset[size[asked] > i + 1] + i
        peer = first[near] + (place[near] + 1 + turn % (size[near] - 1)) % size[near]
        other = (people.manager[near] != peer) & (people.manager[peer] != near)
        pairs.append((near[other], peer[other], PEER))
    for i in range(SPAN_OF_CONTROL):
        below = place[asked] * SPAN_OF_CONTROL + 1 + i
        has = below < size[asked]
        pairs.append((asked[has], first[asked[has]] + below[has], REPORT))
    pairs += _customers(people, eyes, asked, rng)
    ratee = np.concatenate([p[0] for p in pairs])
    rater = np.concatenate([p[1] for p in pairs])
    relation = np.concatenate([np.full(len(p[0]), p[2], dtype=np.int64) for p in pairs])
    chance = np.array([ASKED[r] for r in range(len(RELATIONS))])
    keep = rng.random(len(ratee)) < chance[relation]
    ratee, rater, relation = ratee[keep], rater[keep], relation[keep]
    _, once = np.unique(ratee * np.int64(len(eyes.severity)) + rater, return_index=True)
    return ratee[once], rater[once], relation[once]


def _customers(
    people: People, eyes: Eyes, asked: Ints, rng: np.random.Generator
) -> list[tuple[Ints, Ints, int]]:
    """Colleagues of the departments that one's own department serves, and a few outsiders."""
    n = len(people)
    pairs = []
    count = (people.customers >= 0).sum(axis=1)
    served = asked[count[people.department[asked]] > 0]
    for _ in range(CUSTOMERS):
        home = people.department[served]
        customer = people.customers[home, rng.integers(0, count[home])]
        rater = people.first[customer] + rng.integers(0, people.size[customer])
        outsider = n + rng.integers(0, len(eyes.severity) - n, len(served))
        pairs.append((served, np.where(rng.random(len(served)) < BY_OUTSIDER, outsider, rater), CUSTOMER))
    return pairs


def tests(
    settings: Settings, people: People, looks: Floats, theta: Floats, span: Span
) -> dict[str, Ints | Floats]:
    """Scores of whole tests, 0-100. ``looks`` (Q, K) are the competencies tests may look at."""
    rng = settings.stream(f"tests {span.number}")
    who = np.repeat(_some(people, TESTED, rng), TESTS)
    what = _distinct(rng, len(who) // TESTS, TESTS, len(looks)).ravel()
    score = np.einsum("nk,nk->n", looks[what], theta[who]) + TEST_NOISE * rng.standard_normal(len(who))
    at = working_hours(rng.integers(span.start, span.end, len(who)), rng)
    return _answers(who, what, np.clip(np.rint(score), 0, 100), at, session=np.full(len(who), -1))


def drills(settings: Settings, people: People, theta: Floats, span: Span) -> dict[str, Ints | Floats]:
    """Right and wrong answers to single items of one competency a sitting."""
    rng = settings.stream(f"drills {span.number}")
    k = theta.shape[1]
    hardness = settings.stream("items").uniform(25.0, 85.0, (k, ITEMS))
    sitting = _some(people, DRILLED, rng)
    what = rng.integers(0, k, len(sitting))
    item = np.argsort(rng.random((len(sitting), ITEMS)), axis=1)[:, :DRILL]
    ability = (theta[sitting, what][:, None] - hardness[what[:, None], item]) / ITEM_WIDTH
    right = GUESS + (1.0 - GUESS - SLIP) * 0.5 * (1.0 + erf(ability / sqrt(2.0)))
    score = (rng.random(right.shape) < right).astype(np.float64)
    at = working_hours(rng.integers(span.start, span.end, len(sitting)), rng)
    times = at[:, None] + 60 * np.arange(DRILL)
    wide = [np.repeat(x, DRILL) for x in (sitting, what, np.arange(len(sitting)))]
    return _answers(wide[0], wide[1], score.ravel(), times.ravel(), wide[2], item.ravel())


def survey(
    settings: Settings, people: People, eyes: Eyes, reverse: Ints, theta: Floats, span: Span
) -> dict[str, Ints | Floats]:
    """Self-questionnaires, 1-5, raw: a reversed item's answer is as ticked. ``reverse`` is (K, items)."""
    rng = settings.stream(f"survey {span.number}")
    k, items = reverse.shape
    sitting = _some(people, SURVEYED, rng)
    parts, questions = min(SURVEY_PARTS, k), min(QUESTIONS, items)
    what = np.repeat(_distinct(rng, len(sitting), parts, k), questions, axis=1)
    item = np.concatenate([_distinct(rng, len(sitting), questions, items) for _ in range(parts)], axis=1)
    mood = eyes.vanity[sitting] + settings.halo * rng.standard_normal(len(sitting))
    seen = theta[sitting[:, None], what] + mood[:, None] + SURVEY_NOISE * rng.standard_normal(what.shape)
    turned = reverse[what, item]
    answer = np.clip(np.rint(1.0 + np.where(turned > 0, 100.0 - seen, seen) / 25.0), 1, 5)
    at = working_hours(rng.integers(span.start, span.end, len(sitting)), rng)
    width = what.shape[1]
    who, when, session = (np.repeat(x, width) for x in (sitting, at, np.arange(len(sitting))))
    columns = _answers(who, what.ravel(), answer.ravel(), when, session, item.ravel())
    return columns | {"reversed": turned.ravel()}


def _some(people: People, share: float, rng: np.random.Generator) -> Ints:
    """Learners who sit something, never the silent ones."""
    return np.flatnonzero((rng.random(len(people)) < share) & ~people.silent)


def _distinct(rng: np.random.Generator, n: int, count: int, among: int) -> Ints:
    """(n, count) different choices a row; repeats only where there are fewer than ``count``."""
    order = np.argsort(rng.random((n, among)), axis=1)
    return order[:, np.arange(count) % among]


def _answers(
    who: Ints, what: Ints, score: Floats, at: Ints, session: Ints, item: Ints | None = None
) -> dict[str, Ints | Floats]:
    """Columns of an assessment; -1 where a row has no item or session."""
    none = np.full(len(who), -1, dtype=np.int64)
    return {
        "learner": who,
        "competency": what,
        "score": score,
        "at": at,
        "session": session,
        "item": none if item is None else item,
        "reversed": np.zeros(len(who), dtype=np.int64),
    }

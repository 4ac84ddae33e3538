"""What a learner's evidence says of a rating or score that it does not hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from recommender.engine.replay import Rules, Tap, follow, whole
from recommender.framework import NO_JOB, Job
from recommender.profiles import blocks
from recommender.profiles.blocks import Block, Event, Step
from recommender.profiles.marks import reach
from recommender.profiles.occasions import occasion_of, widened
from recommender.profiles.serve import moments


class Expected(NamedTuple):
    """A rating or score: its id, what it was, what was expected and how sure that was, in points; and how far
    below and above it what it stands for reaches (``marks.reach``)."""

    event_id: str
    value: float
    mean: float
    variance: float
    reach: tuple[float, float]


def _block(rules: Rules, step: Step) -> Block | None:
    return blocks.block_of(rules.profile, step.events) if step.form else None


def foretell(
    rules: Rules, before: Iterable[Event], others: Iterable[Event], job: Job = NO_JOB
) -> list[Expected]:
    """Expect each of ``others`` from what was said and done ``before``, and from none of the rest.

    An occasion that is met in both is known by what was said on it. Right or wrong answers, and what looks
    at no known competency, are left out.
    """
    steps = [(step, block) for step in blocks.steps_of(others) for block in [_block(rules, step)] if block]
    where = [occasion_of(step.order[0], block.source) for step, block in steps]
    state = follow(rules, blocks.steps_of(before), keep=frozenset(where), job=job)
    mean, covariance = moments(whole(state))
    k, out = len(rules.profile.competencies), []
    for (step, block), occasion in zip(steps, where, strict=True):
        met = occasion in state.occasions
        looked = widened(block.looked, len(mean), k + state.occasions.index(occasion) if met else None)
        surprise = block.value - looked @ mean
        spread = looked @ covariance @ looked.T + block.noise
        if not met:
            spread = spread + rules.profile.occasion[block.source]
        for event, error, variance in zip(
            blocks.measured(rules.profile, step.events), surprise, spread.diagonal(), strict=True
        ):
            value = blocks.score_of(event)
            cell = reach(event, rules.profile.edges)
            out.append(Expected(event["id"], value, value - float(error), float(variance), cell))
    return out


class Chance(NamedTuple):
    """A right or wrong answer: its id, which it was, and the chance that it would be right."""

    event_id: str
    right: bool
    chance: float


def answers_of(rules: Rules, events: Iterable[Event], job: Job = NO_JOB) -> list[Chance]:
    """Every right or wrong answer of a learner, each foretold from what came before it."""
    tap = Tap.fresh(len(rules.profile.competencies))
    follow(rules, blocks.steps_of(events), tap, job=job)
    return [Chance(name, right, of if right else 1.0 - of) for name, right, of in tap.answers]

"""What an event changed in a path, and why: the path before it beside the path after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from recommender.engine.outlook import Outlook
from recommender.paths import Problem, best_path
from recommender.policy import worth
from recommender.reasons import Change

Cause = tuple[str, dict[str, Any]]
"""A kind of ``reasons.Change``, and its values."""


def changes_of(
    before: Outlook, after: Outlook, first: Problem, then: Problem, rows: list[int], *, told: bool
) -> list[Change]:
    """What left a path and what came into it, each with its cause.

    The path is also computed with what is open now but what was known before, and with what is known now but
    of one module what was known before: a number is named as the cause only where, without its change, the
    path would not have changed.

    Parameters
    ----------
    before, after : Outlook
        The learner without the event and with it, as of one day.
    first, then : Problem
        Their choices.
    rows : list of int
        The path after it.
    told : bool
        Whether may be said what was learnt, and which way; not where fewer than three raters said it.
    """
    was = best_path(first)
    between = set(best_path(_as_if_unmeasured(first, then))) if told else set()
    ids = [m.module_id for m in after.layout.catalogue.modules]

    def learnt(j: int, sign: int) -> Cause:
        if not told:  # which of the other sentences holds would already tell a direction
            return "estimate", {}
        stayed = j in best_path(_as_if_unchanged(first, then, j))
        if stayed == (sign < 0) and (j in between) == (sign < 0):
            return _learnt(before, after, j, sign)
        return ("room" if sign > 0 else "displaced"), {}

    out = []
    for j in was:
        if j not in rows:
            out.append(Change("removed", ids[j], *(_gone(after, then, j) or learnt(j, -1))))
    for j in rows:
        if j not in was:
            out.append(Change("added", ids[j], *(_come(before, after, first, j) or learnt(j, +1))))
    return out


def _as_if_unmeasured(first: Problem, then: Problem) -> Problem:
    """What is open now, valued by what was known before."""
    return replace(first, allowed=then.allowed, prerequisites=then.prerequisites)


def _as_if_unchanged(first: Problem, then: Problem, row: int) -> Problem:
    """What is known now, but of one module and the learner's needs what was known before."""
    parts = {}
    for name in ("rise", "bonus", "pull"):
        parts[name] = getattr(then, name).copy()
        parts[name][row] = getattr(first, name)[row]
    return replace(then, need=first.need, **parts)


def _gone(after: Outlook, then: Problem, row: int) -> Cause | None:
    """Why a module may not be taken any more; None where it may."""
    ids = [m.module_id for m in after.layout.catalogue.modules]
    if not then.allowed[row]:
        status = after.state.modules.get(ids[row])
        return ("finished" if status is not None and status.status == "completed" else "dismissed"), {}
    if then.with_prerequisites(row) is None:
        shut = next(p for p in _below(then, row) if not then.allowed[p])
        return "blocked", {"needs_module_id": ids[shut]}
    return None


def _come(before: Outlook, after: Outlook, first: Problem, row: int) -> Cause | None:
    """Why a module may be taken that could not be, or is under way; None where neither is new."""
    ids = [m.module_id for m in after.layout.catalogue.modules]
    if after.begun[row] and not before.begun[row]:
        return "begun", {"status": after.state.modules[ids[row]].status}
    opened = [p for p in after.layout.prerequisites[row] if after.done[p] and not before.done[p]]
    if opened:
        return "opened", {"after_module_id": ids[opened[0]]}
    if first.with_prerequisites(row) is None:
        return "back", {}
    return None


def _below(problem: Problem, row: int) -> Iterator[int]:
    """All that stands before a module."""
    for p in problem.prerequisites[row]:
        yield p
        yield from _below(problem, p)


def _learnt(before: Outlook, after: Outlook, row: int, sign: int) -> Cause:
    """Which number moved: what the module brings, how likely it is finished, or only the others'."""
    gain = [float(worth(o.rise[row], o.need)) for o in (before, after)]
    chance = [float(o.chance[row]) for o in (before, after)]
    by_gain = sign * (gain[1] - gain[0]) / max(abs(gain[0]), 1e-9)
    by_chance = sign * (chance[1] - chance[0]) / max(chance[0], 1e-9)
    if max(by_gain, by_chance) <= 0.0:
        return ("room" if sign > 0 else "displaced"), {}
    if by_chance > by_gain:
        return ("likelier" if sign > 0 else "less_likely"), {}
    moved = np.abs(after.layout.gains.weights[row] * (after.mean - before.mean))
    k = int(moved.argmax())
    values: dict[str, Any] = {
        "competency_id": after.layout.parts.profile.competencies[k],
        "mean_before": float(before.mean[k]),
        "mean": float(after.mean[k]),
    }
    return ("more_gain" if sign > 0 else "less_gain"), values

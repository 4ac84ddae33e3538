"""How good a version is: held-out quality beside baselines, two versions compared, a policy on the log."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import TYPE_CHECKING, Any

from recommender.errors import NothingToTrain
from recommender.evidence import rfc3339
from recommender.framework import NO_JOB

if TYPE_CHECKING:
    from recommender.engine import Engine
    from recommender.evaluation.decisions import Judged
    from recommender.evaluation.rows import Row
    from recommender.evaluation.splits import Split
    from recommender.evidence import Evidence
    from recommender.service.workspace import Workspace

Progress = Callable[[str, float], None]
CHUNK = 200
"""Learners whose events are read at a time."""


def evaluate(
    ws: Workspace,
    version: str | None = None,
    *,
    leave_last_out: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Offline quality on what was held out, beside baselines fitted on the same split.

    Parameters
    ----------
    version : str, optional
        Judged on evidence newer than what it was fitted on. Where there is none, or no version is given,
        a refit without the held-out part is judged: never a model that has seen it.
    leave_last_out : bool
        Hold out each learner's last module instead of the newest evidence.

    Returns
    -------
    dict
        ``judged`` and ``held_out`` in words, ``rows`` (see ``evaluation.rows.Row``).

    Raises
    ------
    NothingToTrain
        The store holds no evidence to hold anything out of.
    UnknownVersion, CorruptModel
    """
    from recommender.evaluation.foretelling import foretelling
    from recommender.evaluation.knowing import knowing
    from recommender.evaluation.ranking import ranking
    from recommender.evaluation.stability import stability

    told = progress or (lambda stage, share: None)
    evidence = read_evidence(ws)
    engine, split, judged = _judged(ws, evidence, version, leave_last_out, seed, told)
    told("ranking", 0.0)
    rows: list[Row] = ranking(engine, split, seed)
    told("foretelling", 0.4)
    rows += foretelling(engine, split, seed)
    rows += knowing(engine, split, seed)
    told("stability of segments", 0.7)
    rows += stability(engine, split.before, seed=seed)
    told("judged", 1.0)
    return {"judged": judged, "held_out": split.words, "rows": [row.as_dict() for row in rows]}


def compare(ws: Workspace, a: str, b: str, *, seed: int = 0) -> dict[str, Any]:
    """Whether version ``a`` is better than ``b``, on evidence newer than what either was fitted on.

    Returns
    -------
    dict
        ``verdict`` (None where nothing is newer) and ``message``.
    """
    from recommender.evaluation.comparison import FEWEST
    from recommender.evaluation.splits import learners_since
    from recommender.service import gate

    evidence = read_evidence(ws)
    one, other = (_loaded(ws, v, evidence) for v in (a, b))
    since = max(_seen_until(ws, a), _seen_until(ws, b)) + 1
    newer = learners_since(evidence, since)
    if newer < FEWEST:
        return {
            "verdict": None,
            "message": (
                f"Nothing can be said of {a} against {b}: of {newer} learners there is evidence newer than "
                f"what both have seen (until {rfc3339(since - 1)}), and at least {FEWEST} are needed. On "
                "older evidence being better cannot be told apart from having seen it."
            ),
        }
    verdict = gate.compare(evidence, one, other, since, unseen=True, seed=seed)
    return {"verdict": verdict.as_dict(), "message": verdict.sentence(a, b)}


def policy(ws: Workspace, version: str, *, progress: Progress | None = None) -> dict[str, Any]:
    """What a version would have earned where others were served, by the log of decisions.

    Judged on decisions made after what it was fitted on, where there are any to judge; else on all, which
    the answer says, as their outcomes were known to it.

    Returns
    -------
    dict
        ``judged`` and ``held_out`` in words, ``rows``, and ``message``, which says how to take them.
    """
    from recommender.evaluation.comparison import FEWEST
    from recommender.evaluation.decisions import WITHIN, first_of_each_state
    from recommender.evaluation.policy import policy_rows
    from recommender.evaluation.splits import moments
    from recommender.store import decisions

    told = progress or (lambda stage, share: None)
    evidence = read_evidence(ws)
    target, seen = _loaded(ws, version, evidence), _seen_until(ws, version)
    with ws.store.read() as conn:
        logged = first_of_each_state(decisions.read(conn))
    until = max([int(moments(evidence)[-1]), *(row["decided_at"] for row in logged)])
    unseen = [row for row in logged if row["decided_at"] > seen]
    ripe = {row["learner_id"] for row in unseen if row["decided_at"] + WITHIN <= until}
    fair = len(ripe) >= FEWEST
    judged = _judge(ws, target, evidence, unseen if fair else logged, until, told)
    words = f"decisions since {rfc3339(seen)}, which {version} has not seen" if fair else "all decisions"
    answer: dict[str, Any] = {"judged": version, "held_out": words, "rows": []}
    if judged is None:
        young = sum(row["decided_at"] + WITHIN > until for row in logged)
        return answer | {
            "message": (
                f"The log cannot tell: it holds {len(logged)} decision{'s' * (len(logged) != 1)}, {young} of "
                "them made less than 30 days before the end of what is known. Serve recommendations, and ask "
                "again in a month."
            )
        }
    rows, message = policy_rows(judged)
    if not fair:
        message += (
            f" {version} was fitted on evidence of that time: take what it would have earned as too high."
        )
    left = f" Left out: {judged.immature} decisions less than 30 days old." if judged.immature else ""
    gone = f" {judged.unknown} list modules that are no longer in the catalogue." if judged.unknown else ""
    return answer | {"rows": [row.as_dict() for row in rows], "message": message + left + gone}


def read_evidence(ws: Workspace) -> Evidence:
    """All evidence of the store; ``NothingToTrain`` where it holds none."""
    from recommender.evaluation.splits import moments
    from recommender.store import frames

    with ws.store.read() as conn:
        evidence = frames.read_evidence(conn)
    if len(moments(evidence)) < 2:
        raise NothingToTrain(
            "The store holds no evidence to judge by. Import assessments, feedback or interactions: "
            "recommender import PATH"
        )
    return evidence


def _judged(
    ws: Workspace,
    evidence: Evidence,
    version: str | None,
    leave_last_out: bool,
    seed: int,
    progress: Progress,
) -> tuple[Engine, Split, str]:
    """The engine to judge, what on, and that in words."""
    from recommender.engine import Engine
    from recommender.evaluation import splits
    from recommender.evaluation.comparison import FEWEST

    refit = "a refit without the held-out part"
    if version is not None:
        loaded, seen = _loaded(ws, version, evidence), _seen_until(ws, version)
        if not leave_last_out and splits.learners_since(evidence, seen + 1) >= FEWEST:
            words = f"{version} itself, on evidence newer than what it was fitted on"
            return loaded, splits.by_time(evidence, seen + 1), words
        refit += f", as {version} was fitted on evidence of that time"
        seed = ws.registry.manifest(version)["parameters"].get("seed", seed)
    split = (
        splits.leave_last_out(evidence, seed=seed) if leave_last_out else splits.by_time(evidence, seed=seed)
    )
    return Engine.fit(split.before, seed=seed, progress=progress), split, refit


def _loaded(ws: Workspace, version: str, evidence: Evidence) -> Engine:
    from recommender.engine import Engine

    return Engine.from_parts(ws.registry.load(version), version).over(evidence.catalogue)


def _seen_until(ws: Workspace, version: str) -> int:
    return int(ws.registry.manifest(version)["metrics"]["seen_until"])


def _judge(
    ws: Workspace, target: Engine, evidence: Evidence, logged: list[Any], until: int, progress: Progress
) -> Judged | None:
    """Walk through the log, learner by learner."""
    from recommender.evaluation.decisions import Judge, Worth
    from recommender.store import events, people

    judge = Judge(target, Worth.of(evidence.interactions), until)
    rows = sorted(logged, key=lambda row: row["learner_id"])
    by_learner = {who: list(group) for who, group in groupby(rows, key=lambda row: str(row["learner_id"]))}
    everybody = list(by_learner)
    for start in range(0, len(everybody), CHUNK):
        progress("log", start / len(everybody))
        chunk = everybody[start : start + CHUNK]
        with ws.store.read() as conn:
            known = people.by_id(conn, chunk)
            happened = events.of_learners(conn, chunk, numbered=True)
        for who in chunk:
            judge.add(known[who].job if who in known else NO_JOB, by_learner[who], happened[who])
    return judge.result()

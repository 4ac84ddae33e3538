"""Learners: listed, put, exported, erased, and let onto their page by a link."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from itsdangerous import BadSignature, URLSafeSerializer

from recommender import state
from recommender.engine.replay import belief
from recommender.errors import BadInput, LinkRefused, UnknownLearner
from recommender.evidence import EVENTS, rfc3339
from recommender.profiles.serve import moments, weights
from recommender.store import people, privacy

if TYPE_CHECKING:
    from recommender.service.workspace import Workspace

LONGEST_LINK_DAYS = 366.0
_SECONDS_A_DAY = 86_400


def list_learners(ws: Workspace, cursor: str | None = None, limit: int = 100) -> dict[str, Any]:
    """A page of learners by id: ``items`` and the ``next`` page's cursor, None at the end."""
    with ws.store.read() as conn:
        found = people.page(conn, cursor, limit + 1)
    more = len(found) > limit
    items = [
        {n: getattr(one, n) for n in ("learner_id", "name", "department_id", "role", "language", "active")}
        for one in found[:limit]
    ]
    return {"items": items, "next": found[limit - 1].learner_id if more else None}


def get_learner(ws: Workspace, learner_id: str) -> dict[str, Any]:
    """A learner in the contract's columns.

    Raises
    ------
    UnknownLearner
        There is nobody of that id.
    """
    with ws.store.read() as conn:
        found = people.attributes(conn, [learner_id]).get(learner_id)
    if found is None:
        raise _unknown(learner_id)
    return _shown(found)


def put_learners(ws: Workspace, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Add or correct learners, all or none; given fields are merged.

    Returns
    -------
    dict
        ``changed``: how many were added or changed.

    Raises
    ------
    BadInput
        Each fault's pointer is ``/index/column``; somebody who was erased is refused too.
    """
    with ws.store.write() as conn:
        return {"changed": len(people.put_learners(conn, rows))}


def export(ws: Workspace, learner_id: str) -> dict[str, Any]:
    """Everything held about a person, JSON-ready.

    Returns
    -------
    dict
        ``learner``, ``assessments``, ``feedback``, ``interactions`` and ``feedback_given`` in the
        contract's columns, ``states`` (what each model version concludes) and ``decisions``.

    Raises
    ------
    UnknownLearner
        There is nobody of that id.
    """
    with ws.store.read() as conn:
        held = privacy.export(conn, learner_id)
    evidence = {
        name: [_timed(r, "occurred_at") for r in held[name]] for name in (*EVENTS.values(), "feedback_given")
    }
    decisions = [_timed(r, "decided_at") for r in held["decisions"]]
    states = [_concluded(r) for r in held["states"]]
    return {"learner": _shown(held["learner"]), **evidence, "states": states, "decisions": decisions}


def erase(ws: Workspace, learner_id: str) -> None:
    """Remove a person from every table; a tombstone keeps imports from bringing them back.

    Raises
    ------
    UnknownLearner
        There is nobody of that id.
    """
    with ws.store.write() as conn:
        privacy.erase(conn, learner_id)
    ws.forget(learner_id)
    ws.store.scrub()


def link(ws: Workspace, learner_id: str, days: float = 7.0) -> str:
    """A token that opens a learner's page for so many days.

    Raises
    ------
    UnknownLearner
        There is nobody of that id.
    BadInput
        No time at all, or more than a year.
    """
    if not 0 < days <= LONGEST_LINK_DAYS:
        raise BadInput(f"A link lasts more than 0 and at most {LONGEST_LINK_DAYS:.0f} days. Give fewer.")
    if ws.store.fast.glance(learner_id) is None:
        raise _unknown(learner_id)
    expires = int(time.time() + days * _SECONDS_A_DAY)
    return str(_signer(ws).dumps([learner_id, expires]))


def open_link(ws: Workspace, token: str) -> str:
    """The learner a token is for.

    Raises
    ------
    LinkRefused
        It is forged or expired, or its learner is not there any more.
    """
    try:
        learner_id, expires = _signer(ws).loads(token)
    except (BadSignature, ValueError):
        raise LinkRefused("The link is not valid. Open the page from your learning platform.") from None
    if time.time() > expires or ws.store.fast.glance(learner_id) is None:
        raise LinkRefused("The link has expired. Open the page from your learning platform.")
    return str(learner_id)


def _signer(ws: Workspace) -> URLSafeSerializer:
    return URLSafeSerializer(ws.store.secret, salt="recommender.link")


def _unknown(learner_id: str) -> UnknownLearner:
    return UnknownLearner(f"There is no learner {learner_id!r}. Check the id.")


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "active": row["active"] != 0}


def _timed(row: Mapping[str, Any], column: str) -> dict[str, Any]:
    return {**row, column: rfc3339(row[column])}


def _concluded(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a state says of its learner: arrays run over the model's competencies and segments."""
    held = state.load(row["body"], row["seq"])
    posterior = belief(held)
    mean, covariance = moments(posterior)
    return {
        "model_version": row["version"],
        "seq": row["seq"],
        "mean": mean.tolist(),
        "sd": np.sqrt(np.diag(covariance)).tolist(),
        "segment_probabilities": weights(posterior).tolist(),
        "modules": {
            k: {"status": m.status, "at": rfc3339(m.at), "reason": m.reason} for k, m in held.modules.items()
        },
    }

"""A small organisation put straight into a store: two kinds of people, and raters who agree."""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.service.workspace import Workspace
from recommender.store import Store, catalogue, events, people

DAY = 86_400_000_000
START = 1_760_000_000_000_000
LEVELS = (30.0, 70.0)


def fill(store: Store, learners: int = 40, *, seed: int = 0) -> None:
    """Learners with a test and a rating of each competency, and two modules taken up."""
    draw = np.random.default_rng(seed)
    with store.read() as conn:
        known = catalogue.read_catalogue(conn)
    ids = [f"e{n:03}" for n in range(learners)]
    modules = [m.module_id for m in known.modules if not m.prerequisites][:6]
    with store.write() as conn:
        people.put_learners(
            conn, [{"learner_id": i, "department_id": f"d{n % 3}"} for n, i in enumerate(ids)]
        )
        for n, learner in enumerate(ids):
            at = START + n * DAY // 10
            events.add(conn, "assessment", [measured(learner, k, at, level(n, draw)) for k in known.leaves])
            taken = draw.choice(modules, 2, replace=False)
            events.add(
                conn, "interaction", [took(learner, m, at + (j + 1) * DAY) for j, m in enumerate(taken)]
            )


def measure_again(
    store: Store, days: int, learners: int = 40, *, level_of: Any = None, seed: int = 1
) -> None:
    """A later test of everybody; ``level_of`` says what comes out."""
    draw = np.random.default_rng(seed)
    with store.read() as conn:
        leaves = catalogue.read_catalogue(conn).leaves
    with store.write() as conn:
        for n in range(learners):
            at = START + days * DAY + n
            value = level_of(n) if level_of else level(n, draw)
            events.add(conn, "assessment", [measured(f"e{n:03}", k, at, value) for k in leaves])


def level(n: int, draw: np.random.Generator) -> float:
    """What a test of the n-th learner brings."""
    return float(np.clip(LEVELS[n % 2] + draw.normal(0, 6), 0, 100))


def measured(learner: str, competency: str, at: int, score: float) -> dict[str, Any]:
    """An assessment."""
    scale = {"scale_min": 0.0, "scale_max": 100.0, "source": "test", "reversed": 0}
    return {"learner_id": learner, "competency_id": competency, "score": score, "occurred_at": at, **scale}


def took(learner: str, module: str, at: int) -> dict[str, Any]:
    """A finished module."""
    scale = {"score_min": 0.0, "score_max": 100.0}
    return {"learner_id": learner, "module_id": module, "status": "completed", "occurred_at": at, **scale}


def workspace(store: Store) -> Workspace:
    """The store with a registry in the test's own folder."""
    from recommender.registry import Registry

    return Workspace(store, Registry("models"))

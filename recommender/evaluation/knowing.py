"""Right and wrong answers foretold, each from those before it, beside what plain models make of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from recommender.engine import Engine
from recommender.engine.foretell import answers_of
from recommender.engine.hearing import events_by_learner, jobs_of
from recommender.evaluation import metrics
from recommender.evaluation.rows import OURS, Row, absent
from recommender.evaluation.splits import Split
from recommender.framework import NO_JOB
from recommender.profiles.blocks import is_answer, item_of
from recommender.profiles.cells import cells_of

Array = NDArray[np.float64]
Sparse = Any
"""A sparse matrix of scipy, whose types are not known."""

MOST = 2_000
"""Learners judged at most."""
PRIOR = 2.0
"""Answers that everybody's share of right ones counts as in a share of few."""
FAST, SLOW = 0.5, 0.85
"""Decays, an answer, of the two memories of how somebody did lately."""


def knowing(engine: Engine, split: Split, seed: int = 0) -> list[Row]:
    """Rows on right and wrong answers: how well they are told apart, and how true the chances are."""
    right, chances = foretold(engine, split, seed)
    if not len(right):
        return [absent("answers", "AUC", "no right or wrong answer lies in the held-out part")]
    out = [
        Row("answers", "AUC", name, metrics.auc(right, of), n=len(right), unit="answers")
        for name, of in chances.items()
    ]
    if len(np.unique(right)) < 2:
        out = [absent("answers", "AUC", "all held-out answers are right, or all wrong")]
    for name, of in chances.items():
        error = metrics.calibration_error(metrics.calibration(of, right))
        out.append(Row("answers", "calibration error", name, error, n=len(right), unit="answers"))
    return out


def foretold(engine: Engine, split: Split, seed: int = 0) -> tuple[Array, dict[str, Array]]:
    """Held-out answers of up to ``MOST`` learners, 1 where right, and chances of that by model.

    Each is foretold from everything before it, the learner's own held-out evidence included.
    """
    answers = cells_of(split.before).answers
    overall = float(shrunk(answers["right"].sum(), len(answers), 0.5))
    known = answers.groupby("item")["right"].agg(["sum", "count"])
    easy = dict(zip(known.index, shrunk(known["sum"], known["count"], overall), strict=True))
    late = split.after.assessments
    met = np.random.default_rng(seed).permutation(sorted(late["learner_id"].astype(str).unique()))
    chosen = set(met[:MOST])
    earlier, jobs = dict(events_by_learner(split.before, chosen)), jobs_of(split.before)
    found: list[tuple[bool, float, float, float]] = []
    for learner, events in events_by_learner(split.after, chosen):
        items = {e["id"]: item_of(e) for e in events if is_answer(e)}
        right = n = 0
        job = jobs.get(learner, NO_JOB)
        for told in answers_of(engine.layout.rules, [*earlier.get(learner, []), *events], job):
            if told.event_id in items:
                share = float(shrunk(right, n, overall))
                found.append((told.right, told.chance, share, easy.get(items[told.event_id], overall)))
            right, n = right + told.right, n + 1
    y, ours, own, item = np.array(found, float).reshape(-1, 4).T
    return y, {
        OURS: ours,
        "learner's mean": own,
        "item's mean": item,
        "learner's and item's mean": both(own, item, overall),
    }


def both(own: Array, easy: Array, overall: float) -> Array:
    """Chances from somebody's share of right answers and a question's: their log odds add up."""
    return np.asarray(1.0 / (1.0 + np.exp(logit(np.array(overall)) - logit(own) - logit(easy))))


def so_far(answers: pd.DataFrame) -> pd.DataFrame:
    """What came before each answer of its learner.

    Parameters
    ----------
    answers : frame
        learner, skill, right (0 or 1); by learner in order of time.

    Returns
    -------
    frame
        Of all the learner's answers and, ending in ``_here``, of those about this skill: how many
        (``n``), how many right (``right``), and two decaying means of 1 for right and -1 for wrong.
    """
    out: dict[str, Any] = {}
    for name, keys in (("", ["learner"]), ("_here", ["learner", "skill"])):
        group = answers.groupby(keys, sort=False)["right"]
        out[f"n{name}"] = group.cumcount().astype(float)
        out[f"right{name}"] = group.cumsum() - answers["right"]
        code = answers.groupby(keys, sort=False).ngroup().to_numpy()
        for speed, decay in (("fast", FAST), ("slow", SLOW)):
            out[f"{speed}{name}"] = _lately(code, answers["right"].to_numpy(float), decay)
    return pd.DataFrame(out)


def _lately(code: NDArray[Any], right: Array, decay: float) -> Array:
    """Decaying mean of +1 and -1 over the rows before of the same code."""
    memory = np.zeros(int(code.max(initial=-1)) + 1)
    out = np.empty(len(code))
    for i, (c, told) in enumerate(zip(code.tolist(), (2 * right - 1).tolist(), strict=True)):
        out[i] = memory[c]
        memory[c] = decay * memory[c] + (1 - decay) * told
    return out


def shrunk(right: Array | pd.Series | float, n: Array | pd.Series | float, towards: Array | float) -> Array:
    """Share of right answers among ``n``, drawn towards another."""
    return np.asarray((right + PRIOR * towards) / (n + PRIOR), float)


def baselines(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, Array]:
    """Chances of a right answer by plain models, fitted on some learners, told of others.

    Parameters
    ----------
    before, after : frames
        learner, skill, right; of learners to fit on and of learners to be told about.

    Returns
    -------
    dict
        By name an array as long as ``after``. *performance factors* is Pavlik, Cen & Koedinger 2009;
        *logistic with recency* adds how the learner did lately, in the skill and at all.
    """
    overall = float(before["right"].mean())
    known = before.groupby("skill")["right"].agg(["sum", "count"])
    skill = pd.Series(shrunk(known["sum"], known["count"], overall), known.index)
    easy = np.asarray(after["skill"].map(skill).fillna(overall), float)
    seen = so_far(after)
    own = shrunk(seen["right"], seen["n"], overall)
    out = {
        "student mean": own,
        "skill mean": easy,
        "student x skill": shrunk(seen["right_here"], seen["n_here"], both(own, easy, overall)),
    }
    skills = {s: i for i, s in enumerate(known.index)}
    told, y = so_far(before), before["right"].to_numpy(int)
    for name, design in (("performance factors", _factors), ("logistic with recency", _recent)):
        model = LogisticRegression(C=1.0, max_iter=200, tol=1e-3)
        model.fit(design(before, told, skills), y)
        out[name] = np.asarray(model.predict_proba(design(after, seen, skills))[:, 1], float)
    return out


def logit(share: Array) -> Array:
    """Log odds."""
    return np.asarray(np.log(share) - np.log1p(-share))


def _by_skill(frame: pd.DataFrame, value: Array, skills: Mapping[str, int]) -> Sparse:
    """A column a skill, holding ``value`` where the answer is about it."""
    column = frame["skill"].map(skills)
    here = column.notna().to_numpy()
    rows = np.flatnonzero(here)
    return sparse.csr_matrix(
        (value[here], (rows, column[here].to_numpy(int))), shape=(len(frame), len(skills))
    )


def _factors(frame: pd.DataFrame, seen: pd.DataFrame, skills: Mapping[str, int]) -> Sparse:
    """Ease of each skill, and what right and wrong answers about it before add, on a log scale."""
    right = np.log1p(seen["right_here"].to_numpy(float))
    wrong = np.log1p((seen["n_here"] - seen["right_here"]).to_numpy(float))
    return sparse.hstack(
        [_by_skill(frame, v, skills) for v in (np.ones(len(frame)), right, wrong)], format="csr"
    )


def _recent(frame: pd.DataFrame, seen: pd.DataFrame, skills: Mapping[str, int]) -> Sparse:
    """Ease of each skill; counts, shares, and how the learner did lately, in the skill and at all."""
    columns: list[Any] = [seen[f"{speed}{where}"] for speed in ("fast", "slow") for where in ("", "_here")]
    columns += [np.log1p(seen[f"n{where}"]) for where in ("", "_here")]
    columns += [logit(shrunk(seen[f"right{w}"], seen[f"n{w}"], 0.5)) for w in ("", "_here")]
    return sparse.hstack(
        [_by_skill(frame, np.ones(len(frame)), skills), sparse.csr_matrix(np.column_stack(columns))],
        format="csr",
    )


def rows_of(right: Array, chances: Mapping[str, Array]) -> Iterable[Row]:
    """AUC, log loss and root mean square error of everybody's chances of a right answer."""
    for measure, of in (("AUC", metrics.auc), ("log loss", metrics.log_loss), ("RMSE", _rmse)):
        for name, chance in chances.items():
            yield Row("answers", measure, name, of(right, chance), n=len(right), unit="answers")


def _rmse(right: Array, chance: Array) -> float:
    return metrics.rmse(right - chance)

"""Evidence frames as arrays for the fit: one cell a form, competency and kind of question."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from recommender.evidence import ANONYMOUS, FEWEST_RATERS, SOURCES, Evidence, percent
from recommender.framework import looks_at
from recommender.profiles.answering import Array
from recommender.profiles.marks import scale_steps
from recommender.profiles.serve import DAY

Ints = NDArray[np.int64]


@dataclass
class Cells:
    """What the mixture is fitted on.

    Parameters
    ----------
    competencies, tree : as in ProfileModel
    learners : (N,) array of str
        Learners with evidence.
    department, role : (N,) arrays of str or None
        Where they work, and as what; None where it is not told.
    patterns : (Q, K) array
        What a cell looks at.
    form_learner, form_source, form_rater, form_day : (F,) arrays
        Learner, source, rater (-1: none) and day since 1970 of each form.
    form, pattern, item : (n,) arrays
        Form, pattern and kind (1: an item) of each cell; ``count`` answers with mean ``value`` and
        ``within`` sum of squares around it.
    raters : (R,) array of str
    form_names : (F,) array of str
        The name replay gives the form, so that what modules earned before it can be taken off.
    answers : frame of learner, k, right, item
        Right-or-wrong answers, by learner in order of time.
    """

    competencies: tuple[str, ...]
    tree: tuple[tuple[str, str | None], ...]
    learners: NDArray[np.object_]
    department: NDArray[np.object_]
    role: NDArray[np.object_]
    patterns: Array
    form_learner: Ints
    form_source: Ints
    form_rater: Ints
    form_day: Ints
    form: Ints
    pattern: Ints
    item: Ints
    count: Array
    value: Array
    within: Array
    raters: NDArray[np.object_]
    form_names: NDArray[np.object_]
    answers: pd.DataFrame

    @cached_property
    def learner(self) -> Ints:
        """(n,) learner of each cell."""
        return self.form_learner[self.form]

    @cached_property
    def kind(self) -> Ints:
        """(n,) twice the source of each cell, and one more where it is an item."""
        return (2 * self.form_source)[self.form] + self.item

    def of(self, learners: Ints) -> tuple[Cells, NDArray[np.int64]]:
        """What is known of these learners, named in order, alone; and which cells that is."""
        place = np.full(len(self.learners), -1)
        place[learners] = np.arange(len(learners))
        forms = np.flatnonzero(place[self.form_learner] >= 0)
        here = np.full(len(self.form_learner), -1)
        here[forms] = np.arange(len(forms))
        kept = np.flatnonzero(here[self.form] >= 0)
        rater = self.form_rater[forms]
        heard, number = np.unique(rater[rater >= 0], return_inverse=True)
        rater[rater >= 0] = number.ravel()
        answers = self.answers[place[self.answers["learner"].to_numpy(np.int64)] >= 0]
        return Cells(
            self.competencies, self.tree, self.learners[learners], self.department[learners],
            self.role[learners], self.patterns,
            place[self.form_learner[forms]], self.form_source[forms], rater, self.form_day[forms],
            here[self.form[kept]], self.pattern[kept], self.item[kept],
            self.count[kept], self.value[kept], self.within[kept], self.raters[heard],
            self.form_names[forms],
            answers.assign(learner=place[answers["learner"].to_numpy(np.int64)]).reset_index(drop=True),
        ), kept  # fmt: skip


def crowd(cells: Cells, most: int, seed: int) -> Ints:
    """So many learners at most, drawn with the colleagues of whom one rater spoke first, in order.

    Every learner is as likely to be among them as any other; a rater whose ratees were scattered over
    those drawn and those left out could not be told from the learners.
    """
    n, rated = len(cells.learners), cells.form_rater >= 0
    with_whom = len(cells.raters) + np.arange(n)
    with_whom[cells.form_learner[rated][::-1]] = cells.form_rater[rated][::-1]
    turn = np.random.default_rng(seed).permutation(len(cells.raters) + n)[with_whom]
    return np.sort(np.argsort(turn, kind="stable")[:most])


def _answer_mask(assessments: pd.DataFrame) -> pd.Series:
    """Rows that are right-or-wrong answers (as ``blocks.is_answer``)."""
    return (
        assessments["item_id"].notna()
        & (assessments["source"].fillna("test") == "test")
        & (assessments["scale_min"] == 0)
        & (assessments["scale_max"] == 1)
        & assessments["score"].isin([0, 1])
    )


def _text(column: pd.Series) -> pd.Series:
    """A column as ``str`` with None as ``None``'s text, as an f-string shows it."""
    return column.astype(object).where(column.notna(), "None").astype(str)


def _rows(evidence: Evidence) -> pd.DataFrame:
    """Ratings and scores in one frame: learner, competency, source, rater, form, item, day, value."""
    a, f = evidence.assessments, evidence.feedback
    a = a[~_answer_mask(a)] if len(a) else a
    source = a["source"].fillna("test").astype(str)
    own = "a|" + source + "|" + _text(a["session_id"])
    other = "ta|" + source + "|" + _text(a["instrument"]) + "|" + a["occurred_at"].astype(str)
    scores = pd.DataFrame(
        {
            "learner": a["learner_id"].astype(str),
            "competency": a["competency_id"].astype(str),
            "source": source,
            "rater": None,
            "form": own.where(a["session_id"].notna(), other),
            "item": a["item_id"].notna().astype(int),
            "day": a["occurred_at"] // DAY,
            "value": percent(a["score"], a["scale_min"], a["scale_max"], a["reversed"].fillna(0)),
        }
    )
    relation = f["relation"].astype(object).fillna("peer").astype(str)
    relation = relation.where(f["rater_id"].astype(object) != f["learner_id"].astype(object), "self")
    named, formed = f["rater_id"].notna(), f["form_id"].notna()
    head = relation + "|" + _text(f["rater_id"]) + "|"
    other = "tf|" + (head + f["occurred_at"].astype(str)).where(
        named, relation + "|" + _text(f["feedback_id"])
    )
    ratings = pd.DataFrame(
        {
            "learner": f["learner_id"].astype(str),
            "competency": f["competency_id"].astype(str),
            "source": relation,
            "rater": f["rater_id"].astype(object).where(named & (relation != "self"), None),
            "form": ("f|" + head + _text(f["form_id"])).where(formed, other),
            "item": f["item_id"].notna().astype(int),
            "day": f["occurred_at"] // DAY,
            "value": percent(f["rating"], f["scale_min"], f["scale_max"], f["reversed"].fillna(0)),
        }
    )
    return pd.concat([scores, ratings], ignore_index=True)


def cells_of(evidence: Evidence) -> Cells:
    """Lay evidence out as cells."""
    tree = tuple((c.competency_id, c.parent_id) for c in evidence.catalogue.competencies)
    leaves = evidence.catalogue.leaves
    looked = looks_at(tree, leaves)
    names = tuple(looked)
    rows = _rows(evidence)
    rows = rows[rows["competency"].isin(names)]
    answers = _answers(evidence, leaves)
    learner, learners = pd.factorize(pd.concat([rows["learner"], answers["learner"]]), sort=True)
    form, form_ids = pd.factorize(rows["learner"] + "\x1f" + rows["form"])
    first = np.full(len(form_ids), -1, dtype=np.int64)
    first[form[::-1]] = np.arange(len(rows))[::-1]
    days = rows["day"].to_numpy(np.int64)
    day = np.full(len(form_ids), np.iinfo(np.int64).max)
    np.minimum.at(day, form, days)  # a form stands where its first answer stands, as in a replay
    rater, raters = pd.factorize(rows["rater"])
    pattern = pd.Categorical(rows["competency"], categories=list(names)).codes.astype(np.int64)
    item = rows["item"].to_numpy(np.int64)
    value = rows["value"].to_numpy(np.float64)
    code, where = np.unique((form * len(names) + pattern) * 2 + item, return_inverse=True)
    count = np.bincount(where, minlength=len(code)).astype(float)
    mean = np.bincount(where, value, minlength=len(code)) / np.maximum(count, 1)
    within = np.bincount(where, (value - mean[where]) ** 2, minlength=len(code)).astype(float)
    source = pd.Categorical(rows["source"], categories=list(SOURCES)).codes.astype(np.int64)
    learner = learner.astype(np.int64)
    answers = answers.assign(learner=learner[len(rows) :])
    return Cells(
        leaves, tree, np.asarray(learners, dtype=object),
        _told(evidence.learners, "department_id", learners), _told(evidence.learners, "role", learners),
        np.array([looked[n] for n in names]).reshape(len(names), len(leaves)),
        learner[: len(rows)][first], source[first], rater.astype(np.int64)[first],
        day,
        code // 2 // max(len(names), 1), code // 2 % max(len(names), 1), code % 2, count, mean, within,
        np.asarray(raters, dtype=object), np.asarray(form_ids, dtype=object), answers,
    )  # fmt: skip


def _told(table: pd.DataFrame, name: str, learners: pd.Index) -> NDArray[np.object_]:
    """An attribute of each learner; None where it is not told."""
    if name not in table:
        return np.full(len(learners), None, dtype=object)
    found = table.set_index("learner_id")[name].astype(object).reindex(learners)
    return np.asarray(found.where(found.notna(), None), dtype=object)


def _answers(evidence: Evidence, leaves: tuple[str, ...]) -> pd.DataFrame:
    """Right-or-wrong answers about leaves, as a replay takes them in: learner, k, item's name, right."""
    a = evidence.assessments
    a = a[_answer_mask(a) & a["competency_id"].isin(leaves)] if len(a) else a
    a = a.sort_values(["learner_id", "occurred_at", "assessment_id"], kind="stable")
    return pd.DataFrame(
        {
            "learner": a["learner_id"].astype(str),
            "k": pd.Categorical(a["competency_id"], categories=list(leaves)).codes.astype(np.int64),
            "item": _text(a["instrument"]) + "|" + a["competency_id"].astype(str) + "|" + _text(a["item_id"]),
            "right": (a["score"].astype(float) != a["reversed"].fillna(0).astype(float)).astype(float),
        }
    )


def marks(evidence: Evidence) -> dict[tuple[str, int], Array]:
    """All marks in points, by source and steps of the scale; what is exact is none."""
    a = evidence.assessments
    a = a[~_answer_mask(a)] if len(a) else a
    parts = ((a, "score"), (evidence.feedback, "rating"))
    scale = ["scale_min", "scale_max"]
    raw = pd.concat([part[[name, *scale]].set_axis(["raw", *scale], axis=1) for part, name in parts])
    rows, raw = _rows(evidence), raw.astype(float).reset_index(drop=True)
    steps = scale_steps(*raw.to_numpy().T)
    by = rows[steps > 0].groupby([rows["source"][steps > 0], steps[steps > 0]])["value"]
    return {(str(source), int(str(n))): values.to_numpy(float) for (source, n), values in by}


def few_raters(cells: Cells, membership: Array) -> NDArray[np.bool_]:
    """(C, K) where one or two peers, reports or internal customers are behind what is known of members.

    Parameters
    ----------
    membership : (N, C) array
        Of ``cells.learners``; a member is who most probably belongs there.
    """
    c, k = membership.shape[1], len(cells.competencies)
    unnamed = np.isin(cells.form_source, [SOURCES.index(s) for s in ANONYMOUS])[cells.form]
    row, leaf = np.nonzero(cells.patterns[cells.pattern[unnamed]])
    form = cells.form[unnamed][row]
    place = membership.argmax(1)[cells.form_learner[form]] * k + leaf
    met = sparse.csr_matrix(
        (np.ones(len(place)), (place, cells.form_rater[form] + 1)), (c * k, len(cells.raters) + 1)
    )
    raters = np.diff(met.indptr).reshape(c, k)
    return np.asarray((raters > 0) & (raters < FEWEST_RATERS))

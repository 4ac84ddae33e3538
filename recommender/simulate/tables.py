"""From columns of indices to the contract's tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recommender.evidence import REASONS, RELATIONS, STATUSES
from recommender.framework import Catalogue
from recommender.simulate.measuring import ITEMS
from recommender.simulate.names import COMMENTS
from recommender.simulate.people import People
from recommender.simulate.settings import Floats, Ints
from recommender.simulate.writing import moments, numbered, picked, whole, write

Columns = dict[str, "Ints | Floats"]
TARGET, MANAGER_TARGET = 75, 85
MANAGERS_MUST = 2
"""How many competencies have a higher target for managers."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What the indices in columns stand for; ``items`` are the questionnaire's by leaf."""

    people: People
    catalogue: Catalogue
    raters: NDArray[np.str_]
    items: list[list[str]]

    @property
    def looked_at(self) -> list[str]:
        """Competencies a whole test may look at: leaves, and what they are part of."""
        return list(self.catalogue.looks_at)


@dataclass(slots=True)
class Tables:
    """Evidence as it accumulates over the year, and its way into files."""

    output: Path
    labels: Labels
    parquet: bool
    feedback: list[Columns] = field(default_factory=list)
    tests: list[Columns] = field(default_factory=list)
    drills: list[Columns] = field(default_factory=list)
    surveys: list[Columns] = field(default_factory=list)
    interactions: list[Columns] = field(default_factory=list)

    def write(self, learners: dict[str, Any], outcomes: dict[str, list[Any]], own: bool) -> dict[str, int]:
        """Write every table and return their numbers of rows."""
        people = self.labels.people
        supplier, customer, service = zip(*people.services, strict=True) if people.services else ((), (), ())
        small: dict[str, dict[str, Any]] = {
            "departments": {"department_id": people.department_ids, "name": people.department_names},
            "services": {
                "supplier_department_id": [people.department_ids[i] for i in supplier],
                "customer_department_id": [people.department_ids[i] for i in customer],
                "service": list(service),
            },
            "learners": learners,
            "targets": self._targets(),
            "outcomes": outcomes,
        }
        if own:
            small |= {"competencies": self._competencies(), "modules": self._modules()}
        counts = {name: write(self.output, name, columns) for name, columns in small.items()}
        for name, columns in (
            ("assessments", self._assessments()),
            ("feedback", self._feedback()),
            ("interactions", self._interactions()),
        ):
            counts[name] = write(self.output, name, columns, self.parquet)
        return counts

    def _competencies(self) -> dict[str, Any]:
        rows = self.labels.catalogue.competencies
        return {
            name: [getattr(c, name) for c in rows]
            for name in ("competency_id", "name_en", "name_zh", "parent_id")
        }

    def _modules(self) -> dict[str, Any]:
        rows = self.labels.catalogue.modules
        plain = ("module_id", "title_en", "title_zh", "level", "method", "delivery", "minutes")
        columns: dict[str, Any] = {name: [getattr(m, name) for m in rows] for name in plain}
        columns["competencies"] = [";".join(f"{k}:{w:g}" for k, w in m.competencies) for m in rows]
        columns["prerequisites"] = [";".join(m.prerequisites) for m in rows]
        return columns

    def _targets(self) -> dict[str, Any]:
        leaves = list(self.labels.catalogue.leaves)
        must = leaves[:MANAGERS_MUST]
        return {
            "competency_id": [*leaves, *must],
            "target": [TARGET] * len(leaves) + [MANAGER_TARGET] * len(must),
            "role": [None] * len(leaves) + ["manager"] * len(must),
        }

    def _assessments(self) -> dict[str, Any]:
        kinds = (self.tests, self.drills, self.surveys)
        joined = [_sorted(rows) for rows in kinds]
        sizes = [len(j["at"]) for j in joined]
        leaves = self.labels.catalogue.leaves
        names = [self.labels.looked_at, list(leaves), list(leaves)]
        drill = [f"q-{k}-{i + 1:02d}" for k in leaves for i in range(ITEMS)]
        survey = [i for row in self.labels.items for i in row]
        width = np.cumsum([0] + [len(row) for row in self.labels.items])
        return {
            "learner_id": picked(self.labels.people.ids, _all(joined, "learner")),
            "competency_id": _chain(picked(n, j["competency"]) for n, j in zip(names, joined, strict=True)),
            "score": whole(_all(joined, "score")),
            "occurred_at": moments(_all(joined, "at"), self.parquet),
            "assessment_id": numbered("a", sum(sizes)),
            "scale_min": whole(np.repeat([0, 0, 1], sizes)),
            "scale_max": whole(np.repeat([100, 1, 5], sizes)),
            "source": picked(["test", "test", "self"], np.repeat([0, 1, 2], sizes)),
            "instrument": picked(["course test", "item bank", "self-check"], np.repeat([0, 1, 2], sizes)),
            "item_id": _chain(
                (
                    picked([], joined[0]["item"]),
                    picked(drill, joined[1]["competency"] * ITEMS + joined[1]["item"]),
                    picked(survey, width[joined[2]["competency"].astype(int)] + joined[2]["item"]),
                )
            ),
            "reversed": whole(_all(joined, "reversed")),
            "session_id": _chain(
                _codes(letter, j["session"]) for letter, j in zip("tds", joined, strict=True)
            ),
        }

    def _feedback(self) -> dict[str, Any]:
        rows = _sorted(self.feedback)
        people = self.labels.people
        return {
            "learner_id": picked(people.ids, rows["learner"]),
            "competency_id": picked(self.labels.catalogue.leaves, rows["competency"]),
            "rating": whole(rows["rating"]),
            "occurred_at": moments(rows["at"], self.parquet),
            "feedback_id": numbered("f", len(rows["at"])),
            "rater_id": picked(self.labels.raters, rows["rater"]),
            "rater_department_id": picked(people.department_ids, rows["rater_department"]),
            "relation": picked(RELATIONS, rows["relation"]),
            "form_id": _codes("w", rows["form"]),
            "comment": self._comments(rows),
        }

    def _comments(self, rows: Columns) -> Any:
        """A remark that fits the rating, in the language of whoever is rated."""
        said = [COMMENTS[lang][tone] for lang in ("en", "zh") for tone in ("low", "middle", "high")]
        texts = [remark for group in said for remark in group]
        start, count = np.cumsum([0] + [len(g) for g in said])[:-1], np.array([len(g) for g in said])
        tone = np.clip(rows["rating"].astype(int) - 2, 0, 2)
        group = 3 * self.labels.people.zh[rows["learner"].astype(int)] + tone
        choice = rows["comment"].astype(int)
        return picked(texts, np.where(choice < 0, -1, start[group] + choice % count[group]))

    def _interactions(self) -> dict[str, Any]:
        rows = _sorted(self.interactions)
        return {
            "learner_id": picked(self.labels.people.ids, rows["learner"]),
            "module_id": picked([m.module_id for m in self.labels.catalogue.modules], rows["module"]),
            "status": picked(STATUSES, rows["status"]),
            "occurred_at": moments(rows["at"], self.parquet),
            "interaction_id": numbered("i", len(rows["at"])),
            "reason": picked(REASONS, rows["reason"]),
            "pre_score": whole(rows["pre"]),
            "post_score": whole(rows["post"]),
            "satisfaction": whole(rows["satisfaction"]),
            "minutes": whole(rows["minutes"]),
        }


def _sorted(parts: list[Columns]) -> Columns:
    """Parts under each other in the order of time; numbers of forms and sittings made unique."""
    shifted, bases = [], {"form": 0, "session": 0}
    for part in parts:
        moved = dict(part)
        for key, base in bases.items():
            if key in part and len(part[key]):
                moved[key] = np.where(part[key] < 0, -1, part[key] + base)
                bases[key] = int(max(base, moved[key].max() + 1))
        shifted.append(moved)
    if not shifted:
        return _EMPTY
    joined: Columns = {key: np.concatenate([p[key] for p in shifted]) for key in shifted[0]}
    order = np.argsort(joined["at"], kind="stable")
    return {key: values[order] for key, values in joined.items()}


_EMPTY: Columns = {
    key: np.zeros(0)
    for key in ("learner", "module", "status", "at", "reason", "pre", "post", "satisfaction", "minutes")
}


def _all(parts: list[Columns], key: str) -> Ints | Floats:
    return np.concatenate([p[key] for p in parts])


def _chain(arrays: Any) -> Any:
    """Arrow arrays under each other."""
    return pa.chunked_array(list(arrays))


def _codes(letter: str, number: Ints | Floats) -> Any:
    """Short ids from numbers, missing where -1."""
    highest = int(number.max()) + 1 if len(number) else 0
    return picked(numbered(letter, highest).to_pylist(), number)

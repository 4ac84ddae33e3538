"""What rows refer to: learners, competencies and modules that are there, and people who were erased."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from recommender.evidence import EVENTS
from recommender.store import catalogue, settings
from recommender.store.checks import parse_weights, reason
from recommender.store.importing.chunks import as_text
from recommender.store.importing.parse import Faults
from recommender.store.importing.recognise import Recognised
from recommender.store.masks import NAMING, RATED_AS, Mask, erased_among
from recommender.store.tables import competencies, learners, modules, tombstones

_NOUNS = {"learner_id": "learner", "competency_id": "competency", "module_id": "module"}


class References:
    """Checks one source's rows against what the store knows.

    Attributes
    ----------
    new_modules : dict
        Ids of unknown modules, in the order met, where the catalogue is derived from interactions.
    """

    def __init__(self, conn: Connection, found: Recognised) -> None:
        self._conn = conn
        self._table = found.table.name
        self._known: dict[str, pa.Array] = {}
        self._erased: dict[str, bool] = {}
        self._any_erased = conn.scalar(sa.select(tombstones.c.digest).limit(1)) is not None
        self.new_modules: dict[str, None] = {}
        columns = {"competency_id": competencies.c.competency_id}
        if self._table in EVENTS.values():
            columns["learner_id"] = learners.c.learner_id
        if self._table == "interactions":
            columns["module_id"] = modules.c.module_id
        for name, column in columns.items():
            self._known[name] = pa.array(conn.scalars(sa.select(column)).all(), pa.string())
        self._derives = self._table == "interactions" and _derives(conn, found, self._known["module_id"])

    def check(self, columns: dict[str, pa.Array], faults: Faults) -> NDArray[np.bool_]:
        """Note unknown references; returns which rows are of people who were erased."""
        count = len(next(iter(columns.values())))
        erased = np.zeros(count, bool)
        if self._table == "learners":
            erased = self._erased_in(columns["learner_id"])
        for name, known in self._known.items():
            own = self._table == "competencies" or name not in columns
            if own or (name == "module_id" and self._derives):
                continue
            unknown = np.asarray(pc.invert(pc.is_in(columns[name], value_set=known)))
            unknown &= np.asarray(pc.is_valid(columns[name]))
            if name == "learner_id" and unknown.any():
                erased = unknown & self._erased_in(columns[name], unknown)
                unknown &= ~erased
            values = columns[name]
            noun = _NOUNS[name]
            faults.add(unknown, name, partial(_unknown, values, noun))
        if self._table == "modules":
            self._check_weights(columns["competencies"], faults)
        return erased

    def note(self, columns: dict[str, pa.Array]) -> None:
        """Remember the unknown modules of good rows, where they are to be derived."""
        if self._derives:
            unknown = pc.invert(pc.is_in(columns["module_id"], value_set=self._known["module_id"]))
            self.new_modules.update(
                dict.fromkeys(pc.unique(columns["module_id"].filter(unknown)).to_pylist())
            )

    def masked(self, columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
        """Rows as they may be stored: no erased manager, pseudonyms for erased raters."""
        name = NAMING.get(self._table)
        if not self._any_erased or name is None:
            return columns
        hit = self._erased_in(columns[name])
        if not hit.any():
            return columns
        named = set(columns[name].filter(pa.array(hit)).to_pylist())
        mask = Mask(settings.secret(self._conn), named)
        touched = (*RATED_AS, name, "comment") if self._table == "feedback" else (name,)
        lists: dict[str, list[Any]] = {c: columns[c].to_pylist() for c in touched}
        for i in np.flatnonzero(hit).tolist():
            row = mask.row({c: lists[c][i] for c in touched})
            for c in touched:
                lists[c][i] = row[c]
        return {**columns, **{c: pa.array(lists[c], pa.string()) for c in touched}}

    def _erased_in(self, ids: pa.Array, among: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
        """Which rows name somebody who was erased."""
        if not self._any_erased:
            return np.zeros(len(ids), bool)
        asked = pc.unique(ids if among is None else ids.filter(pa.array(among))).drop_null().to_pylist()
        new = [i for i in asked if i not in self._erased]
        gone = erased_among(self._conn, new)
        self._erased.update((i, i in gone) for i in new)
        named = pa.array([i for i in asked if self._erased[i]], pa.string())
        return np.asarray(pc.is_in(ids, value_set=named, skip_nulls=True))

    def _check_weights(self, values: pa.Array, faults: Faults) -> None:
        known = set(self._known["competency_id"].to_pylist())
        for i, text in enumerate(values.to_pylist()):
            item = next((name for name, _ in parse_weights(text or "") if name not in known), None)
            if item is not None:
                wrong = reason("unknown", noun="competency", value=item)
                faults.rows.setdefault(i, ("competencies", wrong))


def _unknown(values: pa.Array, noun: str, i: int) -> str:
    return reason("unknown", noun=noun, value=values[i].as_py())


def _derives(conn: Connection, found: Recognised, known: pa.Array) -> bool:
    """Whether unknown modules become bare ones rather than mistakes.

    They do while the catalogue itself was derived, and where an organisation without modules of its
    own brings interactions none of which is with a shipped one.
    """
    origins = catalogue.origins(conn)["modules"]
    if "own" in origins:
        return False
    if "derived" in origins:
        return True
    place = found.places["module_id"]
    return not any(
        pc.any(pc.is_in(pc.utf8_trim_whitespace(as_text(chunk.cells[place])), value_set=known)).as_py()
        for chunk in found.source.chunks()
    )

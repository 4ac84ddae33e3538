"""Who was erased, and what stands in their place.

Erasing leaves a tombstone, the keyed hash of the id, so that the next import does not bring the person
back. Ratings the person gave to others are evidence about those others and stay, under a pseudonym.
It follows from the id by the store's secret rather than by chance: when the file that named the person
comes in once more, its rows turn into those that stand, and nothing returns.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from recommender.store import dialect, settings
from recommender.store.tables import tombstones

Row = Mapping[str, Any]

RATED_AS = ("feedback_id", "form_id", "item_id")
"""Columns of a rating that may be built from its rater's id."""
NAMING = {"feedback": "rater_id", "learners": "manager_id"}
"""Columns that name people who need not be learners; erased ones must not return through them."""


def digest(secret: bytes, purpose: str, person_id: str) -> str:
    """A keyed hash of a person's id, 32 hexadecimal digits."""
    return hmac.digest(secret, f"{purpose}\0{person_id}".encode(), "sha256").hex()[:32]


def tombstone(secret: bytes, person_id: str) -> str:
    """What is kept of an erased person."""
    return digest(secret, "tombstone", person_id)


def erased_among(conn: Connection, ids: Iterable[str]) -> set[str]:
    """Those of the ids that were erased."""
    if conn.scalar(sa.select(tombstones.c.digest).limit(1)) is None:
        return set()
    secret = settings.secret(conn)
    by_digest = {tombstone(secret, i): i for i in ids}
    return {
        by_digest[found]
        for part in dialect.chunks(list(by_digest))
        for found in conn.scalars(sa.select(tombstones.c.digest).where(tombstones.c.digest.in_(part)))
    }


def pseudonym(secret: bytes, person_id: str) -> str:
    """What stands for an erased rater."""
    return "erased-" + digest(secret, "rater", person_id)[:16]


class Mask:
    """Puts pseudonyms for erased raters into rows of feedback, and nobody for erased managers.

    Parameters
    ----------
    secret : bytes
        The store's.
    erased : collection of str
        Ids of erased people among the rows' raters or managers.
    """

    def __init__(self, secret: bytes, erased: Iterable[str]) -> None:
        self._names = {i: pseudonym(secret, i) for i in erased}

    @classmethod
    def of(cls, conn: Connection, table: str, rows: Sequence[Row]) -> Mask:
        """The mask that rows of a table need."""
        column = NAMING.get(table)
        named = {row[column] for row in rows if row.get(column)} if column else set()
        erased = erased_among(conn, named) if named else set()
        return cls(settings.secret(conn) if erased else b"", erased)

    def row(self, row: dict[str, Any]) -> dict[str, Any]:
        """The row as it may be stored: no id of an erased person, and none of their words."""
        if row.get("manager_id") in self._names:
            return {**row, "manager_id": None}
        rater = row.get("rater_id")
        name = self._names.get(rater) if rater is not None else None
        if rater is None or name is None:
            return row
        hidden = {c: hide(row[c], rater, name) for c in RATED_AS}
        return {**row, **hidden, "rater_id": name, "comment": None}


def hide(text: str | None, person_id: str, name: str) -> str | None:
    """A text with a name where a person's id stands in it as a word of its own."""
    if text is None or person_id not in text:
        return text
    return re.sub(rf"(?<![^\W_]){re.escape(person_id)}(?![^\W_])", name, text)

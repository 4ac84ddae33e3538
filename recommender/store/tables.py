"""Every table of the store, declared.

The contract's tables follow from ``evidence.TABLES``; the store's own stand below. Each says in
``info["personal"]`` what personal data it holds, or None. ``migrations`` brings a database to this
shape; a test compares the two.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from recommender import evidence
from recommender.store.dialect import Identifier, Moment

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

ORIGINS = ("shipped", "derived", "own")
"""Where a competency or module comes from: this program, the evidence that names it, the organisation."""

_TYPES: dict[str, Any] = {
    "id": Identifier,
    "number": sa.Double,
    "integer": sa.BigInteger,
    "flag": sa.SmallInteger,
    "time": Moment,
}
_KEPT: dict[str, Any] = {"nullable": False}


def _column(table: evidence.Table, column: evidence.Column) -> sa.Column[Any]:
    key = column.name in table.key
    kind = Identifier if key else _TYPES.get(column.kind, sa.String)
    return sa.Column(column.name, kind, primary_key=key, nullable=not (key or column.required))


def _contract(name: str, personal: str | None, *own: sa.schema.SchemaItem) -> sa.Table:
    """The contract's table of that name, with columns of the store's own behind."""
    table = evidence.TABLES[name]
    columns = [_column(table, c) for c in table.columns]
    return sa.Table(name, metadata, *columns, *own, info={"personal": personal})


def _evidence(name: str, personal: str) -> sa.Table:
    """An evidence table: ``seq`` is the learner's number at the row's last change."""
    learner = sa.ForeignKeyConstraint(["learner_id"], ["learners.learner_id"])
    table = _contract(name, personal, sa.Column("seq", sa.BigInteger, **_KEPT), learner)
    sa.Index(None, table.c.learner_id, table.c.occurred_at)
    return table


def _listed() -> tuple[sa.Column[Any], sa.Column[Any]]:
    return sa.Column("origin", sa.String, **_KEPT), sa.Column("position", sa.Integer, **_KEPT)


departments = _contract("departments", None)
services = _contract("services", None)
learners = _contract(
    "learners",
    "who works here, where and as what",
    sa.Column("seq", sa.BigInteger, server_default="0", **_KEPT),
)
sa.Index(None, learners.c.manager_id)
WORKS_HERE = sa.func.coalesce(learners.c.active, 1) != 0
"""Who is active: everybody of whom it is not told that they left."""
competencies = _contract("competencies", None, *_listed())
modules = _contract("modules", None, *_listed())
assessments = _evidence("assessments", "scores of tests and questionnaires")
feedback = _evidence("feedback", "ratings and comments, and who gave them")
sa.Index(None, feedback.c.rater_id)
interactions = _evidence("interactions", "what a learner did with which module")
HOLDING = ("enrolled", "started")
"""Statuses by which a learner holds a seat in a module."""
_holding = interactions.c.status.in_(HOLDING)
sa.Index(
    "ix_interactions_holding", interactions.c.module_id, interactions.c.occurred_at,
    sqlite_where=_holding, postgresql_where=_holding,
)  # fmt: skip
targets = _contract("targets", None)
outcomes = _contract("outcomes", None)

EVENT_TABLES = {kind: metadata.tables[name] for kind, name in evidence.EVENTS.items()}
"""The API's event types and the tables they go to."""

settings = sa.Table(
    "settings",
    metadata,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("value", sa.String, **_KEPT),
    info={"personal": None},
)
learner_states = sa.Table(
    "learner_states",
    metadata,
    sa.Column("learner_id", Identifier, sa.ForeignKey("learners.learner_id"), primary_key=True),
    sa.Column("version", Identifier, primary_key=True),
    sa.Column("seq", sa.BigInteger, **_KEPT),
    sa.Column("body", sa.LargeBinary, **_KEPT),
    info={"personal": "what a model version concludes about a learner"},
)
decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("learner_id", Identifier, sa.ForeignKey("learners.learner_id"), primary_key=True),
    sa.Column("day", Identifier, primary_key=True),
    sa.Column("version", Identifier, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("revision", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("modules", sa.String, **_KEPT),
    sa.Column("propensities", sa.String, **_KEPT),
    sa.Column("scores", sa.String, **_KEPT),
    sa.Column("eligible", sa.String, **_KEPT),
    sa.Column("decided_at", Moment, **_KEPT),
    info={"personal": "what was recommended to a learner, and how likely it was"},
)
tombstones = sa.Table(
    "tombstones",
    metadata,
    sa.Column("digest", Identifier, primary_key=True),
    sa.Column("erased_at", Moment, **_KEPT),
    info={"personal": "a keyed hash of who was erased, so that no import brings them back"},
)
api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("key_id", Identifier, primary_key=True),
    sa.Column("name", sa.String, **_KEPT),
    sa.Column("scopes", sa.String, **_KEPT),
    sa.Column("digest", sa.String, **_KEPT),
    sa.Column("created_at", Moment, **_KEPT),
    sa.Column("revoked_at", Moment),
    info={"personal": None},
)
imports = sa.Table(
    "imports",
    metadata,
    sa.Column("import_id", sa.Integer, primary_key=True),
    sa.Column("file", sa.String, **_KEPT),
    sa.Column("table", sa.String, **_KEPT),
    sa.Column("rows", sa.BigInteger, **_KEPT),
    sa.Column("set_aside", sa.BigInteger, **_KEPT),
    sa.Column("set_aside_file", sa.String),
    sa.Column("at", Moment, **_KEPT),
    info={"personal": None},
)

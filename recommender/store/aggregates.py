"""Numbers about many: what is in the store, and how departments fare. Never about few raters."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from recommender.evidence import EVENTS, FEWEST_RATERS, TABLES
from recommender.store.tables import WORKS_HERE, feedback, imports, learners, metadata, services, tombstones
from recommender.store.tables import departments as departments_


def tables(conn: Connection) -> list[dict[str, Any]]:
    """Rows of each of the contract's tables, and when the first and last thing in it happened.

    Returns
    -------
    list of dict
        ``table``, ``rows``, and ``first`` and ``last`` (microseconds, None where rows have no time).
    """
    found = []
    for name in TABLES:
        table = metadata.tables[name]
        when = table.c.get("occurred_at")
        ends = (sa.null(), sa.null()) if when is None else (sa.func.min(when), sa.func.max(when))
        rows, first, last = conn.execute(sa.select(sa.func.count(), *ends).select_from(table)).one()
        found.append({"table": name, "rows": rows, "first": first, "last": last})
    return found


def headcount(conn: Connection) -> tuple[int, int]:
    """How many learners there are, and how many were erased: a report kept in memory rests on both."""
    there = sa.select(sa.func.count()).select_from(learners).scalar_subquery()
    gone = sa.select(sa.func.count()).select_from(tombstones).scalar_subquery()
    here, erased = conn.execute(sa.select(there, gone)).one()
    return here, erased


def latest(conn: Connection) -> int | None:
    """When the newest evidence was seen, in microseconds."""
    ends = [conn.scalar(sa.select(sa.func.max(metadata.tables[n].c.occurred_at))) for n in EVENTS.values()]
    return max((end for end in ends if end is not None), default=None)


def log_import(
    conn: Connection, file: str, table: str, rows: int, set_aside: int, set_aside_file: str | None = None
) -> None:
    """Remember what became of a file."""
    values = {"file": file, "table": table, "rows": rows, "set_aside": set_aside}
    now = time.time_ns() // 1000
    conn.execute(sa.insert(imports), {**values, "set_aside_file": set_aside_file, "at": now})


def import_log(conn: Connection) -> list[dict[str, Any]]:
    """What became of every file and table imported, the latest first."""
    query = sa.select(*(c for c in imports.c if c.name != "import_id")).order_by(imports.c.import_id.desc())
    return [dict(row) for row in conn.execute(query).mappings()]


def departments(conn: Connection) -> list[dict[str, Any]]:
    """Each department: who is in it, whom it serves, and how those see it.

    Returns
    -------
    list of dict
        ``department_id``, ``name``, ``parent_id``, ``learners`` (active ones), ``ratings`` and
        ``raters`` (by people of other departments), ``mean`` (of those ratings, 0-100), ``serves``
        and ``served_by`` (department_id and service each). Under three distinct raters the three
        figures are None.
    """
    listed = {
        row.department_id: {**row._mapping, "learners": 0, "ratings": None, "raters": None, "mean": None}
        for row in conn.execute(sa.select(departments_).order_by(departments_.c.department_id))
    }
    for department_id, members in conn.execute(_members()):
        listed.setdefault(department_id, _unnamed(department_id))["learners"] = members
    for row in conn.execute(_seen_from_outside()):
        listed.setdefault(row.department_id, _unnamed(row.department_id)).update(row._mapping)
    for one in listed.values():
        one.update(serves=[], served_by=[])
    for supplier, customer, service in conn.execute(sa.select(services).order_by(*services.primary_key)):
        for here, there, side in ((supplier, customer, "serves"), (customer, supplier, "served_by")):
            if here in listed:
                listed[here][side].append({"department_id": there, "service": service})
    return list(listed.values())


def _unnamed(department_id: str) -> dict[str, Any]:
    """A department that only learners name."""
    blank: Mapping[str, Any] = {
        "name": None,
        "parent_id": None,
        "ratings": None,
        "raters": None,
        "mean": None,
    }
    return {"department_id": department_id, **blank, "learners": 0}


def _members() -> sa.Select[Any]:
    place = learners.c.department_id
    return (
        sa.select(place, sa.func.count())
        .where(WORKS_HERE, place.is_not(None))
        .group_by(place)
        .order_by(place)
    )


def _seen_from_outside() -> sa.Select[Any]:
    """Ratings by internal customers or anybody of another department, of three raters at least."""
    f, place = feedback.c, learners.c.department_id
    share = (f.rating - f.scale_min) / (f.scale_max - f.scale_min) * 100.0
    turned = sa.case((f.reversed == 1, 100.0 - share), else_=share)
    outside = sa.or_(
        f.relation == "internal_customer",
        sa.and_(f.relation.is_(None), f.rater_department_id != place),
        sa.and_(f.relation == "peer", f.rater_department_id != place),
    )
    raters = sa.func.count(f.rater_id.distinct())
    return (
        sa.select(
            place,
            sa.func.count().label("ratings"),
            raters.label("raters"),
            sa.func.avg(turned).label("mean"),
        )
        .join_from(feedback, learners, f.learner_id == learners.c.learner_id)
        .where(outside, place.is_not(None))
        .group_by(place)
        .having(raters >= FEWEST_RATERS)
        .order_by(place)
    )

"""Departments: their names, which stands above which, and which serves which."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from recommender.store.tables import departments, services


class Ties(NamedTuple):
    """``above``: the department over each; ``serves``: pairs of supplier and customer."""

    above: dict[str, str]
    serves: list[tuple[str, str]]

    def within(self, department_id: str) -> set[str]:
        """A department and all above it."""
        found: set[str] = set()
        here: str | None = department_id
        while here is not None and here not in found:
            found.add(here)
            here = self.above.get(here)
        return found


def ties(conn: Connection) -> Ties:
    """The ties between all departments."""
    parents = sa.select(departments.c.department_id, departments.c.parent_id)
    pairs = sa.select(services.c.supplier_department_id, services.c.customer_department_id).distinct()
    return Ties(
        {d: p for d, p in conn.execute(parents) if p is not None}, [(s, c) for s, c in conn.execute(pairs)]
    )


def names(conn: Connection) -> dict[str, str]:
    """Names of the departments that have one."""
    named = sa.select(departments.c.department_id, departments.c.name).where(departments.c.name.is_not(None))
    return {row.department_id: row.name for row in conn.execute(named)}

"""The second half of an import of evidence: staged rows into the store, learners' numbers with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from recommender.evidence import TABLES
from recommender.store import catalogue, dialect, events
from recommender.store.importing.bulk import loading, roomy, write_rows
from recommender.store.importing.staging import Columns, Staged
from recommender.store.tables import metadata

Progress = Callable[[float], None]


_TEMPORARY = ["TEMPORARY"]


class Loaded(NamedTuple):
    """How many rows were new, corrected another, said nothing new; or were of people erased meanwhile."""

    new: int
    corrected: int
    unchanged: int
    erased: int = 0
    replaced: int = 0
    """Shipped rows of the catalogue that the organisation's own have replaced."""


def load_evidence(conn: Connection, staged: Staged, progress: Progress) -> Loaded:
    """Store the good rows of an evidence table.

    Every learner whose evidence changes gets the next number, once, whatever the number of rows; the
    rows carry it. Locks those learners first, in the order of their ids.
    """
    table = metadata.tables[staged.table.name]
    if staged.new_modules:
        rows = [{"module_id": i, "title_en": i, "title_zh": i} for i in staged.new_modules]
        catalogue.put_modules(conn, rows, origin="derived")
    seqs = events.lock(conn, staged.learners)
    vanished = staged.learners - seqs.keys()
    ids = pa.array(seqs.keys(), pa.string())
    numbers = pa.array([seq + 1 for seq in seqs.values()], pa.int64())
    empty = conn.scalar(sa.select(table.c.seq).limit(1)) is None
    with loading(conn, table, staged.good) if empty else _merging(conn, table) as merge:
        new = corrected = erased = done = 0
        touched: set[str] = set()
        for given in staged.chunks():
            columns = given
            where = pc.index_in(columns["learner_id"], value_set=ids)
            if vanished:
                columns = {name: values.filter(pc.is_valid(where)) for name, values in columns.items()}
                where = where.drop_null()
            columns = {**columns, "seq": numbers.take(where)}
            count = len(where)
            erased += len(given["learner_id"]) - count
            if merge is None:
                write_rows(conn, table, columns)
                touched.update(pc.unique(columns["learner_id"]).to_pylist())
                new += count
            else:
                fresh, changed = merge.chunk(columns)
                new, corrected = new + fresh, corrected + changed
            done += len(given["learner_id"])
            progress(done / staged.good)
        events.bump(conn, touched if merge is None else merge.touched())
    return Loaded(new, corrected, staged.good - new - corrected - erased, erased)


class _Merge:
    """Rows into a table that holds some already, a chunk at a time, by way of a temporary table."""

    def __init__(self, conn: Connection, table: sa.Table) -> None:
        self._conn, self._table = conn, table
        self._key = table.c[TABLES[table.name].key[0]]
        own = sa.MetaData()
        self._stage = sa.Table(
            "import_stage",
            own,
            *(sa.Column(c.name, c.type, primary_key=c.primary_key) for c in table.columns),
            prefixes=_TEMPORARY,
        )
        self._changes = sa.Table(
            "import_changes",
            own,
            sa.Column("id", self._key.type, primary_key=True),
            sa.Column("fresh", sa.Integer),
            prefixes=_TEMPORARY,
        )
        self._touched = sa.Table(
            "import_touched",
            own,
            sa.Column("learner_id", table.c.learner_id.type, primary_key=True),
            prefixes=_TEMPORARY,
        )
        own.create_all(conn, checkfirst=False)
        self._own = own

    def chunk(self, columns: Columns) -> tuple[int, int]:
        """Store a chunk; returns how many rows were new and how many corrected one."""
        for part in (self._stage, self._changes):
            self._conn.execute(sa.delete(part))
        write_rows(self._conn, self._stage, columns)
        self._conn.execute(self._find())
        changes = self._changes
        found = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(changes.c.fresh), 0))
        count, fresh = self._conn.execute(found.select_from(changes)).one()
        if count:
            self._conn.execute(self._touch())
            self._conn.execute(self._upsert())
        return int(fresh), int(count - fresh)

    def touched(self) -> list[str]:
        """Learners whose evidence changed; of a row that changed hands both."""
        return list(self._conn.scalars(sa.select(self._touched.c.learner_id)))

    def close(self) -> None:
        """Drop the temporary tables."""
        self._own.drop_all(self._conn, checkfirst=False)

    def _find(self) -> sa.Insert:
        """Which staged rows are not there, or there with other content."""
        stage, table = self._stage, self._table
        compared = [c.name for c in TABLES[table.name].columns if c.name != self._key.name]
        differs = sa.or_(*(table.c[name].is_distinct_from(stage.c[name]) for name in compared))
        fresh = sa.case((self._key.is_(None), 1), else_=0)
        joined = stage.outerjoin(table, self._key == stage.c[self._key.name])
        which = sa.select(stage.c[self._key.name], fresh).select_from(joined)
        return sa.insert(self._changes).from_select(
            ["id", "fresh"], which.where(sa.or_(self._key.is_(None), differs))
        )

    def _touch(self) -> sa.Insert:
        mine = sa.select(self._stage.c.learner_id).join(
            self._changes, self._changes.c.id == self._stage.c[self._key.name]
        )
        theirs = sa.select(self._table.c.learner_id).join(self._changes, self._changes.c.id == self._key)
        both = sa.union(mine, theirs).subquery()
        # SQLite takes an ON after a FROM for a join's, so the SELECT needs a WHERE.
        named = sa.select(both.c.learner_id).where(sa.true())
        statement = dialect.insert(self._conn, self._touched).from_select(["learner_id"], named)
        return statement.on_conflict_do_nothing()

    def _upsert(self) -> sa.Insert:
        names = [c.name for c in self._table.columns]
        rows = (
            sa.select(*(self._stage.c[name] for name in names))
            .join(self._changes, self._changes.c.id == self._stage.c[self._key.name])
            .where(sa.true())
        )
        statement = dialect.insert(self._conn, self._table).from_select(names, rows)
        return statement.on_conflict_do_update(
            index_elements=[self._key],
            set_={name: statement.excluded[name] for name in names if name != self._key.name},
        )


@contextmanager
def _merging(conn: Connection, table: sa.Table) -> Iterator[_Merge]:
    with roomy(conn):
        merge = _Merge(conn, table)
        yield merge
        merge.close()

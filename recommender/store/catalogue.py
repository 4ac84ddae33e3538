"""Competencies, modules and targets: the shipped ones until the organisation brings its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from recommender.errors import BadInput, Fault
from recommender.evidence import TABLES
from recommender.framework import Catalogue, Competency, Module, cycle
from recommender.store import dialect, settings
from recommender.store.checks import Known, check_row, parse_ids, parse_weights, pointer, reason
from recommender.store.tables import competencies, modules, targets

Row = Mapping[str, Any]
Faults = list[Fault]


def revision(conn: Connection) -> int:
    """The catalogue's number; it grows with every change."""
    return int(settings.get(conn, settings.CATALOGUE_REVISION) or 0)


def read_catalogue(conn: Connection) -> Catalogue:
    """The whole catalogue, in the order in which its rows came."""
    aims = conn.execute(sa.select(targets.c.role, targets.c.competency_id, targets.c.target))
    return Catalogue(
        competencies=tuple(_competency(r) for r in _in_order(conn, competencies)),
        modules=tuple(_module(r) for r in _in_order(conn, modules)),
        targets={(role or None, competency_id): target for role, competency_id, target in aims},
        revision=revision(conn),
    )


def origins(conn: Connection) -> dict[str, set[str]]:
    """Where what stands comes from: ``competencies`` and ``modules`` to a subset of ``ORIGINS``."""
    return {t.name: set(conn.scalars(sa.select(t.c.origin).distinct())) for t in (competencies, modules)}


def put_competencies(conn: Connection, rows: Sequence[Row], origin: str = "own") -> int:
    """Add or correct competencies; given fields are merged.

    Parameters
    ----------
    conn : Connection
        Of ``Store.write()``.
    rows : sequence of mapping
        Columns of the contract's table; only given ones change.
    origin : str
        "own", or "derived" for ids that are known only because evidence names them: those never
        change a row that is there. Either removes the shipped ones that ``rows`` do not name.

    Returns
    -------
    int
        How many rows were added or changed.

    Raises
    ------
    BadInput
        Rows are wrong (each fault's pointer is ``/index/column``) or parents form a cycle. Nothing
        was changed.
    """
    return _put(conn, competencies, rows, origin, _check_parents)


def put_modules(conn: Connection, rows: Sequence[Row], origin: str = "own") -> int:
    """Add or correct modules; as ``put_competencies``, with prerequisites in place of parents."""
    return _put(conn, modules, rows, origin, lambda rows, all_: _check_modules(conn, rows, all_))


def put_targets(conn: Connection, rows: Sequence[Row]) -> int:
    """Set targets by competency and role; returns how many changed.

    Raises
    ------
    BadInput
        A target outside 0 to 100, or of an unknown competency.
    """
    known = Known(competencies=set(conn.scalars(sa.select(competencies.c.competency_id))))
    clean = _checked("targets", rows, known)
    standing = {(r.competency_id, r.role): r.target for r in conn.execute(sa.select(targets))}
    changed = [r for r in clean if standing.get((r["competency_id"], r["role"])) != r["target"]]
    if changed:
        conn.execute(dialect.replace(conn, targets, ["target"]), changed)
        _next_revision(conn)
    return len(changed)


def put_shipped(conn: Connection, catalogue: Catalogue) -> None:
    """Fill a new store with the program's own catalogue."""
    shipped = {
        competencies: [asdict(c) for c in catalogue.competencies],
        modules: [_stored(m) for m in catalogue.modules],
    }
    for table, things in shipped.items():
        rows = [{**thing, "origin": "shipped", "position": n} for n, thing in enumerate(things)]
        if rows:
            conn.execute(sa.insert(table), rows)
    aims = [
        {"role": role or "", "competency_id": competency_id, "target": target}
        for (role, competency_id), target in catalogue.targets.items()
    ]
    if aims:
        conn.execute(sa.insert(targets), aims)
    settings.put(conn, settings.CATALOGUE_REVISION, "1")


def _put(
    conn: Connection,
    table: sa.Table,
    rows: Sequence[Row],
    origin: str,
    check: Callable[[list[dict[str, Any]], dict[str, dict[str, Any]]], Faults],
) -> int:
    settings.hold(conn, settings.CATALOGUE_REVISION)
    key = TABLES[table.name].key[0]
    clean = _checked(table.name, rows, Known(), partial=True)
    standing = {r[key]: r for r in _in_order(conn, table)}
    named = {r[key] for r in clean}
    gone = [k for k, r in standing.items() if r["origin"] == "shipped" and k not in named] if clean else []
    after = {k: r for k, r in standing.items() if k not in gone}
    behind = count(max((r["position"] for r in standing.values()), default=-1) + 1)
    changed: dict[str, dict[str, Any]] = {}
    for row in clean:
        old = after.get(row[key])
        if origin == "derived" and old is not None and old["origin"] != "shipped":
            continue
        base = _blank(table, next(behind)) if old is None else _without(old, gone)
        new = {**base, **row, "origin": origin}
        if new != old:
            after[row[key]] = changed[row[key]] = new
    faults = check(clean, after)
    if faults:
        raise refusal(table.name, faults)
    for part in dialect.chunks(gone):
        conn.execute(sa.delete(table).where(table.c[key].in_(part)))
    if changed:
        conn.execute(
            dialect.replace(conn, table, [c.name for c in table.c if c.name != key]), [*changed.values()]
        )
    if gone or changed:
        _next_revision(conn)
    return len(changed)


def _checked(table: str, rows: Sequence[Row], known: Known, *, partial: bool = False) -> list[dict[str, Any]]:
    clean, faults = [], []
    for n, row in enumerate(rows):
        good, wrong = check_row(table, row, known, partial=partial)
        clean.append(good)
        faults += [Fault(f"/{n}{f.pointer}", f.reason) for f in wrong]
    if faults:
        raise refusal(table, faults)
    return clean


def refusal(what: str, faults: Sequence[Fault]) -> BadInput:
    """The error that names the first fault and counts the others."""
    more = f" ({len(faults) - 1} more)" if len(faults) > 1 else ""
    first = faults[0]
    return BadInput(f"{what}{first.pointer}: {first.reason}{more}. Correct it and send it again.", faults)


def _check_parents(rows: list[dict[str, Any]], after: dict[str, dict[str, Any]]) -> Faults:
    faults = []
    for n, row in enumerate(rows):
        parent = row.get("parent_id")
        if parent is not None and parent not in after:
            faults.append(Fault(pointer(n, "parent_id"), reason("unknown", noun="competency", value=parent)))
    edges = {k: [r["parent_id"]] for k, r in after.items() if r["parent_id"] in after}
    return faults + _cycle_faults(rows, "competency_id", "parent_id", edges)


def _check_modules(conn: Connection, rows: list[dict[str, Any]], after: dict[str, dict[str, Any]]) -> Faults:
    known = set(conn.scalars(sa.select(competencies.c.competency_id)))
    faults = []
    for n, row in enumerate(rows):
        for item, _ in parse_weights(row.get("competencies") or ""):
            if item not in known:
                faults.append(
                    Fault(pointer(n, "competencies"), reason("unknown", noun="competency", value=item))
                )
        for item in parse_ids(row.get("prerequisites")):
            if item not in after:
                faults.append(
                    Fault(pointer(n, "prerequisites"), reason("unknown", noun="module", value=item))
                )
    edges = {k: [p for p in parse_ids(r["prerequisites"]) if p in after] for k, r in after.items()}
    return faults + _cycle_faults(rows, "module_id", "prerequisites", edges)


def _cycle_faults(
    rows: list[dict[str, Any]], key: str, column: str, edges: Mapping[str, Iterable[str]]
) -> Faults:
    """The cycle, on the first row that is part of it."""
    found = cycle(edges)
    if found is None:
        return []
    n = next((n for n, row in enumerate(rows) if row[key] in found), 0)
    return [Fault(pointer(n, column), reason("cycle", trail=" → ".join([*found, found[0]])))]


def _blank(table: sa.Table, position: int) -> dict[str, Any]:
    """A row with nothing in it but defaults."""
    return {**{c.name: c.default for c in TABLES[table.name].columns}, "position": position}


def _without(row: dict[str, Any], gone: Sequence[str]) -> dict[str, Any]:
    """A row that refers to none of those that are removed."""
    if not gone:
        return row
    if "parent_id" in row:
        return {**row, "parent_id": None if row["parent_id"] in gone else row["parent_id"]}
    left = [i for i in parse_ids(row["prerequisites"]) if i not in gone]
    return {**row, "prerequisites": ";".join(left) or None}


def _in_order(conn: Connection, table: sa.Table) -> list[dict[str, Any]]:
    return [dict(r) for r in conn.execute(sa.select(table).order_by(table.c.position)).mappings()]


def _next_revision(conn: Connection) -> None:
    settings.hold(conn, settings.CATALOGUE_REVISION)  # two writers never share a number
    settings.put(conn, settings.CATALOGUE_REVISION, str(revision(conn) + 1))


def _competency(row: Row) -> Competency:
    texts = {f.name: row[f.name] or "" for f in fields(Competency)}
    return Competency(**{**texts, "parent_id": row["parent_id"]})


def _module(row: Row) -> Module:
    values: dict[str, Any] = {f.name: row[f.name] for f in fields(Module)}
    for name in ("title_en", "title_zh", "description_en", "description_zh"):
        values[name] = values[name] or ""
    values["competencies"] = parse_weights(row["competencies"] or "")
    values["prerequisites"] = parse_ids(row["prerequisites"])
    values["active"] = row["active"] != 0
    return Module(**values)


def _stored(module: Module) -> dict[str, Any]:
    """A module as the store's columns hold it."""
    clean, faults = check_row("modules", {**asdict(module), "competencies": dict(module.competencies)})
    if faults:
        raise refusal(f"module {module.module_id}", faults)
    return clean

"""The shipped catalogue stands until the organisation brings its own; nothing impossible gets in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from recommender.errors import BadInput, Fault
from recommender.framework import Catalogue
from recommender.store import Store
from recommender.store import catalogue as catalogues

Put = Callable[..., int]


def read(store: Store) -> Catalogue:
    with store.read() as conn:
        return catalogues.read_catalogue(conn)


def put(store: Store, what: Put, *rows: dict[str, Any], **more: str) -> int:
    with store.write() as conn:
        return what(conn, rows, **more)


def refused(store: Store, what: Put, *rows: dict[str, Any]) -> tuple[str, tuple[Fault, ...]]:
    before = read(store)
    with pytest.raises(BadInput) as caught:
        put(store, what, *rows)
    assert read(store) == before
    return str(caught.value), caught.value.faults


MODULES, COMPETENCIES, TARGETS = catalogues.put_modules, catalogues.put_competencies, catalogues.put_targets


def test_the_first_module_of_ones_own_removes_the_shipped_ones_only(store: Store) -> None:
    shipped = read(store)
    assert put(store, MODULES, {"module_id": "m1", "title_en": "One"}) == 1
    assert put(store, MODULES, {"module_id": "m2"}) == 1
    after = read(store)
    assert [m.module_id for m in after.modules] == ["m1", "m2"]
    assert after.competencies == shipped.competencies
    assert after.revision == shipped.revision + 2


def test_the_first_competency_of_ones_own_removes_the_shipped_ones_only(store: Store) -> None:
    shipped = read(store)
    put(store, COMPETENCIES, {"competency_id": "care"}, {"competency_id": "tact", "parent_id": "care"})
    after = read(store)
    assert list(after.competency) == ["care", "tact"]
    assert after.leaves == ("tact",)
    assert after.modules == shipped.modules


def test_a_shipped_competency_that_is_corrected_does_not_hang_in_the_air(store: Store) -> None:
    put(store, COMPETENCIES, {"competency_id": "listening", "name_en": "Hearing"})
    (left,) = read(store).competencies
    assert (left.name_en, left.name_zh, left.parent_id) == ("Hearing", "倾听", None)


def test_given_fields_are_merged_and_nothing_new_changes_nothing(store: Store) -> None:
    put(store, MODULES, {"module_id": "m1", "title_zh": "一", "minutes": 30, "active": False})
    put(store, MODULES, {"module_id": "m1", "minutes": 45, "competencies": "listening:0.7"})
    found = read(store)
    module = found.module["m1"]
    assert (module.title_zh, module.minutes, module.active) == ("一", 45.0, False)
    assert module.competencies == (("listening", 0.7),)
    assert put(store, MODULES, {"module_id": "m1", "minutes": 45}) == 0
    assert read(store).revision == found.revision


def test_a_shipped_module_that_is_corrected_keeps_its_other_fields(store: Store) -> None:
    one = next(m for m in read(store).modules if m.prerequisites)
    put(store, MODULES, {"module_id": one.module_id, "minutes": 7})
    (left,) = read(store).modules
    assert (left.module_id, left.minutes, left.title_zh) == (one.module_id, 7.0, one.title_zh)
    assert left.prerequisites == (), "what it waited for is removed"


def test_what_evidence_merely_names_never_changes_what_is_there(store: Store) -> None:
    put(store, MODULES, {"module_id": "m1", "title_en": "One"})
    put(store, MODULES, {"module_id": "m1", "title_en": None}, {"module_id": "m2"}, origin="derived")
    assert [(m.module_id, m.title_en) for m in read(store).modules] == [("m1", "One"), ("m2", "")]
    put(store, MODULES, {"module_id": "m2", "title_en": "Two"})
    with store.read() as conn:
        assert catalogues.origins(conn)["modules"] == {"own"}


def test_a_cycle_of_prerequisites_is_named(store: Store) -> None:
    put(store, MODULES, {"module_id": "a"}, {"module_id": "b", "prerequisites": "a"})
    message, faults = refused(store, MODULES, {"module_id": "c"}, {"module_id": "a", "prerequisites": "b"})
    assert faults == (Fault("/1/prerequisites", "a cycle: a → b → a"),)
    assert message == "modules/1/prerequisites: a cycle: a → b → a. Correct it and send it again."


def test_a_cycle_of_parents_is_named(store: Store) -> None:
    rows = ({"competency_id": "a", "parent_id": "b"}, {"competency_id": "b", "parent_id": "a"})
    _, faults = refused(store, COMPETENCIES, *rows)
    assert faults == (Fault("/0/parent_id", "a cycle: a → b → a"),)


def test_what_is_its_own_parent_is_a_cycle(store: Store) -> None:
    _, faults = refused(store, COMPETENCIES, {"competency_id": "a", "parent_id": "a"})
    assert faults == (Fault("/0/parent_id", "a cycle: a → a"),)


def test_unknown_references_are_named(store: Store) -> None:
    rows = (
        {"module_id": "a", "competencies": "charm:1", "prerequisites": "b"},
        {"module_id": "b", "prerequisites": "nowhere"},
    )
    _, faults = refused(store, MODULES, *rows)
    assert faults == (
        Fault("/0/competencies", "unknown competency charm"),
        Fault("/1/prerequisites", "unknown module nowhere"),
    )
    _, faults = refused(store, COMPETENCIES, {"competency_id": "a", "parent_id": "b"})
    assert faults == (Fault("/0/parent_id", "unknown competency b"),)


def test_a_weight_must_be_positive(store: Store) -> None:
    _, faults = refused(store, MODULES, {"module_id": "a", "competencies": {"listening": 0}})
    assert faults == (Fault("/0/competencies", "the weight of listening is not positive"),)


def test_targets_by_role(store: Store) -> None:
    rows = [
        {"competency_id": "listening", "target": 80},
        {"competency_id": "listening", "target": 90, "role": "chief"},
    ]
    assert put(store, TARGETS, *rows) == 2
    assert put(store, TARGETS, *rows) == 0
    found = read(store)
    assert found.target("chief", ("listening", "feedback")).tolist() == [90.0, 100.0]
    assert found.target("nurse", ("listening",)).tolist() == [80.0]
    _, faults = refused(store, TARGETS, {"competency_id": "listening", "target": 101})
    assert faults == (Fault("/0/target", "above the maximum 100"),)


def test_two_who_change_the_catalogue_at_once_make_two_revisions(store: Store) -> None:
    leaf = read(store).leaves[0]
    before = read(store).revision
    start = threading.Barrier(2)

    def change(role: str) -> None:
        start.wait()
        for value in range(20):
            put(store, catalogues.put_targets, {"competency_id": leaf, "role": role, "target": value})

    threads = [threading.Thread(target=change, args=(role,)) for role in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read(store).revision == before + 40


def test_the_order_of_what_came_is_kept(store: Store) -> None:
    put(store, MODULES, {"module_id": "z"}, {"module_id": "a"})
    put(store, MODULES, {"module_id": "m"}, {"module_id": "z", "minutes": 5})
    assert [m.module_id for m in read(store).modules] == ["z", "a", "m"]


def test_the_catalogue_survives_the_store(store: Store) -> None:
    """The shipped modules' weights and prerequisites come back as they were."""
    from recommender.shipped import shipped_catalogue

    shipped, found = shipped_catalogue(), read(store)
    assert found.modules == shipped.modules
    assert found.competencies == shipped.competencies
    with store.read() as conn:
        assert conn.scalar(sa.text("SELECT count(*) FROM modules WHERE origin <> 'shipped'")) == 0

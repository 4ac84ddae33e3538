"""What is held about a person comes out whole, and goes without a trace."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from store_rows import employ, rating, score, step

from recommender.errors import BadInput, UnknownLearner
from recommender.store import Store, aggregates, decisions, masks, open_store, people, privacy, states
from recommender.store.events import add, of_learner
from recommender.store.tables import learners, metadata

WHO = "E-4711"
DECISION = {
    "learner_id": WHO,
    "day": "2026-03-01",
    "version": "v",
    "seq": 1,
    "revision": 1,
    "modules": "[]",
    "propensities": "[]",
    "scores": "[]",
    "eligible": "[]",
    "decided_at": 5,
}
GIVEN = rating(
    "E2", WHO, 2.0, feedback_id=f"fb-{WHO}-1", form_id=f"form {WHO}", comment="writes as only I would"
)


@pytest.fixture
def full(store: Store) -> Store:
    """A store in which every table that can names the person."""
    employ(store, WHO, name="韩梅梅", email="han@example.org")
    employ(store, "E2", manager_id=WHO)
    employ(store, "E-47110")
    with store.write() as conn:
        add(conn, "assessment", [score(WHO, session_id=f"{WHO}/1")])
        add(conn, "feedback", [rating(WHO, "E2", comment="kind"), rating(WHO, WHO), GIVEN])
        add(conn, "feedback", [rating("E2", "E-47110", comment=f"unlike {WHO}, and not E-47110")])
        add(conn, "interaction", [step(WHO, "m", "started")])
        states.put_many(conn, "v", [(WHO, 3, f"state of {WHO}".encode())])
        states.put_many(conn, "v", [("E2", 3, f"forms by {WHO}".encode())])
        decisions.log(conn, [DECISION])
        aggregates.log_import(conn, f"exit {WHO}.csv", "feedback", 3, 1, f"exit {WHO}.set-aside.csv")
    return store


def traces(store: Store, text: str) -> list[str]:
    """Every table and column in which a text stands as a word of its own."""
    word = re.compile(rf"(?<!\w){re.escape(text)}(?!\w)")
    found = []
    with store.read() as conn:
        for table in metadata.sorted_tables:
            for row in conn.execute(sa.select(table)).mappings():
                found += [
                    f"{table.name}.{name}"
                    for name, value in row.items()
                    if isinstance(value, str | bytes)
                    and word.search(value if isinstance(value, str) else value.decode("latin-1"))
                ]
    return found


def test_export_gives_everything_held(full: Store) -> None:
    with full.read() as conn:
        held = privacy.export(conn, WHO)
    assert held["learner"]["email"] == "han@example.org"
    assert [r["score"] for r in held["assessments"]] == [50.0]
    assert len(held["feedback"]) == 2
    assert [r["feedback_id"] for r in held["feedback_given"]] == [f"fb-{WHO}-1"]
    assert [r["status"] for r in held["interactions"]] == ["started"]
    assert [s["version"] for s in held["states"]] == ["v"]
    assert held["decisions"] == [DECISION]
    assert "seq" not in held["assessments"][0]


def test_erase_leaves_no_trace_in_any_column_of_any_table(full: Store) -> None:
    assert {t.split(".")[0] for t in traces(full, WHO)} == {
        "learners", "assessments", "feedback", "interactions", "learner_states", "decisions", "imports"
    }  # fmt: skip
    with full.write() as conn:
        privacy.erase(conn, WHO)
    assert traces(full, WHO) == []
    assert traces(full, "韩梅梅") == []
    assert "feedback.comment" in traces(full, "E-47110")


def test_ratings_given_to_others_stay_under_one_pseudonym(full: Store) -> None:
    with full.write() as conn:
        privacy.erase(conn, WHO)
        found = of_learner(conn, "E2")
    name = masks.pseudonym(full.secret, WHO)
    given = next(e for e in found if e["rating"] == 2.0)
    assert given["rater_id"] == name
    assert re.fullmatch("erased-[0-9a-f]{16}", name)
    assert (given["id"], given["form_id"], given["comment"]) == (f"fb-{name}-1", f"form {name}", None)
    assert any(e["comment"] == f"unlike {name}, and not E-47110" for e in found)


def test_whom_it_touches_is_derived_anew(full: Store) -> None:
    with full.read() as conn:
        before = people.learner(conn, "E2")
    with full.write() as conn:
        privacy.erase(conn, WHO)
        after = people.learner(conn, "E2")
        assert conn.scalar(sa.select(learners.c.manager_id).where(learners.c.learner_id == "E2")) is None
        assert states.get_many(conn, ["E2"], "v").get("E2") is None
    assert before is not None
    assert after is not None
    assert after.seq == before.seq + 1


def test_the_erased_do_not_come_back(full: Store) -> None:
    with full.write() as conn:
        privacy.erase(conn, WHO)
        assert privacy.erased_among(conn, [WHO, "E2"]) == {WHO}
    with pytest.raises(BadInput, match=r"learners/0/learner_id: this person was erased\."):
        employ(full, WHO)
    with pytest.raises(UnknownLearner), full.write() as conn:
        add(conn, "assessment", [score(WHO)])
    with full.write() as conn:
        again = add(conn, "feedback", [GIVEN])
    assert again.duplicates == [0]
    assert traces(full, WHO) == []


def test_who_only_rated_can_be_erased_too(store: Store) -> None:
    employ(store, "E1")
    with store.write() as conn:
        add(conn, "feedback", [rating("E1", "client 9")])
        privacy.erase(conn, "client 9")
    assert traces(store, "client 9") == []
    with (
        pytest.raises(UnknownLearner, match=r"There is no learner 'client 9'\. Check the id\."),
        store.write() as conn,
    ):
        privacy.erase(conn, "client 9")


def test_who_only_managed_can_be_erased_and_does_not_come_back_as_a_manager(store: Store) -> None:
    employ(store, "E1", manager_id="boss 9")
    with store.write() as conn:
        before = people.learner(conn, "E1")
        privacy.erase(conn, "boss 9")
        assert people.learner(conn, "E1") == before, "nobody's list changes by their manager"
    assert traces(store, "boss 9") == []
    with store.write() as conn:
        rows = [{"learner_id": "E1", "manager_id": "boss 9"}, {"learner_id": "E2", "manager_id": "boss 9"}]
        assert people.put_learners(conn, rows) == {"E2": 0}
        assert people.put_learners(conn, [{"learner_id": "E2", "manager_id": "E1"}]) == {"E2": 0}
    assert traces(store, "boss 9") == []


def test_nothing_stays_in_the_files_of_sqlite(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/a.db")
    employ(store, WHO, name="Han Meimei", email="han@example.org")
    with store.write() as conn:
        add(conn, "feedback", [rating(WHO, "R", comment="a word about her")])
        states.put_many(conn, "v", [(WHO, 1, b"state of " + WHO.encode())])
    with store.write() as conn:
        privacy.erase(conn, WHO)
    store.scrub()
    left = b"".join(p.read_bytes() for p in tmp_path.glob("a.db*"))
    assert len(left) > 10_000
    for text in (WHO, "Han Meimei", "han@example.org", "a word about her"):
        assert text.encode() not in left
    store.close()


def test_every_table_says_what_personal_data_it_holds() -> None:
    assert all("personal" in table.info for table in metadata.tables.values())
    assert {t.name for t in metadata.tables.values() if t.info["personal"]} == {
        "learners", "assessments", "feedback", "interactions", "learner_states", "decisions", "tombstones"
    }  # fmt: skip

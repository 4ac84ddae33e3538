"""What the store holds after an import: all of a file or nothing, and the same file only once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from recommender.errors import StoreFull
from recommender.service.importing import import_paths
from recommender.store import Store, catalogue, people, privacy
from recommender.store.importing import evidence_rows, staging
from recommender.store.tables import imports, learners

HEAD = "feedback_id,learner_id,competency_id,rating,occurred_at,rater_id\n"
BARE = "learner_id,competency_id,rating,occurred_at\n"


def _seqs(store: Store) -> dict[str, int]:
    with store.read() as conn:
        return dict(conn.execute(sa.select(learners.c.learner_id, learners.c.seq)).all())  # type: ignore[arg-type]


def _counts(report: dict[str, Any]) -> tuple[int, ...]:
    return tuple(report[name] for name in ("new", "corrected", "unchanged", "set_aside"))


@pytest.mark.usefixtures("people")
def test_the_same_file_twice_changes_nothing(bring: Any, rows: Any, store: Store) -> None:
    text = BARE + "L1,listening,4,2026-03-05\n" * 3 + "L2,listening,4,2026-03-05\n"
    assert _counts(bring("feedback.csv", text)) == (4, 0, 0, 0)
    before, seqs = rows("feedback"), _seqs(store)
    assert _counts(bring("feedback.csv", text)) == (0, 0, 4, 0)
    assert (rows("feedback"), _seqs(store)) == (before, seqs)
    assert seqs == {"L1": 1, "L2": 1}


@pytest.mark.usefixtures("people")
def test_a_known_id_with_other_content_corrects_and_touches_only_its_learner(
    bring: Any, rows: Any, store: Store
) -> None:
    bring("feedback.csv", HEAD + "f1,L1,listening,4,2026-03-05,R\nf2,L2,listening,4,2026-03-05,R\n")
    report = bring("feedback.csv", HEAD + "f1,L1,listening,2,2026-03-05,\nf2,L2,listening,4,2026-03-05,R\n")
    assert _counts(report) == (0, 1, 1, 0)
    assert [(r["rating"], r["rater_id"], r["seq"]) for r in rows("feedback")] == [
        (2.0, None, 2),
        (4.0, "R", 1),
    ]
    assert _seqs(store) == {"L1": 2, "L2": 1}


@pytest.mark.usefixtures("people")
def test_a_row_that_changes_hands_touches_both(bring: Any, store: Store) -> None:
    bring("feedback.csv", HEAD + "f1,L1,listening,4,2026-03-05,R\n")
    bring("feedback.csv", HEAD + "f1,L2,listening,4,2026-03-05,R\n")
    assert _seqs(store) == {"L1": 2, "L2": 1}


@pytest.mark.usefixtures("people")
def test_of_an_id_twice_in_a_file_the_last_counts_each_time(bring: Any, rows: Any) -> None:
    text = HEAD + "f1,L1,listening,4,2026-03-05,R\nf1,L1,listening,2,2026-03-05,R\n"
    assert _counts(bring("feedback.csv", text)) == (1, 0, 1, 0)
    assert _counts(bring("feedback.csv", text)) == (0, 0, 2, 0)
    assert [r["rating"] for r in rows("feedback")] == [2.0]


@pytest.mark.usefixtures("people")
def test_chunks_do_not_show(bring: Any, rows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from recommender.store.importing import csv_files, other_files

    monkeypatch.setattr(csv_files, "_BLOCK", 300)
    monkeypatch.setattr(other_files, "CHUNK_ROWS", 3)
    lines = [f"f{i},L{i % 2 + 1},listening,{i % 5 + 1},2026-03-05,R{i}\n" for i in range(60)]
    assert _counts(bring("feedback.csv", HEAD + "".join(lines))) == (60, 0, 0, 0)
    lines[7] = "f7,L2,listening,5,2026-03-06,R7\n"
    lines.insert(0, "f59,L1,listening,1,2026-03-05,twice\n")
    assert _counts(bring("feedback.csv", HEAD + "".join(lines))) == (0, 1, 60, 0)
    same = "".join('{"learner_id":"L1","module_id":"x","status":"viewed","occurred_at":"2026-03-05"}\n' * 10)
    assert _counts(bring("interactions.jsonl", same)) == (10, 0, 0, 0)
    assert _counts(bring("interactions.jsonl", same)) == (0, 0, 10, 0)


@pytest.mark.usefixtures("people")
def test_learners_are_merged_by_the_columns_given(bring: Any, rows: Any, store: Store) -> None:
    report = bring("learners.csv", "learner_id,role\nL1,clerk\nL3,\n")
    assert _counts(report) == (1, 1, 0, 0)
    assert [(r["name"], r["role"]) for r in rows("learners")] == [
        ("Ann", "clerk"),
        ("Bo", None),
        (None, None),
    ]
    assert _seqs(store) == {"L1": 1, "L2": 0, "L3": 0}


def test_departments_services_and_outcomes(bring: Any, rows: Any) -> None:
    for name, text, corrected in (
        ("departments", "department_id,name,parent_id\nD1,Sales,\n", "department_id,name\nD1,Sale\n"),
        ("services", "supplier_department_id,customer_department_id\nD1,D2\n", None),
        ("outcomes", "department_id,metric,period,value\nD1,m,2026-03,1\n", None),
        ("targets", "competency_id,target\nlistening,80\n", "competency_id,target\nlistening,90\n"),
    ):
        assert _counts(bring(f"{name}.csv", text)) == (1, 0, 0, 0)
        assert _counts(bring(f"{name}.csv", text)) == (0, 0, 1, 0)
        if corrected:
            assert _counts(bring(f"{name}.csv", corrected)) == (0, 1, 0, 0)
        assert len(rows(name)) == 1


@pytest.mark.usefixtures("people")
def test_a_catalogue_is_derived_where_there_is_none(bring: Any, rows: Any, store: Store) -> None:
    head = "learner_id,module_id,status,occurred_at\n"
    before = _revision(store)
    assert _counts(bring("interactions.csv", head + "L1,c1,completed,2026-03-05\n")) == (1, 0, 0, 0)
    assert [(r["module_id"], r["title_en"], r["origin"]) for r in rows("modules")] == [
        ("c1", "c1", "derived")
    ]
    assert _revision(store) > before
    bring("more_interactions.csv", head + "L1,c2,completed,2026-03-06\n")
    assert [r["module_id"] for r in rows("modules")] == ["c1", "c2"]
    bring("modules.csv", "module_id,title_en\nc1,One\n")
    report = bring("interactions.csv", head + "L1,c3,completed,2026-03-06\n")
    assert report["reasons"] == [{"column": "module_id", "reason": "unknown module c3", "rows": 1}]


@pytest.mark.usefixtures("people")
def test_the_shipped_catalogue_stands_where_it_is_used(bring: Any, rows: Any) -> None:
    shipped = [r["module_id"] for r in rows("modules")]
    report = bring(
        "interactions.csv",
        f"learner_id,module_id,status,occurred_at\nL1,c1,viewed,2026-03-05\nL1,{shipped[0]},viewed,2026-03-05\n",
    )
    assert _counts(report) == (1, 0, 0, 1)
    assert [r["module_id"] for r in rows("modules")] == shipped


def _revision(store: Store) -> int:
    with store.read() as conn:
        return catalogue.revision(conn)


@pytest.mark.usefixtures("people")
def test_erased_people_do_not_come_back(bring: Any, rows: Any, store: Store) -> None:
    text = HEAD + "f1,L2,listening,4,2026-03-05,L1\nf2,L1,listening,4,2026-03-05,L2\n"
    bring("feedback.csv", text)
    with store.write() as conn:
        privacy.erase(conn, "L1")
    before, seqs = rows("feedback"), _seqs(store)
    who = bring("learners.csv", "learner_id,name,manager_id\nL1,Ann,\nL2,Bo,L1\n")
    assert (who["erased"], who["set_aside"], who["set_aside_file"]) == (1, 0, None)
    what = bring("feedback.csv", text)
    assert (what["erased"], what["unchanged"], what["set_aside"]) == (1, 1, 0)
    assert (rows("feedback"), _seqs(store)) == (before, seqs)
    with store.read() as conn:
        assert people.attributes(conn, ["L1", "L2"])["L2"]["manager_id"] is None


@pytest.mark.usefixtures("people")
def test_a_dry_run_reports_and_changes_nothing(ws: Any, rows: Any, store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "learners.csv").write_text("learner_id\nL3\n")
    (folder / "feedback.csv").write_text(BARE + "L3,listening,4,2026-03-05\nL9,listening,4,2026-03-05\n")
    report = import_paths(ws, [folder], dry_run=True)
    assert [_counts(f) for f in report["files"]] == [(1, 0, 0, 0), (1, 0, 0, 1)]
    assert report["files"][1]["set_aside_file"] is None
    assert sorted(p.name for p in folder.iterdir()) == ["feedback.csv", "learners.csv"]
    assert rows("feedback") == []
    assert "L3" not in _seqs(store)


@pytest.mark.usefixtures("people")
def test_an_import_is_recorded(bring: Any, store: Store) -> None:
    bring("feedback.csv", BARE + "L1,listening,4,2026-03-05\nL9,listening,4,2026-03-05\n")
    with store.read() as conn:
        row = conn.execute(sa.select(imports).order_by(imports.c.import_id.desc())).mappings().first()
    assert row is not None
    expected = ("feedback.csv", "feedback", 2, 1, "feedback.csv.set-aside.csv")
    assert tuple(row[n] for n in ("file", "table", "rows", "set_aside", "set_aside_file")) == expected


@pytest.mark.usefixtures("people")
def test_a_file_that_fails_half_way_leaves_nothing(
    bring: Any, rows: Any, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(evidence_rows.events, "bump", full)
    with pytest.raises(StoreFull) as error:
        bring("feedback.csv", BARE + "L1,listening,4,2026-03-05\nL1,listening,9,2026-03-05\n")
    assert "Nothing of feedback.csv was kept; free some space and repeat." in str(error.value)
    assert (rows("feedback"), _seqs(store)) == ([], {"L1": 0, "L2": 0})
    assert sorted(p.name for p in tmp_path.glob("*.csv")) == ["feedback.csv", "learners.csv"]


@pytest.mark.usefixtures("people")
def test_a_full_disk_loses_nothing(bring: Any, rows: Any, store: Store, tmp_path: Path) -> None:
    if store.engine.dialect.name != "sqlite":
        pytest.skip("SQLite alone can be told how large it may grow")
    bring("feedback.csv", HEAD + "f1,L1,listening,4,2026-03-05,R\n")
    before = rows("feedback")
    store.engine.dispose()

    def small(raw: Any, _: Any) -> None:
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
        raw.execute(f"PRAGMA max_page_count = {pages + 50}")

    sa.event.listen(store.engine, "connect", small)
    lines = "".join(f"g{i},L1,listening,4,2026-03-05,R\n" for i in range(30_000))
    with pytest.raises(StoreFull, match=r"is full\. Nothing was kept; free some space and repeat\."):
        bring("more_feedback.csv", HEAD + lines + "g,L9,listening,4,2026-03-05,R\n")
    assert (rows("feedback"), _seqs(store)["L1"]) == (before, 1)
    assert not list(tmp_path.glob("*set-aside*"))


_KILLED = """
import os, signal, sys
from types import SimpleNamespace
from recommender.service.importing import import_paths
from recommender.store import open_store
from recommender.store.importing import evidence_rows

def die(conn, learner_ids):
    os.kill(os.getpid(), signal.SIGKILL)

evidence_rows.events.bump = die
import_paths(SimpleNamespace(store=open_store(sys.argv[1])), sys.argv[2:])
"""


@pytest.mark.usefixtures("people")
def test_a_process_killed_half_way_leaves_nothing(
    bring: Any, rows: Any, store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "killed_feedback.csv"
    lines = "".join(f"L{i % 2 + 1},listening,4,2026-03-05\n" for i in range(20_000))
    path.write_text(BARE + lines + "L9,listening,4,2026-03-05\n")
    url = store.url.render_as_string(hide_password=False)
    ended = subprocess.run([sys.executable, "-c", _KILLED, url, str(path)], env={**os.environ}, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert (rows("feedback"), _seqs(store)) == ([], {"L1": 0, "L2": 0})
    with store.read() as conn:
        names = {i["name"] for i in sa.inspect(conn).get_indexes("feedback")}
    assert names == {"ix_feedback_learner_id_occurred_at", "ix_feedback_rater_id"}
    assert not list(tmp_path.glob("*set-aside*"))
    report = import_paths(_ws(store), [path])["files"][0]
    assert _counts(report) == (20_000, 0, 0, 1)
    with store.read() as conn:
        assert {i["name"] for i in sa.inspect(conn).get_indexes("feedback")} == names


def _ws(store: Store) -> Any:
    from types import SimpleNamespace

    return SimpleNamespace(store=store)


def test_staging_keeps_the_last_of_a_key() -> None:
    import numpy as np

    keep = staging.last_of_each(np.array([1, 2, 1, 3], np.uint64))
    assert keep is not None
    assert keep.tolist() == [False, True, True, True]
    assert staging.last_of_each(np.array([1, 2], np.uint64)) is None

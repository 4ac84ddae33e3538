"""Any good rows, through any kind of text file, come out as they went in."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender.evidence import RELATIONS
from recommender.service.importing import import_paths
from recommender.store import Store
from recommender.store.tables import feedback

_words = st.text(
    st.characters(
        codec="gb18030", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffd\u2028\u2029\x85"
    ),
    max_size=20,
)
_comments = _words.map(str.strip)
_rows = st.fixed_dictionaries(
    {
        "learner_id": st.sampled_from(["L1", "L2"]),
        "rating": st.floats(1, 5, allow_subnormal=False),
        "occurred_at": st.datetimes(datetime(2000, 1, 1), datetime(2026, 1, 1)),
        "rater_id": st.none() | st.integers(0, 99).map(str),
        "relation": st.none() | st.sampled_from(RELATIONS),
        "comment": _comments,
    }
)


@pytest.mark.usefixtures("people")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=st.lists(_rows, min_size=1, max_size=6),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
    separator=st.sampled_from(",;\t"),
)
def test_good_rows_come_out_as_they_went_in(
    store: Store, tmp_path: Path, made: list[dict[str, Any]], encoding: str, separator: str
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerow([*made[0], "competency_id", "feedback_id"])
    for n, row in enumerate(made):
        shown = {**row, "rating": repr(row["rating"]), "occurred_at": row["occurred_at"].isoformat()}
        writer.writerow([*("" if shown[k] is None else shown[k] for k in made[0]), "listening", f"f{n}"])
    path = tmp_path / "feedback.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    with store.write() as conn:
        conn.execute(sa.delete(feedback))
    report = import_paths(SimpleNamespace(store=store), [path])["files"][0]
    assert (report["new"], report["set_aside"]) == (len(made), 0)
    with store.read() as conn:
        stored = {r["feedback_id"]: r for r in conn.execute(sa.select(feedback)).mappings()}
    for n, row in enumerate(made):
        at = int(
            (row["occurred_at"].replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1e6
        )
        assert abs(stored[f"f{n}"]["occurred_at"] - at) <= 1
        expected = {k: v or None for k, v in row.items() if k != "occurred_at"}
        assert {k: stored[f"f{n}"][k] for k in expected} == expected

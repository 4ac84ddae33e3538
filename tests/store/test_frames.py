"""What a fit sees: the evidence in frames, sorted, with nothing it has no business with."""

from __future__ import annotations

import numpy as np
from store_rows import employ, rating, score, step

from recommender.evidence import TABLES
from recommender.store import Store
from recommender.store.events import add
from recommender.store.frames import LEARNER_COLUMNS, read_evidence


def test_frames_hold_the_contracts_columns_in_order(store: Store) -> None:
    employ(store, "E2", "E1", role="nurse", group="g")
    with store.write() as conn:
        add(conn, "assessment", [score("E2", 1.5, day=2), score("E1", 2, day=3), score("E1", 3, day=1)])
        add(conn, "feedback", [rating("E1", "R", comment="private")])
        add(conn, "interaction", [step("E1", "m", "completed", pre_score=40)])
    with store.read() as conn:
        seen = read_evidence(conn)
    assert tuple(seen.learners.columns) == LEARNER_COLUMNS
    assert seen.learners["learner_id"].tolist() == ["E1", "E2"]
    assert seen.learners["active"].tolist() == [True, True]
    assert seen.assessments["score"].tolist() == [3.0, 2.0, 1.5]
    assert list(seen.assessments.columns) == [c.name for c in TABLES["assessments"].columns]
    assert seen.assessments["occurred_at"].dtype == np.int64
    assert seen.feedback["reversed"].tolist() == [0]
    assert "comment" not in seen.feedback
    assert seen.interactions["pre_score"].tolist() == [40.0]
    assert np.isnan(seen.interactions["post_score"].tolist()).all()
    assert seen.interactions["post_score"].dtype == np.float64
    assert seen.feedback["form_id"].isna().all()
    assert seen.catalogue.revision == 1


def test_an_empty_store_gives_empty_frames_of_the_same_types(store: Store) -> None:
    with store.read() as conn:
        seen = read_evidence(conn)
    for name in ("assessments", "feedback", "interactions"):
        frame = getattr(seen, name)
        assert len(frame) == 0
        assert frame["occurred_at"].dtype == np.int64
        assert frame["learner_id"].dtype == "str"
    assert seen.feedback["rating"].dtype == np.float64

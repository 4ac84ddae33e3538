"""Ids from content."""

from __future__ import annotations

from store_rows import score

from recommender.evidence import TABLES
from recommender.store.identity import canonical, content_id, row_texts


def test_the_id_of_a_content_never_changes() -> None:
    """Stored rows carry it: another hash would import everything twice."""
    assert content_id("assessments", ["E1", "listening", "50.0", "0", None], 0) == "b993a01e0ef7532f997eb3c2"


def test_what_differs_has_another_id() -> None:
    values = ["E1", "listening", "50.0"]
    ids = {
        content_id("assessments", values),
        content_id("feedback", values),
        content_id("assessments", values, 1),
        content_id("assessments", ["E1l", "istening", "50.0"]),
        content_id("assessments", ["E1", "listening", None, "50.0"]),
    }
    assert len(ids) == 5


def test_a_value_has_one_text() -> None:
    assert canonical("number", 3) == canonical("number", 3.0) == "3.0"
    assert canonical("number", -0.0) == "0.0"
    assert canonical("flag", True) == canonical("flag", 1) == "1"
    assert canonical("text", "") is canonical("text", None) is None


def test_texts_stand_in_the_contracts_order_without_the_id() -> None:
    texts = row_texts("assessments", score("E1", 50, assessment_id="a1"))
    assert len(texts) == len(TABLES["assessments"].columns) - 1
    assert texts[:3] == ["E1", "listening", "50.0"]
    assert "a1" not in texts

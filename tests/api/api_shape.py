"""The one shape of every failure."""

from __future__ import annotations

from collections.abc import Sequence

from werkzeug.test import TestResponse


def assert_problem(
    response: TestResponse, status: int, kind: str, pointers: Sequence[str] | None = None
) -> dict[str, object]:
    """An RFC 9457 problem of this status and kind; ``pointers`` name its wrong fields, all of them."""
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.content_type == "application/problem+json"
    document = response.get_json(force=True)
    assert list(document) == ["type", "title", "status", "detail", "errors"]
    assert document["type"] == f"/docs#{kind}"
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    assert all(list(error) == ["pointer", "detail"] and error["detail"] for error in document["errors"])
    if pointers is not None:
        assert [error["pointer"] for error in document["errors"]] == list(pointers)
    assert "Traceback" not in document["detail"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    return document

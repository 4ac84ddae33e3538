"""How much one call may carry; every limit the API documents stands here."""

from __future__ import annotations

MAX_BATCH = 5_000
"""Events, learner_ids or rows one call may carry; more is 413."""
MAX_BODY = 16 * 1024 * 1024
"""Bytes one body may have; more is 413."""
MAX_ITEMS = 100
"""Recommendations one list may hold."""
MAX_PAGE = 500
"""Rows one page of a list may hold."""
DEFAULT_PAGE = 100
MAX_MINUTES = 100_000
KEY_SECONDS = 1.0
"""How long a worker remembers that a key was good; a revoked key ends within this time."""

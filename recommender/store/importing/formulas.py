"""Texts that a spreadsheet would take for a formula get a leading apostrophe."""

from __future__ import annotations

import re

ESCAPED = r"^'('*[=+\-@\t\r])"
"""Matches what ``harmless`` has changed; the first group is what stood there."""
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")


def harmless(text: str) -> str:
    """A cell that no spreadsheet runs."""
    return "'" + text if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text

"""Ids in addresses: any text the store holds as one, with slashes too."""

from __future__ import annotations

from werkzeug.routing import BaseConverter


class IdConverter(BaseConverter):
    """The part of an address that is an id, as the store keeps it: without space around it.

    The server hands over addresses decoded, so that ``HR%2F01`` and ``HR/01`` are one and an id may run
    over several segments. Where an address could be read in two ways, the longer route has it:
    ``GET /v1/learners/a/profile`` is the profile of ``a``; that of ``a/profile`` has one more ``/profile``.
    """

    regex = r"(?s:.+?)"
    part_isolating = False
    weight = 200
    """Tried after everything that names its segments."""

    def to_python(self, value: str) -> str:
        """The id; the empty text, which nothing has, where there was nothing but space."""
        return value.strip()

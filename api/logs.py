"""The server's log: one JSON object a line on standard error, like the request lines."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import orjson

OWN = ("where",)
"""Fields that records of this project carry beside the message."""


class Lines(logging.Formatter):
    """A record as one line; a traceback gives its places, never values, which could be personal."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in OWN if hasattr(record, name)}
        if record.exc_info and record.exc_info[1] is not None:
            line |= {"error": type(record.exc_info[1]).__name__, "where": places(record.exc_info[1])}
        return orjson.dumps(line, option=orjson.OPT_UTC_Z, default=str).decode()


def places(error: BaseException) -> list[str]:
    """File and line of each frame an error came through."""
    out = []
    trace = error.__traceback__
    while trace is not None:
        out.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
        trace = trace.tb_next
    return out


CONFIG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": Lines}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "_granian": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "granian.access": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "recommender": {"level": "INFO"},
    },
}
"""For ``logging.config.dictConfig``, and for Granian, which configures its processes with it."""

"""Headers on every answer; what does not say otherwise is kept by no browser and no proxy."""

from __future__ import annotations

CSP = (
    "default-src 'none'; base-uri 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "font-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = (
    ("Content-Security-Policy", CSP),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)

_NAMED = tuple((header[0].lower(), header) for header in HEADERS)


def secure(headers: list[tuple[str, str]]) -> None:
    """Add the headers; a view that set one of its own (a frame inside an LMS) keeps it."""
    given = {name.lower() for name, _ in headers}
    headers += [header for name, header in _NAMED if name not in given]

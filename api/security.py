"""Headers on every answer."""

from __future__ import annotations

from flask.wrappers import Response

CSP = (
    "default-src 'none'; base-uri 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "font-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)
PRIVATE = ("Cache-Control", "no-store")
"""What no browser or proxy may keep: everything that does not say otherwise."""


def secure(response: Response) -> Response:
    """Add the headers; a view that set a policy of its own (a frame inside an LMS) keeps it."""
    headers = response.headers
    if "Content-Security-Policy" not in headers:
        headers.add("Content-Security-Policy", CSP)
    if "Cache-Control" not in headers:
        headers.add(*PRIVATE)
    headers.extend(HEADERS)
    return response

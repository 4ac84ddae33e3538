"""Who is looking, and in which language: two cookies that reach no further than ``/learn``.

The link that the command line prints is verified once; from then on a signed cookie carries the
learner's id. An id in an address opens nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from hmac import compare_digest
from typing import Any

from flask import Response, g, request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.exceptions import Forbidden

from recommender.api.context import workspace
from recommender.framework import LANGUAGES

PATH = "/learn"
COOKIE = "learn"
HOURS = 8
"""A working day; then the LMS opens the page anew."""
LANGUAGE_COOKIE = "learn_lang"
YEAR = 365 * 24 * 3600
CSRF_FIELD = "csrf"


class NotOpened(Forbidden):
    """No valid session: the page must be opened by a link."""


class StaleForm(Forbidden):
    """The form does not belong to this session."""


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(workspace().store.secret, salt="recommender.learn.session")


def open_session(response: Response, learner_id: str, language: str | None) -> Response:
    """Give a verified learner, who reads ``language``, a session on ``response``."""
    body = _serializer().dumps([learner_id, secrets.token_urlsafe(16), language])
    return _set(response, COOKIE, body, HOURS * 3600)


def _set(response: Response, name: str, value: str, seconds: int) -> Response:
    response.set_cookie(
        name, value, max_age=seconds, path=PATH, httponly=True, samesite="Lax", secure=request.is_secure
    )
    return response


def signed_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let a view see the session's learner as ``g.learner_id``; without a session it is refused."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            held = _serializer().loads(request.cookies.get(COOKIE, ""), max_age=HOURS * 3600)
        except BadSignature:
            raise NotOpened from None
        g.learner_id, g.csrf, own = held
        g.lang = choose_language(own)
        if request.method == "POST":
            given = request.form.get(CSRF_FIELD, "")
            if not compare_digest(given.encode(), str(g.csrf).encode()):
                raise StaleForm
        return view(*args, **kwargs)

    return guarded


def choose_language(own: str | None = None) -> str:
    """The language asked for, else the remembered one, else the learner's, else the browser's."""
    for wanted in (request.args.get("lang"), request.cookies.get(LANGUAGE_COOKIE), own):
        if wanted in LANGUAGES:
            return str(wanted)
    return request.accept_languages.best_match(LANGUAGES, "en") or "en"


def remember_language(response: Response) -> Response:
    """Keep a language that was asked for."""
    wanted = request.args.get("lang")
    if wanted in LANGUAGES:
        _set(response, LANGUAGE_COOKIE, wanted, YEAR)
    return response

"""Every way to fail, as RFC 9457 problems: one table, one shape."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from apiflask.exceptions import HTTPError
from flask import Flask, Request, request
from flask.wrappers import Response
from pydantic import ValidationError
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge

from recommender import errors
from recommender.api.limits import MAX_BODY
from recommender.api.logs import places
from recommender.errors import Fault, RecommenderError
from recommender.evidence import EVENTS

log = logging.getLogger("recommender.api")

PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its name (the fragment of ``type``), its status and its title."""

    name: str
    status: int
    title: str


PROBLEMS: dict[type[RecommenderError], Kind] = {
    errors.BadInput: Kind("bad-input", 422, "The document cannot be used"),
    errors.UnknownLearner: Kind("unknown-learner", 404, "No such learner"),
    errors.UnknownEvent: Kind("unknown-event", 404, "No such event"),
    errors.UnknownVersion: Kind("unknown-version", 404, "No such model version"),
    errors.UnknownKey: Kind("unknown-key", 404, "No such key"),
    errors.LinkRefused: Kind("link-refused", 403, "The link was refused"),
    errors.CorruptModel: Kind("corrupt-model", 503, "The model version cannot be used"),
    errors.NothingToTrain: Kind("nothing-to-train", 409, "Too little to train on"),
    errors.TrainingUnderWay: Kind("training-under-way", 409, "A training is under way"),
    errors.StoreBusy: Kind("store-busy", 503, "The store is busy"),
    errors.StoreFull: Kind("store-full", 507, "The store is full"),
    errors.StoreUnusable: Kind("store-unusable", 503, "The store cannot be used"),
    errors.TooLarge: Kind("too-large", 413, "Too much for one call"),
}
"""What the engine raises, and the problem it becomes."""

HTTP = {
    400: Kind("malformed", 400, "The request cannot be read"),
    401: Kind("no-key", 401, "A key is needed"),
    403: Kind("missing-scope", 403, "The key may not do this"),
    404: Kind("not-found", 404, "Nothing is there"),
    405: Kind("method-not-allowed", 405, "The method does not work here"),
    413: Kind("too-large", 413, "Too much for one call"),
    415: Kind("unsupported-media-type", 415, "The body must be JSON"),
    422: Kind("invalid", 422, "Fields are wrong"),
    500: Kind("internal", 500, "Something went wrong on our side"),
}
"""What HTTP itself and the checks before a call can say."""

DETAILS = {
    404: "There is nothing at this address; /docs lists every call.",
    405: "Only {Allow} work here; /docs lists every call.",
    413: f"The body has more than {MAX_BODY // 2**20} MiB; send it in parts.",
}
"""What to do, where HTTP's own words do not say."""

RETRY_SECONDS = 1
"""What a client is told to wait before it calls a busy store again."""


class NotJSON(BadRequest):
    """The body is no JSON document; the description says where it breaks."""


class JSONRequest(Request):
    """A request that says where its body stops being JSON."""

    def on_json_loading_failed(self, e: ValueError | None) -> Any:
        """Refuse the body with the parser's words, which quote nothing of it."""
        if self.content_length is None and len(self.get_data()) >= MAX_BODY:
            raise RequestEntityTooLarge  # it came in chunks and was cut off there
        raise NotJSON(str(e) if e is not None else "it says it is something else")


def pointer(loc: Iterable[str | int]) -> str:
    """A path into a document as an RFC 6901 JSON pointer."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in loc)


def faults_of(error: ValidationError, *, tagged: bool = False, bare: bool = False) -> list[Fault]:
    """What pydantic found, as faults.

    Parameters
    ----------
    tagged : bool
        The paths begin with the tag of a discriminated union, which no document holds.
    bare : bool
        The document was a bare list, so the name it was wrapped in is no part of it.
    """
    out = []
    for found in error.errors(include_url=False, include_input=False):
        loc = list(found["loc"])
        reason = found["msg"].removeprefix("Value error, ")
        if found["type"] in ("union_tag_invalid", "union_tag_not_found"):
            loc.append("type")
            reason = f"must be one of {', '.join(EVENTS)}"
        elif (tagged or bare) and loc:
            loc = loc[1:]
        out.append(Fault(pointer(loc), reason))
    return out


def problem(
    kind: Kind, detail: str, faults: Iterable[Fault] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """One problem as a response; the fragment of ``type`` is explained at ``/docs``."""
    document: dict[str, Any] = {
        "type": f"/docs#{kind.name}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "errors": [{"pointer": fault.pointer, "detail": fault.reason} for fault in faults],
    }
    response = Response(orjson.dumps(document), kind.status, content_type=PROBLEM)
    response.headers.update(headers or {})
    return response


def of_engine(error: RecommenderError) -> Response:
    """The problem of an error the engine raised on purpose."""
    kind = next((PROBLEMS[c] for c in type(error).__mro__ if c in PROBLEMS), None)
    if kind is None:
        return of_accident(error)
    if kind.status in (503, 507):
        log.warning("%s: %s", type(error).__name__, request.endpoint)
        if kind.status == 503:
            return problem(kind, str(error), headers={"Retry-After": str(RETRY_SECONDS)})
    return problem(kind, str(error), getattr(error, "faults", ()))


def of_http(error: HTTPException) -> Response:
    """The problem of what HTTP itself says: no such route, not JSON, too large."""
    if error.code is None or error.code < 400:
        return Response(headers=error.get_headers(), status=error.code)  # a redirect
    kind = HTTP.get(error.code) or Kind(error.name.lower().replace(" ", "-"), error.code, error.name)
    if isinstance(error, NotJSON):
        return problem(
            kind, f"The body is not JSON: {error.description}.", [Fault("", str(error.description))]
        )
    passed = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    detail = DETAILS.get(error.code, error.description or kind.title)
    return problem(kind, detail.format(**passed), headers=passed)


def of_validation(error: HTTPError) -> Response:
    """The problem of a document or a query that pydantic refused."""
    cause = error.__cause__
    if not isinstance(cause, ValidationError):
        return of_accident(error)
    bare = request.is_json and isinstance(request.get_json(silent=True), list)
    faults = faults_of(cause, bare=bare)
    more = f" ({len(faults) - 1} more)" if len(faults) > 1 else ""
    return problem(HTTP[422], f"{faults[0].pointer or 'The body'}: {faults[0].reason}{more}", faults)


def of_accident(error: Exception) -> Response:
    """The problem of what nobody expected; the log has where, never whose."""
    log.error("unexpected %s at %s", type(error).__name__, request.endpoint, extra={"where": places(error)})
    return problem(HTTP[500], "The call was not completed. Try again; if it stays, see the server's log.")


def register(app: Flask) -> None:
    """Answer every failure of the app as a problem."""
    app.request_class = JSONRequest
    app.register_error_handler(RecommenderError, of_engine)
    app.register_error_handler(HTTPError, of_validation)
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(Exception, of_accident)

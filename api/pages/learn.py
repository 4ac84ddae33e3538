"""The learner's routes: open by a link, look, start, set aside, undo.

Every action is a form with POST, redirect and GET, and works without script.
"""

from __future__ import annotations

import logging
import secrets
from datetime import UTC, datetime
from typing import Any

from flask import (
    Blueprint,
    Response,
    g,
    make_response,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from werkzeug.exceptions import BadRequest, HTTPException, NotFound

from recommender.api.auth import open_route
from recommender.api.context import workspace
from recommender.api.pages import notices, rail, view
from recommender.api.pages.cards import safe_url
from recommender.api.pages.frame import STATIC, context
from recommender.api.pages.session import (
    NotOpened,
    StaleForm,
    choose_language,
    open_session,
    remember_language,
    signed_in,
)
from recommender.api.translations import translate
from recommender.errors import LinkRefused, RecommenderError, UnknownEvent, UnknownLearner
from recommender.service import advice, intake, people
from recommender.service.history import history

log = logging.getLogger("recommender.pages")

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
STATIC_SECONDS = 3600

blueprint = Blueprint(
    "learn", __name__, url_prefix="/learn", template_folder="../templates", static_folder=None
)
blueprint.context_processor(context)


class NotSaved(RecommenderError):
    """The store took an action for wrong; the page keeps the choice."""


@blueprint.before_request
def _language() -> None:
    g.lang = choose_language()


@blueprint.after_request
def _headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = CSP
    return remember_language(response)


@blueprint.get("/enter")
@open_route
def enter() -> Any:
    """Verify a link and open a session; the token leaves the address at once."""
    learner_id = people.open_link(workspace(), request.args.get("token", ""))
    own = people.get_learner(workspace(), learner_id)["language"]
    response = make_response(redirect(url_for("learn.path"), 303))
    return open_session(response, learner_id, advice.language(None, own) if own else None)


@blueprint.get("")
@open_route
@signed_in
def path() -> Any:
    """我的路径."""
    return _path_page()


@blueprint.get("/profile")
@open_route
@signed_in
def profile() -> Any:
    """我的画像."""
    catalogue = workspace().engine().catalogue
    lines, rests_on = view.profile_lines(workspace(), g.learner_id, catalogue, g.lang)
    cold = all(line.sure == "unknown" for line in lines)
    return render_template("profile.html", lines=lines, rests_on=rests_on, cold_start=cold, tab="profile")


@blueprint.post("/start")
@open_route
@signed_in
def start() -> Any:
    """Note that the learner starts a module, then go there."""
    module_id = _module_id()
    try:
        _take_in(module_id, "started")
    except RecommenderError as error:
        return _kept(error)
    return redirect(url_for("learn.go", module_id=module_id), 303)


@blueprint.get("/go/<id:module_id>")
@open_route
@signed_in
def go(module_id: str) -> Any:
    """Send the browser on to where a module starts, or say that the start is noted.

    A page of its own that refreshes: a redirect after a form would be held to ``form-action``, and an
    LMS redirects further to its own sign-in.
    """
    module = workspace().engine().catalogue.module.get(module_id)
    if module is None:
        raise NotFound
    url = safe_url(module.url)
    if url is None:
        return redirect(url_for("learn.path", started=module_id), 303)
    return render_template("go.html", title=module.title(g.lang), url=url)


@blueprint.post("/dismiss")
@open_route
@signed_in
def dismiss() -> Any:
    """Set a module aside for a reason."""
    module_id = _module_id()
    reason = request.form.get("reason")
    if reason not in view.CHOICES:
        return _path_page(missing=True), 422
    try:
        event_id = _take_in(module_id, "dismissed", reason)
    except RecommenderError as error:
        return _kept(error, chosen=reason, refused=module_id)
    return redirect(url_for("learn.path", removed=event_id), 303)


@blueprint.post("/undo")
@open_route
@signed_in
def undo() -> Any:
    """Withdraw every event by which the learner's own page or LMS set a module aside."""
    module_id = _module_id()
    own = next((h for h in history(workspace(), g.learner_id) if h["module_id"] == module_id), None)
    try:
        for event_id in own["dismissals"] if own else ():
            intake.withdraw(workspace(), "interaction", event_id)
    except UnknownEvent:
        log.info("a dismissal was withdrawn twice")
    except RecommenderError as error:
        return _kept(error)
    return redirect(url_for("learn.path", restored=module_id), 303)


@blueprint.get("/static/<path:name>")
@open_route
def static(name: str) -> Any:
    """Style and icon."""
    return send_from_directory(STATIC, name, max_age=STATIC_SECONDS)


@blueprint.get("/<path:rest>")
@open_route
def missing(rest: str) -> Any:
    """Any other address under /learn."""
    raise NotFound


def _path_page(**kept: Any) -> str:
    asked = request.args.get("minutes", "")
    budget = next((b for b in rail.BUDGETS if str(b) == asked), rail.DEFAULT_BUDGET)
    page = view.path_page(workspace(), g.learner_id, budget, g.lang, request.args.get("restored"))
    notice = notices.notice(request.args, page, workspace().engine().catalogue, g.lang)
    return render_template("learn.html", page=page, notice=notice, tab="path", **kept)


def _module_id() -> str:
    module_id = request.form.get("module_id", "")
    if module_id not in workspace().engine().catalogue.module:
        raise NotFound
    return module_id


def _take_in(module_id: str, status: str, reason: str | None = None) -> str:
    event_id = f"page-{secrets.token_hex(8)}"
    event = {
        "type": "interaction",
        "id": event_id,
        "learner_id": g.learner_id,
        "module_id": module_id,
        "status": status,
        "reason": reason,
        "occurred_at": datetime.now(UTC),
    }
    rejected = intake.take_in(workspace(), [event])["rejected"]
    if rejected:
        raise NotSaved(rejected[0]["reason"])
    return event_id


def _kept(error: RecommenderError, **kept: Any) -> Any:
    log.warning("%s: an action of the learner's page was not saved", type(error).__name__)
    return _path_page(failed=True, **kept), 503


@blueprint.errorhandler(LinkRefused)
@blueprint.errorhandler(NotOpened)
@blueprint.errorhandler(UnknownLearner)
def _refused(error: Exception) -> Any:
    return _message("link.title", "link.refused"), 403


@blueprint.errorhandler(StaleForm)
def _stale(error: Exception) -> Any:
    return _message("not_saved.title", "stale", back=True), 403


@blueprint.errorhandler(HTTPException)
def _http(error: HTTPException) -> Any:
    if isinstance(error, NotFound | BadRequest):
        return _message("missing.title", "missing", back=True), error.code
    return error


@blueprint.errorhandler(RecommenderError)
def _unavailable(error: RecommenderError) -> Any:
    log.warning("%s: the learner's page could not be shown", type(error).__name__)
    return _message("error.title", "error.busy", again=True), 503


def _message(title: str, text: str, **more: bool) -> str:
    return render_template(
        "message.html", title=translate(g.lang, title), text=translate(g.lang, text), **more
    )

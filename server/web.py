"""Flask glue for all views: the request's unit of work, the actor, pages; the one place that maps errors to HTTP."""

import logging
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, SecurityError

from server.actor import Actor
from server.config import Settings
from server.db.work import Work, Workshop, finish, let_go
from server.errors import (
    Conflict,
    GreengateError,
    Invalid,
    LoginRequired,
    NotAllowed,
    NotFound,
    Stale,
    TooLarge,
    Unavailable,
)
from server.i18n import DEFAULT_LANGUAGE, LANGUAGES, Message, text

log = logging.getLogger("greengate.web")

STATUS: tuple[tuple[type[GreengateError], int], ...] = (
    (NotFound, 404),
    (NotAllowed, 403),
    (LoginRequired, 401),
    (Stale, 409),
    (Conflict, 409),
    (TooLarge, 413),
    (Invalid, 422),
    (Unavailable, 503),
)
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
LANGUAGE_COOKIE = "greengate_language"
TOUCH_SECONDS = 60
FLASH_COOKIE_LIMIT = 5
FORM_AT_MOST = 4 * 1024 * 1024
"""Bytes of a form without files, which is read into memory at once."""
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Doors:
    """What the doors gave the web: how to make units of work, and the settings."""

    workshop: Workshop
    settings: Settings


def doors() -> Doors:
    return cast(Doors, current_app.extensions["greengate"])


def current_work() -> Work:
    """The one unit of work of this request; reading only on GET and HEAD."""
    if "work" not in g:
        g.work = doors().workshop.open(read_only=request.method not in WRITING)
    return cast(Work, g.work)


@contextmanager
def looking() -> Iterator[Work]:
    """A unit of work to look at something before the request's own begins to write.

    SQLite has one write lock, and the request's own unit of work takes it with its first statement: what is looked at
    beforehand, nobody has to wait for. Elsewhere it is the request's own, which saves a transaction.
    """
    workshop = doors().workshop
    if "work" in g or request.method not in WRITING or workshop.engine.dialect.name != "sqlite":
        yield current_work()
        return
    with workshop.reading() as work:
        yield work


def current_actor() -> Actor:
    """Who is asking; raises LoginRequired when nobody is logged in."""
    if not current_user.is_authenticated:
        raise LoginRequired(Message("error-login-required"))
    return cast(Actor, current_user.actor)


def login_cookie() -> str:
    """Name of the cookie that holds a login session's secret; browsers guard the prefix where TLS is on."""
    return "__Host-greengate" if doors().settings.secure_cookies else "greengate"


def commit_anyway() -> None:
    """Keep what was written although the answer says that something is wrong (a draft, a failed login's counter)."""
    g.commit_anyway = True


def language() -> str:
    """The reader's language: chosen by the reader, else the browser's, else Chinese."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    best = request.accept_languages.best_match(["zh-CN", "zh", "en"])
    return "en" if best == "en" else DEFAULT_LANGUAGE


def say(message: Message | str, **values: Any) -> str:
    """Words in the reader's language; text that is already words (a unit's name) passes through Message only."""
    return text(message, language(), **values)


def render(template: str, /, status: int = 200, **context: Any) -> Response:
    """A page with its HTTP status, never stored by caches. The template sees the status too."""
    response = make_response(render_template(template, status=status, **context), status)
    response.headers["Cache-Control"] = "no-store"
    return response


def flash(kind: str, message: Message) -> None:
    """Tell the reader on the next page; kind: ok, warn, bad, info."""
    waiting = [
        *session.get("flashes", []),
        [kind, message.key, {name: str(value) for name, value in message.args.items()}],
    ]
    session["flashes"] = waiting[-FLASH_COOKIE_LIMIT:]


def take_flashes() -> list[tuple[str, str]]:
    return [(kind, say(Message(key, args))) for kind, key, args in session.pop("flashes", [])]


def redirect_to(endpoint: str, **values: Any) -> ResponseReturnValue:
    """303 to a page of ours."""
    return redirect(url_for(endpoint, **values), code=303)


def redirect_back(fallback: str) -> ResponseReturnValue:
    """303 to the page named by `next` in the form, if it is ours; else to the fallback path."""
    return redirect(local_path(request.form.get("next", "")) or fallback, code=303)


def local_path(path: str) -> str | None:
    """The path if it stays on this host; None for anything that could lead away."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        return None
    if any(character < " " or character == "\x7f" for character in path):
        return None
    try:
        parts = urlsplit(path)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc or "//" in parts.path else path


def page_argument(name: str = "page") -> int:
    """The page number in the query, 1 when it is absent or nonsense."""
    value = request.args.get(name, "1")
    return max(1, int(value)) if value.isascii() and value.isdigit() and len(value) < 7 else 1


BACK = "_back"
"""Field of a small form on a larger page: the page that it stands on, to which it returns when it is refused."""
REFUSED = "refused"
REFUSED_AT_MOST = 900
"""Characters of what was typed that fit into the page's cookie; beyond that the page of the error is shown."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What had been typed into a form that was refused, and what is wrong with it. message: empty when nothing is."""

    message: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str, otherwise: str = "") -> str:
        return self.values.get(name, otherwise)

    def error(self, name: str) -> str:
        return self.errors.get(name, "")


def refused(action: str) -> Refused:
    """What to show again in the form with this action; empty when it was not the one that was refused."""
    if "refused" not in g:
        g.refused = session.pop(REFUSED, None) if REFUSED in session else None
    kept = g.refused
    if kept is None or kept["action"] != action:
        return Refused()
    return Refused(kept["message"], kept["values"], kept["errors"])


def _back_to_form(error: GreengateError) -> ResponseReturnValue | None:
    """To the page of a small form that was refused, which then shows it with all that was typed."""
    readable = isinstance(error, Invalid | Conflict) and not isinstance(error, TooLarge) and request.method == "POST"
    back = local_path(request.form.get(BACK, "")) if readable else None
    if back is None:
        return None
    values = {name: value for name, value in request.form.items() if not name.startswith("_") and name != "csrf_token"}
    if sum(map(len, values)) + sum(map(len, values.values())) > REFUSED_AT_MOST:
        return None
    fields = error.fields if isinstance(error, Invalid) else {}
    errors = {name: " ".join(map(say, messages)) for name, messages in fields.items() if name in values}
    session[REFUSED] = {"action": request.path, "message": say(error.message), "values": values, "errors": errors}
    return redirect(f"{back}#{REFUSED}", code=303)


def install(app: Flask, workshop: Workshop, settings: Settings, keep_form: Callable[[], bool]) -> None:
    """Wire commit, errors, headers and template globals into the application.

    keep_form: stores the posted form of a request whose session has ended; true when something was kept.
    """
    app.extensions["greengate"] = Doors(workshop, settings)
    app.before_request(_check_form)
    app.after_request(_headers)
    app.after_request(_commit)
    app.teardown_request(_close)
    app.register_error_handler(GreengateError, answer)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(Exception, _unexpected)
    app.extensions["greengate_keep_form"] = keep_form


def _check_form() -> None:
    """Read a posted form before a transaction begins, and refuse what no database can keep.

    The interface for programs looks at its bodies itself.
    """
    if request.path.startswith("/api/"):
        return
    if request.mimetype == "application/x-www-form-urlencoded":
        request.max_content_length = min(request.max_content_length or FORM_AT_MOST, FORM_AT_MOST)
    names_and_values = chain(request.args.items(multi=True), request.form.items(multi=True))
    if any("\0" in words for words in chain.from_iterable(names_and_values)):
        raise Invalid(Message("error-unreadable"))


def _commit(response: Response) -> Response:
    """The one commit of a request. When it fails, the answer says so instead of what had been got ready."""
    work = g.get("work")
    if work is None or request.method not in WRITING or not (response.status_code < 400 or g.get("commit_anyway")):
        return response
    try:
        finish(work)
    except Exception as error:  # noqa: BLE001 - told in words, whatever it was
        session.pop("flashes", None)
        return make_response(_busy(error) if isinstance(error, OperationalError) else _unexpected(error))
    return response


def _close(_error: BaseException | None) -> None:
    work = g.pop("work", None)
    if work is not None:
        let_go(work)


def _headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "geolocation=(), microphone=(), payment=()")
    if doors().settings.secure_cookies:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def wants_json() -> bool:
    """True for the API and for the page's own background requests."""
    return request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json"


def status_of(error: GreengateError) -> int:
    return next((status for kind, status in STATUS if isinstance(error, kind)), 400)


def problem(status: int, message: str, fields: Mapping[str, Sequence[Message]] | None = None) -> Response:
    """An RFC 9457 problem document."""
    body: dict[str, Any] = {"type": "about:blank", "status": status, "title": message}
    if fields:
        body["fields"] = {name: [say(each) for each in messages] for name, messages in fields.items()}
    return Response(current_app.json.dumps(body), status, mimetype="application/problem+json")


def answer(error: GreengateError) -> ResponseReturnValue:
    """An error as the reader gets it: a problem document, the login page, or a page that says what happened."""
    status = status_of(error)
    if not g.get("commit_anyway"):
        _take_back()
    if wants_json():
        return problem(status, say(error.message), error.fields if isinstance(error, Invalid) else None)
    if isinstance(error, LoginRequired):
        kept = request.method in WRITING and current_app.extensions["greengate_keep_form"]()
        path = request.full_path if request.method == "GET" else (urlsplit(request.referrer or "").path or "/")
        if kept or request.method in WRITING:
            flash("warn", error.message)
        return redirect(url_for("identity.login", next=path.rstrip("?")), code=303)
    again = _back_to_form(error)
    if again is not None:
        return again
    fields = error.fields if isinstance(error, Invalid) else {}
    return _page(status, say(error.message), fields)


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if isinstance(error, RequestEntityTooLarge):
        limit = f"{(request.max_content_length or doors().settings.max_upload_bytes) // 2**20} MB"
        return answer(TooLarge(Message("error-too-large", {"limit": limit})))
    if isinstance(error, SecurityError):
        # Nothing of such a request may be drawn into a page: addresses are made from its host.
        log.warning("host %r is not among GREENGATE_TRUSTED_HOSTS", request.headers.get("Host"))
        return Response(say("error-host"), 400, mimetype="text/plain")
    key = {404: "error-not-found", 403: "error-not-allowed", 405: "error-not-found"}.get(status, "error-invalid")
    if status < 400:
        return error
    said = problem(status, say(key)) if wants_json() else _page(status, say(key))
    said.headers.update({name: value for name, value in error.get_headers() if name == "Allow"})
    return said


def _unexpected(error: Exception) -> ResponseReturnValue:
    reference = secrets.token_hex(4)
    log.error("request failed, reference %s", reference, exc_info=error)
    return _broken(500, say("error-internal", reference=reference))


def _busy(error: Exception) -> ResponseReturnValue:
    """The database is away, or somebody has held what is needed for too long."""
    log.error("the database did not answer in time", exc_info=error)
    return _broken(503, say("error-unavailable"))


def _broken(status: int, words: str) -> Response:
    """Nothing of the request is kept. The page asks the database for nothing that it could do without."""
    g.commit_anyway, g.nav_off = False, True
    _take_back()
    return problem(status, words) if wants_json() else _page(status, words)


def _page(status: int, words: str, fields: Mapping[str, Sequence[Message]] | None = None) -> Response:
    """The page that says what happened; the bare words where it cannot be drawn (no database, a strange host)."""
    try:
        return render("errors/error.html", status=status, message=words, fields=fields or {})
    except Exception:
        log.exception("the page of an error could not be drawn")
        return Response(words, status, mimetype="text/plain")


def _take_back() -> None:
    """Undo what the request has written, so that the answer can be read from a sound transaction."""
    work = g.get("work")
    if work is None:
        return
    try:
        work.session.rollback()
    except OperationalError:
        log.exception("what the request had written could not be taken back; the database does so by itself")

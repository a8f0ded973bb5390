"""Pages of one's own identity: login, first password, posts, language, sessions, tokens, the kept form."""

from datetime import UTC, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from server.errors import Invalid, NotFound
from server.i18n import LANGUAGES, Message
from server.identity import operations, queries
from server.identity import views_accounts as views_accounts
from server.identity.accounts import TOKEN_SCOPES
from server.identity.passwords import prove
from server.identity.queries import Visitor
from server.identity.rules import FAILURES, LOCKED_FOR, PASSWORD_LENGTH, device
from server.identity.views_visitor import (
    FILES_LOST,
    KEPT_COOKIE,
    after_login_path,
    clear_cookie,
    require_visitor,
    session_secret_hash,
    set_cookie,
    visitor,
    words_of,
)
from server.identity.views_visitor import blueprint as blueprint
from server.identity.views_visitor import keep_posted_form as keep_posted_form
from server.web import (
    LANGUAGE_COOKIE,
    commit_anyway,
    current_actor,
    current_work,
    doors,
    flash,
    redirect_back,
    redirect_to,
    render,
    say,
)
from server.words import day_and_time

LANGUAGE_COOKIE_AGE = 365 * 24 * 3600


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    """Say who one is; whoever is logged in already may log in as somebody else.

    The password is compared before the transaction begins: hashing takes long, and others would wait.
    """
    name = request.form.get("login", "")[:200]
    path = after_login_path(request.values.get("next", ""))
    if request.method == "GET":
        return _login_page(path)
    password = request.form.get("password", "")[:1000]
    with doors().workshop.reading() as looking:
        candidate = queries.login_candidate(looking.session, name)
    proof = prove(candidate.password_hash, password)
    secret = operations.log_in(current_work(), name, password, request.user_agent.string, proof=proof)
    if secret is not None:
        return _welcome(secret, path)
    commit_anyway()
    limits = {"failures": FAILURES, "minutes": int(LOCKED_FOR.total_seconds() // 60)}
    return _login_page(path, name=name, refused=say(Message("identity-login-refused", limits)))


def _login_page(path: str, *, name: str = "", refused: str = "") -> Response:
    kept = KEPT_COOKIE in request.cookies
    status = 422 if refused else 200
    return render("identity/login.html", status, next=path, login=name, refused=refused, kept=kept)


@blueprint.route("/login/first", methods=["GET", "POST"])
def first() -> ResponseReturnValue:
    """Set the first password with the one-time token; the answer to a wrong token is the same as to a wrong login."""
    name, token = request.values.get("login", "")[:200], request.form.get("token", "")[:200]
    if request.method == "GET":
        return _first_page(name, {})
    try:
        agent = request.user_agent.string
        secret = operations.redeem_first_token(current_work(), name, token, _new_password(), agent)
    except Invalid as fault:
        return _first_page(name, words_of(fault))
    if secret is not None:
        return _welcome(secret, "/")
    commit_anyway()
    return _first_page(name, {"token": say("identity-first-refused")})


def _first_page(name: str, errors: dict[str, str]) -> Response:
    status = 422 if errors else 200
    return render("identity/first.html", status, login=name, errors=errors, length=PASSWORD_LENGTH)


def _welcome(secret: str, path: str) -> Response:
    """Set the cookie, take over the account's language, and offer a kept form before anything else."""
    work = current_work()
    work.session.flush()
    found = queries.visitor_of_session(work.session, secret, work.now)
    kept = request.cookies.get(KEPT_COOKIE)
    if found is not None and kept and queries.kept_form(work.session, kept, found.account_id, work.now):
        path = url_for("identity.kept")
    response = make_response(redirect(path, code=303))
    set_cookie(response, secret)
    if found is not None and found.language in LANGUAGES:
        _set_language(response, found.language)
    return response


@blueprint.post("/logout")
def logout() -> ResponseReturnValue:
    """Ends the session in the database; a copy of the cookie is useless afterwards."""
    if current_user.is_authenticated:
        operations.log_out(current_actor(), current_work(), session_secret_hash())
    response = make_response(redirect_to("identity.login"))
    clear_cookie(response)
    return response


@blueprint.get("/me")
def profile() -> ResponseReturnValue:
    found = require_visitor()
    work = current_work()
    sessions = [
        {
            "id": row.id,
            "agent": device(row.agent),
            "since": day_and_time(row.created_at),
            "seen": day_and_time(row.seen_at),
        }
        | {"this": row.id == found.session_id}
        for row in queries.sessions_of(work.session, found.account_id, work.now)
    ]
    return render(
        "identity/me.html", actor=found.actor, held_posts=found.posts, post_id=found.post_id, sessions=sessions
    )


@blueprint.post("/me/sessions/end")
def end_session() -> ResponseReturnValue:
    found = require_visitor()
    session_id = request.form.get("session", "")
    operations.log_out(found.actor, current_work(), session_id)
    if session_id == found.session_id:
        response = make_response(redirect_to("identity.login"))
        clear_cookie(response)
        return response
    flash("ok", Message("identity-session-ended"))
    return redirect_to("identity.profile")


@blueprint.get("/me/password")
def password() -> ResponseReturnValue:
    found = require_visitor()
    return render("identity/password.html", errors={}, must_change=found.must_change, length=PASSWORD_LENGTH)


@blueprint.post("/me/password", endpoint="password_post")
def change_password() -> ResponseReturnValue:
    found = require_visitor()
    current = request.form.get("current", "")[:1000]
    try:
        agent = request.user_agent.string
        secret = operations.change_password(found.actor, current_work(), current, _new_password(), agent)
    except Invalid as fault:
        errors = words_of(fault)
        return render(
            "identity/password.html", 422, errors=errors, must_change=found.must_change, length=PASSWORD_LENGTH
        )
    flash("ok", Message("identity-password-changed"))
    response = make_response(redirect_to("identity.profile"))
    set_cookie(response, secret)
    return response


def _new_password() -> str:
    """The new password, typed twice alike."""
    new, again = request.form.get("password", "")[:1000], request.form.get("again", "")[:1000]
    if new != again:
        raise Invalid(Message("error-invalid"), {"again": [Message("identity-password-differs")]})
    return new


@blueprint.post("/post")
def post() -> ResponseReturnValue:
    """Act as another of one's posts, or as all of them."""
    found = require_visitor()
    chosen = request.form.get("post", "")
    try:
        post_id = UUID(chosen) if chosen else None
    except ValueError:
        raise NotFound(Message("error-not-found")) from None
    operations.choose_post(found.actor, current_work(), found.session_id, post_id)
    return redirect_back("/")


@blueprint.post("/language")
def language() -> ResponseReturnValue:
    """Switch the language, before login as well; remembered with the account when there is one."""
    chosen = request.form.get("language", "")
    response = make_response(redirect_back("/"))
    if chosen in LANGUAGES:
        _set_language(response, chosen)
        found = visitor()
        if found is not None:
            operations.choose_language(found.actor, current_work(), chosen)
    return response


def _set_language(response: Response, chosen: str) -> None:
    secure = doors().settings.secure_cookies
    response.set_cookie(
        LANGUAGE_COOKIE, chosen, max_age=LANGUAGE_COOKIE_AGE, path="/", secure=secure, httponly=True, samesite="Lax"
    )


@blueprint.get("/me/tokens")
def tokens() -> ResponseReturnValue:
    return _tokens_page(require_visitor(), {}, {})


@blueprint.post("/me/tokens")
def create_token() -> ResponseReturnValue:
    """The secret is shown on this answer alone."""
    found = require_visitor()
    typed = {"name": request.form.get("name", ""), "expires_on": request.form.get("expires_on", "")}
    scopes = request.form.getlist("scopes")
    try:
        expires_at = _end_of_day(typed["expires_on"])
        secret = operations.create_token(found.actor, current_work(), typed["name"], scopes, expires_at)
    except Invalid as fault:
        return _tokens_page(found, typed | {"scopes": scopes}, words_of(fault), status=422)
    current_work().session.flush()
    return _tokens_page(found, {}, {}, secret=secret)


@blueprint.post("/me/tokens/<uuid:token_id>/revoke")
def revoke_token(token_id: UUID) -> ResponseReturnValue:
    operations.revoke_token(require_visitor().actor, current_work(), token_id)
    flash("ok", Message("identity-token-revoked"))
    return redirect_to("identity.tokens")


def _tokens_page(
    found: Visitor, typed: dict[str, object], errors: dict[str, str], *, status: int = 200, secret: str = ""
) -> Response:
    work = current_work()
    rows = [
        {
            "id": row.id,
            "name": row.name,
            "created": day_and_time(row.created_at),
            "expires": day_and_time(row.expires_at),
        }
        | {"scopes": [say(f"identity-permission-{scope.replace('.', '-').replace('_', '-')}") for scope in row.scopes]}
        | {
            "state": "revoked"
            if row.revoked_at
            else "over"
            if row.expires_at and row.expires_at <= work.now
            else "good"
        }
        for row in queries.tokens_of(work.session, found.account_id)
    ]
    choices = [
        (scope.value, say(f"identity-permission-{scope.value.replace('.', '-').replace('_', '-')}"))
        for scope in TOKEN_SCOPES
        if found.actor.may_anywhere(scope)
    ]
    return render("identity/tokens.html", status, rows=rows, scopes=choices, typed=typed, errors=errors, secret=secret)


def _end_of_day(text: str) -> datetime | None:
    """The end of a day in the installation's zone; None for no day."""
    if not text.strip():
        return None
    try:
        day = datetime.strptime(text.strip(), "%Y-%m-%d").date()  # noqa: DTZ007 - a day, made an instant below
    except ValueError:
        raise Invalid(Message("error-invalid"), {"expires_on": [Message("identity-day-form")]}) from None
    return datetime.combine(day, time.max, ZoneInfo(doors().settings.zone)).astimezone(UTC)


@blueprint.get("/kept")
def kept() -> ResponseReturnValue:
    """What was typed before the session ended, to be sent again or thrown away."""
    found = require_visitor()
    work = current_work()
    secret = request.cookies.get(KEPT_COOKIE, "")
    form = queries.kept_form(work.session, secret, found.account_id, work.now)
    if form is None:
        return redirect("/", code=303)
    complete = all(name != FILES_LOST for name, _ in form.fields)
    return render("identity/kept.html", form=form, since=day_and_time(form.created_at), complete=complete)


@blueprint.post("/kept/again")
def kept_again() -> ResponseReturnValue:
    """Send the form to where it was going: 307 makes the browser post the same fields there."""
    found = require_visitor()
    form = operations.take_kept_form(current_work(), request.cookies.get(KEPT_COOKIE, ""), found.account_id)
    response = make_response(redirect(form.path, code=307) if form is not None else redirect("/", code=303))
    response.delete_cookie(KEPT_COOKIE, path="/")
    return response


@blueprint.post("/kept/discard")
def kept_discard() -> ResponseReturnValue:
    found = require_visitor()
    operations.take_kept_form(current_work(), request.cookies.get(KEPT_COOKIE, ""), found.account_id)
    response = make_response(redirect("/", code=303))
    response.delete_cookie(KEPT_COOKIE, path="/")
    return response

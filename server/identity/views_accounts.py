"""Pages for who manages accounts: people and their accounts, one-time tokens, administrators."""

from collections.abc import Callable
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.actor import Actor
from server.db.work import Work
from server.errors import Invalid, NotAllowed, NotFound
from server.i18n import Message
from server.identity import operations, queries
from server.identity.grants import PERMISSION
from server.identity.permissions import ADMINISTRATORS
from server.identity.queries import AccountRow, whole_tree
from server.identity.rules import FIRST_TOKEN_FOR
from server.identity.views_visitor import blueprint, require_visitor, words_of
from server.organisation.rules import PostKind
from server.web import current_work, flash, page_argument, redirect_to, render
from server.words import day_and_time

PILLS = {"active": "ok", "new": "info", "locked": "warn", "disabled": "mute", "none": "mute"}
CHANGES: dict[str, Callable[[Actor, Work, UUID], None]] = {
    "disable": operations.disable_account,
    "enable": operations.enable_account,
    "unlock": operations.unlock_account,
}


def _manager() -> Actor:
    """Who is asking, if they manage accounts somewhere; a program's token never does."""
    actor = require_visitor().actor
    if not actor.may_anywhere(PERMISSION):
        raise NotAllowed(Message("error-not-allowed"))
    return actor


@blueprint.get("/accounts")
def accounts() -> ResponseReturnValue:
    actor, work = _manager(), current_work()
    words = request.args.get("q", "").strip()[:100]
    paths = actor.paths(PERMISSION)
    page = queries.accounts(work.session, paths=paths, words=words, now=work.now, page=page_argument())
    href = f"?{urlencode({'q': words})}&page={{n}}"
    return render(
        "identity/accounts.html",
        rows=page.rows,
        pills=PILLS,
        words=words,
        page={"number": page.number, "pages": page.pages, "total": page.total, "href": href},
        may_appoint=whole_tree(paths),
    )


@blueprint.get("/accounts/<uuid:person_id>")
def account(person_id: UUID) -> ResponseReturnValue:
    return _account_page(_row(person_id), {}, {})


@blueprint.post("/accounts/<uuid:person_id>")
def create_account(person_id: UUID) -> ResponseReturnValue:
    """Make an account; the answer shows its one-time token, once."""
    actor, work = _manager(), current_work()
    typed = request.form.get("login", "")[:200]
    try:
        token = operations.create_account(actor, work, person_id, typed)
    except Invalid as fault:
        return _account_page(_row(person_id), {"login": typed}, words_of(fault), status=422)
    return _token_page(_row(person_id), token)


@blueprint.post("/accounts/<uuid:person_id>/reset")
def reset_account(person_id: UUID) -> ResponseReturnValue:
    row = _row(person_id)
    token = operations.reset_account(_manager(), current_work(), _account_id(row))
    return _token_page(row, token)


@blueprint.post("/accounts/<uuid:person_id>/<any(disable, enable, unlock):change>")
def change_account(person_id: UUID, change: str) -> ResponseReturnValue:
    CHANGES[change](_manager(), current_work(), _account_id(_row(person_id)))
    flash("ok", Message(f"identity-account-{change}-done"))
    return redirect_to("identity.account", person_id=person_id)


@blueprint.get("/accounts/administrators")
def administrators() -> ResponseReturnValue:
    _manager()
    return _administrators_page({}, {})


@blueprint.post("/accounts/administrators")
def appoint_administrator() -> ResponseReturnValue:
    actor, work = _manager(), current_work()
    typed = {name: request.form.get(name, "")[:200] for name in ("kind", "name", "login")}
    kind = next((each for each in ADMINISTRATORS if each.value == typed["kind"]), None)
    try:
        if kind is None:
            raise Invalid(Message("error-invalid"), {"kind": [Message("identity-required")]})
        token = operations.appoint_administrator(actor, work, kind, typed["name"], typed["login"])
    except Invalid as fault:
        work.session.rollback()
        return _administrators_page(typed, words_of(fault), status=422)
    return render("identity/token.html", name=typed["name"], login=typed["login"], token=token, until=_until())


def _row(person_id: UUID) -> AccountRow:
    work = current_work()
    work.session.flush()
    row = queries.account_row(work.session, person_id, paths=_manager().paths(PERMISSION), now=work.now)
    if row is None:
        raise NotFound(Message("error-not-found"))
    return row


def _account_id(row: AccountRow) -> UUID:
    if row.account_id is None:
        raise NotFound(Message("error-not-found"))
    return row.account_id


def _account_page(row: AccountRow, typed: dict[str, str], errors: dict[str, str], *, status: int = 200) -> Response:
    locked = day_and_time(row.locked_until_at)
    pill = PILLS[row.state]
    return render("identity/account.html", status, row=row, typed=typed, errors=errors, locked=locked, pill=pill)


def _token_page(row: AccountRow, token: str) -> Response:
    return render("identity/token.html", name=row.person_name, login=row.login, token=token, until=_until())


def _until() -> str:
    return day_and_time(current_work().now + FIRST_TOKEN_FOR)


def _administrators_page(typed: dict[str, str], errors: dict[str, str], *, status: int = 200) -> Response:
    kinds = [(kind.value, kind.value.replace("_", "-")) for kind in PostKind if kind in ADMINISTRATORS]
    return render("identity/administrators.html", status, kinds=kinds, typed=typed, errors=errors)

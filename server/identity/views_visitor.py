"""What the pages of identity share: the visitor, the login cookie, and the form that outlives its session."""

from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, Response, after_this_request, request
from flask_login import current_user

from server.db.work import Work
from server.errors import Invalid, LoginRequired
from server.i18n import Message
from server.identity import operations, queries
from server.identity.queries import Visitor
from server.identity.rules import KEEP_FORM_FOR, hash_secret
from server.web import current_actor, current_work, doors, local_path, login_cookie, say

KEPT_COOKIE = "greengate_kept"
NOT_KEPT = ("csrf_token", "password", "secret", "token")
FILES_LOST = "_files_lost"
"""Field that says how many files could not be kept."""
KeepFiles = Callable[[Work, UUID], list[tuple[str, str]]]
blueprint = Blueprint("identity", __name__)


def visitor() -> Visitor | None:
    """The person with a live session behind this request, if any."""
    return cast(Visitor | None, getattr(current_user, "visitor", None))


def require_visitor() -> Visitor:
    current_actor()
    found = visitor()
    if found is None:
        raise LoginRequired(Message("error-login-required"))
    return found


def words_of(fault: Invalid) -> dict[str, str]:
    """Field to what is wrong with it, in the reader's language, for a form to show."""
    return {name: " ".join(say(message) for message in messages) for name, messages in fault.fields.items()}


def set_cookie(response: Response, secret: str) -> None:
    secure = doors().settings.secure_cookies
    response.set_cookie(login_cookie(), secret, path="/", secure=secure, httponly=True, samesite="Lax")


def clear_cookie(response: Response) -> None:
    secure = doors().settings.secure_cookies
    response.delete_cookie(login_cookie(), path="/", secure=secure, httponly=True, samesite="Lax")


def keep_posted_form(keep_files: KeepFiles) -> bool:
    """Keep what was posted after the session had ended; true when it will be offered again after login.

    Whatever the request had written before is taken back first. keep_files: keeps the files that came with it, for the
    account whose session it was, and gives the fields by which they are handed in.
    """
    fields = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if not any(name.lower().startswith(word) or name.lower().endswith(word) for word in NOT_KEPT)
    ]
    path = local_path(request.full_path.rstrip("?"))
    if path is None or request.blueprint == "identity":
        return False
    work = current_work()
    work.session.rollback()
    cookie = request.cookies.get(login_cookie(), "")
    account_id = queries.account_of_session(work.session, cookie) if cookie else None
    sent = sum(bool(file.filename) for _, file in request.files.items(multi=True))
    files = keep_files(work, account_id) if sent and account_id is not None else []
    fields += files
    if len(files) < sent:
        fields.append((FILES_LOST, str(sent - len(files))))
    secret = operations.keep_form(work, path, fields, account_id)
    if secret is None:
        return False

    @after_this_request
    def _remember(response: Response) -> Response:
        secure = doors().settings.secure_cookies
        age = int(KEEP_FORM_FOR.total_seconds())
        response.set_cookie(KEPT_COOKIE, secret, max_age=age, path="/", secure=secure, httponly=True, samesite="Lax")
        return response

    return True


def session_secret_hash() -> str:
    return hash_secret(request.cookies.get(login_cookie(), ""))


def after_login_path(path: str) -> str:
    """Where to go after login: a page of ours that is neither login nor logout, else the start."""
    allowed = local_path(path)
    if allowed is None or urlsplit(allowed).path in ("/login", "/logout", "/login/first"):
        return "/"
    return allowed

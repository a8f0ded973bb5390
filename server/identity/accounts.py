"""Accounts and API tokens: made, disabled, unlocked, reset; administrators appointed and dismissed."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from server.actor import SYSTEM, Actor, ActorKind
from server.audit import operations as audit
from server.audit.models import StreamKind
from server.audit.verbs import Verb
from server.db.work import Work
from server.errors import Conflict, Invalid, NotAllowed, NotFound
from server.i18n import DEFAULT_LANGUAGE, Message, text
from server.identity.grants import PERMISSION, require_whole_tree, seed_grants
from server.identity.models import Account, AccountState, ApiToken, LoginSession
from server.identity.passwords import hash_password
from server.identity.permissions import ADMINISTRATORS, Permission
from server.identity.queries import account_row
from server.identity.rules import FIRST_TOKEN_FOR, LOGIN, hash_secret, login_key
from server.organisation import operations as organisation
from server.organisation.models import Person, Post, Unit
from server.organisation.rules import PostKind, today

NEVER_BY_TOKEN = frozenset({Permission.ACCOUNT_MANAGE, Permission.AUDIT_READ, Permission.SYSTEM_MANAGE})
"""What administrators do, they do by themselves."""
TOKEN_SCOPES = tuple(permission for permission in Permission if permission not in NEVER_BY_TOKEN)


def create_account(
    actor: Actor, work: Work, person_id: UUID, login: str, *, password: str | None = None, must_change: bool = True
) -> str:
    """Give a person an account and return its one-time token, with which the person sets the first password.

    password: set at once, for a demo alone; then the token is empty. Only the system may do so.
    """
    if password is not None and actor.kind is not ActorKind.SYSTEM:
        raise NotAllowed(Message("error-not-allowed"))
    _require_over(actor, work, person_id)
    login = login_key(login)
    if not LOGIN.fullmatch(login):
        raise Invalid(Message("error-invalid"), {"login": [Message("identity-login-form")]})
    if work.session.scalar(select(Account.id).where(Account.login == login)):
        raise Invalid(Message("error-invalid"), {"login": [Message("identity-login-taken", {"login": login})]})
    if work.session.scalar(select(Account.id).where(Account.person_id == person_id)):
        raise Conflict(Message("identity-account-exists"))
    account = Account(id=work.ids.new(), person_id=person_id, login=login, created_at=work.now)
    if password is None:
        token = _issue_token(work, account)
    else:
        token, account.password_hash, account.password_changed_at = "", hash_password(password), work.now
        account.must_change = must_change
    work.session.add(account)
    work.session.flush()
    _record(actor, work, account, Verb.ACCOUNT_CREATED)
    return token


def disable_account(actor: Actor, work: Work, account_id: UUID) -> None:
    """Nobody gets in with it any more, at once; one's own is refused, so that nobody locks themselves out."""
    account = _account(actor, work, account_id)
    if account_id == actor.account_id:
        raise Conflict(Message("identity-not-oneself"))
    account.state, account.locked_until_at = AccountState.DISABLED, None
    _end_sessions(work, account)
    _record(actor, work, account, Verb.ACCOUNT_DISABLED)


def enable_account(actor: Actor, work: Work, account_id: UUID) -> None:
    account = _account(actor, work, account_id)
    if account.state == AccountState.DISABLED:
        _make_active(account)
        _record(actor, work, account, Verb.ACCOUNT_ENABLED)


def unlock_account(actor: Actor, work: Work, account_id: UUID) -> None:
    """Take the lock of too many wrong passwords off."""
    account = _account(actor, work, account_id)
    if account.state == AccountState.LOCKED:
        _make_active(account)
        _record(actor, work, account, Verb.ACCOUNT_UNLOCKED)


def reset_account(actor: Actor, work: Work, account_id: UUID) -> str:
    """Take the password away, end all sessions, and return a new one-time token to hand over."""
    account = _account(actor, work, account_id)
    if account.state == AccountState.LOCKED:
        _make_active(account)
    account.password_hash = None
    token = _issue_token(work, account)
    _end_sessions(work, account)
    _record(actor, work, account, Verb.ACCOUNT_RESET)
    return token


def create_first_administrator(work: Work, login: str, name: str) -> str:
    """Make the security administrator of an empty installation, with the tree's root and the default grants.

    Returns the one-time token. Raises Conflict when there is an account already.
    """
    if work.session.scalar(select(Account.id).limit(1)):
        raise Conflict(Message("identity-first-administrator-exists"))
    if work.session.scalar(select(Unit.id).limit(1)) is None:
        words = text("identity-root-name", DEFAULT_LANGUAGE)
        organisation.add_unit(SYSTEM, work, code=organisation.PLACEHOLDER, name=words, kind="root")
    seed_grants(SYSTEM, work)
    return appoint_administrator(SYSTEM, work, PostKind.SECURITY_ADMINISTRATOR, name, login)


def appoint_administrator(actor: Actor, work: Work, kind: PostKind, name: str, login: str) -> str:
    """Add a person on an administrator's post at the root, with an account; returns the one-time token.

    Always somebody new to the organisation's posts: an administrator holds no other post.
    """
    require_whole_tree(actor)
    if kind not in ADMINISTRATORS:
        raise Conflict(Message("identity-no-administrator-kind"))
    root = work.session.scalars(select(Unit).where(Unit.parent_id.is_(None))).one()
    post = work.session.scalars(select(Post).where(Post.unit_id == root.id, Post.kind == kind).limit(1)).one_or_none()
    if post is None:
        title = text(f"identity-post-{kind.value.replace('_', '-')}", DEFAULT_LANGUAGE)
        post = organisation.place_post(actor, work, root, kind, title, rank=900)
    person = organisation.place_person(actor, work, name=name)
    organisation.place_holding(actor, work, (root, post), person.id, today(work.now, root.zone))
    return create_account(actor, work, person.id, login)


def create_token(
    actor: Actor, work: Work, name: str, scopes: Collection[str], expires_at: datetime | None = None
) -> str:
    """A secret for a program that acts for this account, within scopes; shown once and never again."""
    if actor.kind is not ActorKind.ACCOUNT or actor.account_id is None:
        raise NotAllowed(Message("error-not-allowed"))
    name = name.strip()
    faults: dict[str, list[Message]] = {}
    if not name:
        faults["name"] = [Message("identity-required")]
    if not scopes or set(scopes) - {scope.value for scope in TOKEN_SCOPES}:
        faults["scopes"] = [Message("identity-token-scopes")]
    if expires_at is not None and expires_at <= work.now:
        faults["expires_on"] = [Message("identity-token-past")]
    if faults:
        raise Invalid(Message("error-invalid"), faults)
    secret = work.ids.secret()
    token = ApiToken(
        id=work.ids.new(),
        account_id=actor.account_id,
        name=name,
        secret_hash=hash_secret(secret),
        scopes=sorted(set(scopes)),
        created_at=work.now,
        expires_at=expires_at,
    )
    work.session.add(token)
    stream = audit.Stream(StreamKind.LOGIN, str(actor.account_id))
    audit.record(actor, work, stream, Verb.TOKEN_CREATED, {"token": token.id, "name": name}, {"scopes": token.scopes})
    return secret


def revoke_token(actor: Actor, work: Work, token_id: UUID) -> None:
    """Make a token of one's own useless at once."""
    token = work.session.get(ApiToken, token_id, with_for_update=True)
    if token is None or token.account_id != actor.account_id:
        raise NotFound(Message("error-not-found"))
    if token.revoked_at is None:
        token.revoked_at = work.now
        stream = audit.Stream(StreamKind.LOGIN, str(token.account_id))
        audit.record(actor, work, stream, Verb.TOKEN_REVOKED, {"token": token_id, "name": token.name})


def _issue_token(work: Work, account: Account) -> str:
    token = work.ids.secret()
    account.first_token_hash, account.first_token_until_at = hash_secret(token), work.now + FIRST_TOKEN_FOR
    return token


def _make_active(account: Account) -> None:
    account.state, account.locked_until_at = AccountState.ACTIVE, None
    account.failures, account.first_failure_at = 0, None


def _end_sessions(work: Work, account: Account) -> None:
    work.session.execute(delete(LoginSession).where(LoginSession.account_id == account.id))


def _account(actor: Actor, work: Work, account_id: UUID) -> Account:
    account = work.session.get(Account, account_id, with_for_update=True)
    if account is None:
        raise NotFound(Message("error-not-found"))
    _require_over(actor, work, account.person_id)
    return account


def _require_over(actor: Actor, work: Work, person_id: UUID) -> None:
    """Who manages accounts over a subtree reaches the people on posts there; who does so over all reaches everybody."""
    if work.session.get(Person, person_id) is None:
        raise NotFound(Message("error-not-found"))
    if actor.kind is ActorKind.SYSTEM:
        return
    if account_row(work.session, person_id, paths=actor.paths(PERMISSION), now=work.now) is None:
        raise NotFound(Message("error-not-found"))


def _record(actor: Actor, work: Work, account: Account, verb: Verb, **details: Any) -> None:
    stream = audit.Stream(StreamKind.LOGIN, str(account.id))
    person = work.session.get_one(Person, account.person_id)
    subject = {"account": account.id, "person": person.id, "name": person.name}
    audit.record(actor, work, stream, verb, subject, details)

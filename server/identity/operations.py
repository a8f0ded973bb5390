"""Writing identities: login and logout, posts acted as, passwords, forms kept over a lost session."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update

from server.actor import SYSTEM, Actor, ActorKind
from server.audit import operations as audit
from server.audit.models import StreamKind
from server.audit.verbs import Verb
from server.db.work import Work, rows_changed
from server.errors import Invalid, NotAllowed, NotFound
from server.i18n import LANGUAGES, Message
from server.identity import queries
from server.identity.accounts import appoint_administrator as appoint_administrator
from server.identity.accounts import create_account as create_account
from server.identity.accounts import create_first_administrator as create_first_administrator
from server.identity.accounts import create_token as create_token
from server.identity.accounts import disable_account as disable_account
from server.identity.accounts import enable_account as enable_account
from server.identity.accounts import reset_account as reset_account
from server.identity.accounts import revoke_token as revoke_token
from server.identity.accounts import unlock_account as unlock_account
from server.identity.grants import grant as grant
from server.identity.grants import seed_grants as seed_grants
from server.identity.models import Account, AccountState, KeptForm, LoginSession
from server.identity.passwords import Proof, hash_password, prove
from server.identity.queries import KeptRow
from server.identity.rules import (
    ABSOLUTE,
    IDLE,
    KEEP_FORM_BYTES,
    KEEP_FORM_FOR,
    KEPT_FORMS_OF_NOBODY,
    TOUCH_AFTER,
    Failures,
    after_failure,
    hash_secret,
    login_key,
    password_faults,
)
from server.organisation.models import Holding, Person

UNKNOWN = "unknown"
AGENT_LENGTH = 200


def log_in(work: Work, login: str, password: str, agent: str, *, proof: Proof | None = None) -> str | None:
    """Start a session and return the cookie's secret; None, with the failure counted, when it may not start.

    The caller commits in both cases, and says the same whatever the reason. proof: the password compared already, out
    of the transaction; taken only while the stored hash is still the one it was compared with.
    """
    account = work.session.scalars(
        select(Account).where(Account.login == login_key(login)).with_for_update()
    ).one_or_none()
    stored = None if account is None else account.password_hash
    if proof is None or proof.stored != stored:
        proof = prove(stored, password)
    if account is None:
        audit.record(SYSTEM, work, audit.Stream(StreamKind.LOGIN, UNKNOWN), Verb.LOGIN_FAILED, {})
        return None
    _unlock_when_due(account, work)
    if not proof.good or account.state != AccountState.ACTIVE:
        _count_failure(work, account)
        return None
    return _start(work, account, agent)


def redeem_first_token(work: Work, login: str, token: str, password: str, agent: str) -> str | None:
    """Set the first password with a one-time token and start a session; None when login and token do not match.

    Raises Invalid when the new password will not do; the token is then still good.
    """
    account = work.session.scalars(
        select(Account).where(Account.login == login_key(login)).with_for_update()
    ).one_or_none()
    if account is None:
        audit.record(SYSTEM, work, audit.Stream(StreamKind.LOGIN, UNKNOWN), Verb.LOGIN_FAILED, {})
        return None
    _unlock_when_due(account, work)
    until = account.first_token_until_at
    good = account.first_token_hash == hash_secret(token.strip()) and until is not None and work.now < until
    if not good or account.state != AccountState.ACTIVE:
        _count_failure(work, account)
        return None
    _set_password(work, account, password)
    account.first_token_hash = account.first_token_until_at = None
    _record(_self(work, account), work, account, Verb.ACCOUNT_PASSWORD_CHANGED, first=True)
    return _start(work, account, agent)


def change_password(actor: Actor, work: Work, current: str, password: str, agent: str) -> str:
    """Change one's own password; all sessions end, and a new one begins, whose secret is returned."""
    account = _own(actor, work)
    proof = prove(account.password_hash, current)
    if not proof.good:
        raise Invalid(Message("error-invalid"), {"current": [Message("identity-current-wrong")]})
    if current == password:
        raise Invalid(Message("error-invalid"), {"password": [Message("identity-password-same")]})
    _set_password(work, account, password)
    work.session.execute(delete(LoginSession).where(LoginSession.account_id == account.id))
    _record(actor, work, account, Verb.ACCOUNT_PASSWORD_CHANGED)
    return _start(work, account, agent)


def log_out(actor: Actor, work: Work, session_id: str) -> None:
    """End a session of one's own; ending one that is over already is no mistake."""
    account_id = _account_id(actor)
    ended = work.session.execute(
        delete(LoginSession).where(LoginSession.id == session_id, LoginSession.account_id == account_id)
    )
    if rows_changed(ended):
        stream = audit.Stream(StreamKind.LOGIN, str(account_id))
        audit.record(actor, work, stream, Verb.LOGIN_ENDED, {"account": account_id})


def choose_post(actor: Actor, work: Work, session_id: str, post_id: UUID | None) -> None:
    """Act as one of one's posts from now on, or with None as all. Raises NotAllowed for somebody else's post."""
    account_id = _account_id(actor)
    if post_id is not None:
        mine = select(Holding.id).where(Holding.person_id == actor.person_id, Holding.post_id == post_id)
        if work.session.scalar(mine.limit(1)) is None:
            raise NotAllowed(Message("error-not-allowed"))
    changed = work.session.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.account_id == account_id)
        .values(post_id=post_id)
    )
    if not rows_changed(changed):
        raise NotFound(Message("error-not-found"))
    stream = audit.Stream(StreamKind.LOGIN, str(account_id))
    audit.record(actor, work, stream, Verb.LOGIN_POST_CHOSEN, {"account": account_id}, {"post": post_id})


def choose_language(actor: Actor, work: Work, language: str) -> None:
    """Remember the language with the account."""
    if language not in LANGUAGES:
        raise Invalid(Message("error-invalid"), {"language": [Message("identity-language-unknown")]})
    _own(actor, work).language = language


def touch(work: Work, session_id: str) -> None:
    """Note that a session is in use; written at most once a minute."""
    work.session.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.seen_at < work.now - TOUCH_AFTER)
        .values(seen_at=work.now)
    )


def keep_form(work: Work, path: str, fields: Sequence[tuple[str, str]], account_id: UUID | None) -> str | None:
    """Keep what was typed into a form whose session had ended; returns the secret for a cookie, None for too much.

    account_id: whose session it was, when known.
    """
    size = sum(len(name.encode()) + len(value.encode()) for name, value in fields)
    if not fields or size > KEEP_FORM_BYTES:
        return None
    if account_id is None:
        waiting = select(func.count()).select_from(KeptForm).where(KeptForm.account_id.is_(None))
        if (work.session.scalar(waiting) or 0) >= KEPT_FORMS_OF_NOBODY:
            return None
    secret = work.ids.secret()
    pairs = [[name, value] for name, value in fields]
    kept = KeptForm(id=hash_secret(secret), account_id=account_id, path=path, fields=pairs, created_at=work.now)
    work.session.add(kept)
    return secret


def take_kept_form(work: Work, secret: str, account_id: UUID) -> KeptRow | None:
    """Hand a kept form back, once, to the account it may belong to."""
    found = queries.kept_form(work.session, secret, account_id, work.now)
    if found is not None:
        work.session.execute(delete(KeptForm).where(KeptForm.id == found.id))
    return found


def purge(work: Work) -> int:
    """Remove sessions that are over and forms nobody came back for; returns how many rows went."""
    over = (LoginSession.expires_at <= work.now) | (LoginSession.seen_at < work.now - IDLE - timedelta(hours=24))
    sessions = work.session.execute(delete(LoginSession).where(over))
    forms = work.session.execute(delete(KeptForm).where(KeptForm.created_at < work.now - KEEP_FORM_FOR))
    return rows_changed(sessions) + rows_changed(forms)


def _start(work: Work, account: Account, agent: str) -> str:
    account.failures, account.first_failure_at = 0, None
    secret = work.ids.secret()
    work.session.add(
        LoginSession(
            id=hash_secret(secret),
            account_id=account.id,
            created_at=work.now,
            seen_at=work.now,
            expires_at=work.now + ABSOLUTE,
            strong_at=work.now,
            agent=agent[:AGENT_LENGTH],
        )
    )
    _record(_self(work, account), work, account, Verb.LOGIN_SUCCEEDED)
    return secret


def _count_failure(work: Work, account: Account) -> None:
    before = Failures(account.failures, account.first_failure_at, account.locked_until_at)
    after = after_failure(before, work.now)
    account.failures, account.first_failure_at = after.count, after.first_at
    _record(SYSTEM, work, account, Verb.LOGIN_FAILED, state=account.state)
    if account.state == AccountState.ACTIVE and after.locked_until_at is not None:
        account.state, account.locked_until_at = AccountState.LOCKED, after.locked_until_at
        _record(SYSTEM, work, account, Verb.ACCOUNT_LOCKED, until=after.locked_until_at)


def _unlock_when_due(account: Account, work: Work) -> None:
    until = account.locked_until_at
    if account.state == AccountState.LOCKED and until is not None and work.now >= until:
        account.state, account.locked_until_at = AccountState.ACTIVE, None
        account.failures, account.first_failure_at = 0, None


def _set_password(work: Work, account: Account, password: str) -> None:
    faults = password_faults(password, login=account.login)
    if faults:
        raise Invalid(Message("error-invalid"), {"password": faults})
    account.password_hash = hash_password(password)
    account.password_changed_at = work.now
    account.must_change = False


def _self(work: Work, account: Account) -> Actor:
    """Somebody who is just proving who they are: the person, with no post yet."""
    name = work.session.scalar(select(Person.name).where(Person.id == account.person_id)) or ""
    key = f"account:{account.id}"
    return Actor(ActorKind.ACCOUNT, name, person_id=account.person_id, account_id=account.id, account_key=key)


def _account_id(actor: Actor) -> UUID:
    if actor.kind is not ActorKind.ACCOUNT or actor.account_id is None:
        raise NotAllowed(Message("error-not-allowed"))
    return actor.account_id


def _own(actor: Actor, work: Work) -> Account:
    account = work.session.get(Account, _account_id(actor), with_for_update=True)
    if account is None:
        raise NotFound(Message("error-not-found"))
    return account


def _record(actor: Actor, work: Work, account: Account, verb: Verb, **details: Any) -> None:
    stream = audit.Stream(StreamKind.LOGIN, str(account.id))
    person = work.session.get_one(Person, account.person_id)
    subject = {"account": account.id, "person": person.id, "name": person.name}
    audit.record(actor, work, stream, verb, subject, details)

"""Closing the account of somebody who has left: nobody gets in with it any more, by page, program or calendar."""

from uuid import UUID

from sqlalchemy import func, select, update

from server.actor import Actor
from server.db.work import Work, rows_changed
from server.identity.accounts import disable_account
from server.identity.models import Account, AccountState, ApiToken, LoginSession


def close_account_of(actor: Actor, work: Work, person_id: UUID) -> None:
    """Disable it, end its sessions, make its tokens useless; the address of its calendar is void with it.

    Does nothing for who has none, or whose account is closed.
    """
    account_id = work.session.scalar(
        select(Account.id).where(Account.person_id == person_id, Account.state != AccountState.DISABLED)
    )
    if account_id is None:
        return
    disable_account(actor, work, account_id)
    good = (ApiToken.account_id == account_id, ApiToken.revoked_at.is_(None))
    rows_changed(work.session.execute(update(ApiToken).where(*good).values(revoked_at=work.now)))


def held_by_account(work: Work, person_id: UUID) -> tuple[bool, int, int]:
    """Whether somebody has an account that is open, and how many sessions and good tokens hang on it."""
    account_id = work.session.scalar(
        select(Account.id).where(Account.person_id == person_id, Account.state != AccountState.DISABLED)
    )
    sessions = select(func.count()).select_from(LoginSession).where(LoginSession.account_id == account_id)
    tokens = select(func.count()).select_from(ApiToken)
    tokens = tokens.where(ApiToken.account_id == account_id, ApiToken.revoked_at.is_(None))
    if account_id is None:
        return False, 0, 0
    return True, work.session.scalar(sessions) or 0, work.session.scalar(tokens) or 0

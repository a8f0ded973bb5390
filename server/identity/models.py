"""Tables of accounts, login sessions, tokens, grants, and forms kept over a lost session."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db.types import Base
from server.identity.permissions import ADMINISTRATORS, ALLOWED, Permission


class AccountState(StrEnum):
    ACTIVE = "active"
    LOCKED = "locked"
    DISABLED = "disabled"


class Account(Base):
    """A login of a person. `locked` lasts until locked_until_at; first_token_hash: sha256 of the one-time token.

    failures: wrong passwords since first_failure_at, which opens the window that counts.
    """

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("login"),
        UniqueConstraint("person_id"),
        CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in AccountState)})", name="state"),
        CheckConstraint("(state = 'locked') = (locked_until_at IS NOT NULL)", name="locked_until_at"),
        CheckConstraint("failures >= 0", name="failures"),
        CheckConstraint("(first_token_hash IS NULL) = (first_token_until_at IS NULL)", name="first_token"),
        CheckConstraint("login = lower(login)", name="login"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    login: Mapped[str] = mapped_column(String(60))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    password_changed_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(20), default=AccountState.ACTIVE)
    must_change: Mapped[bool] = mapped_column(default=False)
    failures: Mapped[int] = mapped_column(default=0)
    first_failure_at: Mapped[datetime | None]
    locked_until_at: Mapped[datetime | None]
    language: Mapped[str | None] = mapped_column(String(10))
    first_token_hash: Mapped[str | None] = mapped_column(String(64))
    first_token_until_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class LoginSession(Base):
    """A login that is still good. id: sha256 of the cookie's secret, hex. strong_at: when a password was last given."""

    __tablename__ = "login_session"
    __table_args__ = (
        Index("ix_login_session__account", "account_id"),
        Index("ix_login_session__expires", "expires_at"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    post_id: Mapped[UUID | None] = mapped_column(ForeignKey("post.id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    strong_at: Mapped[datetime | None]
    agent: Mapped[str] = mapped_column(String(200), default="")


class ApiToken(Base):
    """A key for a program that acts for an account. scopes: permissions it is narrowed to."""

    __tablename__ = "api_token"
    __table_args__ = (UniqueConstraint("secret_hash"), Index("ix_api_token__account", "account_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    name: Mapped[str] = mapped_column(String(100))
    secret_hash: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


def _kinds_check() -> str:
    named = [f"(domain = '{domain.value}' AND post_kind = '{kind.value}')" for kind, domain in ADMINISTRATORS.items()]
    kinds = ", ".join(repr(kind.value) for kind in ADMINISTRATORS)
    return " OR ".join([*named, f"(domain = 'business' AND post_kind NOT IN ({kinds}))"])


class PostKindDomain(Base):
    """The one domain of a kind of post; a grant refers to both columns, so that no kind can gather two domains."""

    __tablename__ = "post_kind_domain"
    __table_args__ = (
        UniqueConstraint("post_kind", "domain"),
        CheckConstraint(_kinds_check(), name="domain"),
    )

    post_kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    domain: Mapped[str] = mapped_column(String(20))


def _domains_check() -> str:
    parts = []
    for domain, permissions in ALLOWED.items():
        listed = ", ".join(repr(permission.value) for permission in Permission if permission in permissions)
        parts.append(f"(domain = '{domain.value}' AND permission IN ({listed}))")
    return " OR ".join(parts)


class PermissionGrant(Base):
    """Posts of a kind hold a permission over a subtree.

    unit_id None: over each post's own unit and all below. Given: over that unit and all below, and then only posts in
    holder_unit_id hold it, so that a kind that exists all over the tree is never raised everywhere at once.
    """

    __tablename__ = "permission_grant"
    __table_args__ = (
        ForeignKeyConstraint(["post_kind", "domain"], ["post_kind_domain.post_kind", "post_kind_domain.domain"]),
        CheckConstraint(_domains_check(), name="domain_permission"),
        CheckConstraint("(unit_id IS NULL) = (holder_unit_id IS NULL)", name="holder_unit"),
        Index(
            "uq_permission_grant__own",
            "post_kind",
            "permission",
            unique=True,
            sqlite_where=text("unit_id IS NULL"),
            postgresql_where=text("unit_id IS NULL"),
        ),
        UniqueConstraint("post_kind", "permission", "unit_id", "holder_unit_id", name="uq_permission_grant__over"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    post_kind: Mapped[str] = mapped_column(String(40))
    domain: Mapped[str] = mapped_column(String(20))
    permission: Mapped[str] = mapped_column(String(40))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    holder_unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))


class KeptForm(Base):
    """What was typed into a form that arrived after its session had ended; offered again after login.

    id: sha256 of a random cookie. account_id: whose session it was, when known; nobody else may take it.
    """

    __tablename__ = "kept_form"
    __table_args__ = (Index("ix_kept_form__created", "created_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    path: Mapped[str] = mapped_column(String(500))
    fields: Mapped[list[Any]]
    created_at: Mapped[datetime]

"""Reading identities: who is behind a cookie or token, which posts they hold; accounts, sessions, tokens in lists."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, FromClause, Row, Select, Uuid, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from server.actor import Actor, ActorKind, Grant
from server.i18n import DEFAULT_LANGUAGE, text
from server.identity.models import Account, AccountState, ApiToken, KeptForm, LoginSession, PermissionGrant
from server.identity.permissions import Permission
from server.identity.rules import KEEP_FORM_FOR, hash_secret, login_key, session_over
from server.organisation.models import DEFAULT_ZONE, Holding, Person, Post, Unit
from server.organisation.queries import below, held_on
from server.organisation.rules import administrators_clash, today

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class HeldPost:
    """A post somebody holds today, for the switch between posts."""

    id: UUID
    title: str
    unit_name: str


@dataclass(frozen=True, slots=True)
class ActingPost:
    """A post on which somebody acts for its holder, until a day that is included."""

    title: str
    unit_name: str
    delegated_by: UUID
    until_on: date


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody with a live session: the actor, and what the pages need besides."""

    actor: Actor
    account_id: UUID
    session_id: str
    seen_at: datetime
    must_change: bool
    language: str | None
    posts: tuple[HeldPost, ...]
    post_id: UUID | None
    acting: tuple[ActingPost, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a login is compared with, found or not."""

    password_hash: str | None


@dataclass(frozen=True, slots=True)
class SessionRow:
    id: str
    created_at: datetime
    seen_at: datetime
    agent: str


@dataclass(frozen=True, slots=True)
class TokenRow:
    id: UUID
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A person with or without an account. state: active, locked, disabled, new (token not used yet) or none."""

    person_id: UUID
    person_name: str
    suggested_login: str
    account_id: UUID | None
    login: str
    state: str
    locked_until_at: datetime | None
    places: str


@dataclass(frozen=True, slots=True)
class AccountPage:
    rows: tuple[AccountRow, ...]
    number: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))


@dataclass(frozen=True, slots=True)
class KeptRow:
    id: str
    path: str
    fields: tuple[tuple[str, str], ...]
    created_at: datetime


def visitor_of_session(session: Session, cookie_secret: str, now: datetime) -> Visitor | None:
    """Who is behind a session cookie, or None when it is unknown or over. One statement."""
    found = _identify(session, _BY_SESSION, now, hash=hash_secret(cookie_secret))
    if found is None or session_over(found.row.seen_at, found.row.expires_at, now):
        return None
    row, held = found.row, found.held
    chosen = row.chosen_post_id if any(line.post_id == row.chosen_post_id for line in held) else None
    posts = {line.post_id: HeldPost(line.post_id, line.title, line.unit_name) for line in held}
    return Visitor(
        actor=_actor(found, chosen),
        account_id=row.account_id,
        session_id=row.session_id,
        seen_at=row.seen_at,
        must_change=row.must_change,
        language=row.language,
        posts=tuple(posts.values()),
        post_id=chosen,
        acting=_acting(held),
    )


def _acting(held: "Iterable[_Held]") -> tuple[ActingPost, ...]:
    found = {
        line.post_id: ActingPost(line.title, line.unit_name, line.delegated_by, line.until_on)
        for line in held
        if line.delegated_by is not None and line.until_on is not None
    }
    return tuple(found.values())


def actor_of_session(session: Session, cookie_secret: str, now: datetime) -> Actor | None:
    """The actor behind a session cookie; None when it is unknown or over."""
    visitor = visitor_of_session(session, cookie_secret, now)
    return None if visitor is None else visitor.actor


def actor_of_token(session: Session, secret: str, now: datetime) -> Actor | None:
    """The actor behind an API token, narrowed to its scopes; None when it is unknown or over. One statement."""
    found = _identify(session, _BY_TOKEN, now, hash=hash_secret(secret))
    if found is None or found.row.must_change or (found.row.token_until is not None and found.row.token_until <= now):
        return None
    return _actor(found, None, _Token(found.row.token_id, frozenset(found.row.scopes)))


def load_actor(session: Session, account_id: UUID, post_id: UUID | None, on: date) -> Actor | None:
    """An account's actor on a day, acting as one of its posts or as all of them; None for no such account."""
    found = _identify(session, _BY_ACCOUNT, on, account=account_id)
    if found is None:
        return None
    return _actor(found, post_id if any(line.post_id == post_id for line in found.held) else None)


@dataclass(frozen=True, slots=True)
class _Held:
    """One post that is held, with one permission that its kind carries (several lines a post, or one without)."""

    post_id: UUID
    kind: str
    title: str
    unit_id: UUID
    unit_name: str
    unit_path: str
    permission: str | None
    over_path: str | None
    delegated_by: UUID | None
    until_on: date | None


@dataclass(frozen=True, slots=True)
class _Found:
    """Somebody, with the posts held on the day. row: what the query says besides, the same on each line."""

    row: Row[Any]
    held: tuple[_Held, ...]


@dataclass(frozen=True, slots=True)
class _Token:
    id: UUID
    scopes: frozenset[str]


def _query(source: FromClause, where: ColumnElement[bool], *columns: ColumnElement[Any]) -> Select[Any]:
    """Whoever a condition picks, with posts held on the day `on` in units that are open then, and their grants.

    Written on tables and once a process, because every request asks it. A line whose unit is null is of no post.
    """
    account, person, holding, post = (kind.__table__ for kind in (Account, Person, Holding, Post))
    grant, unit, over = PermissionGrant.__table__, Unit.__table__, Unit.__table__.alias()
    on = bindparam("on", type_=Date())
    is_open = or_(unit.c.closed_on.is_(None), unit.c.closed_on >= on)
    applies = or_(grant.c.unit_id.is_(None), grant.c.holder_unit_id == unit.c.id)
    joined = (
        source.join(person, person.c.id == account.c.person_id)
        .outerjoin(holding, and_(holding.c.person_id == person.c.id, held_on(on)))
        .outerjoin(post, post.c.id == holding.c.post_id)
        .outerjoin(unit, and_(unit.c.id == post.c.unit_id, is_open))
        .outerjoin(grant, and_(grant.c.post_kind == post.c.kind, applies))
        .outerjoin(over, over.c.id == grant.c.unit_id)
    )
    return (
        select(
            post.c.id,
            post.c.kind,
            post.c.title,
            unit.c.id,
            unit.c.name,
            unit.c.path,
            grant.c.permission,
            over.c.path,
            holding.c.delegated_by,
            holding.c.until_on,
            account.c.id.label("account_id"),
            account.c.must_change,
            person.c.id.label("person_id"),
            person.c.name.label("person_name"),
            *columns,
        )
        .select_from(joined)
        .where(where)
        .order_by(post.c.rank, unit.c.code, post.c.title, grant.c.permission)
    )


_HELD_COLUMNS = 10
_HELD_UNIT = 3
"""Place of the unit among them."""
_ACCOUNT, _LOGIN, _TOKEN = Account.__table__, LoginSession.__table__, ApiToken.__table__
_BY_ACCOUNT = _query(_ACCOUNT, _ACCOUNT.c.id == bindparam("account", type_=Uuid()))
_BY_SESSION = _query(
    _LOGIN.join(_ACCOUNT, _ACCOUNT.c.id == _LOGIN.c.account_id),
    and_(_LOGIN.c.id == bindparam("hash"), _ACCOUNT.c.state != AccountState.DISABLED),
    _LOGIN.c.id.label("session_id"),
    _LOGIN.c.post_id.label("chosen_post_id"),
    _LOGIN.c.seen_at,
    _LOGIN.c.expires_at,
    _ACCOUNT.c.language,
)
_BY_TOKEN = _query(
    _TOKEN.join(_ACCOUNT, _ACCOUNT.c.id == _TOKEN.c.account_id),
    and_(
        _TOKEN.c.secret_hash == bindparam("hash"),
        _TOKEN.c.revoked_at.is_(None),
        _ACCOUNT.c.state != AccountState.DISABLED,
    ),
    _TOKEN.c.id.label("token_id"),
    _TOKEN.c.scopes,
    _TOKEN.c.expires_at.label("token_until"),
)


def _identify(session: Session, query: Select[Any], when: datetime | date, **which: object) -> _Found | None:
    on = today(when, DEFAULT_ZONE) if isinstance(when, datetime) else when
    rows = session.execute(query, which | {"on": on}).all()
    if not rows:
        return None
    return _Found(rows[0], tuple(_Held(*row[:_HELD_COLUMNS]) for row in rows if row[_HELD_UNIT] is not None))


def _actor(found: _Found, post_id: UUID | None, token: _Token | None = None) -> Actor:
    """Grants and seats come from the post acted as, or from all posts when none is chosen.

    A person on an administrator's post and on another one gets no grant at all: the state is refused everywhere, and if
    it came about all the same, nobody may profit from it.
    """
    row, held = found.row, found.held
    clash = administrators_clash([line.kind for line in held])
    acting = [line for line in held if post_id is None or line.post_id == post_id]
    grants = {
        Grant(line.permission, line.over_path or line.unit_path)
        for line in ([] if clash else acting)
        if line.permission is not None and (token is None or line.permission in token.scopes)
    }
    posts = {line.post_id: line for line in acting}
    single = next(iter(posts.values())) if len(posts) == 1 else None
    same_unit = next(iter(posts.values())) if len({line.unit_id for line in posts.values()}) == 1 else None
    works = token is None or Permission.UNIT_WORK in token.scopes
    seats = {f"person:{row.person_id}"} | {f"post:{each}" for each in posts} if works and not clash else set()
    return Actor(
        kind=ActorKind.ACCOUNT if token is None else ActorKind.TOKEN,
        name=row.person_name,
        person_id=row.person_id,
        account_id=row.account_id,
        post_id=single.post_id if single else None,
        post_title=_title(single) if single else "",
        unit_id=same_unit.unit_id if same_unit else None,
        unit_name=same_unit.unit_name if same_unit else "",
        unit_path=same_unit.unit_path if same_unit else "",
        seat_keys=frozenset(seats),
        grants=tuple(sorted(grants, key=lambda grant: (grant.permission, grant.unit_path))),
        titles=tuple((f"post:{line.post_id}", _title(line), line.unit_name) for line in posts.values()),
        account_key=f"account:{row.account_id}" if token is None else f"token:{token.id}",
    )


def _title(line: _Held) -> str:
    """A post's title, marked when somebody acts there for its holder."""
    if line.delegated_by is None:
        return line.title
    return text("identity-acting-title", DEFAULT_LANGUAGE, title=line.title)


def login_candidate(session: Session, login: str) -> Candidate:
    """The stored hash for a login, None when there is no such account or it has no password yet."""
    return Candidate(session.scalar(select(Account.password_hash).where(Account.login == login_key(login))))


def account_of_session(session: Session, cookie_secret: str) -> UUID | None:
    """Whose session it is or was, as long as its row stands."""
    return session.scalar(select(LoginSession.account_id).where(LoginSession.id == hash_secret(cookie_secret)))


def sessions_of(session: Session, account_id: UUID, now: datetime) -> tuple[SessionRow, ...]:
    """Live sessions of an account, last seen first."""
    rows = session.scalars(
        select(LoginSession)
        .where(LoginSession.account_id == account_id)
        .order_by(LoginSession.seen_at.desc(), LoginSession.id)
        .limit(PAGE_SIZE)
    )
    return tuple(
        SessionRow(row.id, row.created_at, row.seen_at, row.agent)
        for row in rows
        if not session_over(row.seen_at, row.expires_at, now)
    )


def tokens_of(session: Session, account_id: UUID) -> tuple[TokenRow, ...]:
    """Tokens of an account, newest first."""
    rows = session.scalars(
        select(ApiToken)
        .where(ApiToken.account_id == account_id)
        .order_by(ApiToken.created_at.desc(), ApiToken.name)
        .limit(PAGE_SIZE)
    )
    return tuple(
        TokenRow(row.id, row.name, tuple(row.scopes), row.created_at, row.expires_at, row.revoked_at) for row in rows
    )


def accounts(session: Session, *, paths: Collection[str], words: str = "", now: datetime, page: int = 1) -> AccountPage:
    """People on posts in the subtrees, and for the whole tree also those on none, with their accounts; by name."""
    wanted = _people(paths)
    for word in words.split()[:5]:
        wanted = wanted.where(
            or_(*(column.icontains(word, autoescape=True) for column in (Person.name, Person.code, Account.login)))
        )
    total = session.scalar(select(func.count()).select_from(wanted.with_only_columns(Person.id).subquery())) or 0
    ordered = wanted.order_by(Person.name, Person.code, Person.id).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    found = [(person, account) for person, account in session.execute(ordered)]
    places = _places(session, (person.id for person, _ in found), today(now, DEFAULT_ZONE))
    return AccountPage(tuple(_account_row(p, a, places.get(p.id, ""), now) for p, a in found), page, total)


def account_row(session: Session, person_id: UUID, *, paths: Collection[str], now: datetime) -> AccountRow | None:
    """One person's account, if it lies within the subtrees."""
    row = session.execute(_people(paths).where(Person.id == person_id)).one_or_none()
    if row is None:
        return None
    places = _places(session, [person_id], today(now, DEFAULT_ZONE))
    return _account_row(row[0], row[1], places.get(person_id, ""), now)


def whole_tree(paths: Iterable[str]) -> bool:
    """True when one of the paths is the root's."""
    return any(path.strip("/") and "/" not in path.strip("/") for path in paths)


def _people(paths: Collection[str]) -> Select[Any, Any]:
    wanted = select(Person, Account).outerjoin(Account, Account.person_id == Person.id)
    if whole_tree(paths):
        return wanted
    held = select(Holding.person_id).join(Post, Post.id == Holding.post_id).join(Unit, Unit.id == Post.unit_id)
    return wanted.where(Person.id.in_(held.where(below(paths))))


def _places(session: Session, person_ids: Iterable[UUID], on: date) -> dict[UUID, str]:
    rows = session.execute(
        select(Holding.person_id, Unit.name, Post.title)
        .join(Post, Post.id == Holding.post_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Holding.person_id.in_(tuple(person_ids)), held_on(on))
        .order_by(Post.rank, Unit.code, Post.title)
    )
    places: dict[UUID, str] = {}
    for person_id, unit_name, title in rows:
        place = f"{unit_name} {title}"
        places[person_id] = f"{places[person_id]} / {place}" if person_id in places else place
    return places


def _account_row(person: Person, account: Account | None, places: str, now: datetime) -> AccountRow:
    state, locked_until = "none", None
    if account is not None:
        state, locked_until = account.state, account.locked_until_at
        if account.state == AccountState.LOCKED and locked_until is not None and now >= locked_until:
            state, locked_until = AccountState.ACTIVE, None
        if account.password_hash is None and state == AccountState.ACTIVE:
            state = "new"
    return AccountRow(
        person_id=person.id,
        person_name=person.name,
        suggested_login=login_key(person.code or ""),
        account_id=None if account is None else account.id,
        login="" if account is None else account.login,
        state=str(state),
        locked_until_at=locked_until,
        places=places,
    )


def kept_form(session: Session, secret: str, account_id: UUID, now: datetime) -> KeptRow | None:
    """A form kept under this cookie, if it may be this account's and is not too old."""
    row = session.get(KeptForm, hash_secret(secret))
    if row is None or row.account_id not in (None, account_id) or now - row.created_at > KEEP_FORM_FOR:
        return None
    return KeptRow(row.id, row.path, tuple((str(name), str(value)) for name, value in row.fields), row.created_at)

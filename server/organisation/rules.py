"""Pure rules of the organisation: kinds of post, paths, days in a unit's zone, who may hold what together."""

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from server.errors import Conflict, Invalid
from server.i18n import Message

MAX_DEPTH = 20


class PostKind(StrEnum):
    """The kinds of post that come with grants; further kinds are free keys."""

    HEAD = "head"
    DEPUTY = "deputy"
    LIAISON = "liaison"
    OFFICE = "office"
    VERIFIER = "verifier"
    LEADER = "leader"
    SECRETARY = "secretary"
    MEMBER = "member"
    SYSTEM_ADMINISTRATOR = "system_administrator"
    SECURITY_ADMINISTRATOR = "security_administrator"
    AUDIT_ADMINISTRATOR = "audit_administrator"


ADMINISTRATOR_KINDS = frozenset(
    {PostKind.SYSTEM_ADMINISTRATOR, PostKind.SECURITY_ADMINISTRATOR, PostKind.AUDIT_ADMINISTRATOR}
)
"""Who holds one of these holds nothing else; only the security administrator appoints to them."""


def path_of(unit_id: UUID, parent_path: str | None) -> str:
    """`/<root id hex>/.../<id hex>/`; raises Invalid when the tree would become too deep."""
    path = f"{parent_path or '/'}{unit_id.hex}/"
    if path.count("/") - 1 > MAX_DEPTH:
        raise Invalid(Message("organisation-too-deep", {"limit": MAX_DEPTH}))
    return path


def ids_in(path: str) -> tuple[UUID, ...]:
    """The ids from the root down to the unit itself."""
    return tuple(UUID(hex=step) for step in path.strip("/").split("/"))


def today(now: datetime, zone: str) -> date:
    """The day it is in a zone at an instant."""
    return now.astimezone(ZoneInfo(zone)).date()


def holds_on(from_on: date, until_on: date | None, on: date) -> bool:
    """Both ends of a holding are included."""
    return from_on <= on and (until_on is None or on <= until_on)


def overlap(one: tuple[date, date | None], other: tuple[date, date | None]) -> bool:
    """True when two spans of days, ends included, have a day in common."""
    return (one[1] is None or other[0] <= one[1]) and (other[1] is None or one[0] <= other[1])


def administrators_clash(kinds: Collection[str]) -> bool:
    """True when somebody would hold an administrator's post beside any other kind of post."""
    distinct = set(kinds)
    return len(distinct) > 1 and bool(distinct & ADMINISTRATOR_KINDS)


def require_ordinary(kind: str) -> None:
    """Administrators are appointed with their account, never through the organisation's own pages or imports."""
    if kind in ADMINISTRATOR_KINDS:
        raise Conflict(Message("organisation-administrator-post"))

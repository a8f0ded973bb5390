"""Who acts, and for whom it counts."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from server.errors import NotAllowed
from server.i18n import Message


class ActorKind(StrEnum):
    ACCOUNT = "account"
    LINK = "link"
    TOKEN = "token"  # noqa: S105 - a kind of actor, no secret
    SYSTEM = "system"


class Source(StrEnum):
    """How the word of somebody who did not log in reached us."""

    PHONE = "phone"
    PAPER = "paper"
    FILE = "file"
    MEETING = "meeting"


@dataclass(frozen=True, slots=True)
class Grant:
    """A permission over a unit and all below it. unit_path: the unit's materialised path."""

    permission: str
    unit_path: str


@dataclass(frozen=True, slots=True)
class OnBehalf:
    """For whom an entry counts: the seat's holder or unit, by what source, with the scan when there is one."""

    name: str
    source: Source
    note: str = ""
    person_id: UUID | None = None
    unit_id: UUID | None = None
    scan_evidence_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts now, with name, post and unit as they are at this moment.

    seat_keys: the seats this actor may act on (`post:<id>`, `person:<id>`). post_*: the post acted as, if any.
    titles: of each seat that is a post, its title and unit, as decisions on it are signed.
    """

    kind: ActorKind
    name: str
    person_id: UUID | None = None
    account_id: UUID | None = None
    post_id: UUID | None = None
    post_title: str = ""
    unit_id: UUID | None = None
    unit_name: str = ""
    unit_path: str = ""
    seat_keys: frozenset[str] = frozenset()
    grants: tuple[Grant, ...] = ()
    on_behalf: OnBehalf | None = None
    account_key: str = ""
    titles: tuple[tuple[str, str, str], ...] = ()

    def signs_as(self, seat_key: str) -> tuple[str, str]:
        """Title and unit with which something is decided on a seat: the seat's own, else of the post acted as."""
        own = next((each[1:] for each in self.titles if each[0] == seat_key), None)
        return (self.post_title, self.unit_name) if own is None else (own[0], own[1])

    def may(self, permission: str, unit_path: str) -> bool:
        """True when a grant of this permission covers the unit."""
        return any(grant.permission == permission and unit_path.startswith(grant.unit_path) for grant in self.grants)

    def may_anywhere(self, permission: str) -> bool:
        return any(grant.permission == permission for grant in self.grants)

    def paths(self, permission: str) -> tuple[str, ...]:
        """The subtrees over which the permission holds, for queries to filter by."""
        return tuple(sorted({grant.unit_path for grant in self.grants if grant.permission == permission}))


SYSTEM = Actor(ActorKind.SYSTEM, name="system")
"""What the system does by itself; shown as such, never as a person."""


def require(actor: Actor, permission: str, unit_path: str) -> None:
    """Raise NotAllowed unless the actor holds the permission over the unit, or is the system itself."""
    if actor.kind is not ActorKind.SYSTEM and not actor.may(permission, unit_path):
        raise NotAllowed(Message("error-not-allowed"))

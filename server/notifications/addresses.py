"""Where people are reached besides mail: entered by themselves or by who manages their account, and never recorded."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from server.actor import Actor
from server.audit import operations as audit
from server.audit.models import StreamKind
from server.audit.verbs import Verb
from server.config import Settings
from server.db.work import Work
from server.errors import Invalid, NotFound
from server.i18n import Message
from server.identity import queries as identity
from server.identity.grants import PERMISSION
from server.notifications.models import PersonAddress
from server.notifications.rules import address_of, masked_address


@dataclass(frozen=True, slots=True)
class Way:
    """A channel that is set up here, and how it reaches somebody. address: masked, empty when we know none."""

    channel: str
    address: str = ""
    wanted: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """What was entered for a channel. typed: empty leaves the address as it is."""

    typed: str = ""
    wanted: bool = False
    forget: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose addresses are looked after by who manages accounts."""

    person_id: UUID
    name: str
    places: str
    ways: tuple[Way, ...]


def ways_of(work: Work, person_id: UUID) -> tuple[Way, ...]:
    """All channels that are set up here, with what we know of a person."""
    channels = work.part(Settings).channels.personal
    known = _rows(work, person_id, channels)
    return tuple(
        Way(channel, masked_address(channel, known[channel].address), known[channel].wanted)
        if channel in known
        else Way(channel)
        for channel in channels
    )


def own_ways(actor: Actor, work: Work) -> tuple[Way, ...]:
    """The same of the actor."""
    return () if actor.person_id is None else ways_of(work, actor.person_id)


def person(actor: Actor, work: Work, person_id: UUID) -> Person:
    """Somebody whose account the actor manages; raises NotFound for others."""
    paths = actor.paths(PERMISSION)
    row = identity.account_row(work.session, person_id, paths=paths, now=work.now) if paths else None
    if row is None:
        raise NotFound(Message("error-not-found"))
    return Person(person_id, row.person_name, row.places, ways_of(work, person_id))


def wanted_by(work: Work, people: Collection[UUID]) -> Mapping[UUID, Sequence[tuple[str, str]]]:
    """By which channels, and where, people wish to be told."""
    channels = work.part(Settings).channels.personal
    found: dict[UUID, list[tuple[str, str]]] = {}
    if not channels or not people:
        return found
    rows = work.session.execute(
        select(PersonAddress.person_id, PersonAddress.channel, PersonAddress.address)
        .where(PersonAddress.person_id.in_(people), PersonAddress.channel.in_(channels), PersonAddress.wanted)
        .order_by(PersonAddress.person_id, PersonAddress.channel)
    )
    for person_id, channel, address in rows:
        found.setdefault(person_id, []).append((channel, address))
    return found


def enter_own(actor: Actor, work: Work, entries: Mapping[str, Entry]) -> None:
    """Note where the actor is reached, and by which channels they wish to be; raises Invalid by field."""
    if actor.person_id is None or actor.account_id is None:
        raise NotFound(Message("error-not-found"))
    _enter(actor, work, actor.person_id, entries)


def enter_for(actor: Actor, work: Work, person_id: UUID, entries: Mapping[str, Entry]) -> None:
    """The same for somebody whose account the actor manages."""
    person(actor, work, person_id)
    _enter(actor, work, person_id, entries)


def _enter(actor: Actor, work: Work, person_id: UUID, entries: Mapping[str, Entry]) -> None:
    channels = work.part(Settings).channels.personal
    entries = {channel: entry for channel, entry in entries.items() if channel in channels}
    known = _rows(work, person_id, channels)
    addresses = {
        channel: address_of(channel, entry.typed.strip()) if entry.typed.strip() else _kept(known.get(channel), entry)
        for channel, entry in entries.items()
    }
    faults = {
        channel: [Message(f"notifications-address-{fault}")]
        for channel, entry in entries.items()
        if (fault := _fault(channel, entry, addresses[channel]))
    }
    if faults:
        raise Invalid(Message("error-invalid"), faults)
    changed = [
        channel for channel, entry in entries.items() if _write(work, person_id, known, channel, entry, addresses)
    ]
    if changed:
        work.session.flush()
        details = {"person": str(person_id), "channels": ", ".join(changed)}
        audit.record(actor, work, audit.Stream(StreamKind.LOGIN, "addresses"), Verb.ADDRESS_ENTERED, details)


def _kept(row: PersonAddress | None, entry: Entry) -> str:
    return "" if row is None or entry.forget else row.address


def _fault(channel: str, entry: Entry, address: str) -> str:
    if entry.typed.strip() and not address:
        return "no-number" if channel == "sms" else "no-user"
    if entry.wanted and not address and not entry.forget:
        return "missing"
    return ""


def _write(
    work: Work,
    person_id: UUID,
    known: Mapping[str, PersonAddress],
    channel: str,
    entry: Entry,
    addresses: Mapping[str, str],
) -> bool:
    """Write one down; returns whether it is another than before."""
    row, address = known.get(channel), addresses[channel]
    if not address:
        if row is not None:
            work.session.delete(row)
        return row is not None
    if row is None:
        row = PersonAddress(person_id=person_id, channel=channel, address="", wanted=False, changed_at=work.now)
        work.session.add(row)
    if (row.address, row.wanted) == (address, entry.wanted):
        return False
    row.address, row.wanted, row.changed_at = address, entry.wanted, work.now
    return True


def _rows(work: Work, person_id: UUID, channels: Collection[str]) -> dict[str, PersonAddress]:
    if not channels:
        return {}
    mine = PersonAddress.person_id == person_id, PersonAddress.channel.in_(channels)
    return {row.channel: row for row in work.session.scalars(select(PersonAddress).where(*mine))}

"""What higher floors register so that processes can reach it: facts, collections, activities, roles, projections."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

from server.actor import Actor
from server.db.work import Work
from server.engine.contract import Definition, Element, Step
from server.processes.models import ProcessInstance

if TYPE_CHECKING:
    from server.engine.contract import FactType

Json = Any
Entry = TypeVar("Entry")


@dataclass(slots=True)
class Running:
    """An instance under the lock, with its definition; what operators, facts and projections are given.

    memo: what they have already read in this unit of work, so that nobody reads it twice.
    """

    instance: ProcessInstance
    definition: Definition
    scheme_version_id: UUID
    memo: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a collection. key is stable and ASCII; business_key names the child for people."""

    key: str
    business_key: str
    unit_id: UUID | None = None
    subject_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class FactProvider:
    """Facts under one prefix (`result`): their types, and how to load them in one go.

    catalogue: full dotted name to type. load gives full dotted names; a fact that does not hold yet is left out.
    """

    prefix: str
    catalogue: Mapping[str, "FactType"]
    load: Callable[[Work, Running], Mapping[str, Json]]


Collection = Callable[[Work, Running], Sequence[Item]]
"""The items of a fan-out at this moment, in their own fixed order."""

Activity = Callable[[Work, Running, Mapping[str, str]], Mapping[str, Json]]
"""A system activity: does its work in the caller's transaction and returns a few plain values."""


class SeatPlace(NamedTuple):
    """A seat to be filled: a post or a person (`post:<id>`, `person:<id>`) and what its vote weighs."""

    key: str
    weight: int = 1


class SeatFinder(Protocol):
    """Finds the seats of a task that opens now, in order; an empty tuple means that nobody is named."""

    def __call__(self, work: Work, running: Running, element: Element) -> tuple[SeatPlace, ...]: ...


class Projector(Protocol):
    """Keeps the rows of one kind of waiting place equal to the engine's picture, within the same transaction."""

    def __call__(self, actor: Actor, work: Work, running: Running, step: Step) -> None: ...


class ChildOutcome(Protocol):
    """Hears that an instance has ended or was cancelled (for participants, findings)."""

    def __call__(self, work: Work, running: Running) -> None: ...


class Registry(Generic[Entry]):
    """Entries by name; a name is registered once."""

    def __init__(self, entries: Mapping[str, Entry] | None = None) -> None:
        self._entries: dict[str, Entry] = dict(entries or {})

    def add(self, name: str, entry: Entry) -> None:
        if name in self._entries:
            raise ValueError(f"{name} is already registered")
        self._entries[name] = entry

    def __getitem__(self, name: str) -> Entry:
        return self._entries[name]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._entries))


class FactProviders(Registry[FactProvider]):
    """Fact providers by prefix."""


class Collections(Registry[Collection]):
    """Collections that a fan-out may name."""


class Activities(Registry[Activity]):
    """System activities that a service task may name."""


@dataclass(slots=True)
class ProcessParts:
    """All that processes are given by higher floors."""

    facts: FactProviders = field(default_factory=FactProviders)
    collections: Collections = field(default_factory=Collections)
    activities: Activities = field(default_factory=Activities)
    seats: SeatFinder | None = None
    projectors: list[Projector] = field(default_factory=list)
    on_end: list[ChildOutcome] = field(default_factory=list)


def element_of(running: Running, element_id: str) -> Element:
    return running.definition.elements[element_id]

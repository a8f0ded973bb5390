"""What programs do. Each is one operation of a package, with the key of its request; nothing here commits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from server.actor import Actor, OnBehalf, Source
from server.api import queries, rules
from server.api.queries import InstanceShown
from server.campaigns import operations as campaigns
from server.campaigns.models import Campaign
from server.campaigns.rules import Opening, parameters_of
from server.db import idempotency
from server.db.idempotency import Answer
from server.db.work import Work
from server.deadlines.operations import end_of_day
from server.errors import Conflict, Invalid, NotFound
from server.evidence import operations as evidence
from server.evidence.operations import About
from server.evidence.queries import EvidenceRow, readable
from server.evidence.rules import clean_name
from server.evidence.store import Readable
from server.i18n import Message
from server.organisation.models import Unit
from server.processes import operations as processes
from server.processes.operations import Birth
from server.schemes import queries as schemes
from server.tasks import operations as tasks
from server.tasks.models import Decision
from server.tasks.operations import Completed

Values = Mapping[str, Any]
MANAGE = "campaign.manage"


@dataclass(frozen=True, slots=True)
class Request:
    """What tells one request from another. key: as its sender chose it. content: canonical bytes of what is asked."""

    name: str
    key: str
    content: bytes


def once(actor: Actor, work: Work, asked: Request, do: Callable[[], Answer]) -> Answer:
    """Do it and keep the answer with the key; or give the answer that the same request got before."""
    claimed = idempotency.claim(
        work, actor.account_key, asked.key, rules.fingerprint(asked.name, asked.key, asked.content)
    )
    if claimed.answer is not None:
        return claimed.answer
    answer = do()
    idempotency.keep(work, claimed, answer)
    return answer


def start_instance(actor: Actor, work: Work, wanted: Values) -> InstanceShown:
    """Start a process by itself.

    Raises NotFound for a unit that is none of the actor's business, Conflict when it runs already for this key.
    """
    unit = _managed(actor, work, wanted.get("unit"))
    version, definition = queries.process(work, wanted["scheme"], wanted.get("version"), wanted["process"])
    birth = Birth(wanted["business_key"], owner_unit_id=actor.unit_id or unit.id, unit_id=unit.id)
    running = processes.start(actor, work, definition.id, birth)
    return queries.started(work, running, version, unit)


def open_campaign(actor: Actor, work: Work, wanted: Values, key: str) -> Campaign:
    """Open a campaign with the dates that the rules propose, unless other days are given.

    Raises NotFound for a unit that is none of the actor's business, and Invalid with all that stands in the way.
    """
    authority = _managed(actor, work, wanted.get("unit"))
    version = queries.scheme(work, wanted["scheme"], wanted.get("version")).version_id
    zone = work.session.get_one(Unit, authority.id).zone
    parameters = {name: _as_typed(value) for name, value in wanted.get("parameters", {}).items()}
    dates = _proposed(work, version, wanted["year"], zone, parameters)
    opening = Opening(
        scheme_version_id=version,
        unit_id=authority.id,
        year=wanted["year"],
        title=wanted["title"],
        starts_on=date.fromisoformat(wanted["starts_on"]),
        participants=_participants(work, wanted["participants"]),
        dates=dates | _days(dates, wanted.get("dates", {}), zone),
        parameters=parameters,
    )
    return campaigns.open_campaign(actor, work, opening, key)


def _proposed(
    work: Work, version_id: UUID, year: int, zone: str, parameters: Mapping[str, str]
) -> dict[str, datetime | None]:
    """The dates by the scheme's rules; parameters that are wrong are left to the check of the opening."""
    scheme = schemes.scheme_of(work, version_id)
    strange = parameters.keys() - {each.key for each in scheme.parameters}
    if strange:
        unknown = {f"parameters.{name[:60]}": [Message("api-field-unknown")] for name in sorted(strange)}
        raise Invalid(Message("error-invalid"), unknown)
    typed, _ = parameters_of(scheme.parameters, parameters)
    return campaigns.propose_dates(work, version_id, year, zone, typed)


def _as_typed(value: Any) -> str:
    """A parameter as the page posts it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _participants(work: Work, wanted: Sequence[str]) -> tuple[UUID, ...]:
    found = queries.units(work, wanted)
    unknown = sum(text not in found for text in wanted)
    if unknown:
        wrong = Message("campaign-participants-outside", {"count": unknown})
        raise Invalid(wrong, {"participants": [wrong]})
    return tuple(found[text].id for text in wanted)


def _days(known: Mapping[str, object], wanted: Mapping[str, str], zone: str) -> dict[str, datetime]:
    strange = {f"dates.{key}": [Message("api-field-unknown")] for key in wanted if key not in known}
    if strange:
        raise Invalid(Message("error-invalid"), strange)
    return {key: end_of_day(date.fromisoformat(day), zone) for key, day in wanted.items()}


def _managed(actor: Actor, work: Work, wanted: str | None) -> queries.UnitShown:
    """The unit asked for, else the actor's own, if the actor manages campaigns there."""
    found = _unit(actor, work, wanted)
    if not actor.may(MANAGE, found.path):
        raise NotFound(Message("error-not-found"))
    return found


def _unit(actor: Actor, work: Work, wanted: str | None) -> queries.UnitShown:
    if wanted is None and actor.unit_id is None:
        needed = Message("api-unit-needed")
        raise Invalid(needed, {"unit": [needed]})
    return queries.unit(work, wanted if wanted is not None else str(actor.unit_id))


def complete_task(actor: Actor, work: Work, task_id: UUID, wanted: Values, key: str) -> Completed:
    """Hand a task in; the decision keeps the key. Raises what `tasks.operations.complete` raises.

    A repeated request is answered as before; Invalid when the key was used for other values or for another task.
    """
    acting = _acting(actor, work, wanted.get("on_behalf"))
    values = dict(wanted["values"])
    done = tasks.complete(acting, work, task_id, values, key, wanted.get("way", ""))
    if done.repeated:
        _require_same(acting, work, task_id, values, key)
    return done


def _acting(actor: Actor, work: Work, behalf: Values | None) -> Actor:
    """The actor, acting for whom the request names. Raises Invalid when the scan is none that the actor may read."""
    if behalf is None:
        return actor
    scan = behalf.get("scan")
    if scan:
        try:
            readable(actor, work, UUID(scan))
        except NotFound as error:
            raise Invalid(Message("error-invalid"), {"on_behalf.scan": [error.message]}) from error
    return tasks.on_behalf(
        actor,
        OnBehalf(
            name=behalf["name"].strip(),
            source=Source(behalf["source"]),
            note=behalf.get("note", ""),
            scan_evidence_id=UUID(scan) if scan else None,
        ),
    )


def _require_same(acting: Actor, work: Work, task_id: UUID, values: dict[str, Any], key: str) -> None:
    """Compared by what the values mean, as they were recorded, not by how they were written."""
    decision = queries.decision_by_key(work, tasks.actor_key(acting), key)
    kind, context = tasks.kind_and_context(work, tasks.take(work, task_id))
    checked = kind.check(work, context, values)
    if (
        decision is None
        or rules.canonical(checked.values) != rules.canonical(decision.values)
        or not _same_behalf(acting.on_behalf, decision)
    ):
        raise Invalid(Message("api-key-used"))


def _same_behalf(behalf: OnBehalf | None, decision: Decision) -> bool:
    if behalf is None:
        return decision.behalf_name is None
    return (behalf.name, behalf.source.value, behalf.note, behalf.scan_evidence_id) == (
        decision.behalf_name,
        decision.source,
        decision.behalf_note or "",
        decision.scan_evidence_id,
    )


def add_evidence(actor: Actor, work: Work, wanted: Values, stream: Readable, name: str, key: str) -> EvidenceRow:
    """Store a file; the piece of evidence keeps the key, told apart by token.

    Raises what `evidence.operations.add` raises, and Invalid when the key was used for another file.
    """
    unit = _unit(actor, work, wanted.get("unit"))
    day = wanted.get("proves_on")
    about = About(
        wanted.get("note", "").strip(),
        date.fromisoformat(day) if day else None,
        rules.fingerprint(actor.account_key, key),
    )
    try:
        added = evidence.add(actor, work, unit.id, None, stream, name, about)
    except Conflict as error:
        raise Invalid(Message("api-key-used")) from error
    if (added.name, added.note, added.proves_on) != (clean_name(name), about.note, about.proves_on):
        raise Invalid(Message("api-key-used"))
    return added

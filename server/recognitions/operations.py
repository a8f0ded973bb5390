"""Granting recognitions. Nothing here commits."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from server.actor import SYSTEM
from server.assessments import queries as assessments
from server.audit import operations as audit
from server.audit.models import StreamKind
from server.audit.rules import Stream
from server.audit.verbs import Verb
from server.campaigns.models import Participant, ParticipantState
from server.db.work import Work
from server.errors import Conflict
from server.i18n import Message
from server.organisation.models import Unit
from server.processes.registry import Running
from server.recognitions import queries
from server.recognitions.models import How, Recognition
from server.schemes import queries as schemes

AUDITED_AT_ONCE = 200


def grant(work: Work, running: Running, parameters: Mapping[str, str]) -> Mapping[str, Any]:
    """The activity `recognition.grant`: names every active participant whose result that counts has passed.

    Done twice it names nobody twice. Parameter: level, such as `city`. Returns how many are named by this campaign now.
    """
    campaign_id = running.instance.campaign_id
    if campaign_id is None:
        raise Conflict(Message("recognitions-outside-campaign"))
    campaign = queries.campaign_of(work, campaign_id)
    scheme_key = schemes.scheme_of(work, campaign.scheme_version_id).key
    authority = work.session.get_one(Unit, campaign.unit_id)
    counting, _ = assessments.results(work, campaign_id)
    known = set(work.session.scalars(select(Recognition.subject_id).where(Recognition.campaign_id == campaign_id)))
    fresh: list[UUID] = []
    for participant, unit_name in _active(work, campaign_id):
        result = counting.get(participant.id)
        if result is None or not result.passed or participant.unit_id in known:
            continue
        work.session.add(
            Recognition(
                id=work.ids.new(),
                campaign_id=campaign_id,
                unit_id=participant.unit_id,
                subject_id=participant.unit_id,
                unit_name=unit_name,
                scheme_key=scheme_key,
                level=parameters.get("level", ""),
                year=campaign.year,
                from_on=work.now.astimezone(ZoneInfo(authority.zone)).date(),
                how=How.EARNED,
                assessment_id=result.id,
                total=result.total,
                granted_at=work.now,
                revoked_reason="",
            )
        )
        fresh.append(participant.unit_id)
    work.session.flush()
    _record(work, running, fresh)
    return {"granted": len(known) + len(fresh)}


def _active(work: Work, campaign_id: UUID) -> list[tuple[Participant, str]]:
    rows = work.session.execute(
        select(Participant, Unit.name)
        .join(Unit, Unit.id == Participant.unit_id)
        .where(Participant.campaign_id == campaign_id, Participant.state == ParticipantState.ACTIVE)
        .order_by(Participant.number)
    ).all()
    return [(participant, name) for participant, name in rows]


def _record(work: Work, running: Running, units: list[UUID]) -> None:
    """Who was named, in the chain of the instance that did it; in pieces, so that no row grows without bound."""
    instance = running.instance
    entries = [
        audit.Entry(
            Verb.RECOGNITION_GRANTED,
            {"instance": str(instance.id), "campaign": str(instance.campaign_id)},
            {"units": [str(unit) for unit in units[start : start + AUDITED_AT_ONCE]]},
        )
        for start in range(0, len(units), AUDITED_AT_ONCE)
    ]
    if not entries:
        return
    instance.audit_sequence, instance.audit_head = audit.record_many_on_head(
        SYSTEM,
        work,
        Stream(StreamKind.INSTANCE, str(instance.id), instance.campaign_id),
        audit.Head(instance.audit_sequence, instance.audit_head),
        entries,
    )

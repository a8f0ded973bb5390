"""Reading results: who passes, who is recognised and who is not and why, and the rate against the target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select

from server.assessments import queries as assessments
from server.assessments.queries import AssessmentRow
from server.campaigns import registry
from server.campaigns.models import Campaign, Participant, ParticipantState
from server.db.work import Work
from server.errors import NotFound
from server.findings import queries as findings
from server.i18n import Message
from server.organisation.models import Unit
from server.recognitions.models import How, Recognition
from server.recognitions.rules import CardRow, GateCard, Numbers, Rate, Standing, rate
from server.schemes import queries as schemes
from server.schemes.definition import SchemeDefinition
from server.standards import queries as standards
from server.standards.kinds import shown
from server.standards.rules import PassRule
from server.tasks.models import Decision, Task


@dataclass(frozen=True, slots=True)
class RecognisedRow:
    """A recognition that stands. total: None when exempt."""

    id: UUID
    number: int
    unit_id: UUID
    unit_name: str
    how: How
    total: Decimal | None
    from_on: date
    until_on: date | None


@dataclass(frozen=True, slots=True)
class RateRow:
    """The rate of a campaign against the target of its year. withdrawn: participants left out of the scope."""

    rate: Rate
    aim: Decimal | None
    aim_by: date | None
    reached: bool | None
    withdrawn: int


@dataclass(frozen=True, slots=True)
class LastGate:
    """The last decision on another gate of a campaign, or on the same when it was asked before."""

    decided_at: datetime
    verdict: str
    numbers: Numbers


def campaign_of(work: Work, campaign_id: UUID) -> Campaign:
    campaign = work.session.get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound(Message("error-not-found"))
    return campaign


def gate_card(work: Work, campaign_id: UUID) -> GateCard:
    """What a gate over the whole campaign is decided on, as it is now; participants in the order of the list."""
    campaign = campaign_of(work, campaign_id)
    scheme = schemes.scheme_of(work, campaign.scheme_version_id)
    mark = standards.policy(scheme, campaign.parameters).pass_rule
    counting, own = assessments.results(work, campaign_id)
    open_findings = findings.open_counts(work, campaign_id)
    people = work.session.execute(
        select(Participant, Unit.name)
        .join(Unit, Unit.id == Participant.unit_id)
        .where(Participant.campaign_id == campaign_id)
        .order_by(Participant.number)
    ).all()
    target = target_of(scheme, campaign.year)
    return GateCard(
        campaign_id=campaign_id,
        title=campaign.title,
        year=campaign.year,
        recognition=scheme.recognition.value if scheme.recognition else "",
        aim=target[1] if target else None,
        rows=tuple(
            _card_row(
                participant,
                name,
                counting.get(participant.id),
                own.get(participant.id),
                open_findings.get(participant.id, 0),
                mark,
            )
            for participant, name in people
        ),
    )


def last_numbers(work: Work, campaign_id: UUID, task_id: UUID) -> LastGate | None:
    """What the gate decided before this one counted; None when there was none, or it kept no numbers."""
    found = work.session.scalar(
        select(Decision)
        .join(Task, Task.id == Decision.task_id)
        .where(Task.campaign_id == campaign_id, Task.kind == "gate", Task.id != task_id)
        .where(Decision.taken_back_at.is_(None))
        .order_by(Decision.decided_at.desc())
        .limit(1)
    )
    numbers = Numbers.kept(found.values.get("numbers")) if found is not None else None
    return LastGate(found.decided_at, found.verdict, numbers) if found is not None and numbers is not None else None


def _card_row(
    participant: Participant,
    unit_name: str,
    result: AssessmentRow | None,
    own: AssessmentRow | None,
    findings_open: int,
    mark: PassRule | None,
) -> CardRow:
    standing = _standing(participant, result, own)
    lacking = mark.mark - result.total if mark and result and standing is Standing.SHORT else Decimal(0)
    return CardRow(
        number=participant.number,
        participant_id=participant.id,
        unit_id=participant.unit_id,
        unit_name=unit_name,
        standing=standing,
        self_total=shown(own.total) if own else "",
        total=shown(result.total) if result else "",
        lacking=shown(lacking) if lacking > 0 else "",
        findings_open=findings_open,
        reason=participant.reason,
        assessment_id=result.id if result else None,
        seal=result.seal_hash if result else "",
    )


def _standing(participant: Participant, result: AssessmentRow | None, own: AssessmentRow | None) -> Standing:
    if participant.state == ParticipantState.WITHDRAWN:
        return Standing.WITHDRAWN
    if participant.state == ParticipantState.EXEMPT:
        return Standing.EXEMPT
    if result is None:
        return Standing.NOT_HANDED_IN if own is None else Standing.NO_RESULT
    if result.passed is None:
        return Standing.UNDECIDED
    return Standing.PASSED if result.passed else Standing.SHORT


def target_of(scheme: SchemeDefinition, year: int) -> tuple[date, Decimal] | None:
    """Day and percent of the target for a year; the whole's before that of one level. None where the year has none."""
    found = sorted((target for target in scheme.targets if target.by.year == year), key=lambda each: each.level != "")
    return (found[0].by, found[0].percent) if found else None


def recognised(work: Work, campaign_id: UUID) -> Sequence[RecognisedRow]:
    """The recognised list: recognitions that have not been revoked, in the order of the participants."""
    rows = work.session.execute(
        select(Recognition, Participant.number)
        .join(
            Participant,
            (Participant.campaign_id == Recognition.campaign_id) & (Participant.unit_id == Recognition.unit_id),
        )
        .where(Recognition.campaign_id == campaign_id, Recognition.revoked_at.is_(None))
        .order_by(Participant.number)
    ).all()
    return [
        RecognisedRow(
            id=row.id,
            number=number,
            unit_id=row.unit_id,
            unit_name=row.unit_name,
            how=How(row.how),
            total=row.total,
            from_on=row.from_on,
            until_on=row.until_on,
        )
        for row, number in rows
    ]


def not_recognised(work: Work, campaign_id: UUID) -> Sequence[CardRow]:
    """Participants without a recognition, each with how it stands and why."""
    named = {row.unit_id for row in recognised(work, campaign_id)}
    return [row for row in gate_card(work, campaign_id).rows if row.unit_id not in named]


def rate_of(work: Work, campaign_id: UUID) -> RateRow:
    """Recognised against those in scope: participants that have not withdrawn."""
    campaign = campaign_of(work, campaign_id)
    counts = work.session.execute(
        select(Participant.state, func.count())
        .where(Participant.campaign_id == campaign_id)
        .group_by(Participant.state)
    ).all()
    by_state = {row.state: row[1] for row in counts}
    named = work.session.scalar(
        select(func.count())
        .select_from(Recognition)
        .join(
            Participant,
            (Participant.campaign_id == Recognition.campaign_id) & (Participant.unit_id == Recognition.unit_id),
        )
        .where(
            Recognition.campaign_id == campaign_id,
            Recognition.revoked_at.is_(None),
            Participant.state != ParticipantState.WITHDRAWN,
        )
    )
    withdrawn = by_state.pop(ParticipantState.WITHDRAWN, 0)
    share = rate(named or 0, sum(by_state.values()))
    target = target_of(schemes.scheme_of(work, campaign.scheme_version_id), campaign.year)
    return RateRow(
        rate=share,
        aim=target[1] if target else None,
        aim_by=target[0] if target else None,
        reached=share.reaches(target[1]) if target else None,
        withdrawn=withdrawn,
    )


def campaign_results(work: Work, campaign_id: UUID, participant_ids: Sequence[UUID]) -> Mapping[UUID, registry.Result]:
    """How participants stand, for the campaign's page."""
    counting, own = assessments.results(work, campaign_id)
    open_findings = findings.open_counts(work, campaign_id)
    named = set(
        work.session.scalars(
            select(Participant.id)
            .join(
                Recognition,
                (Participant.campaign_id == Recognition.campaign_id) & (Participant.unit_id == Recognition.unit_id),
            )
            .where(Recognition.campaign_id == campaign_id, Recognition.revoked_at.is_(None))
        )
    )
    return {
        participant_id: registry.Result(
            self_total=shown(own[participant_id].total) if participant_id in own else "",
            verified_total=shown(counting[participant_id].total) if participant_id in counting else "",
            verdict=counting[participant_id].verdict if participant_id in counting else "",
            recognised=participant_id in named,
            findings_open=open_findings.get(participant_id, 0),
        )
        for participant_id in participant_ids
    }


def campaign_target(work: Work, campaign_id: UUID) -> registry.Target | None:
    """The rate against the year's target, for the campaign's page; None while nobody is in scope."""
    row = rate_of(work, campaign_id)
    if row.rate.percent is None:
        return None
    return registry.Target(
        recognised=row.rate.recognised,
        in_scope=row.rate.in_scope,
        percent=shown(row.rate.percent),
        aim=shown(row.aim) if row.aim is not None else None,
        reached=row.reached,
    )


def hashes_decided_on(work: Work, task_id: UUID) -> frozenset[str]:
    """The hashes of the cards that the standing decisions on a gate were given on."""
    rows = select(Decision.seen_hash).where(Decision.task_id == task_id, Decision.taken_back_at.is_(None))
    return frozenset(each for each in work.session.scalars(rows) if each)

"""Opening, mending and closing findings. Nothing here commits."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from server.actor import SYSTEM, Actor
from server.assessments import queries as assessments
from server.assessments.models import Assessment
from server.assessments.queries import AssessmentRow, ScoreRow
from server.audit import operations as audit
from server.audit.models import StreamKind
from server.audit.rules import Stream
from server.audit.verbs import Verb
from server.campaigns.models import Participant, ParticipantState
from server.db.work import Work
from server.deadlines import operations as deadlines
from server.errors import Conflict, NotFound
from server.evidence.queries import EvidenceRow
from server.findings import queries
from server.findings.models import Finding, FindingKind, FindingState, Mending, MendingEvidence
from server.findings.rules import Short, which_rows_fall_short
from server.i18n import Message
from server.processes.models import InstanceState
from server.processes.registry import Running
from server.schemes import queries as schemes
from server.schemes.definition import ProcessOf
from server.standards import queries as standards

DEADLINE = "rectification"


def open_findings(work: Work, running: Running, parameters: Mapping[str, str]) -> Mapping[str, Any]:
    """The activity `findings.open`: findings for the rows that fell short in the result that counts.

    Findings of results that no longer count are withdrawn. Done twice it does nothing more. Parameter: deadline, the
    key by which blocking findings are due, `rectification` unless given. Returns how many there are of each kind.
    """
    instance = running.instance
    participant = assessments.participant_of(work, instance.campaign_id, instance.unit_id)
    result = assessments.authoritative(work, participant.id) if participant is not None else None
    if participant is None or result is None:
        raise Conflict(Message("findings-no-result"))
    stored = standards.standard_of(work, running.scheme_version_id)
    rows = assessments.scores_of(work, result.id, stored, evidence=False)
    scored = [assessments.as_row_score(row, stored.standard.by_key[key].max_points) for key, row in rows.items()]
    policy = standards.policy_of(work, participant.campaign_id)
    short = which_rows_fall_short(scored, result.passed, policy)
    _withdraw_others(work, participant.id, result.id)
    fresh = _add(work, participant, result, short, rows, parameters.get("deadline", DEADLINE))
    if fresh:
        _record(work, running, Verb.FINDING_OPENED, {"assessment": str(result.id), "rows": fresh})
    kinds = [each.kind for each in short]
    return {"blocking": kinds.count(FindingKind.BLOCKING), "advice": kinds.count(FindingKind.ADVICE)}


def _add(
    work: Work,
    participant: Participant,
    result: AssessmentRow,
    short: Sequence[Short],
    rows: Mapping[str, ScoreRow],
    deadline: str,
) -> list[str]:
    """Insert what is not there yet; returns the keys of the new ones."""
    known = set(work.session.scalars(select(Finding.criterion_id).where(Finding.assessment_id == result.id)))
    wanted = [each for each in short if rows[each.row.key].criterion_id not in known]
    blocking = any(each.kind is FindingKind.BLOCKING for each in wanted)
    due_at = (
        deadlines.due_for(work, participant.campaign_id, participant.unit_id, deadline, work.now) if blocking else None
    )
    for each in wanted:
        row = rows[each.row.key]
        work.session.add(
            Finding(
                id=work.ids.new(),
                campaign_id=participant.campaign_id,
                participant_id=participant.id,
                unit_id=participant.unit_id,
                criterion_id=row.criterion_id,
                assessment_id=result.id,
                kind=each.kind.value,
                max_points=each.row.max_points,
                got_points=each.row.points,
                reason=row.reason,
                state=FindingState.OPEN,
                due_at=due_at if each.kind is FindingKind.BLOCKING else None,
                opened_at=work.now,
                closed_by_name="",
            )
        )
    work.session.flush()
    return [each.row.key for each in wanted]


def _withdraw_others(work: Work, participant_id: UUID, assessment_id: UUID) -> None:
    work.session.execute(
        update(Finding)
        .where(
            Finding.participant_id == participant_id,
            Finding.assessment_id != assessment_id,
            Finding.state == FindingState.OPEN,
        )
        .values(state=FindingState.WITHDRAWN, closed_at=work.now, closed_by_name=SYSTEM.name)
    )


def _record(work: Work, running: Running, verb: Verb, details: Mapping[str, Any]) -> None:
    """An audit row in the chain of the instance, whose end lies in the instance itself."""
    instance = running.instance
    instance.audit_sequence, instance.audit_head = audit.record_on_head(
        SYSTEM,
        work,
        Stream(StreamKind.INSTANCE, str(instance.id), instance.campaign_id),
        audit.Head(instance.audit_sequence, instance.audit_head),
        verb,
        {"instance": str(instance.id), "process": instance.process_key, "business_key": instance.business_key},
        details,
    )


def finding_for(work: Work, finding_id: UUID | None) -> Finding:
    """An open finding, locked. Raises NotFound, or Conflict when it is settled."""
    found = work.session.get(Finding, finding_id, with_for_update=True, populate_existing=True) if finding_id else None
    if found is None:
        raise NotFound(Message("error-not-found"))
    if found.state != FindingState.OPEN:
        raise Conflict(Message("findings-settled"))
    return found


def mend(
    actor: Actor,
    work: Work,
    finding: Finding,
    task_id: UUID,
    done: str,
    on_paper: str,
    evidence: Sequence[EvidenceRow],
) -> Mending:
    """Record what was done about a finding; earlier tries stay as they are."""
    last = work.session.scalar(select(func.max(Mending.attempt)).where(Mending.finding_id == finding.id))
    row = Mending(
        id=work.ids.new(),
        finding_id=finding.id,
        campaign_id=finding.campaign_id,
        attempt=(last or 0) + 1,
        task_id=task_id,
        done=done,
        on_paper=on_paper,
        done_at=work.now,
        by_name=actor.on_behalf.name if actor.on_behalf else actor.name,
        by_post=actor.post_title,
        by_unit=actor.unit_name,
        review_reason="",
        reviewed_by_name="",
    )
    work.session.add(row)
    work.session.flush()
    work.session.add_all(
        MendingEvidence(mending_id=row.id, evidence_id=item.id, campaign_id=finding.campaign_id) for item in evidence
    )
    work.session.flush()
    return row


def review(actor: Actor, work: Work, finding: Finding, task_id: UUID, mended: bool, reason: str) -> Mending:
    """Say whether the last try has mended a finding. Only then is it closed; otherwise another try may follow."""
    row = queries.last_mending(work, finding.id)
    if row is None or row.reviewed_at is not None:
        raise Conflict(Message("findings-nothing-to-review"))
    name = actor.on_behalf.name if actor.on_behalf else actor.name
    row.mended, row.review_reason, row.reviewed_at = mended, reason, work.now
    row.review_task_id, row.reviewed_by_name = task_id, name
    if mended:
        finding.state, finding.closed_at, finding.closed_by_name = FindingState.MENDED, work.now, name
    work.session.flush()
    return row


def instance_ended(work: Work, running: Running) -> None:
    """Heard at the end of every instance: what was still open is settled by it.

    A finding's own instance that ends or is cancelled leaves an open finding not mended, or withdrawn together with the
    participant. A participant's instance that is cancelled withdraws what its assessments had opened.
    """
    instance = running.instance
    if instance.campaign_id is None or instance.subject_id is None:
        return
    mends = schemes.scheme_of(work, running.scheme_version_id).process(instance.process_key).of is ProcessOf.FINDING
    finding = work.session.get(Finding, instance.subject_id) if mends else None
    if finding is not None:
        finding.instance_id = instance.id
        if finding.state == FindingState.OPEN:
            gone = _participant_gone(work, finding.participant_id)
            finding.state = FindingState.WITHDRAWN if gone else FindingState.NOT_MENDED
            finding.closed_at, finding.closed_by_name = work.now, SYSTEM.name
            _record(work, running, Verb.FINDING_CLOSED, {"finding": str(finding.id), "state": finding.state})
    elif instance.state == InstanceState.CANCELLED:
        opened_here = select(Assessment.id).where(Assessment.instance_id == instance.id)
        work.session.execute(
            update(Finding)
            .where(Finding.assessment_id.in_(opened_here), Finding.state == FindingState.OPEN)
            .values(state=FindingState.WITHDRAWN, closed_at=work.now, closed_by_name=SYSTEM.name)
        )


def _participant_gone(work: Work, participant_id: UUID) -> bool:
    state = work.session.scalar(select(Participant.state).where(Participant.id == participant_id))
    return state == ParticipantState.WITHDRAWN

"""What all kinds of scoring tasks read before they show or judge anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from server.assessments import queries
from server.assessments.models import Body
from server.assessments.queries import AssessmentRow, ScoreRow
from server.assessments.registry import MendedRow
from server.assessments.sheet import Scored, Sheet, evidence_ids
from server.campaigns.models import Participant
from server.db.work import Work
from server.errors import Conflict
from server.evidence.queries import EvidenceRow
from server.i18n import Message
from server.standards import queries as standards
from server.standards.queries import Policy, StoredStandard
from server.standards.rules import RowScore, Total, Verdict, total, verdict
from server.tasks.kinds import TaskContext

READ = "assessment_desks"


@dataclass(slots=True)
class Desk:
    """One participant's standard, policy and standing assessments, read once in a unit of work."""

    participant: Participant
    stored: StoredStandard
    policy: Policy
    standing: Mapping[Body, AssessmentRow]
    scores: dict[UUID, dict[str, ScoreRow]]

    def rows_of(self, work: Work, assessment: AssessmentRow | None) -> dict[str, ScoreRow]:
        """The sealed rows of one of the standing assessments, by key."""
        if assessment is None:
            return {}
        if assessment.id not in self.scores:
            self.scores[assessment.id] = queries.scores_of(work, assessment.id, self.stored)
        return self.scores[assessment.id]

    def row_score(self, row: ScoreRow) -> RowScore:
        return queries.as_row_score(row, self.stored.standard.by_key[row.key].max_points)

    def judge(self, rows: list[RowScore]) -> tuple[Total, Verdict]:
        """Total and verdict of rows by this campaign's policy."""
        result = total(self.stored.standard, rows, self.policy.not_applicable)
        return result, verdict(result, self.policy.pass_rule)


@dataclass(frozen=True, slots=True)
class Beside:
    """What a verification is laid beside.

    keys: the rows to score. base: the assessment they are compared with. rows: its rows. kept: rows that are carried
    over unscored. mended: what was done about rows that fell short.
    """

    keys: tuple[str, ...]
    base: AssessmentRow | None
    rows: Mapping[str, ScoreRow]
    kept: Mapping[str, ScoreRow]
    mended: Mapping[str, MendedRow]


def desk_of(work: Work, context: TaskContext) -> Desk:
    """The desk of a task's participant. Raises Conflict when the task stands outside a campaign, or has no standard."""
    held: dict[UUID, Desk] = work.session.info.setdefault(READ, {})
    task = context.task
    if task.id not in held:
        participant = queries.participant_of(work, task.campaign_id, task.unit_id)
        if participant is None or context.scheme_version_id is None:
            raise Conflict(Message("assessments-outside-campaign"))
        held[task.id] = desk_for(work, participant, context.scheme_version_id)
    return held[task.id]


def desk_for(work: Work, participant: Participant, scheme_version_id: UUID) -> Desk:
    """The desk of a participant; raises Conflict when the scheme has no standard."""
    stored = standards.standard_of(work, scheme_version_id)
    if not stored.standard.rows:
        raise Conflict(Message("assessments-no-standard"))
    policy = standards.policy_of(work, participant.campaign_id)
    return Desk(participant, stored, policy, queries.standing(work, participant.id), {})


def evidence_of(work: Work, context: TaskContext, sheet: Sheet) -> dict[UUID, EvidenceRow]:
    """The evidence a sheet names, as far as it is this unit's."""
    return queries.usable_evidence(work, context.task.unit_id, evidence_ids(sheet))


def scores(rows: Mapping[str, Scored]) -> list[RowScore]:
    return [row.score for row in rows.values()]

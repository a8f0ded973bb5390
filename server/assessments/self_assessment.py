"""The task of scoring oneself: every row with its evidence, and the report that goes with it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from server.actor import Actor
from server.assessments import operations, pages, sheet
from server.assessments.desk import Desk, desk_of, evidence_of, scores
from server.assessments.models import Body
from server.assessments.operations import NewAssessment, NewScore
from server.assessments.paper import self_paper
from server.assessments.sheet import Scored, Sheet
from server.db.work import Work
from server.evidence.queries import EvidenceRow
from server.i18n import Message
from server.standards.rules import counted
from server.tasks.kinds import Applied, Checked, Missing, PageForm, TaskContext, Values
from server.tasks.sheets import Sheet as Paper


class SelfAssessment:
    """A unit scores itself: an answer for every row, evidence or a note on paper where points are claimed, a report."""

    key = "assessments.self"
    may_be_taken_back = True
    template = "assessments/self.html"

    def show(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Mapping[str, Any]:
        desk, filled = desk_of(work, context), sheet.sheet_from_values(values)
        rows = sheet.score_sheet(desk.stored.standard, filled)
        files = evidence_of(work, context, filled)
        return {
            "sheet": pages.self_sheet(desk, filled, rows, files),
            "word": pages.words(work, context.scheme_version_id, context.language),
        }

    def sheet(self, work: Work, context: TaskContext, values: Values) -> Paper:
        words = pages.words(work, context.scheme_version_id, context.language)
        return self_paper(desk_of(work, context), sheet.sheet_from_values(values), words, context.language)

    def read(self, work: Work, context: TaskContext, form: PageForm) -> Values:
        keys = [row.key for row in desk_of(work, context).stored.standard.rows]
        return sheet.values_of(sheet.sheet_from_form(form, keys))

    def check(self, work: Work, context: TaskContext, values: Values) -> Checked:
        desk, filled = desk_of(work, context), sheet.sheet_from_values(values)
        keys = [row.key for row in desk.stored.standard.rows]
        errors = sheet.shape_problems(filled, keys)
        filled = sheet.clean(filled, keys)
        for key, row in sheet.score_sheet(desk.stored.standard, filled).items():
            if row.problem is not None:
                errors.setdefault(f"answer.{key}", []).append(row.problem)
        usable = evidence_of(work, context, filled)
        for name, named in _named_evidence(filled).items():
            if not errors.get(name) and any(UUID(item) not in usable for item in named):
                errors.setdefault(name, []).append(Message("assessments-evidence-unknown"))
        return Checked(sheet.values_of(filled), errors)

    def missing(self, work: Work, context: TaskContext, values: Values) -> Sequence[Missing]:
        desk, filled = desk_of(work, context), sheet.sheet_from_values(values)
        found = [
            Missing(Message(words, {"key": key}), pages.anchor(key))
            for key, row in sheet.score_sheet(desk.stored.standard, filled).items()
            if (words := _lacking(row))
        ]
        if not filled.report:
            found.append(Missing(Message("assessments-report-missing"), "f-report"))
        if not filled.report_evidence and not filled.report_on_paper:
            found.append(Missing(Message("assessments-report-file-missing"), "f-report_evidence"))
        return found

    def apply(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Applied:
        desk, filled = desk_of(work, context), sheet.sheet_from_values(values)
        rows = sheet.score_sheet(desk.stored.standard, filled)
        usable = evidence_of(work, context, filled)
        result, judged = desk.judge(scores(rows))
        sealed = operations.seal(
            actor,
            work,
            desk.stored,
            NewAssessment(
                participant=desk.participant,
                body=Body.SELF,
                task_id=context.task.id,
                instance_id=context.task.instance_id,
                rows=[_new(desk, row, usable) for row in rows.values()],
                total=result,
                verdict=judged,
                report=_report(filled),
                report_files=[usable[UUID(item)] for item in filled.report_evidence],
            ),
        )
        return Applied({"total": f"{result.points:.2f}", "passed": judged.passed}, seen_hash=sealed.seal_hash)


def _named_evidence(filled: Sheet) -> dict[str, tuple[str, ...]]:
    named = {f"evidence.{key}": row.evidence for key, row in filled.rows.items() if row.evidence}
    return {**named, "report_evidence": filled.report_evidence} if filled.report_evidence else named


def _lacking(row: Scored) -> str:
    """What a row still needs, as a key of the catalogue; empty when nothing."""
    if row.problem is not None:
        return ""
    if not row.is_answered:
        return "assessments-row-unanswered"
    if row.score.not_applicable and not row.answer.note:
        return "assessments-na-reason-missing"
    if row.score.points > 0 and not row.answer.evidence and not row.answer.on_paper:
        return "assessments-evidence-missing"
    return ""


def _new(desk: Desk, row: Scored, usable: Mapping[UUID, EvidenceRow]) -> NewScore:
    return NewScore(
        key=row.node.key,
        claim=row.claim or {},
        points=counted(row.score, desk.policy.not_applicable),
        not_applicable=row.score.not_applicable,
        reason=row.answer.note,
        on_paper=row.answer.on_paper,
        evidence=[usable[UUID(item)] for item in row.answer.evidence],
    )


def _report(filled: Sheet) -> str:
    return "\n\n".join(part for part in (filled.report, filled.report_on_paper) if part)

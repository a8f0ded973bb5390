"""The tasks of verifying: points beside what the unit claimed, with a reason wherever they differ or fall short."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from server.actor import Actor
from server.assessments import operations, pages, sheet
from server.assessments.desk import Beside, Desk, desk_of
from server.assessments.models import Body
from server.assessments.operations import NewAssessment, NewScore
from server.assessments.queries import ScoreRow
from server.assessments.registry import AssessmentParts, MendedRow
from server.assessments.rules import needs_reason
from server.assessments.sheet import NOT_APPLICABLE, Answer, Scored, Sheet
from server.db.work import Work
from server.errors import Conflict
from server.evidence.queries import EvidenceRow
from server.i18n import DEFAULT_LANGUAGE, Message, text
from server.schemes.definition import SecondRows
from server.standards.kinds import kind_of
from server.standards.rules import RowScore, counted
from server.standards.tree import Node
from server.tasks.kinds import Applied, Checked, Missing, PageForm, TaskContext, Values

ACCEPT_ALL = "accept_all"


class Verification:
    """The authority scores every row, with the unit's own scores, evidence and notes beside it."""

    key = "assessments.verification"
    template = "assessments/verification.html"
    body = Body.VERIFICATION
    compares = True
    """Whether points that differ from those laid beside need a reason; in a second verification the mending is it."""

    def beside(self, work: Work, desk: Desk) -> Beside:
        own = desk.standing.get(Body.SELF)
        keys = tuple(row.key for row in desk.stored.standard.rows)
        return Beside(keys, own, desk.rows_of(work, own), {}, {})

    def compared(self, desk: Desk, beside: Beside, key: str) -> RowScore | None:
        """The score that a row must give a reason for differing from."""
        row = beside.rows.get(key) if self.compares else None
        return None if row is None else desk.row_score(row)

    def show(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Mapping[str, Any]:
        desk = desk_of(work, context)
        beside, filled = self.beside(work, desk), sheet.sheet_from_values(values)
        rows = sheet.score_sheet(desk.stored.standard, filled, beside.keys)
        every = _every(desk, rows, beside)
        reasons = {key for key, row in rows.items() if needs_reason(row, self.compared(desk, beside, key))}
        return {
            "sheet": pages.verification_sheet(desk, rows, beside, every, reasons),
            "second": self.body is Body.SECOND,
            "word": pages.words(work, context.scheme_version_id, context.language),
        }

    def read(self, work: Work, context: TaskContext, form: PageForm) -> Values:
        desk = desk_of(work, context)
        beside = self.beside(work, desk)
        filled = sheet.sheet_from_form(form, beside.keys)
        if ACCEPT_ALL in form.get("helper", ()):
            filled = self._accepting(desk, beside, filled)
        return sheet.values_of(filled)

    def _accepting(self, desk: Desk, beside: Beside, filled: Sheet) -> Sheet:
        """Rows without an answer take the one laid beside, and its note where a reason is due; all typed stays."""
        rows = dict(filled.rows)
        taken = [key for key in beside.keys if key in beside.rows and not filled.row(key).answer]
        for key in taken:
            answer = _answer_of(desk.stored.standard.by_key[key], beside.rows[key])
            rows[key] = replace(filled.row(key), answer=answer)
        accepted = replace(filled, rows=rows)
        for key, row in sheet.score_sheet(desk.stored.standard, accepted, taken).items():
            if not row.answer.note and needs_reason(row, self.compared(desk, beside, key)):
                note = beside.rows[key].reason or text("assessments-as-claimed", DEFAULT_LANGUAGE)
                rows[key] = replace(row.answer, note=note)
        return replace(filled, rows=rows)

    def check(self, work: Work, context: TaskContext, values: Values) -> Checked:
        desk = desk_of(work, context)
        beside, filled = self.beside(work, desk), sheet.sheet_from_values(values)
        errors = sheet.shape_problems(filled, beside.keys)
        filled = sheet.clean(filled, beside.keys)
        rows = sheet.score_sheet(desk.stored.standard, filled, beside.keys)
        for key, row in rows.items():
            if row.problem is not None:
                errors.setdefault(f"answer.{key}", []).append(row.problem)
        return Checked(sheet.values_of(_only_answers(filled)), errors)

    def missing(self, work: Work, context: TaskContext, values: Values) -> Sequence[Missing]:
        desk = desk_of(work, context)
        beside, filled = self.beside(work, desk), sheet.sheet_from_values(values)
        found = []
        for key, row in sheet.score_sheet(desk.stored.standard, filled, beside.keys).items():
            if row.problem is None and not row.is_answered:
                found.append(Missing(Message("assessments-row-unanswered", {"key": key}), pages.anchor(key)))
            elif not row.answer.note and needs_reason(row, self.compared(desk, beside, key)):
                found.append(Missing(Message("assessments-reason-missing", {"key": key}), pages.anchor(key)))
        return found

    def apply(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Applied:
        desk = desk_of(work, context)
        beside, filled = self.beside(work, desk), sheet.sheet_from_values(values)
        rows = sheet.score_sheet(desk.stored.standard, filled, beside.keys)
        result, judged = desk.judge(list(_every(desk, rows, beside).values()))
        sealed = operations.seal(
            actor,
            work,
            desk.stored,
            NewAssessment(
                participant=desk.participant,
                body=self.body,
                task_id=context.task.id,
                instance_id=context.task.instance_id,
                rows=[_new(desk, row, rows, beside) for row in desk.stored.standard.rows],
                total=result,
                verdict=judged,
                report=filled.report,
                based_on_id=beside.base.id if beside.base else None,
            ),
        )
        outcome = {"total": f"{result.points:.2f}", "passed": judged.passed}
        return Applied(outcome, opinion=filled.report[:4000], seen_hash=sealed.seal_hash)


class SecondVerification(Verification):
    """Only rows that were mended are scored again; all others keep the points of the verification before."""

    key = "assessments.second"
    body = Body.SECOND
    compares = False

    def beside(self, work: Work, desk: Desk) -> Beside:
        base = desk.standing.get(Body.VERIFICATION)
        if base is None:
            raise Conflict(Message("assessments-nothing-to-verify-again"))
        rows = desk.rows_of(work, base)
        mended = work.part(AssessmentParts).mended(work, base.id)
        keys = tuple(key for key in rows if self._scored_again(desk, rows[key], mended))
        return Beside(keys, base, rows, {key: row for key, row in rows.items() if key not in keys}, mended)

    def _scored_again(self, desk: Desk, row: ScoreRow, mended: Mapping[str, MendedRow]) -> bool:
        policy = desk.policy.second_rows
        if policy is SecondRows.MENDED:
            return row.key in mended
        return policy is SecondRows.ALL or desk.row_score(row).is_short


def _every(desk: Desk, rows: Mapping[str, Scored], beside: Beside) -> dict[str, RowScore]:
    """All rows of the standard as they would be sealed now."""
    kept = {key: desk.row_score(row) for key, row in beside.kept.items()}
    return {**kept, **{key: row.score for key, row in rows.items()}}


def _answer_of(node: Node, row: ScoreRow) -> str:
    if row.not_applicable:
        return NOT_APPLICABLE
    return kind_of(node.rule).answer(row.claim) if node.rule and row.claim else ""


def _only_answers(filled: Sheet) -> Sheet:
    """A verifier gives answers and reasons; evidence is the unit's."""
    rows = {key: Answer(row.answer, row.note) for key, row in filled.rows.items()}
    return Sheet(rows, filled.report)


def _new(desk: Desk, node: Node, rows: Mapping[str, Scored], beside: Beside) -> NewScore:
    other = beside.rows.get(node.key)
    if node.key in beside.kept:
        kept = beside.kept[node.key]
        return NewScore(
            key=node.key,
            claim=kept.claim,
            points=kept.points,
            not_applicable=kept.not_applicable,
            reason=kept.reason,
            on_paper=kept.on_paper,
            carried=True,
            evidence=kept.evidence,
        )
    row = rows[node.key]
    mended = beside.mended.get(node.key)
    return NewScore(
        key=node.key,
        claim=row.claim or {},
        points=counted(row.score, desk.policy.not_applicable),
        not_applicable=row.score.not_applicable,
        reason=row.answer.note,
        on_paper=_joined([other.on_paper if other else "", mended.on_paper if mended else ""]),
        evidence=_together(other.evidence if other else (), mended.evidence if mended else ()),
    )


def _joined(parts: Iterable[str]) -> str:
    return "\n".join(dict.fromkeys(part for part in parts if part))[: sheet.PAPER_AT_MOST]


def _together(first: Iterable[EvidenceRow], second: Iterable[EvidenceRow]) -> list[EvidenceRow]:
    return list({item.id: item for item in [*first, *second]}.values())

"""The standard as a part of a scheme package: checked before publishing, installed with the version."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from server.db.work import Work
from server.engine.contract import DefinitionRejected, compile_process
from server.errors import Invalid
from server.i18n import Message
from server.schemes.definition import Assessment, SchemeDefinition
from server.schemes.findings import Finding, Severity
from server.schemes.package import Files
from server.standards import operations
from server.standards.kinds import shown
from server.standards.reading import Problem, read_standard
from server.standards.rules import check_sums
from server.standards.tree import Standard


class StandardPart:
    """Reads the table that `[assessment] standard` names. A scheme without one has no standard."""

    def check(self, files: Files, scheme: SchemeDefinition) -> Sequence[Finding]:
        """All problems of the table; else sums that differ (a warning: a notice may be wrong) and the pass mark."""
        assessment = scheme.assessment
        if assessment is None or assessment.standard.value not in files:
            return []
        path = assessment.standard.value
        reading = read_standard(files[path])
        if reading.standard is None:
            return [_finding(path, problem) for problem in reading.problems]
        roles = {role.key for role in scheme.roles}
        strange = [
            _said(path, "lead-unknown", Message("standards-lead-unknown", {"name": row.lead_role}), row=row.key)
            for row in reading.standard.rows
            if row.lead_role and row.lead_role not in roles
        ]
        unknown = _rows_of_seats(files, scheme, reading.standard)
        return [*strange, *unknown, *_sum_findings(path, assessment, reading.standard)]

    def install(self, work: Work, version_id: UUID, files: Files, scheme: SchemeDefinition) -> None:
        assessment = scheme.assessment
        if assessment is None:
            return
        reading = read_standard(files[assessment.standard.value])
        if reading.standard is None:
            raise Invalid(Message("standards-unsound"))
        operations.install(work, version_id, reading.standard)


def _rows_of_seats(files: Files, scheme: SchemeDefinition, standard: Standard) -> list[Finding]:
    """Seats that name a row which the standard does not have."""
    rows = {row.key for row in standard.rows}
    tables = {path: content for path, content in files.items() if path.endswith(".dmn")}
    found = []
    for process in scheme.processes:
        try:
            definition = compile_process(files[process.file], tables)
        except (DefinitionRejected, KeyError):
            continue
        for element in definition.elements.values():
            named = [seat.row for seat in element.approval.seats] if element.approval is not None else []
            for key in named:
                if key is not None and key not in rows:
                    said = Message("standards-seat-row", {"element": element.name, "row": key[:60]})
                    found.append(_said(process.file, "seat-row", said, element=element.id, line=element.line))
    return found


def _finding(path: str, problem: Problem) -> Finding:
    rule = problem.message.key.removeprefix("standards-")
    return _said(path, rule, problem.message, element=problem.column or None, line=problem.line)


def _said(
    path: str,
    rule: str,
    message: Message,
    severity: Severity = "error",
    *,
    element: str | None = None,
    row: str | None = None,
    line: int | None = None,
) -> Finding:
    remedy = Message(f"{message.key}-cure", message.args)
    return Finding(path, rule, severity, element, row, line, said=message, remedy=remedy)


def _sum_findings(path: str, assessment: Assessment, standard: Standard) -> list[Finding]:
    stated = assessment.total.value if assessment.total else None
    found = []
    for wrong in check_sums(standard, stated):
        rule = "sum-differs" if wrong.key else "total-differs"
        args = {"title": wrong.title, "stated": shown(wrong.stated), "computed": shown(wrong.computed)}
        found.append(_said(path, rule, Message(f"standards-{rule}", args), "warning", row=wrong.key or None))
    mark = assessment.pass_mark.value if assessment.pass_mark else Decimal(0)
    if mark > standard.max_points:
        args = {"mark": shown(mark), "total": shown(standard.max_points)}
        found.append(_said(path, "mark-above-total", Message("standards-mark-above-total", args)))
    return found

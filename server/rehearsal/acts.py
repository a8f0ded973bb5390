"""What people put into tasks: forms by their fields, score sheets and reviews by the script, files as evidence."""

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from server.actor import Actor
from server.db.work import Work
from server.errors import Invalid, NotFound
from server.evidence import operations as evidence
from server.findings import queries as findings
from server.i18n import Message
from server.recognitions import queries as recognitions
from server.rehearsal.script import Part, Row, Script
from server.schemes import queries as schemes
from server.schemes.form_types import Field, FieldKind, Form
from server.schemes.forms import shown
from server.standards import queries as standards
from server.tasks.form_choices import with_choices
from server.tasks.models import Task
from server.tasks.queries import TaskPage
from server.tasks.rules import ADVERSE

Values = dict[str, Any]
SENTENCE = "按照通知要求组织实施，明确责任分工，逐项抓好落实，定期检查进展情况。"
RETURN_REASON = "措施不够具体，责任人和完成时间不明确，请补充后重新报送。"
REPORT = "对照评价标准逐项自查，佐证材料附后；未得满分的项目将继续改进。"
DONE = "已按要求补齐材料并落实到位。"
NOT_YET = "所附材料仍不能证明已经整改，请继续整改。"
ON_PAPER = "原件存本单位办公室档案柜"
MEND, REVIEW = "findings.mend", "findings.review"
ON_FINDINGS = (MEND, REVIEW)
SAMPLES = ("示例", "0000-0000000", "1", "2020-01-01", "A001", "demo@example.org")
"""Texts tried in turn where a field has a pattern."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A task on somebody's desk. part: whose it is; None for tasks of the campaign as a whole. on: today."""

    actor: Actor
    work: Work
    page: TaskPage
    script: Script
    part: Part | None
    on: date

    @property
    def task(self) -> Task:
        return self.page.task

    @property
    def version_id(self) -> UUID:
        if self.page.scheme_version_id is None:
            raise NotFound(Message("error-not-found"))
        return self.page.scheme_version_id

    @property
    def number(self) -> int:
        return self.part.number if self.part else 0


def values_for(scene: Scene) -> Values:
    """What is handed in. Raises Invalid for a kind of task that rehearsals do not know."""
    if scene.task.kind not in KINDS:
        raise Invalid(Message("rehearsal-kind-unknown", {"kind": scene.task.kind}))
    return KINDS[scene.task.kind](scene)


def _file(scene: Scene, name: str) -> str:
    """Store a small file as evidence; its id as text."""
    unit_id = scene.task.unit_id
    if unit_id is None:
        return ""
    content = f"{scene.page.unit_name}\n{name}\n\n示例材料，内容为虚构。\n".encode()
    stored = evidence.add(scene.actor, scene.work, unit_id, scene.task.campaign_id, io.BytesIO(content), f"{name}.txt")
    return str(stored.id)


# --- forms -----------------------------------------------------------------------------------------------------------


def _form(scene: Scene) -> Values:
    form = _form_of(scene)
    values: Values = {}
    for _ in range(len(form.fields) + 1):
        missing = [entry for entry in shown(form, values) if entry.key not in values]
        if not missing:
            break
        for entry in missing:
            values[entry.key] = _filled(scene, entry)
    return values


def _form_of(scene: Scene) -> Form:
    definition = schemes.definition_of(scene.work, scene.version_id, scene.page.process_key or "")
    key = definition.elements[scene.task.element_id or ""].form
    if key is None:
        return Form("", "", ())
    return with_choices(scene.work, scene.task, schemes.form_of(scene.work, scene.version_id, key))


def _filled(scene: Scene, entry: Field) -> Any:
    match entry.kind:
        case FieldKind.CHOICE:
            return _choice(scene, entry)
        case FieldKind.UNIT | FieldKind.POST | FieldKind.PERSON:
            return entry.choices[0].value if entry.choices else ""
        case FieldKind.FILES:
            return [_file(scene, entry.title) for _ in range(max(int(entry.minimum or 0), 1 if entry.required else 0))]
        case FieldKind.CHECKS:
            return [choice.value for choice in entry.choices[: max(int(entry.minimum or 0), 1)]]
        case FieldKind.TABLE:
            row = {column.key: _filled(scene, column) for column in entry.columns}
            return [row] * max(int(entry.minimum or 0), 1)
        case FieldKind.DATE:
            return (scene.on + timedelta(days=scene.script.chance.between(0, 20, scene.number, entry.key))).isoformat()
        case FieldKind.CHECK:
            return True
        case FieldKind.INTEGER | FieldKind.NUMBER:
            return _number(entry)
        case _:
            return _text(scene, entry)


def _choice(scene: Scene, entry: Field) -> str:
    """The first choice leads on; the one that sends back is taken once, where the script says so."""
    adverse = [choice.value for choice in entry.choices if choice.value in ADVERSE]
    if adverse and scene.part is not None and _is_sent_back(scene):
        return adverse[0]
    return next(choice.value for choice in entry.choices if choice.value not in ADVERSE)


def _is_sent_back(scene: Scene) -> bool:
    part = scene.part
    return part is not None and part.returned_at == scene.task.element_id and scene.task.attempt == 1


def _number(entry: Field) -> int | str:
    least = entry.minimum if entry.minimum is not None else min(Decimal(1), entry.maximum or Decimal(1))
    return int(least) if entry.kind is FieldKind.INTEGER else str(least)


def _text(scene: Scene, entry: Field) -> str:
    if entry.pattern:
        return next((sample for sample in SAMPLES if re.search(entry.pattern, sample)), SAMPLES[0])
    if _is_sent_back(scene) and entry.when is not None:
        return RETURN_REASON
    if entry.kind is FieldKind.TEXT:
        return scene.actor.on_behalf.name if scene.actor.on_behalf else scene.actor.name
    words = SENTENCE
    while len(words) < int(entry.minimum or 0):
        words += SENTENCE
    return words[: int(entry.maximum)] if entry.maximum is not None else words


# --- score sheets ----------------------------------------------------------------------------------------------------


def _self_assessment(scene: Scene) -> Values:
    standard = standards.standard_of(scene.work, scene.version_id).standard
    proofs: dict[str, str] = {}
    rows: dict[str, Values] = {}
    for node in standard.rows:
        row = _row(scene, node.key)
        filled: Values = {"answer": row.claimed, "note": row.note}
        if scene.script.chance.happens(15, scene.number, node.key, "paper"):
            filled["on_paper"] = ON_PAPER
        else:
            group = next(iter(standard.within(node.key)), "")
            if group not in proofs:
                proofs[group] = _file(scene, f"{standard.by_key[group].title if group else '自评'}佐证材料")
            filled["evidence"] = [proofs[group]]
        rows[node.key] = filled
    return {"rows": rows, "report": REPORT, "report_evidence": [_file(scene, "自评报告")]}


def _verification(scene: Scene) -> Values:
    standard = standards.standard_of(scene.work, scene.version_id).standard
    rows = {node.key: _row(scene, node.key) for node in standard.rows}
    return {"rows": {key: {"answer": row.verified, "note": row.reason} for key, row in rows.items()}}


def _second(scene: Scene) -> Values:
    """Only what was mended."""
    rows = scene.part.rows if scene.part else {}
    return {"rows": {key: {"answer": row.second, "note": row.reason} for key, row in rows.items() if row.second}}


def _row(scene: Scene, key: str) -> Row:
    if scene.part is None or key not in scene.part.rows:
        raise Invalid(Message("rehearsal-no-answer", {"key": key}))
    return scene.part.rows[key]


# --- findings and gates ----------------------------------------------------------------------------------------------


def finding_key(work: Work, task: Task) -> str:
    """The row that a finding's task is about; empty for other tasks."""
    found = findings.by_id(work, task.subject_id)
    return "" if found is None else found.criterion_key


def _mend(scene: Scene) -> Values:
    key = finding_key(scene.work, scene.task)
    return {"done": DONE, "evidence": [_file(scene, f"整改材料 {key}")]}


def _review(scene: Scene) -> Values:
    row = _row(scene, finding_key(scene.work, scene.task))
    if row.accepted and scene.task.attempt >= row.accepted:
        return {"verdict": "mended", "reason": ""}
    return {"verdict": "not_mended", "reason": NOT_YET}


def _gate(scene: Scene) -> Values:
    if scene.task.campaign_id is None:
        raise NotFound(Message("error-not-found"))
    card = recognitions.gate_card(scene.work, scene.task.campaign_id)
    return {"verdict": "approve", "reason": "", "seen": card.hash}


KINDS: Mapping[str, Callable[[Scene], Values]] = {
    "form": _form,
    "assessments.self": _self_assessment,
    "assessments.verification": _verification,
    "assessments.second": _second,
    MEND: _mend,
    REVIEW: _review,
    "gate": _gate,
}

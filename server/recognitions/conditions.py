"""Conditions of a gate's yes: read from what was typed, judged, and opened as tasks of the units they are asked of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from server.actor import Actor
from server.audit.verbs import Verb
from server.campaigns.models import Participant, ParticipantState
from server.db.work import Work
from server.i18n import DEFAULT_LANGUAGE, Message, text
from server.organisation.models import DEFAULT_ZONE, Unit
from server.recognitions.models import GateCondition
from server.schemes.schedule_rules import end_of_day
from server.supervision.operations import seats_of_unit
from server.tasks import matters
from server.tasks.models import Decision, Origin, Task, TaskState
from server.tasks.rules import CONDITIONAL

ALL = "all"
FIELDS = ("unit", "what", "by")
CONDITIONS_AT_MOST = 8
WHAT_AT_MOST = 200
YEARS_AHEAD = 3
MEET = "recognitions.condition"

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """A condition and how far it is met. unit_name: empty when it is asked of all."""

    id: UUID
    task_id: UUID
    position: int
    unit_id: UUID | None
    unit_name: str
    what: str
    due_at: datetime
    met: int
    asked: int


def typed(form: Mapping[str, Sequence[str]]) -> list[Row]:
    """The lines of the page, those that say nothing left out; `_add` asks for another line."""
    columns = [list(form.get(f"condition.{name}", ())) for name in FIELDS]
    lines = [dict(zip(FIELDS, (each.strip() for each in line), strict=True)) for line in zip(*columns, strict=False)]
    said = [line for line in lines if line["what"] or line["by"]]
    return said[: CONDITIONS_AT_MOST + 1]


def clean(values: object) -> list[Row]:
    """Lines as they came from a page or a program; whatever is no text is empty."""
    lines = values if isinstance(values, list) else []
    rows = []
    for line in lines[: CONDITIONS_AT_MOST + 1]:
        given = line if isinstance(line, dict) else {}
        rows.append({name: value.strip() if isinstance(value := given.get(name), str) else "" for name in FIELDS})
    return rows


def faults(rows: Sequence[Row], units: Mapping[str, str], today: date) -> list[Message]:
    """What is wrong with the lines, in order. units: ids of the units of which something may be asked, and names."""
    if not rows:
        return [Message("recognitions-condition-none")]
    if len(rows) > CONDITIONS_AT_MOST:
        return [Message("recognitions-condition-many", {"limit": CONDITIONS_AT_MOST})]
    return [fault for number, row in enumerate(rows, start=1) for fault in _faults(number, row, units, today)]


def _faults(number: int, row: Row, units: Mapping[str, str], today: date) -> list[Message]:
    found = []
    if not row["what"]:
        found.append(Message("recognitions-condition-what", {"number": number}))
    if len(row["what"]) > WHAT_AT_MOST:
        found.append(Message("recognitions-condition-long", {"number": number, "limit": WHAT_AT_MOST}))
    if row["unit"] not in units and row["unit"] not in (ALL, ""):
        found.append(Message("recognitions-condition-unit", {"number": number}))
    day = _day(row["by"])
    if day is None:
        found.append(Message("recognitions-condition-by", {"number": number}))
    elif day < today:
        found.append(Message("recognitions-condition-past", {"number": number}))
    elif day.year > today.year + YEARS_AHEAD:
        found.append(Message("recognitions-condition-far", {"number": number}))
    return found


def _day(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None


def in_words(rows: Sequence[Row], units: Mapping[str, str]) -> str:
    """The conditions as they stand on the trail, one a line."""
    lines = []
    for number, row in enumerate(rows, start=1):
        unit = units.get(row["unit"]) or text("recognitions-condition-all", DEFAULT_LANGUAGE)
        said = Message(
            "recognitions-condition-line", {"number": number, "unit": unit, "what": row["what"], "by": row["by"]}
        )
        lines.append(text(said, DEFAULT_LANGUAGE))
    return "\n".join(lines)


def open_if_agreed(actor: Actor, work: Work, task: Task, verdict: str) -> None:
    """When a gate has been passed with conditions: those of every seat that set any become tasks."""
    if verdict != CONDITIONAL:
        return
    given = work.session.scalars(
        select(Decision)
        .where(Decision.task_id == task.id, Decision.verdict == CONDITIONAL, Decision.taken_back_at.is_(None))
        .order_by(Decision.decided_at, Decision.name)
    ).all()
    position = 0
    for decision in given:
        for row in clean(decision.values.get("conditions")):
            position += 1
            _open(actor, work, task, decision, row, position)


def _open(actor: Actor, work: Work, task: Task, decision: Decision, row: Row, position: int) -> None:
    authority = work.session.get(Unit, task.unit_id)
    zone = ZoneInfo(authority.zone if authority is not None else DEFAULT_ZONE)
    condition = GateCondition(
        id=work.ids.new(),
        campaign_id=task.campaign_id,
        task_id=task.id,
        position=position,
        unit_id=UUID(row["unit"]) if row["unit"] not in (ALL, "") else None,
        what=row["what"],
        due_at=end_of_day(date.fromisoformat(row["by"]), zone),
        set_by=(decision.behalf_name or decision.name)[:200],
        set_at=work.now,
    )
    work.session.add(condition)
    work.session.flush()
    said = {"task": str(task.id), "condition": str(condition.id), "what": row["what"], "by": row["by"]}
    matters.record_alone(actor, work, task, Verb.CONDITION_SET, said | {"unit": row["unit"] or ALL})
    for unit_id in _concerned(work, condition):
        matters.open_matter(
            actor,
            work,
            matters.Matter(
                origin=Origin.REQUEST,
                kind=MEET,
                matter=condition.what,
                unit_id=unit_id,
                seats=seats_of_unit(work, unit_id),
                campaign_id=condition.campaign_id,
                subject_id=condition.id,
                due_at=condition.due_at,
            ),
        )


def _concerned(work: Work, condition: GateCondition) -> Sequence[UUID]:
    if condition.unit_id is not None:
        return [condition.unit_id]
    return work.session.scalars(
        select(Participant.unit_id)
        .where(Participant.campaign_id == condition.campaign_id, Participant.state == ParticipantState.ACTIVE)
        .order_by(Participant.number)
    ).all()


def of_campaign(work: Work, campaign_id: UUID, task_id: UUID | None = None) -> Sequence[ConditionRow]:
    """The conditions of a campaign's gates, or of one gate, in order, with how many of those asked have met each."""
    counts: dict[Any, dict[str, int]] = {}
    for subject_id, state, count in work.session.execute(
        select(Task.subject_id, Task.state, func.count())
        .where(Task.campaign_id == campaign_id, Task.kind == MEET, Task.state != TaskState.CANCELLED)
        .group_by(Task.subject_id, Task.state)
    ):
        counts.setdefault(subject_id, {})[state] = count
    wanted = select(GateCondition, Unit.name).outerjoin(Unit, Unit.id == GateCondition.unit_id)
    wanted = wanted.where(GateCondition.campaign_id == campaign_id)
    if task_id is not None:
        wanted = wanted.where(GateCondition.task_id == task_id)
    rows = work.session.execute(wanted.order_by(GateCondition.set_at, GateCondition.position)).all()
    return [
        ConditionRow(
            id=row.id,
            task_id=row.task_id,
            position=row.position,
            unit_id=row.unit_id,
            unit_name=name or "",
            what=row.what,
            due_at=row.due_at,
            met=counts.get(row.id, {}).get(TaskState.DONE, 0),
            asked=sum(counts.get(row.id, {}).values()),
        )
        for row, name in rows
    ]

"""Rows as the interface gives them: plain JSON in the shapes of `schemas.py`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from server.api import queries
from server.api.rules import instant, points
from server.campaigns.queries import BoardRow, CampaignDetail, CampaignRow, PhaseCount
from server.campaigns.registry import Result, Target
from server.deadlines.models import ScheduleEntry
from server.evidence.queries import EvidenceRow
from server.schemes.definition import SchemeDefinition
from server.schemes.form_types import Field
from server.schemes.words import Words
from server.tasks.operations import Completed
from server.tasks.queries import TaskPage, TaskRow
from server.tasks.rules import Light

Json = dict[str, Any]
Row = TypeVar("Row")


def page_of(rows: Sequence[Row], shape: Callable[[Row], Json], number: int, size: int, total: int) -> Json:
    return {
        "items": [shape(row) for row in rows],
        "page": number,
        "pages": max(1, -(-total // size)),
        "total": total,
    }


def instance(row: queries.InstanceShown) -> Json:
    return {
        "id": str(row.id),
        "scheme": scheme(row.scheme),
        "process": row.process_key,
        "business_key": row.business_key,
        "state": row.state,
        "outcome": row.outcome,
        "unit": None if row.unit is None else unit(row.unit),
        "campaign": _id(row.campaign_id),
        "attempt": row.attempt,
        "started_at": instant(row.started_at),
        "ended_at": instant(row.ended_at),
        "waiting": [
            {
                "id": str(each.id),
                "title": each.title,
                "element": each.element_id,
                "opened_at": instant(each.opened_at),
                "due_at": instant(each.due_at),
            }
            for each in row.waiting
        ],
        "children": [
            {
                "element": each.element_id,
                "process": each.process_key,
                "state": each.state,
                "counts": dict(each.counts),
            }
            for each in row.children
        ],
    }


def unit(row: queries.UnitShown) -> Json:
    return {"id": str(row.id), "code": row.code, "name": row.name}


def scheme(row: queries.SchemeShown) -> Json:
    return {"key": row.key, "version": row.number}


def campaign_line(row: CampaignRow) -> Json:
    return {
        "id": str(row.id),
        "title": row.title,
        "unit_name": row.unit_name,
        "year": row.year,
        "state": row.state,
        "starts_on": row.starts_on.isoformat(),
        "participants": row.participants,
        "open_tasks": row.open_tasks,
        "overdue": row.overdue,
    }


def campaign(
    detail: CampaignDetail,
    of: tuple[queries.SchemeShown, queries.UnitShown],
    scheme_words: tuple[SchemeDefinition, Words],
    phases: Sequence[PhaseCount],
    schedule: Mapping[str, ScheduleEntry],
    reached: Target | None,
) -> Json:
    """of: the scheme's version and the authority. schedule: by deadline key."""
    row, (definition, words) = detail.campaign, scheme_words
    return {
        "id": str(row.id),
        "scheme": scheme(of[0]),
        "title": row.title,
        "unit": unit(of[1]),
        "year": row.year,
        "state": row.state,
        "starts_on": row.starts_on.isoformat(),
        "opened_at": instant(row.opened_at),
        "ended_at": instant(row.ended_at),
        "root_instance": _id(row.root_instance_id),
        "participants": {"active": detail.active, "withdrawn": detail.withdrawn},
        "phases": [
            {
                "key": count.key,
                "title": words.get(f"phase.{phase.key}.title", phase.title),
                "state": count.state,
                "open_tasks": count.open_tasks,
                "overdue": count.overdue,
                "done": count.done,
            }
            for count, phase in zip(phases, definition.phases, strict=True)
        ],
        "deadlines": [
            {
                "key": deadline.key,
                "title": words.get(f"deadline.{deadline.key}.title", deadline.title),
                "due_at": instant(schedule[deadline.key].due_at),
            }
            for deadline in definition.deadlines
            if deadline.key in schedule
        ],
        "target": None if reached is None else _target(reached),
    }


def _target(row: Target) -> Json:
    return {
        "recognised": row.recognised,
        "in_scope": row.in_scope,
        "percent": points(row.percent),
        "aim": points(row.aim),
        "reached": row.reached,
    }


def participant(row: BoardRow, result: Result) -> Json:
    return {
        "id": str(row.participant_id),
        "number": row.number,
        "unit": {"id": str(row.unit_id), "name": row.unit_name},
        "state": row.state,
        "progress": row.instance_state,
        "instance": _id(row.instance_id),
        "open_tasks": len(row.tasks),
        "self_total": points(result.self_total),
        "verified_total": points(result.verified_total),
        "verdict": result.verdict or None,
        "recognised": result.recognised,
        "open_findings": result.findings_open,
    }


def task_line(row: TaskRow, title: str) -> Json:
    return {
        "id": str(row.id),
        "title": title,
        "matter": row.matter,
        "unit_name": row.unit_name,
        "kind": row.kind,
        "phase": row.phase,
        "element": row.element_id,
        "opened_at": instant(row.opened_at),
        "due_at": instant(row.due_at),
        "light": row.light.value,
        "returned": row.returned,
    }


def task(
    page: TaskPage, title: str, light: Light, *, mine: bool, fields: Sequence[Json], missing: Sequence[Json]
) -> Json:
    """fields, missing: in the shapes of `field` and `lacking`."""
    row = page.task
    return {
        "id": str(row.id),
        "title": title,
        "matter": row.matter,
        "unit_name": page.unit_name,
        "kind": row.kind,
        "state": row.state,
        "phase": row.phase,
        "element": row.element_id,
        "instance": _id(row.instance_id),
        "campaign": _id(row.campaign_id),
        "attempt": row.attempt,
        "opened_at": instant(row.opened_at),
        "due_at": instant(row.due_at),
        "closed_at": instant(row.closed_at),
        "light": light.value,
        "late": row.late,
        "returned_reason": row.returned_reason,
        "mine": mine,
        "fields": list(fields),
        "values": page.values,
        "missing": list(missing),
    }


def field(form_key: str, entry: Field, words: Words) -> Json:
    base = f"form.{form_key}.field.{entry.key}"
    return {
        "name": entry.key,
        "title": words.get(f"{base}.title", entry.title),
        "kind": entry.kind.value,
        "required": entry.required,
        "choices": [
            {"value": each.value, "title": words.get(f"{base}.choice.{each.value}", each.title)}
            for each in entry.choices
        ],
    }


def lacking(name: str, words: str) -> Json:
    """Something that a task still lacks."""
    return {"field": name, "text": words}


def completion(done: Completed) -> Json:
    return {"task": str(done.task_id), "verdict": done.given, "decided_at": instant(done.decided_at)}


def evidence(row: EvidenceRow) -> Json:
    return {
        "id": str(row.id),
        "unit": str(row.unit_id),
        "name": row.name,
        "note": row.note,
        "sha256": row.sha256 or "",
        "size_bytes": row.size_bytes or 0,
        "media_type": row.media_type or "",
        "proves_on": None if row.proves_on is None else row.proves_on.isoformat(),
        "added_at": instant(row.added_at),
    }


def _id(value: UUID | None) -> str | None:
    return None if value is None else str(value)

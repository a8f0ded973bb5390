"""What a rehearsal found, as plain JSON: no instant of a real clock, no id, everything in a fixed order."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import select

from server.assessments.models import Assessment, AssessmentState, Body
from server.campaigns.models import Campaign, Participant
from server.db.work import Work
from server.deadlines.models import ScheduleEntry
from server.findings import queries as findings
from server.findings.models import FindingKind, FindingState
from server.i18n import LANGUAGES, Message, text
from server.organisation.models import Post, Unit
from server.processes.models import Incident, ProcessInstance
from server.recognitions import queries as recognitions
from server.rehearsal.driver import Failure, Play
from server.schemes import queries as schemes
from server.standards import queries as standards
from server.standards.kinds import shown
from server.tasks.models import Decision, Seat, Task, TaskState

TIGHT = 2
"""A gate with fewer days than this between opening and date leaves no time to think."""

Json = dict[str, Any]


def describe(work: Work, play: Play, failures: Sequence[Failure]) -> Json:
    """Everything about a campaign that has been played."""
    campaign = work.session.get_one(Campaign, play.campaign_id)
    version = schemes.version(work, campaign.scheme_version_id)
    calendar = _calendar(work, play)
    return {
        "scheme": {"key": version.scheme_key, "title": version.title, "version_hash": version.version_hash},
        "campaign": {
            "title": campaign.title,
            "year": campaign.year,
            "starts_on": campaign.starts_on.isoformat(),
            "state": campaign.state,
            "ended_on": _day(campaign.ended_at, play),
            "parameters": campaign.parameters,
            "schedule": _schedule(work, play),
        },
        "units": len(play.city.units),
        "left_out": {behaviour.value: reason for behaviour, reason in play.script.left_out.items()},
        "participants": _participants(work, play, campaign.scheme_version_id, calendar),
        "calendar": _by_day(calendar),
        "gates": _gates(calendar),
        "empty_posts": _empty_posts(work, play),
        "recognised": _recognised(work, play),
        "rate": _rate(work, play),
        "incidents": _incidents(work, play, failures),
    }


def _day(instant: datetime | None, play: Play) -> str | None:
    return None if instant is None else instant.astimezone(play.zone).date().isoformat()


def _exactly(value: Decimal | Fraction | str | None) -> Json | None:
    """`{value, exact}`: two places cut off, and the fraction itself."""
    if value is None:
        return None
    exact = Fraction(value)
    cut = Decimal(exact.numerator * 100 // exact.denominator) / 100
    return {"value": f"{cut:.2f}", "exact": str(exact)}


def _schedule(work: Work, play: Play) -> Json:
    rows = work.session.scalars(select(ScheduleEntry).where(ScheduleEntry.campaign_id == play.campaign_id))
    return {row.key: _day(row.due_at, play) for row in sorted(rows, key=lambda each: each.key)}


def _number_of(play: Play, unit_id: UUID | None) -> int:
    return next((number for number, each in play.cast.units.items() if each == unit_id), 0)


# --- tasks -----------------------------------------------------------------------------------------------------------


def _calendar(work: Work, play: Play) -> list[Json]:
    """Every task of the campaign: who got it on which day until when, and when it was done by whom."""
    numbers = {unit_id: number for number, unit_id in play.cast.units.items()}
    done = {
        row.task_id: row
        for row in work.session.scalars(
            select(Decision).where(Decision.campaign_id == play.campaign_id, Decision.taken_back_at.is_(None))
        )
    }
    seats = _seats(work, play)
    order = _element_order(work, play)
    tasks = work.session.scalars(select(Task).where(Task.campaign_id == play.campaign_id)).all()
    lines = [
        (
            (
                task.opened_at,
                numbers.get(task.unit_id, 0) if task.unit_id else 0,
                order.get(task.element_id or "", 0),
                task.matter,
                task.attempt,
            ),
            _line(task, numbers, seats.get(task.id, []), done.get(task.id), play),
        )
        for task in tasks
    ]
    return [line for _, line in sorted(lines, key=lambda pair: pair[0])]


def _line(
    task: Task, numbers: Mapping[UUID, int], seats: Sequence[Json], decision: Decision | None, play: Play
) -> Json:
    due_on = _day(task.due_at, play)
    return {
        "number": numbers.get(task.unit_id, 0) if task.unit_id else 0,
        "title": task.title,
        "element": task.element_id,
        "kind": task.kind,
        "matter": task.matter.removeprefix(f"{play.title} · "),
        "attempt": task.attempt,
        "to": list(seats),
        "opened_on": _day(task.opened_at, play),
        "due_on": due_on,
        "days": _days(_day(task.opened_at, play), due_on),
        "state": task.state,
        "closed_on": _day(task.closed_at, play),
        "late": task.late,
        "by": None if decision is None else decision.name,
        "verdict": None if decision is None else decision.verdict,
        "on_behalf_of": None if decision is None else decision.behalf_name,
        "source": None if decision is None else decision.source,
        "returned": task.returned_reason is not None,
    }


def _days(opened_on: str | None, due_on: str | None) -> int | None:
    if opened_on is None or due_on is None:
        return None
    return (date.fromisoformat(due_on) - date.fromisoformat(opened_on)).days


def _seats(work: Work, play: Play) -> dict[UUID, list[Json]]:
    rows = work.session.execute(
        select(Seat.task_id, Seat.post_id, Post.title, Unit.name)
        .outerjoin(Post, Post.id == Seat.post_id)
        .outerjoin(Unit, Unit.id == Post.unit_id)
        .where(Seat.campaign_id == play.campaign_id)
        .order_by(Seat.position)
    )
    found: dict[UUID, list[Json]] = {}
    for task_id, post_id, title, unit in rows:
        names = [player.name for player in play.cast.by_post.get(post_id, ())] if post_id else []
        found.setdefault(task_id, []).append({"unit": unit, "post": title, "people": names})
    return found


def _element_order(work: Work, play: Play) -> dict[str, int]:
    """Elements in the order of the scheme's files and diagrams."""
    version_id = work.session.get_one(Campaign, play.campaign_id).scheme_version_id
    names: list[str] = []
    for process in play.scheme.processes:
        names += schemes.definition_of(work, version_id, process.key).elements
    return {name: place for place, name in enumerate(names)}


def _by_day(calendar: Sequence[Json]) -> Json:
    days: dict[str, list[Json]] = {}
    for line in calendar:
        days.setdefault(line["opened_on"], []).append(line)
    return days


def _gates(calendar: Sequence[Json]) -> list[Json]:
    return [
        {
            "title": line["title"],
            "opened_on": line["opened_on"],
            "due_on": line["due_on"],
            "days": line["days"],
            "without_time": line["days"] is not None and line["days"] < TIGHT,
            "verdict": line["verdict"],
            "by": line["by"],
        }
        for line in calendar
        if line["kind"] == "gate"
    ]


# --- participants ----------------------------------------------------------------------------------------------------


def _participants(work: Work, play: Play, version_id: UUID, calendar: Sequence[Json]) -> list[Json]:
    rows = work.session.scalars(
        select(Participant).where(Participant.campaign_id == play.campaign_id).order_by(Participant.number)
    ).all()
    totals = _totals(work, play)
    named = {row.unit_id for row in recognitions.recognised(work, play.campaign_id)}
    order = [node.key for node in standards.standard_of(work, version_id).standard.rows]
    first, assessed = _own_tasks(calendar)
    by_number: dict[int, list[Json]] = {}
    for line in calendar:
        by_number.setdefault(line["number"], []).append(line)
    described = []
    for row in rows:
        part = play.script.parts[row.number]
        own = by_number.get(row.number, [])
        scores = totals.get(row.id, {})
        last = scores.get(Body.SECOND) or scores.get(Body.VERIFICATION)
        described.append(
            {
                "number": row.number,
                "name": play.city.units[row.number - 1].name,
                "scripted": part.behaviour.value,
                "script": {key: asdict(answer) for key, answer in part.rows.items()},
                "state": row.state,
                "reason": row.reason,
                "plan": _handed_in(own, first),
                "self_assessment": _handed_in(own, assessed),
                "self_total": _exactly(_exact(scores.get(Body.SELF))),
                "verified_total": _exactly(_exact(scores.get(Body.VERIFICATION))),
                "findings": _findings(work, row.id, order),
                "second_total": _exactly(_exact(scores.get(Body.SECOND))),
                "verdict": None if last is None else last.verdict,
                "outcome": _outcome(work, play, row.id),
                "recognised": row.unit_id in named,
            }
        )
    return described


def _own_tasks(calendar: Sequence[Json]) -> tuple[str, str]:
    """The elements of the first thing that units hand in, and of their own assessment; empty where there is none."""
    first = next((line["element"] for line in calendar if line["number"]), "")
    return first, next((line["element"] for line in calendar if line["kind"] == "assessments.self"), "")


def _handed_in(own: Sequence[Json], element: str) -> Json | None:
    """When something was handed in first, and how often it had to be done again."""
    times = [line for line in own if line["element"] == element and line["state"] == TaskState.DONE]
    if not element or not times:
        return None
    return {
        "handed_in_on": times[0]["closed_on"],
        "due_on": times[0]["due_on"],
        "late": times[0]["late"],
        "returned": sum(line["returned"] for line in own if line["element"] == element),
        "accepted_on": times[-1]["closed_on"],
        "on_behalf_of": times[-1]["on_behalf_of"],
        "source": times[-1]["source"],
    }


def _totals(work: Work, play: Play) -> dict[UUID, dict[Body, Assessment]]:
    rows = work.session.scalars(
        select(Assessment).where(Assessment.campaign_id == play.campaign_id, Assessment.state == AssessmentState.SEALED)
    )
    found: dict[UUID, dict[Body, Assessment]] = {}
    for row in rows:
        found.setdefault(row.participant_id, {})[Body(row.body)] = row
    return found


def _exact(assessment: Assessment | None) -> str | None:
    return None if assessment is None else assessment.total_exact


def _findings(work: Work, participant_id: UUID, order: Sequence[str]) -> list[Json]:
    rows = findings.of_participant(work, participant_id)
    return [
        {
            "criterion": row.criterion_key,
            "kind": row.kind.value,
            "lost": shown(row.max_points - row.got_points),
            "mended": row.state is FindingState.MENDED if row.kind is FindingKind.BLOCKING else None,
            "state": row.state.value,
        }
        for row in sorted(rows, key=lambda each: order.index(each.criterion_key))
    ]


def _outcome(work: Work, play: Play, participant_id: UUID) -> str | None:
    """Where the newest attempt of a participant's process ended."""
    return work.session.scalar(
        select(ProcessInstance.outcome)
        .where(ProcessInstance.campaign_id == play.campaign_id, ProcessInstance.subject_id == participant_id)
        .order_by(ProcessInstance.attempt.desc())
        .limit(1)
    )


# --- the whole -------------------------------------------------------------------------------------------------------


def _empty_posts(work: Work, play: Play) -> list[Json]:
    """Posts of the city that nobody holds, with how many tasks lay on them."""
    rows = work.session.execute(
        select(Post.id, Post.title, Unit.id, Unit.name, Unit.code)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Unit.id.in_([play.cast.authority_id, *play.cast.units.values()]))
        .order_by(Unit.code, Post.rank, Post.title)
    ).all()
    found = []
    for post_id, title, unit_id, unit_name, _ in rows:
        if post_id in play.cast.by_post:
            continue
        tasks = work.session.scalars(
            select(Seat.task_id).where(Seat.post_id == post_id, Seat.campaign_id == play.campaign_id)
        ).all()
        found.append({"number": _number_of(play, unit_id), "unit": unit_name, "post": title, "tasks": len(set(tasks))})
    return sorted(found, key=lambda each: (each["number"], each["post"]))


def _recognised(work: Work, play: Play) -> list[Json]:
    return [
        {"number": row.number, "name": row.unit_name, "total": _exactly(row.total)}
        for row in recognitions.recognised(work, play.campaign_id)
    ]


def _rate(work: Work, play: Play) -> Json:
    row = recognitions.rate_of(work, play.campaign_id)
    share = row.rate.share
    return {
        "recognised": row.rate.recognised,
        "in_scope": row.rate.in_scope,
        "withdrawn": row.withdrawn,
        "percent": None if share is None else _exactly(share * 100),
        "target": _exactly(row.aim),
        "target_by": None if row.aim_by is None else row.aim_by.isoformat(),
        "reached": row.reached,
    }


def _incidents(work: Work, play: Play, failures: Sequence[Failure]) -> list[Json]:
    """What went wrong: incidents that are still open, and what people could not do. There must be none."""
    rows = work.session.execute(
        select(Incident, ProcessInstance.business_key)
        .outerjoin(ProcessInstance, ProcessInstance.id == Incident.instance_id)
        .where(Incident.resolved_at.is_(None))
    ).all()
    told = [
        {
            "on": _day(row.raised_at, play),
            "number": 0,
            "what": f"{row.kind} {key or ''}".strip(),
            "cause": _said(row.cause),
        }
        for row, key in rows
    ]
    told += [
        {"on": each.on.isoformat(), "number": each.number, "what": each.what, "cause": _said(each.cause)}
        for each in failures
    ]
    return sorted(told, key=lambda each: tuple(str(value) for value in each.values()))


def _said(cause: Message | str) -> dict[str, str]:
    """The cause in every language we have; a cause that the machine gave is the same in each."""
    return {language: text(cause, language) if isinstance(cause, Message) else cause for language in LANGUAGES}

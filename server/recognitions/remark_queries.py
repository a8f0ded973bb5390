"""Reading remarks: those of a campaign that somebody may see, those that somebody wrote, and what came of each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select

from server.actor import Actor
from server.campaigns import queries as campaigns
from server.campaigns.queries import CampaignDetail
from server.db.work import Work
from server.evidence import queries as evidence
from server.evidence.queries import EvidenceRow
from server.i18n import Message
from server.organisation.models import Unit
from server.recognitions import remarks
from server.recognitions.models import Remark, RemarkPart, RemarkState
from server.recognitions.remarks import HANDLE, LOOK
from server.tasks.deciders import is_secretary
from server.tasks.lights import light_of
from server.tasks.models import Decision, Task, TaskState
from server.tasks.rules import Light

PAGE = 10
OWN_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class PartRow:
    """One unit's share of a remark. task_id: its latest task; light: NONE unless the unit still owes an answer."""

    unit_id: UUID
    unit_name: str
    due_at: datetime
    state: str
    attempt: int
    task_id: UUID | None
    light: Light


@dataclass(frozen=True, slots=True)
class RemarkRow:
    """A remark with the shares that the reader may see."""

    id: UUID
    campaign_id: UUID
    gate_id: UUID | None
    words: str
    name: str
    post_title: str
    entered_by: str
    source: str
    note: str
    written_at: datetime
    parts: tuple[PartRow, ...]

    def count(self, *states: RemarkState) -> int:
        return sum(part.state in states for part in self.parts)

    @property
    def late(self) -> int:
        return sum(part.light is Light.RED for part in self.parts)


@dataclass(frozen=True, slots=True)
class Round:
    """One thing said on a share: the unit's answer with its files, or what was said to it."""

    kind: str
    verdict: str
    name: str
    words: str
    at: datetime
    files: tuple[EvidenceRow, ...]


def _seen(actor: Actor, detail: CampaignDetail) -> ColumnElement[bool]:
    """Which shares somebody may see: who oversees the campaign all of them, others those of the unit they act for."""
    mine: ColumnElement[bool] = RemarkPart.campaign_id == detail.campaign.id
    return mine if actor.may(campaigns.VIEW, detail.unit_path) else and_(mine, RemarkPart.unit_id == actor.unit_id)


def of_campaign(
    actor: Actor, work: Work, detail: CampaignDetail, page: int = 1, gate_id: UUID | None = None
) -> tuple[Sequence[RemarkRow], int]:
    """The remarks on a campaign, or on one gate, that the actor may see, newest first, and how many there are."""
    seen = _seen(actor, detail)
    where = [Remark.campaign_id == detail.campaign.id, exists().where(RemarkPart.remark_id == Remark.id, seen)]
    if gate_id is not None:
        where.append(Remark.task_id == gate_id)
    total = work.session.scalar(select(func.count()).select_from(Remark).where(*where)) or 0
    wanted = select(Remark).where(*where).order_by(Remark.written_at.desc(), Remark.name)
    found = work.session.scalars(wanted.limit(PAGE).offset((page - 1) * PAGE)).all()
    return _rows(work, found, seen), total


def of_gate(actor: Actor, work: Work, campaign_id: UUID, gate_id: UUID) -> tuple[int, bool]:
    """How many remarks on a gate the actor may see, and whether they may write one."""
    detail = campaigns.campaign(work, campaign_id)
    if detail is None or not campaigns.may_see(actor, work, detail):
        return 0, False
    _, total = of_campaign(actor, work, detail, 1, gate_id)
    return total, bool(remarks.writes(actor, detail)) and not is_secretary(actor, work)


def own(actor: Actor, work: Work) -> Sequence[RemarkRow]:
    """The latest remarks that the actor wrote, on whichever campaign."""
    if actor.person_id is None:
        return []
    mine = select(Remark).where(Remark.person_id == actor.person_id).order_by(Remark.written_at.desc(), Remark.name)
    found = work.session.scalars(mine.limit(OWN_AT_MOST)).all()
    return _rows(work, found, RemarkPart.remark_id.in_([remark.id for remark in found]))


def _rows(work: Work, found: Sequence[Remark], seen: ColumnElement[bool]) -> list[RemarkRow]:
    parts = _parts(work, [remark.id for remark in found], seen)
    return [
        RemarkRow(
            id=remark.id,
            campaign_id=remark.campaign_id,
            gate_id=remark.task_id,
            words=remark.words,
            name=remark.name,
            post_title=remark.post_title,
            entered_by=remark.entered_by,
            source=remark.source,
            note=remark.note,
            written_at=remark.written_at,
            parts=tuple(parts.get(remark.id, ())),
        )
        for remark in found
    ]


def _parts(work: Work, ids: Collection[UUID], seen: ColumnElement[bool]) -> Mapping[UUID, list[PartRow]]:
    rows = work.session.execute(
        select(RemarkPart, Unit.kind, Unit.zone)
        .join(Unit, Unit.id == RemarkPart.unit_id)
        .where(RemarkPart.remark_id.in_(ids), seen)
        .order_by(RemarkPart.remark_id, RemarkPart.position)
    ).all()
    found: dict[UUID, list[PartRow]] = {}
    for part, kind, zone in rows:
        owed = part.state == RemarkState.ASKED
        light = light_of(work, part.due_at, kind, zone) if owed else Light.NONE
        row = PartRow(part.unit_id, part.unit_name, part.due_at, part.state, part.attempt, part.task_id, light)
        found.setdefault(part.remark_id, []).append(row)
    return found


def rounds(work: Work, part: RemarkPart) -> Sequence[Round]:
    """What the unit has answered and was told, in order; the files are the unit's."""
    rows = work.session.execute(
        select(Decision, Task)
        .join(Task, Task.id == Decision.task_id)
        .where(Task.campaign_id == part.campaign_id, Task.subject_id == part.id, Task.kind.in_((HANDLE, LOOK)))
        .where(Task.state == TaskState.DONE, Decision.taken_back_at.is_(None))
        .order_by(Decision.decided_at)
    ).all()
    named = {decision.id: decision.values.get("evidence") or [] for decision, task in rows if task.kind == HANDLE}
    files = {str(row.id): row for row in evidence.rows(work, [each for ids in named.values() for each in ids])}
    return [
        Round(
            kind="answer" if task.kind == HANDLE else "look",
            verdict=decision.verdict,
            name=decision.behalf_name or decision.name,
            words=decision.opinion,
            at=decision.decided_at,
            files=tuple(files[each] for each in named.get(decision.id, ()) if each in files),
        )
        for decision, task in rows
    ]


def answered_by(work: Work, part: RemarkPart) -> UUID | None:
    """Who entered the answer that waits to be looked at."""
    return work.session.scalars(
        select(Decision.person_id)
        .join(Task, Task.id == Decision.task_id)
        .where(Task.campaign_id == part.campaign_id, Task.subject_id == part.id, Task.kind == HANDLE)
        .where(Task.state == TaskState.DONE, Decision.taken_back_at.is_(None))
        .order_by(Decision.decided_at.desc())
        .limit(1)
    ).first()


def note(actor: Actor, work: Work, campaign_id: UUID) -> tuple[str, Message, str] | None:
    """The line on a campaign's page: how many units were asked something, and how many are late with it."""
    detail = campaigns.campaign(work, campaign_id)
    if detail is None:
        return None
    grouped = select(RemarkPart.state, func.count()).where(_seen(actor, detail)).group_by(RemarkPart.state)
    counts: dict[str, int] = {state: count for state, count in work.session.execute(grouped).all()}  # noqa: C416
    if not counts:
        return None
    asked = counts.get(RemarkState.ASKED, 0)
    late = _late(actor, work, detail) if asked else 0
    said = {
        "all": sum(counts.values()),
        "asked": asked,
        "late": late,
        "answered": counts.get(RemarkState.ANSWERED, 0),
        "closed": counts.get(RemarkState.CLOSED, 0),
    }
    tone = "bad" if late else "info" if asked or said["answered"] else "ok"
    return tone, Message("recognitions-remark-standing", said), f"/campaigns/{campaign_id}/remarks"


def _late(actor: Actor, work: Work, detail: CampaignDetail) -> int:
    rows = work.session.execute(
        select(RemarkPart.due_at, Unit.kind, Unit.zone)
        .join(Unit, Unit.id == RemarkPart.unit_id)
        .where(_seen(actor, detail), RemarkPart.state == RemarkState.ASKED)
    ).all()
    return sum(light_of(work, due_at, kind, zone) is Light.RED for due_at, kind, zone in rows)

"""Spreadsheets of tasks: made for an office, and taken when they come back filled in.

A returned file fills the draft; it never hands in. Its signed mark says which task it is of, of which version and in
which language, so that no unit's answers end in another's task.
"""

import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from itsdangerous import BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode
from itsdangerous.exc import BadData
from sqlalchemy import ColumnElement, func, or_, select

from server.actor import Actor
from server.audit.verbs import Verb
from server.config import Settings
from server.db.work import Work
from server.errors import Conflict, Invalid, NotFound
from server.evidence import operations as evidence
from server.evidence.operations import About
from server.evidence.queries import EvidenceRow
from server.evidence.rules import clean_name
from server.i18n import DEFAULT_LANGUAGE, LANGUAGES, Message, text
from server.organisation.models import Unit
from server.schemes import queries as schemes
from server.tasks import operations, queries
from server.tasks.contexts import kind_of
from server.tasks.kinds import TaskKinds, Values
from server.tasks.models import SeatState, Task, TaskState
from server.tasks.operations import ON_BEHALF
from server.tasks.queries import TaskPage
from server.tasks.sheet_cells import Raw
from server.tasks.sheets import Problem, Reading, Sheet, SheetKind, read_grid
from server.tasks.workbook_reading import Grid, read
from server.tasks.workbook_writing import Paper, write

SALT = "greengate.sheet"
MARK = re.compile(r"GG1\.[A-Za-z0-9_-]{20,80}\.[A-Za-z0-9_-]{20,60}")
AT_ONCE = 500
"""Files made in one go."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a file says of itself, under our signature."""

    task_id: UUID
    version_id: UUID | None
    language: str


@dataclass(frozen=True, slots=True)
class Returned:
    """A file as it came back, looked at and not yet taken."""

    name: str
    content: bytes
    grids: Sequence[Grid]
    mark: Mark


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a returned file. proof: the file as evidence, when it was entered for somebody else."""

    page: TaskPage
    values: Values
    count: int
    problems: Sequence[Problem]
    proof: EvidenceRow | None


@dataclass(frozen=True, slots=True)
class Step:
    """Open tasks of one step of a campaign that can be filled in on a spreadsheet."""

    element_id: str
    title: str
    count: int
    version_id: UUID | None


# --- made ------------------------------------------------------------------------------------------------------------


def sheet_of(work: Work, page: TaskPage, language: str, values: Mapping[str, Any] | None = None) -> Sheet | None:
    """A task as a sheet; None where its kind has none, or there is nothing to fill in."""
    kind, context = kind_of(work, page, language)
    if not isinstance(kind, SheetKind):
        return None
    found = kind.sheet(work, context, dict(page.values if values is None else values))
    return found if found.has_cells else None


def has_sheet(work: Work, page: TaskPage, language: str) -> bool:
    return page.task.state == TaskState.OPEN and sheet_of(work, page, language) is not None


def make(work: Work, page: TaskPage, language: str, due: str) -> tuple[str, bytes]:
    """The spreadsheet of an open task: a file's name and its bytes. The caller has asked who may.

    due: when the task is due, in words.
    """
    if page.task.state != TaskState.OPEN:
        raise Conflict(Message("task-closed"))
    sheet = sheet_of(work, page, language)
    if sheet is None:
        raise NotFound(Message("error-not-found"))
    title = schemes.word(work, page.scheme_version_id, page.task.element_id, page.task.title, language)
    facts = [(text("tasks-unit", language), page.unit_name or "—")]
    if page.task.matter and page.unit_name not in page.task.matter:
        facts.append((text("sheet-matter", language), page.task.matter))
    facts.append((text("tasks-due", language), due or text("tasks-due-none", language)))
    mark = _signed(work, Mark(page.task.id, page.scheme_version_id, language))
    instruction = text("sheet-instruction", language)
    paper = Paper(sheet, title, (*facts, *sheet.facts), instruction, mark, language)
    # A unit may have several of these at a time; the last part of the matter tells them apart.
    about = page.task.matter.rsplit(" · ", 1)[-1] if sheet.facts else ""
    name = "-".join(part for part in (page.unit_name, title, about[:40]) if part)
    return clean_name(f"{name.replace('/', '_')}.xlsx"), write(paper)


def steps(actor: Actor, work: Work, campaign_id: UUID, language: str) -> tuple[Step, ...]:
    """The steps of a campaign with open tasks for which the actor may enter, in the order of their dates."""
    found = work.session.execute(
        select(Task.element_id, func.count(), func.min(Task.due_at))
        .join(Unit, Unit.id == Task.unit_id)
        .where(*_open(actor, work, campaign_id))
        .group_by(Task.element_id)
        .order_by(func.min(Task.due_at).is_(None), func.min(Task.due_at), Task.element_id)
    ).all()
    result = []
    for element_id, count, _ in found:
        page = next(iter(pages(actor, work, campaign_id, element_id or "", at_most=1)), None)
        if page is not None and element_id and has_sheet(work, page, language):
            title = schemes.word(work, page.scheme_version_id, element_id, page.task.title, language)
            result.append(Step(element_id, title, count, page.scheme_version_id))
    return tuple(result)


def pages(actor: Actor, work: Work, campaign_id: UUID, element_id: str, at_most: int) -> list[TaskPage]:
    """The open tasks of a step for which the actor may enter, by unit."""
    ids = work.session.scalars(
        select(Task.id)
        .join(Unit, Unit.id == Task.unit_id)
        .where(Task.element_id == element_id, *_open(actor, work, campaign_id))
        .order_by(Unit.name, Task.matter, Task.opened_at)
        .limit(at_most)
    ).all()
    return [page for page in (queries.task_page(work, task_id) for task_id in ids) if page is not None]


def _open(actor: Actor, work: Work, campaign_id: UUID) -> tuple[ColumnElement[bool], ...]:
    below = [Unit.path.startswith(path, autoescape=True) for path in actor.paths(ON_BEHALF)]
    every = work.part(TaskKinds)
    kinds = [key for key in every if isinstance(every[key], SheetKind)]
    return (Task.campaign_id == campaign_id, Task.state == TaskState.OPEN, Task.kind.in_(kinds), or_(False, *below))


# --- taken -----------------------------------------------------------------------------------------------------------


def look(work: Work, name: str, content: bytes) -> Returned:
    """Read a returned file without touching anything; raises Invalid with the reason it cannot be taken."""
    grids = read(name, content)
    marks = {found for grid in grids for row in grid.rows for cell in row for found in _marks(cell)}
    if not marks:
        raise Invalid(Message("sheet-not-ours"))
    if len(marks) > 1:
        raise Invalid(Message("sheet-two-marks"))
    return Returned(clean_name(name), content, grids, _mark(work, marks.pop()))


def _marks(cell: Raw) -> list[str]:
    return MARK.findall(cell) if isinstance(cell, str) else []


def may_fill(actor: Actor, page: TaskPage) -> bool:
    """Who could hand the task in, by a seat or for somebody else."""
    if any(seat.key in actor.seat_keys and seat.state == SeatState.OPEN for seat in page.seats):
        return True
    return bool(page.unit_path) and actor.may(ON_BEHALF, page.unit_path)


def require_same(work: Work, actor: Actor, returned: Returned, page: TaskPage) -> None:
    """Refuse a file of another task, named only to who may see it, and one of an earlier version."""
    mark = returned.mark
    if mark.task_id != page.task.id:
        other = queries.task_page(work, mark.task_id)
        if other is None or not queries.may_see(actor, other):
            raise Invalid(Message("sheet-other-task"))
        named = {"matter": other.task.matter or other.unit_name, "title": other.task.title}
        raise Invalid(Message("sheet-other-task-named", named))
    if mark.version_id != page.scheme_version_id:
        raise Invalid(Message("sheet-other-version"))


def take(actor: Actor, work: Work, task_id: UUID, returned: Returned, values: Values | None = None) -> Taken:
    """Fill a task's draft with what a returned file says.

    values: what lies under it, as just typed; else the draft. What was entered for somebody else keeps the file as its
    proof; a file that says nothing changes nothing. Raises NotFound for strangers, Conflict when the task is closed,
    Invalid for a file of something else.
    """
    desk = operations.take(work, task_id)
    page = queries.task_page(work, task_id)
    if page is None or not may_fill(actor, page):
        raise NotFound(Message("error-not-found"))
    operations.require_open(desk)
    require_same(work, actor, returned, page)
    before = page.values if values is None else values
    reading = _read(work, page, returned, before)
    if not reading.taken:
        return Taken(page, dict(before), 0, tuple(reading.problems), None)
    operations.save_draft(actor, work, task_id, reading.values)
    proof = None
    if not queries.has_seat(actor, page) and page.task.unit_id is not None:
        proof = _keep(actor, work, page.task, returned)
        operations.keep_proof(work, task_id, proof.id, reading.signer)
    details = {
        "task": str(task_id),
        "file": hashlib.sha256(returned.content).hexdigest(),
        "taken": reading.taken,
        "problems": len(reading.problems),
    }
    operations.tell(actor, work, desk, Verb.TASK_SHEET_TAKEN, details)
    work.session.flush()
    fresh = queries.task_page(work, task_id) or page
    return Taken(fresh, reading.values, reading.taken, tuple(reading.problems), proof)


def _read(work: Work, page: TaskPage, returned: Returned, values: Mapping[str, Any]) -> Reading:
    """The first sheet that has our headings; the paper is put together again in the language it was made in."""
    language = returned.mark.language
    sheet = sheet_of(work, page, language, values)
    if sheet is None:
        raise Invalid(Message("sheet-other-version"))
    readings = [read_grid(sheet, grid.rows, values, language) for grid in returned.grids]
    return max(readings, key=lambda reading: (reading.taken, reading.headings))


def _keep(actor: Actor, work: Work, task: Task, returned: Returned) -> EvidenceRow:
    """The file as it came, once however often it is sent."""
    digest = hashlib.sha256(returned.content).hexdigest()
    about = About(text("sheet-proof", DEFAULT_LANGUAGE), key=f"sheet.{task.id.hex}.{digest[:32]}")
    if task.unit_id is None:
        raise NotFound(Message("error-not-found"))
    stream = io.BytesIO(returned.content)
    return evidence.add(actor, work, task.unit_id, task.campaign_id, stream, returned.name, about)


def _signed(work: Work, mark: Mark) -> str:
    version = mark.version_id.bytes if mark.version_id is not None else b""
    payload = base64_encode(bytes([LANGUAGES.index(mark.language)]) + mark.task_id.bytes + version)
    return f"GG1.{_signer(work).sign(payload).decode()}"


def _mark(work: Work, words: str) -> Mark:
    """Raises Invalid for words that bear another signature, or none."""
    try:
        payload = base64_decode(_signer(work).unsign(words.removeprefix("GG1.")))
        version = UUID(bytes=payload[17:]) if payload[17:] else None
        return Mark(UUID(bytes=payload[1:17]), version, LANGUAGES[payload[0]])
    except (BadSignature, BadData, ValueError, IndexError) as error:
        raise Invalid(Message("sheet-forged")) from error


def _signer(work: Work) -> Signer:
    return Signer(work.part(Settings).secret_key, salt=SALT, key_derivation="hmac", digest_method=hashlib.sha256)

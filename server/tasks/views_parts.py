"""Parts of a task's page in the reader's words: who sits there, what was done, what may be changed."""

from typing import Any
from uuid import UUID

from flask import url_for

from server.actor import Actor, Source
from server.db.work import Work
from server.engine.contract import Element, TaskNotOpen
from server.evidence import queries as evidence
from server.i18n import Message, has_text
from server.organisation.models import DEFAULT_ZONE
from server.processes import commands
from server.processes.models import ProcessInstance
from server.schemes import queries as schemes
from server.tasks import (
    batch,
    claims,
    copies,
    holders,
    operations,
    opinions,
    queries,
    resubmitting,
    taking_back,
    urging,
)
from server.tasks.forms import file_line, handed_in
from server.tasks.kinds import TaskContext, TaskKind
from server.tasks.matters import title_key
from server.tasks.models import Origin, SeatState, Task, TaskState
from server.tasks.queries import TaskPage, TaskRow
from server.tasks.rules import held_by_other, is_held
from server.web import language, say
from server.words import day_and_time


def title_of(work: Work, version_id: UUID | None, of: TaskRow | Task) -> str:
    return named(work, version_id, of.element_id, of.kind, of.title)


def named(work: Work, version_id: UUID | None, element_id: str | None, kind: str, title: str) -> str:
    """A task's name in the reader's language: the diagram's, or that of its kind where no diagram names it."""
    if element_id is None and has_text(title_key(kind)):
        return say(title_key(kind))
    return schemes.word(work, version_id, element_id, title, language())


def asks(actor: Actor, page: TaskPage) -> bool:
    """Whoever gives more time does not ask for it."""
    return page.task.origin == Origin.PROCESS and not actor.may(operations.MANAGE, page.unit_path)


def behalf_said(work: Work, page: TaskPage) -> dict[str, Any]:
    """What is known of an entry for somebody else before it is made: who filled in the returned file, and the file."""
    draft = page.draft
    if draft is None or draft.proof_id is None:
        return {}
    files = [file_line(row) for row in evidence.rows(work, [draft.proof_id])]
    proof = [{**each, "href": url_for("evidence.download", evidence_id=each["id"])} for each in files]
    return {"name": draft.filled_in_by or "", "source": Source.FILE.value, "proof": proof}


def seat_changes(actor: Actor, work: Work, page: TaskPage) -> dict[str, Any] | None:
    """What the form that changes the seats offers; None for who may change nothing."""
    operates = page.task.kind != "gate" and bool(page.unit_path) and actor.may(operations.OPERATE, page.unit_path)
    own = [seat for seat in page.seats if seat.key in actor.seat_keys and seat.state == SeatState.OPEN]
    if (not operates and not own) or page.task.origin != Origin.PROCESS:
        return None
    kinds = ("add", "hand_on", "remove") if operates else ("add", "hand_on")
    posts = [
        (str(post_id), say("tasks-seat-choice", unit=unit, post=title, name=name))
        for post_id, unit, title, name in holders.seat_choices(work, page.task, page.seats)
    ]
    sitting = [seat for seat in page.seats if seat.state == SeatState.OPEN] if operates else own
    return {
        "kinds": [(kind, say(f"tasks-seat-{kind.replace('_', '-')}")) for kind in kinds],
        "posts": posts,
        "seats": [(str(seat.id), seat_line(seat)["title"] or "".join(seat.holders)) for seat in sitting],
    }


def seat_line(seat: holders.SeatRow) -> dict[str, Any]:
    if seat.key == "rescue":
        return {"title": say("tasks-seat-rescue"), "unit": "", "holders": "", "empty": True, "state": seat.state}
    return {
        "title": seat.title,
        "unit": seat.unit_name,
        "holders": say("shell-list-separator").join(seat.holders),
        "empty": not seat.holders,
        "state": seat.state,
    }


def batch_count(actor: Actor, work: Work, page: TaskPage, element: Element | None) -> int:
    """How many tasks of the same step the reader may decide at once; 0 where the step does not allow it."""
    return len(queries.of_step(actor, work, page.task, batch.AT_MOST)) if batch.allows(element) else 0


NEVER = frozenset({"task-back-gate", "task-of-no-process", "task-back-kind"})
"""What can never be taken back: its page does not speak of it."""


def can_take_back(actor: Actor, work: Work, page: TaskPage) -> dict[str, str] | None:
    """Whether the reader's own decision can be taken back; why not, in words. None for who decided nothing there."""
    if page.task.state == TaskState.CANCELLED:
        return None
    definition = None
    if page.scheme_version_id is not None and page.process_key is not None:
        definition = schemes.definition_of(work, page.scheme_version_id, page.process_key)
    mine, wrong = taking_back.look(actor, work, page.task, definition)
    if mine is None or (wrong is not None and wrong.key in NEVER):
        return None
    return {"why": say(wrong) if wrong is not None else ""}


def claim_parts(actor: Actor, work: Work, page: TaskPage) -> dict[str, Any]:
    """Who has claimed an open task, and what the reader may do about it."""
    task = page.task
    if task.state != TaskState.OPEN:
        return {}
    held = is_held(task, work.now) and task.claimed_at is not None and task.claimed_until is not None
    manages = operations.over(actor, work, task, operations.MANAGE)
    sits = queries.has_seat(actor, page) and actor.person_id is not None
    open_seats = sum(seat.state == SeatState.OPEN for seat in page.seats)
    others = held_by_other(task, actor.person_id, work.now)
    line = ""
    if held:
        key = "tasks-claimed-by" if others else "tasks-claimed-by-you"
        since, until = day_and_time(task.claimed_at, DEFAULT_ZONE), day_and_time(task.claimed_until, DEFAULT_ZONE)
        line = say(key, name=task.claimed_name or "", since=since, until=until)
    return {
        "line": line,
        "others": others,
        "may_claim": sits and not held and claims.is_shared(work, task, open_seats),
        "may_release": held and (manages or not others),
    }


def copy_parts(actor: Actor, work: Work, page: TaskPage) -> dict[str, Any]:
    """To whom a task was copied and who has read it; what the form offers who may copy it."""
    names = copies.names_of(work, [copy.key for copy in page.copies])
    rows = [
        {
            "to": names.get(copy.key, ""),
            "by": say("tasks-copy-by", name=copy.sent_by, when=day_and_time(copy.sent_at, DEFAULT_ZONE)),
            "note": copy.note,
            "read": say("tasks-copy-read", name=copy.read_by or "", when=day_and_time(copy.read_at, DEFAULT_ZONE))
            if copy.read_at is not None
            else "",
        }
        for copy in page.copies
    ]
    sits = any(seat.key in actor.seat_keys and seat.state != SeatState.REMOVED for seat in page.seats)
    may = page.task.state != TaskState.CANCELLED and (
        sits or operations.over(actor, work, page.task, operations.MANAGE)
    )
    mine = next((copy for copy in page.copies if copy.key in actor.seat_keys and copy.read_at is None), None)
    return {"rows": rows, "unread": mine, "choices": _receivers(actor, work, page) if may else None}


def _receivers(actor: Actor, work: Work, page: TaskPage) -> list[dict[str, Any]]:
    known = {copy.key for copy in page.copies}
    found = copies.receivers(actor, work, page.task)
    posts = {
        f"post:{each.post_id}": say("tasks-seat-choice", unit=each.unit_name, post=each.title, name=each.name)
        for each in found
    }
    people = {
        f"person:{each.person_id}": say("tasks-copy-person", unit=each.unit_name, post=each.title, name=each.name)
        for each in found
    }
    return [
        {"group": say("tasks-copy-posts"), "choices": [pair for pair in posts.items() if pair[0] not in known]},
        {"group": say("tasks-copy-people"), "choices": [pair for pair in people.items() if pair[0] not in known]},
    ]


def urged_line(work: Work, task: Task) -> str:
    """How often those who sit on an open task were urged, and who did it last; empty when nobody was."""
    count, last = urging.urged(work, task.id) if task.state == TaskState.OPEN else (0, None)
    if last is None:
        return ""
    said = say("tasks-urged-line", count=count, name=last.urged_by, when=day_and_time(last.urged_at, DEFAULT_ZONE))
    return said + (say("tasks-urged-note", note=last.note) if last.note else "")


def trail_line(work: Work, page: TaskPage, line: queries.DecisionRow, *, may_link: bool) -> dict[str, Any]:
    title = named(work, page.scheme_version_id, line.element_id, line.kind, line.task_title)
    key = f"tasks-verdict-{line.verdict}"
    what = say(key if has_text(key) else "tasks-verdict-done", title=title)
    if line.behalf_name:
        what += say("tasks-trail-behalf", name=line.behalf_name, source=say(f"tasks-source-{line.source}"))
        what += _confirmed(line)
    if line.taken_back_at is not None:
        what += say("tasks-trail-taken-back", when=day_and_time(line.taken_back_at, DEFAULT_ZONE))
    if line.late and line.taken_back_at is None:
        what += say("tasks-trail-late")
    what += _past_others(work, page, line)
    given = opinions.beside(work, line.values)
    return {
        "files": [opinion_file(page, row) for row in given.files],
        "signature": opinion_file(page, given.signature)["href"] if given.signature is not None else "",
        "signed_name": given.signed_name,
        "who": say("tasks-who-post", name=line.name, post=line.post_title) if line.post_title else line.name,
        "what": what,
        "note": line.opinion,
        "when": say("tasks-trail-when", when=day_and_time(line.decided_at, DEFAULT_ZONE), days=days_taken(line)),
        "iso": line.decided_at.isoformat(),
        "kind": _tone(line),
        "href": url_for("tasks.entry_link", decision_id=line.id) if may_link and line.behalf_name else "",
        "proof": url_for("evidence.download", evidence_id=line.scan_evidence_id) if line.scan_evidence_id else "",
    }


def _past_others(work: Work, page: TaskPage, line: queries.DecisionRow) -> str:
    """What went straight to whoever had returned it, and what stands because of that."""
    what = ""
    if line.straight is not None and line.taken_back_at is None:
        to, title = line.straight["to"], line.straight["title"]
        what = say("tasks-trail-straight", title=schemes.word(work, page.scheme_version_id, to, title, language()))
    return what + (say("tasks-trail-stands") if line.id in resubmitting.not_asked_again(page.trail) else "")


def resubmit_parts(work: Work, page: TaskPage, kind: TaskKind) -> dict[str, Any] | None:
    """How a task that was sent back goes on when it is handed in; None where it is as always."""
    if page.task.attempt == 1 or page.task.instance_id is None:
        return None
    running = commands.read(work, ProcessInstance.id == page.task.instance_id)
    try:
        offered = resubmitting.offer(work, running, page.task, kind)
    except TaskNotOpen:
        return None
    if offered is None:
        return None
    names = [schemes.word(work, page.scheme_version_id, each.id, each.name, language()) for each in offered.stands]
    return {
        "to": schemes.word(work, page.scheme_version_id, offered.by.id, offered.by.name, language()),
        "steps": say("shell-list-separator").join(names),
        "is_choice": offered.is_choice,
        "why": say(offered.why) if offered.why is not None else "",
    }


def way_in_words(work: Work, page: TaskPage, message: Message) -> Message:
    """The same message, with the task that returned the work and the reason in the reader's language."""
    args = {key: say(value) if isinstance(value, Message) else value for key, value in message.args.items()}
    to = args.pop("to", None)
    if to is not None:
        args["title"] = schemes.word(work, page.scheme_version_id, str(to), str(args["title"]), language())
    return Message(message.key, args)


def opinion_file(page: TaskPage, row: evidence.EvidenceRow) -> dict[str, str]:
    """A file that was given with a verdict, to be opened from the task's page."""
    return {**file_line(row), "href": url_for("tasks.opinion_file", task_id=page.task.id, evidence_id=row.id)}


def days_taken(line: queries.DecisionRow) -> int:
    """Whole days from the opening of a task to a decision on it."""
    return max(0, (line.decided_at - line.opened_at).days)


def standing(page: TaskPage) -> list[queries.DecisionRow]:
    """What was decided in the last round of each step and still stands, in order."""
    found: list[queries.DecisionRow] = []
    stand = resubmitting.not_asked_again(page.trail)

    def begins_anew(step: str, task_id: UUID) -> None:
        # What was decided after an earlier round of this step was about what has been replaced since, unless it stands.
        rounds = [n for n, line in enumerate(found) if _step(line) == step and line.task_id != task_id]
        begun = min(rounds, default=len(found))
        found[begun:] = [line for line in found[begun:] if line.id in stand]

    for line in page.trail:
        if line.taken_back_at is None:
            begins_anew(_step(line), line.task_id)
            found.append(line)
    if page.task.state == TaskState.OPEN:
        begins_anew(page.task.element_id or page.task.kind, page.task.id)
    return found


def _step(line: queries.DecisionRow) -> str:
    return line.element_id or line.kind


def _tone(line: queries.DecisionRow) -> str:
    if line.taken_back_at is not None:
        return "mute"
    return {"return": "warn", "reject": "bad"}.get(line.verdict, "ok")


def _confirmed(line: queries.DecisionRow) -> str:
    if line.confirmed is None:
        return say("tasks-trail-unconfirmed")
    return say("tasks-trail-confirmed" if line.confirmed.agreed else "tasks-trail-disputed", note=line.confirmed.note)


def handed_in_before(work: Work, page: TaskPage) -> list[dict[str, Any]]:
    """What others have handed in before in this instance, newest first, each element once."""
    if page.scheme_version_id is None or page.process_key is None:
        return []
    definition = schemes.definition_of(work, page.scheme_version_id, page.process_key)
    found: dict[str, dict[str, Any]] = {}
    if not page.trail_is_whole:
        return []
    for line in reversed([each for each in page.trail if each.taken_back_at is None]):
        element = definition.elements.get(line.element_id or "")
        if line.kind != "form" or element is None or element.id in found or element.id == page.task.element_id:
            continue
        context = TaskContext(page.task, element, page.scheme_version_id, language())
        said = handed_in(work, context, line.values)
        title = schemes.word(work, page.scheme_version_id, element.id, line.task_title, language())
        when = day_and_time(line.decided_at, DEFAULT_ZONE)
        found[element.id] = {"title": title, "said": said, "by": line.name, "when": when}
    return list(found.values())


def return_targets(actor: Actor, work: Work, page: TaskPage) -> list[tuple[str, str]]:
    if page.task.instance_id is None or not page.unit_path or not actor.may("process.operate", page.unit_path):
        return []
    return [
        (target, schemes.word(work, page.scheme_version_id, target, name, language()))
        for target, name in operations.return_choices(work, page.task)
    ]

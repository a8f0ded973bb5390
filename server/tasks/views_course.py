"""Where a matter is now, and what comes next, in the reader's words."""

from typing import Any

from sqlalchemy import select

from server.db.work import Work
from server.engine.contract import Definition, ElementKind
from server.organisation.models import DEFAULT_ZONE
from server.schemes import queries as schemes
from server.schemes.words import Words
from server.tasks import course
from server.tasks.holders import seats_with_holders
from server.tasks.models import SeatState, Task, TaskState
from server.tasks.queries import TaskPage
from server.tasks.views_parts import named
from server.web import language, say
from server.words import day_and_time

OPEN_AT_MOST = 10


def course_shown(work: Work, page: TaskPage) -> list[dict[str, Any]]:
    """Who has the matter now, and the next steps by the diagram; nothing for who sees but a part, or when it ended."""
    if page.task.instance_id is None or page.scheme_version_id is None or page.process_key is None:
        return []
    if not page.trail_is_whole:
        return []
    where = Task.instance_id == page.task.instance_id, Task.state == TaskState.OPEN
    opened = select(Task).where(*where).order_by(Task.opened_at, Task.element_id).limit(OPEN_AT_MOST)
    waiting = work.session.scalars(opened).all()
    if not waiting:
        return []
    definition = schemes.definition_of(work, page.scheme_version_id, page.process_key)
    words = schemes.words_of(work, page.scheme_version_id, language())
    here = sorted({task.element_id for task in waiting if task.element_id})
    return [_now(work, page, task) for task in waiting] + [
        _next(work, page, definition, words, each) for each in course.ahead(definition, here)
    ]


def _now(work: Work, page: TaskPage, task: Task) -> dict[str, Any]:
    seats = [seat for seat in seats_with_holders(work, task.id) if seat.state == SeatState.OPEN]
    names = [name for seat in seats for name in seat.holders]
    title = named(work, page.scheme_version_id, task.element_id, task.kind, task.title)
    return {
        "who": say("shell-list-separator").join(names) or say("tasks-course-nobody"),
        "what": say("tasks-course-now", title=title),
        "when": say("tasks-course-since", when=day_and_time(task.opened_at, DEFAULT_ZONE)),
        "iso": task.opened_at.isoformat(),
        "kind": "warn" if not names else "",
    }


def _next(work: Work, page: TaskPage, definition: Definition, words: Words, each: course.Ahead) -> dict[str, Any]:
    element = each.element
    title = words.element(element.id, element.name)
    chosen = [
        say(
            "tasks-course-choice",
            question=words.element(flow.source, definition.elements[flow.source].name),
            answer=words.element(flow.id, flow.name),
        ).strip()
        for flow in each.when
    ]
    ends = element.kind is ElementKind.END
    key = "tasks-course-ends" if ends else "tasks-course-next"
    role = "" if ends else _role(work, page, words, element.role)
    what = say(key, title=title) + (say("tasks-course-role", role=role) if role else "")
    if chosen:
        what = say("tasks-course-if", condition=say("shell-list-separator").join(chosen), what=what)
    return {"what": what, "kind": "mute"}


def _role(work: Work, page: TaskPage, words: Words, key: str | None) -> str:
    """The role whose turn it would be."""
    if key is None or page.scheme_version_id is None:
        return ""
    role = next((each for each in schemes.scheme_of(work, page.scheme_version_id).roles if each.key == key), None)
    return words.get(f"role.{key}.title", role.title) if role is not None else ""

"""The task of answering a request for more time."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from server.actor import Actor
from server.db.work import Work
from server.errors import Conflict
from server.i18n import Message
from server.organisation.models import DEFAULT_ZONE, Unit
from server.schemes.schedule_rules import end_of_day
from server.tasks import dates
from server.tasks.kinds import Applied, Checked, Missing, PageForm, TaskContext, Values
from server.tasks.models import Task, TimeRequest

OPINION_AT_MOST = 500
VERDICTS = ("approve", "reject")


class AnswerTimeRequest:
    """More time as it was asked for, more time until another day, or none."""

    key = dates.REQUEST
    decides = True
    template = "tasks/time_request.html"

    def show(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Mapping[str, Any]:
        request, about = _request(work, context)
        wanted = request.wanted_due_at.astimezone(_zone(work, about)).date().isoformat()
        return {"wanted": request, "about": about, "wanted_day": values.get("day") or wanted}

    def read(self, work: Work, context: TaskContext, form: PageForm) -> Values:
        return {name: next(iter(form.get(name, ())), "").strip() for name in ("verdict", "day", "opinion")}

    def check(self, work: Work, context: TaskContext, values: Values) -> Checked:
        clean: Values = {name: str(values.get(name) or "").strip() for name in ("verdict", "day", "opinion")}
        errors: dict[str, list[Message]] = {}
        if clean["verdict"] not in VERDICTS:
            errors["verdict"] = [Message("task-time-verdict")]
        if len(clean["opinion"]) > OPINION_AT_MOST:
            errors["opinion"] = [Message("task-opinion-long", {"limit": OPINION_AT_MOST})]
        if clean["verdict"] == "reject" and not clean["opinion"]:
            errors["opinion"] = [Message("task-reason-needed")]
        if clean["verdict"] == "approve":
            errors |= self._wrong_day(work, context, clean)
        return Checked(clean, errors)

    def _wrong_day(self, work: Work, context: TaskContext, values: Values) -> dict[str, list[Message]]:
        _, about = _request(work, context)
        try:
            due_at = _due_at(work, about, values["day"])
        except ValueError:
            return {"day": [Message("task-date-wrong", {"value": values["day"][:20]})]}
        wrong = dates.wrong_extension(work, about, due_at)
        return {"day": [wrong]} if wrong is not None else {}

    def missing(self, work: Work, context: TaskContext, values: Values) -> Sequence[Missing]:
        return []

    def apply(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Applied:
        request, about = _request(work, context)
        granted = _due_at(work, about, values["day"]) if values["verdict"] == "approve" else None
        dates.decide_request(actor, work, request.id, granted, values["opinion"])
        return Applied({}, verdict=values["verdict"], opinion=values["opinion"])


def _request(work: Work, context: TaskContext) -> tuple[TimeRequest, Task]:
    request = work.session.get(TimeRequest, context.task.subject_id)
    about = work.session.get(Task, request.task_id) if request is not None else None
    if request is None or about is None:
        raise Conflict(Message("task-closed"))
    return request, about


def _zone(work: Work, about: Task) -> ZoneInfo:
    unit = work.session.get(Unit, about.unit_id)
    return ZoneInfo(unit.zone if unit is not None else DEFAULT_ZONE)


def _due_at(work: Work, about: Task, day: str) -> datetime:
    return end_of_day(date.fromisoformat(day), _zone(work, about))


TASK_KINDS = (AnswerTimeRequest(),)

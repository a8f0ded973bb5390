"""The task of meeting a condition that a gate's yes was given with: the unit says what it has done."""

from collections.abc import Mapping, Sequence
from typing import Any

from server.actor import Actor
from server.db.work import Work
from server.errors import Conflict
from server.i18n import Message
from server.recognitions.conditions import MEET
from server.recognitions.models import GateCondition
from server.tasks.kinds import Applied, Checked, Missing, PageForm, TaskContext, Values

DONE_AT_MOST = 2000


class MeetCondition:
    """What was asked, by when and by whom; and what has been done about it."""

    key = MEET
    template = "recognitions/condition.html"

    def show(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Mapping[str, Any]:
        return {"condition": _condition(work, context)}

    def read(self, work: Work, context: TaskContext, form: PageForm) -> Values:
        return {"done": next(iter(form.get("done", ())), "").replace("\r\n", "\n").strip()}

    def check(self, work: Work, context: TaskContext, values: Values) -> Checked:
        done = _done(values)
        too_long = {"done": [Message("recognitions-too-long", {"limit": DONE_AT_MOST})]}
        return Checked({"done": done}, too_long if len(done) > DONE_AT_MOST else {})

    def missing(self, work: Work, context: TaskContext, values: Values) -> Sequence[Missing]:
        return [] if _done(values) else [Missing(Message("recognitions-condition-done-missing"), "f-done")]

    def apply(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Applied:
        return Applied({}, opinion=_done(values))


def _condition(work: Work, context: TaskContext) -> GateCondition:
    found = work.session.get(GateCondition, context.task.subject_id)
    if found is None:
        raise Conflict(Message("task-closed"))
    return found


def _done(values: Values) -> str:
    value = values.get("done")
    return value.strip() if isinstance(value, str) else ""

"""The task of answering an objection to what was entered on somebody's behalf."""

from collections.abc import Mapping, Sequence
from typing import Any

from server.actor import Actor
from server.db.work import Work
from server.errors import Conflict
from server.i18n import Message
from server.tasks import confirmations
from server.tasks.kinds import Applied, Checked, Missing, PageForm, TaskContext, Values

ANSWER_AT_MOST = 500


class AnswerDispute:
    """Say what became of an objection: what was mended and where, or why the entry stands."""

    key = confirmations.DISPUTE
    template = "tasks/dispute.html"

    def show(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Mapping[str, Any]:
        if context.task.subject_id is None:
            raise Conflict(Message("task-closed"))
        return {"entry": confirmations.entry(work, context.task.subject_id)}

    def read(self, work: Work, context: TaskContext, form: PageForm) -> Values:
        return {"opinion": next(iter(form.get("opinion", ())), "").strip()}

    def check(self, work: Work, context: TaskContext, values: Values) -> Checked:
        opinion = str(values.get("opinion") or "").strip()
        too_long = Message("task-opinion-long", {"limit": ANSWER_AT_MOST})
        return Checked({"opinion": opinion}, {"opinion": [too_long]} if len(opinion) > ANSWER_AT_MOST else {})

    def missing(self, work: Work, context: TaskContext, values: Values) -> Sequence[Missing]:
        return [] if values.get("opinion") else [Missing(Message("task-answer-needed"), "f-opinion")]

    def apply(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Applied:
        return Applied({}, opinion=values["opinion"])


TASK_KINDS = (AnswerDispute(),)

"""The task of replying to a supervision order."""

from collections.abc import Mapping, Sequence
from typing import Any

from server.actor import Actor
from server.db.work import Work
from server.errors import Conflict
from server.evidence import queries as evidence
from server.evidence.queries import EvidenceRow
from server.i18n import Message
from server.supervision import operations, queries
from server.supervision.queries import OrderPage
from server.tasks.kinds import Applied, Checked, Missing, PageForm, TaskContext, Values

REPLY_AT_MOST = 4000
PAPER_AT_MOST = 500
EVIDENCE_AT_MOST = 50


class Reply:
    """The unit reads the order, signs for it, and says what it has done, with files where there are any."""

    key = operations.REPLY
    template = "supervision/reply.html"

    def show(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Mapping[str, Any]:
        page = _page(work, context)
        current = next(each for each in page.rounds if each.round.task_id == context.task.id)
        named = _ids(values)
        usable = {str(row.id): row for row in _usable(work, context, values)}
        files = [usable[each] for each in named if each in usable]
        return {"order_page": page, "current": current, "files": files}

    def read(self, work: Work, context: TaskContext, form: PageForm) -> Values:
        return {
            "reply": _first(form, "reply"),
            "on_paper": _first(form, "on_paper"),
            "evidence": [value for value in dict.fromkeys(form.get("evidence", ())) if value],
        }

    def check(self, work: Work, context: TaskContext, values: Values) -> Checked:
        errors: dict[str, list[Message]] = {}
        named = _ids(values)
        clean: Values = {"reply": _text(values, "reply"), "on_paper": _text(values, "on_paper"), "evidence": named}
        for name, limit in (("reply", REPLY_AT_MOST), ("on_paper", PAPER_AT_MOST)):
            if len(clean[name]) > limit:
                errors[name] = [Message("supervision-too-long", {"limit": limit})]
        if len(named) > EVIDENCE_AT_MOST:
            errors["evidence"] = [Message("supervision-files-many", {"limit": EVIDENCE_AT_MOST})]
        elif len(_usable(work, context, values)) != len(named):
            errors["evidence"] = [Message("tasks-file-unknown")]
        return Checked(clean, errors)

    def missing(self, work: Work, context: TaskContext, values: Values) -> Sequence[Missing]:
        return [] if _text(values, "reply") else [Missing(Message("supervision-reply-needed"), "f-reply")]

    def apply(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Applied:
        words, on_paper = _text(values, "reply"), _text(values, "on_paper")
        order = operations.reply(actor, work, context.task, words, on_paper, _usable(work, context, values))
        return Applied({}, opinion=words, seen_hash=order.seal)


def _page(work: Work, context: TaskContext) -> OrderPage:
    page = queries.order_of_task(work, context.task.subject_id)
    if page is None:
        raise Conflict(Message("task-closed"))
    return page


def _usable(work: Work, context: TaskContext, values: Values) -> list[EvidenceRow]:
    """Of the files named, what belongs to the unit and was not withdrawn."""
    rows = evidence.rows(work, _ids(values))
    return [row for row in rows if row.unit_id == context.task.unit_id and row.withdrawn_at is None]


def _text(values: Values, name: str) -> str:
    value = values.get(name)
    return value.strip() if isinstance(value, str) else ""


def _ids(values: Values) -> list[str]:
    value = values.get("evidence")
    return list(dict.fromkeys(item for item in value if isinstance(item, str))) if isinstance(value, list) else []


def _first(form: PageForm, name: str) -> str:
    return next(iter(form.get(name, ())), "").replace("\r\n", "\n").strip()

"""The two tasks of a remark: a unit says what it has done, and who asked looks at that."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from server.actor import Actor
from server.db.work import Work
from server.errors import Conflict, NotAllowed
from server.evidence import queries as evidence
from server.i18n import Message
from server.organisation.rules import today
from server.recognitions import remark_queries as queries
from server.recognitions import remarks
from server.recognitions.models import Remark, RemarkPart, RemarkState
from server.tasks.kinds import Applied, Checked, Missing, PageForm, TaskContext, Values

DONE_AT_MOST = 2000
FILES_AT_MOST = 20
OPINION_AT_MOST = 500
SETTLED, AGAIN = "settled", "again"


class HandleRemark:
    """What was asked, by whom and until when; and what the unit has done, with files where there are any."""

    key = remarks.HANDLE
    template = "recognitions/remark_handle.html"

    def show(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Mapping[str, Any]:
        part, remark = _part(work, context)
        files = [row for row in evidence.rows(work, _ids(values)) if row.unit_id == context.task.unit_id]
        return {"part": part, "remark": remark, "rounds": queries.rounds(work, part), "files": files}

    def read(self, work: Work, context: TaskContext, form: PageForm) -> Values:
        done = next(iter(form.get("done", ())), "").replace("\r\n", "\n").strip()
        return {"done": done, "evidence": [value for value in dict.fromkeys(form.get("evidence", ())) if value]}

    def check(self, work: Work, context: TaskContext, values: Values) -> Checked:
        done, named = _text(values, "done"), _ids(values)
        errors: dict[str, list[Message]] = {}
        if len(done) > DONE_AT_MOST:
            errors["done"] = [Message("recognitions-too-long", {"limit": DONE_AT_MOST})]
        if len(named) > FILES_AT_MOST:
            errors["evidence"] = [Message("recognitions-remark-files-many", {"limit": FILES_AT_MOST})]
        elif evidence.unknown(work, context.task.unit_id, named):
            errors["evidence"] = [Message("tasks-file-unknown")]
        return Checked({"done": done, "evidence": named}, errors)

    def missing(self, work: Work, context: TaskContext, values: Values) -> Sequence[Missing]:
        return [] if _text(values, "done") else [Missing(Message("recognitions-condition-done-missing"), "f-done")]

    def apply(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Applied:
        part, remark = _part(work, context)
        if part.state != RemarkState.ASKED:
            raise Conflict(Message("task-closed"))
        back = partial(remarks.hand_back, actor, work, remark, part)
        return Applied({}, opinion=_text(values, "done"), then=lambda _verdict: back())


class LookAtAnswer:
    """What a unit has answered: settled, or asked again until another day."""

    key = remarks.LOOK
    decides = True
    template = "recognitions/remark_look.html"

    def show(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Mapping[str, Any]:
        part, remark = _part(work, context)
        day = today(work.now, remarks.zone_of(work, part.campaign_id)).isoformat()
        return {"part": part, "remark": remark, "rounds": queries.rounds(work, part), "today": day}

    def read(self, work: Work, context: TaskContext, form: PageForm) -> Values:
        return {name: next(iter(form.get(name, ())), "").strip() for name in ("verdict", "opinion", "day")}

    def check(self, work: Work, context: TaskContext, values: Values) -> Checked:
        clean: Values = {name: _text(values, name) for name in ("verdict", "opinion", "day")}
        errors: dict[str, list[Message]] = {}
        if clean["verdict"] not in (SETTLED, AGAIN):
            errors["verdict"] = [Message("recognitions-look-missing")]
        if len(clean["opinion"]) > OPINION_AT_MOST:
            errors["opinion"] = [Message("recognitions-too-long", {"limit": OPINION_AT_MOST})]
        if clean["verdict"] == AGAIN:
            errors |= self._wrong_again(work, context, clean)
        return Checked(clean, errors)

    def _wrong_again(self, work: Work, context: TaskContext, values: Values) -> dict[str, list[Message]]:
        part, _ = _part(work, context)
        if not remarks.is_active(work, part):
            return {"verdict": [Message("recognitions-look-left")]}
        wrong: dict[str, list[Message]] = {}
        if not values["opinion"]:
            wrong["opinion"] = [Message("recognitions-look-opinion-missing")]
        fault = remarks.day_fault(values["day"], today(work.now, remarks.zone_of(work, part.campaign_id)))
        if fault is not None:
            wrong["day"] = [fault]
        return wrong

    def missing(self, work: Work, context: TaskContext, values: Values) -> Sequence[Missing]:
        return []

    def apply(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Applied:
        part, _ = _part(work, context)
        if part.state != RemarkState.ANSWERED:
            raise Conflict(Message("task-closed"))
        if actor.person_id is not None and actor.person_id == queries.answered_by(work, part):
            raise NotAllowed(Message("task-own-work"))
        words = values["opinion"]

        def then(verdict: str) -> None:
            if verdict == AGAIN:
                remarks.ask_again(actor, work, part, words, values["day"])
            else:
                remarks.close_part(actor, work, part, words)

        return Applied({}, verdict=values["verdict"], opinion=words, then=then)


def _part(work: Work, context: TaskContext) -> tuple[RemarkPart, Remark]:
    part = work.session.get(RemarkPart, context.task.subject_id)
    if part is None:
        raise Conflict(Message("task-closed"))
    return part, work.session.get_one(Remark, part.remark_id)


def _text(values: Values, name: str) -> str:
    value = values.get(name)
    return value.strip() if isinstance(value, str) else ""


def _ids(values: Values) -> list[str]:
    value = values.get("evidence")
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


TASK_KINDS = (HandleRemark(), LookAtAnswer())

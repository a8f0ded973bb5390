"""The gate: one person says yes or no to the list that is to be recognised, on exactly what the page showed."""

from collections.abc import Mapping, Sequence
from typing import Any

from server.actor import Actor
from server.db.work import Work
from server.errors import Conflict, Stale
from server.i18n import Message
from server.recognitions import queries
from server.recognitions.pages import card_page
from server.recognitions.rules import GateCard
from server.tasks.kinds import Applied, Checked, Missing, PageForm, TaskContext, Values

APPROVE, RETURN = "approve", "return"
REASON_AT_MOST = 2000


class Gate:
    """Approve, or return with a reason. `seen` is the card's hash that the page carried; a changed card is refused."""

    key = "gate"
    template = "recognitions/gate.html"

    def show(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Mapping[str, Any]:
        return {"card": card_page(_card(work, context), context.language)}

    def read(self, work: Work, context: TaskContext, form: PageForm) -> Values:
        return {
            name: next(iter(form.get(name, ())), "").replace("\r\n", "\n").strip()
            for name in ("verdict", "reason", "seen")
        }

    def check(self, work: Work, context: TaskContext, values: Values) -> Checked:
        clean = {name: _text(values, name) for name in ("verdict", "reason", "seen")}
        errors: dict[str, list[Message]] = {}
        if clean["verdict"] not in (APPROVE, RETURN):
            errors["verdict"] = [Message("recognitions-verdict-missing")]
        if clean["verdict"] == RETURN and not clean["reason"]:
            errors["reason"] = [Message("recognitions-reason-missing")]
        if not clean["seen"]:
            errors["seen"] = [Message("recognitions-seen-missing")]
        if len(clean["reason"]) > REASON_AT_MOST:
            errors["reason"] = [Message("recognitions-too-long", {"limit": REASON_AT_MOST})]
        return Checked(clean, errors)

    def missing(self, work: Work, context: TaskContext, values: Values) -> Sequence[Missing]:
        """Nothing beforehand: the verdict is a button, and `check` says what goes with it."""
        return ()

    def apply(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Applied:
        now = _card(work, context).hash
        if _text(values, "seen") != now:
            raise Stale(Message("recognitions-card-changed"))
        verdict = _text(values, "verdict")
        return Applied({"verdict": verdict}, verdict=verdict, opinion=_text(values, "reason"), seen_hash=now)


def _card(work: Work, context: TaskContext) -> GateCard:
    if context.task.campaign_id is None:
        raise Conflict(Message("recognitions-outside-campaign"))
    return queries.gate_card(work, context.task.campaign_id)


def _text(values: Values, name: str) -> str:
    value = values.get(name)
    return value.strip() if isinstance(value, str) else ""

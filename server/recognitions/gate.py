"""The gate: one person says yes, yes with conditions, or no to the list that is to be recognised, on what was shown."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from server.actor import Actor
from server.db.work import Work
from server.errors import Conflict, Stale
from server.i18n import DEFAULT_LANGUAGE, Message, text
from server.recognitions import conditions, phrases, preparing, queries, remark_queries
from server.recognitions.conditions import Row
from server.recognitions.pages import card_page, condition_page
from server.recognitions.rules import GateCard, Numbers, Standing
from server.tasks import queries as tasks
from server.tasks.kinds import Applied, Checked, Missing, PageForm, TaskContext, Values
from server.tasks.models import TaskState
from server.tasks.operations import OPINION_AT_MOST
from server.tasks.rules import CONDITIONAL

APPROVE, RETURN = "approve", "return"
VERDICTS = (APPROVE, CONDITIONAL, RETURN)
REASON_AT_MOST = 2000
LINES = 2
"""Empty lines for conditions that a page begins with; more are asked for by a button."""


class Gate:
    """Yes, yes with conditions, or no with a reason. `seen` is the card's hash; a changed card is refused."""

    key = "gate"
    decides = True
    template = "recognitions/gate.html"

    def show(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Mapping[str, Any]:
        card = _card(work, context)
        task = context.task
        spent = "numbers" in values  # what was handed in when this was asked before
        typed = {} if spent and task.state == TaskState.OPEN else values
        lines = conditions.clean(typed.get("conditions"))
        blank: Row = {"unit": conditions.ALL, "what": "", "by": ""}
        more = typed.get("more")
        wanted = max(LINES, len(lines), more if isinstance(more, int) else 0)
        wanted = min(wanted, conditions.CONDITIONS_AT_MOST)
        return {
            "card": card_page(card, context.language, queries.last_numbers(work, card.campaign_id, task.id)),
            "conditions": [condition_page(row) for row in conditions.of_campaign(work, card.campaign_id, task.id)],
            "typed": typed,
            "lines": [*lines, *[blank] * (wanted - len(lines))],
            "may_add": wanted < conditions.CONDITIONS_AT_MOST,
            "today": work.now.astimezone(ZoneInfo(tasks.zone_of(work, task))).date().isoformat(),
            "ready": preparing.prepared(work, task.id),
            "phrases": phrases.offered(work, actor.person_id, context.language),
            "remarks": remark_queries.of_gate(actor, work, card.campaign_id, task.id),
            "by_verdict": [(verdict, f"recognitions-{verdict}") for verdict in VERDICTS],
        }

    def read(self, work: Work, context: TaskContext, form: PageForm) -> Values:
        values: Values = {
            name: next(iter(form.get(name, ())), "").replace("\r\n", "\n").strip()
            for name in ("verdict", "reason", "phrase", "seen")
        }
        values["units"] = [value for value in dict.fromkeys(form.get("units", ())) if value]
        values["conditions"] = conditions.typed(form)
        if "_add" in form:
            values["more"] = min(len(form.get("condition.what", ())), conditions.CONDITIONS_AT_MOST) + 1
        return values

    def check(self, work: Work, context: TaskContext, values: Values) -> Checked:
        clean: Values = {name: _text(values, name) for name in ("verdict", "reason", "phrase", "seen")}
        clean["conditions"] = conditions.clean(values.get("conditions"))
        if clean["verdict"] not in VERDICTS and context.task.campaign_id is None:
            return Checked(clean, {"verdict": [Message("recognitions-verdict-missing")]})
        card = _card(work, context)
        named = {str(row.unit_id): row.unit_name for row in card.rows if row.standing is not Standing.WITHDRAWN}
        asked = values.get("units")
        clean["units"] = [each for each in asked if isinstance(each, str)] if isinstance(asked, list) else []
        errors: dict[str, list[Message]] = {}
        if clean["verdict"] not in VERDICTS:
            errors["verdict"] = [Message("recognitions-verdict-missing")]
        if not clean["seen"]:
            errors["seen"] = [Message("recognitions-seen-missing")]
        errors |= _wrong_units(clean, named) | self._wrong_conditions(work, context, clean, named)
        opinion = _opinion(clean, named)
        if clean["verdict"] == RETURN and not opinion:
            errors["reason"] = [Message("recognitions-reason-missing")]
        limit = OPINION_AT_MOST if clean["verdict"] == CONDITIONAL else REASON_AT_MOST
        if len(clean["reason"]) > REASON_AT_MOST or len(opinion) > limit:
            errors["reason"] = [Message("recognitions-too-long", {"limit": REASON_AT_MOST})]
        clean["numbers"] = asdict(Numbers.of(card))
        clean["opinion"] = opinion
        return Checked(clean, errors)

    def _wrong_conditions(
        self, work: Work, context: TaskContext, clean: Values, named: Mapping[str, str]
    ) -> dict[str, list[Message]]:
        if clean["verdict"] == CONDITIONAL:
            today = work.now.astimezone(ZoneInfo(tasks.zone_of(work, context.task))).date()
            wrong = conditions.faults(clean["conditions"], named, today)
            return {"conditions": wrong} if wrong else {}
        if clean["verdict"] == APPROVE and clean["conditions"]:
            return {"conditions": [Message("recognitions-condition-unused")]}
        return {}

    def missing(self, work: Work, context: TaskContext, values: Values) -> Sequence[Missing]:
        """Nothing beforehand: the verdict is a button, and `check` says what goes with it."""
        return ()

    def apply(self, actor: Actor, work: Work, context: TaskContext, values: Values) -> Applied:
        now = _card(work, context).hash
        if _text(values, "seen") != now:
            raise Stale(Message("recognitions-card-changed"))
        verdict = _text(values, "verdict")
        return Applied(
            {"verdict": verdict},
            verdict=verdict,
            opinion=_text(values, "opinion"),
            seen_hash=now,
            then=partial(conditions.open_if_agreed, actor, work, context.task),
        )


def _wrong_units(clean: Values, named: Mapping[str, str]) -> dict[str, list[Message]]:
    """Ticked units go with a return and with nothing else, and are of this list."""
    if any(each not in named for each in clean["units"]):
        return {"units": [Message("recognitions-units-unknown")]}
    if clean["units"] and clean["verdict"] in (APPROVE, CONDITIONAL):
        return {"units": [Message("recognitions-units-unused")]}
    return {}


def _opinion(clean: Values, named: Mapping[str, str]) -> str:
    """The words on the trail: the phrase tapped, what was typed, whom a return is about, what a yes depends on."""
    said = [words for words in (clean["phrase"], clean["reason"]) if words]
    if clean["verdict"] == RETURN and clean["units"]:
        separator = text("recognitions-list-separator", DEFAULT_LANGUAGE).strip("|")
        names = separator.join(named[each] for each in clean["units"] if each in named)
        said.append(text("recognitions-units-returned", DEFAULT_LANGUAGE, names=names))
    if clean["verdict"] == CONDITIONAL:
        said.append(conditions.in_words(clean["conditions"], named))
    return "\n".join(said)


def _card(work: Work, context: TaskContext) -> GateCard:
    if context.task.campaign_id is None:
        raise Conflict(Message("recognitions-outside-campaign"))
    return queries.gate_card(work, context.task.campaign_id)


def _text(values: Values, name: str) -> str:
    value = values.get(name)
    return value.strip() if isinstance(value, str) else ""

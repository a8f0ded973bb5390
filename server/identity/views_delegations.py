"""The page on which one lets a colleague act on one's post for a while."""

from datetime import date
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from server.errors import Invalid
from server.i18n import Message
from server.identity import delegations
from server.identity.views import blueprint as blueprint
from server.web import current_actor, current_work, flash, redirect_to, render
from server.words import day


@blueprint.get("/me/delegations")
def delegation_page() -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    offered = delegations.choices(actor, work)
    return render(
        "identity/delegations.html",
        given=delegations.given(actor, work),
        own_posts=[(str(post_id), title) for post_id, title in offered.posts],
        people=[(str(person_id), name) for person_id, name in offered.people],
    )


@blueprint.post("/me/delegations")
def delegate() -> ResponseReturnValue:
    actor, nothing = current_actor(), UUID(int=0)
    post_id, person_id = request.form.get("post", nothing, type=UUID), request.form.get("person", nothing, type=UUID)
    from_on, until_on = _day("from"), _day("until")
    delegations.delegate(actor, current_work(), post_id, person_id, from_on, until_on)
    flash("ok", Message("identity-delegated", {"until": day(until_on)}))
    return redirect_to("identity.delegation_page")


@blueprint.post("/me/delegations/<uuid:holding_id>/end")
def end_delegation(holding_id: UUID) -> ResponseReturnValue:
    delegations.end(current_actor(), current_work(), holding_id)
    flash("ok", Message("identity-delegation-ended"))
    return redirect_to("identity.delegation_page")


def _day(name: str) -> date:
    text = request.form.get(name, "")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        wrong = Message("task-date-wrong", {"value": text[:20]})
        raise Invalid(wrong, {name: [wrong]}) from error

"""Pages of notifications: what the reader was told, and, for who keeps the system running, what did not arrive."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.actor import Actor
from server.channels import PERSONAL
from server.errors import NotFound
from server.i18n import Message
from server.notifications import addresses, choices, operations, queries
from server.notifications.rules import FIRST_HOUR, LAST_HOUR, Choice, Digest, told_words
from server.web import current_actor, current_work, flash, language, page_argument, redirect_to, render, say

blueprint = Blueprint("notifications", __name__)


@blueprint.get("/notifications")
def told() -> ResponseReturnValue:
    actor, work = current_actor(), current_work()
    found = queries.told(actor, work, page_argument())
    rows = [
        {
            "id": row.id,
            "words": told_words(row.message, row.values, language()),
            "note": row.values.get("note", ""),
            "made_at": row.made_at,
            "is_read": row.is_read,
        }
        for row in found.rows
    ]
    unread = queries.unread_count(actor, work)
    return render("notifications/told.html", rows=rows, unread=unread, pager=_pager(found, "notifications.told"))


@blueprint.post("/notifications/read")
def read_all() -> ResponseReturnValue:
    operations.mark_read(current_actor(), current_work())
    return redirect_to("notifications.told")


@blueprint.post("/notifications/<uuid:notification_id>")
def read(notification_id: UUID) -> ResponseReturnValue:
    """Mark one as read and go where it leads."""
    path = operations.mark_read(current_actor(), current_work(), notification_id)
    return redirect(path, code=303)


@blueprint.get("/notifications/settings")
def settings() -> ResponseReturnValue:
    return render(
        "notifications/settings.html",
        settled=choices.settled(current_actor(), current_work()),
        ways=addresses.own_ways(current_actor(), current_work()),
        digests=[(each, say(f"notifications-settings-{each}")) for each in Digest],
        first_hours=[(hour, f"{hour}:00") for hour in range(FIRST_HOUR, LAST_HOUR)],
        last_hours=[(hour, f"{hour}:00") for hour in range(FIRST_HOUR + 1, LAST_HOUR + 1)],
    )


@blueprint.post("/notifications/settings", endpoint="settings_post")
def choose() -> ResponseReturnValue:
    wanted = Choice(
        by_mail=request.form.get("by_mail") == "1",
        digest=request.form.get("digest", ""),
        hour=_hour("hour"),
        first_hour=_hour("first_hour"),
        last_hour=_hour("last_hour"),
    )
    choices.choose(current_actor(), current_work(), wanted, request.form.get("language", ""))
    flash("ok", Message("notifications-settings-saved"))
    return redirect_to("notifications.settings")


@blueprint.post("/notifications/addresses")
def enter_own() -> ResponseReturnValue:
    addresses.enter_own(current_actor(), current_work(), _entries())
    flash("ok", Message("notifications-ways-saved"))
    return redirect_to("notifications.settings")


@blueprint.get("/notifications/people/<uuid:person_id>")
def person(person_id: UUID) -> ResponseReturnValue:
    return render("notifications/person.html", somebody=addresses.person(current_actor(), current_work(), person_id))


@blueprint.post("/notifications/people/<uuid:person_id>", endpoint="person_post")
def enter_for(person_id: UUID) -> ResponseReturnValue:
    addresses.enter_for(current_actor(), current_work(), person_id, _entries())
    flash("ok", Message("notifications-ways-saved"))
    return redirect_to("notifications.person", person_id=person_id)


def _entries() -> dict[str, addresses.Entry]:
    """What was entered for each channel of the form; those of other names are no channels."""
    said = request.form
    return {
        channel: addresses.Entry(
            typed=said.get(channel, "")[:200],
            wanted=said.get(f"{channel}_wanted") == "1",
            forget=said.get(f"{channel}_forget") == "1",
        )
        for channel in PERSONAL
        if channel in said
    }


def _hour(name: str) -> int:
    """The hour typed, or one that there is not."""
    said = request.form.get(name, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 2 else -1


@blueprint.get("/notifications/undelivered")
def undelivered() -> ResponseReturnValue:
    work = current_work()
    _require_keeper(current_actor())
    found = queries.undelivered(work, page_argument())
    pager = _pager(found, "notifications.undelivered")
    groups = queries.silent_groups(work)
    return render("notifications/undelivered.html", rows=found.rows, groups=groups, pager=pager)


@blueprint.post("/notifications/undelivered/<uuid:delivery_id>")
def send_again(delivery_id: UUID) -> ResponseReturnValue:
    operations.send_again(current_actor(), current_work(), delivery_id)
    flash("ok", Message("notifications-sent-again"))
    return redirect_to("notifications.undelivered")


def _require_keeper(actor: Actor) -> None:
    if not actor.may_anywhere(operations.SYSTEM_MANAGE):
        raise NotFound(Message("error-not-found"))


def _pager(found: queries.Page[Any], endpoint: str) -> dict[str, object]:
    href = url_for(endpoint) + "?page={n}"
    return {"number": found.number, "pages": found.pages, "total": found.total, "href": href}

"""What an open page asks now and then: the counts of the navigation, and what came since it was shown."""

from datetime import UTC, datetime, timedelta

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from server.errors import Invalid
from server.i18n import Message
from server.tasks import live as lives
from server.tasks.views_feed import blueprint as blueprint
from server.web import current_actor, current_work, say

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DIGITS_AT_MOST = 16
"""Of microseconds since 1970: they last until the year 2286."""


def since_of(shown_at: datetime) -> int:
    """An instant as an address says it."""
    return (shown_at - EPOCH) // timedelta(microseconds=1)


@blueprint.get("/live")
def live() -> ResponseReturnValue:
    """Answered with 304 as long as nothing changed. It is no activity: see `app.NO_ACTIVITY`."""
    actor, work = current_actor(), current_work()
    found = lives.waiting(actor, work, _since())
    response = jsonify(
        counts={"tasks.inbox": found.tasks, "notifications.told": found.notifications},
        new={
            "tasks.inbox": _new("tasks-live-new", found.new_tasks),
            "notifications.told": _new("notifications-live-new", found.new_notifications),
        },
    )
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Cookie, Accept-Language"
    response.add_etag()
    return response.make_conditional(request)


def _since() -> datetime:
    """When the page was shown; without it nothing is new."""
    said = request.args.get("since")
    if said is None:
        return current_work().now
    if not (said.isascii() and said.isdigit() and len(said) <= DIGITS_AT_MOST):
        raise Invalid(Message("error-unreadable"))
    return EPOCH + timedelta(microseconds=int(said))


def _new(key: str, count: int) -> str:
    return say(key, count=count) if count else ""

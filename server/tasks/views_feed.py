"""The feed of what one owes: its address for who is logged in, and the calendar itself for programs that know it."""

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from server.config import Settings
from server.tasks import feed
from server.tasks.views_sheets import blueprint as blueprint
from server.web import current_actor, current_work, language, render


@blueprint.get("/feed")
def feed_address() -> ResponseReturnValue:
    token = feed.feed_token(current_actor(), current_work())
    address = _here() + url_for("tasks.calendar_feed", token=token, language=language())
    return render("tasks/feed.html", address=address)


@blueprint.get("/feed/<any('zh-CN', en):language>/<token>.ics")
def calendar_feed(language: str, token: str) -> ResponseReturnValue:
    work = current_work()
    content = feed.feed(feed.actor_of_feed(work, token), work, language, _here())
    return Response(content, mimetype="text/calendar", headers={"Cache-Control": "no-store"})


def _here() -> str:
    """How readers reach this installation: as the settings say, else as this request did."""
    return current_work().part(Settings).address or request.host_url.rstrip("/")

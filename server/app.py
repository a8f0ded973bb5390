"""The web application: blueprints, login, page globals; nothing else."""

import hashlib
from collections.abc import Callable
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from flask import Flask, Request, Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from markupsafe import Markup, escape

from server import web, words
from server.actor import Actor
from server.api.views import blueprint as api
from server.assessments.views import blueprint as assessments
from server.audit.views import blueprint as audit
from server.bootstrap import Application
from server.campaigns.views_dates import blueprint as campaigns
from server.db.work import Work
from server.deadlines.views import blueprint as deadlines
from server.departures.views import blueprint as departures
from server.errors import Invalid
from server.evidence.views import blueprint as evidence
from server.evidence.views import keep_files
from server.findings.views import blueprint as findings
from server.i18n import LANGUAGES, Message
from server.identity import delegations
from server.identity import operations as identity
from server.identity import queries as identities
from server.identity.views import keep_posted_form
from server.identity.views_delegations import blueprint as identity_views
from server.notifications import queries as notifications
from server.notifications.views import blueprint as notification_views
from server.organisation.views import blueprint as organisation
from server.processes.views import blueprint as processes
from server.recognitions.views_briefing import blueprint as recognitions
from server.schemes.views import blueprint as schemes
from server.standards.views import blueprint as standards
from server.supervision import queries as supervisions
from server.supervision.views import blueprint as supervision
from server.tasks import queries as tasks
from server.tasks.views_live import blueprint as task_views
from server.tasks.views_live import since_of

BLUEPRINTS = (
    identity_views,
    task_views,
    notification_views,
    campaigns,
    deadlines,
    supervision,
    assessments,
    findings,
    recognitions,
    evidence,
    schemes,
    standards,
    organisation,
    departures,
    processes,
    audit,
)
DIST = "static/dist"
NO_ACTIVITY = frozenset({"tasks.live"})
"""What pages ask by themselves: a session that nobody uses ends all the same."""


class LoggedIn:
    """What Flask-Login knows of somebody with a live session or token."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, actor: Actor, visitor: identities.Visitor | None) -> None:
        self.actor = actor
        self.visitor = visitor

    def get_id(self) -> str:
        return self.actor.account_key


def create_app(application: Application) -> Flask:
    """The application of one process. Nothing is opened or started here."""
    settings = application.settings
    app = Flask("server", template_folder=str(files("server._templates")), static_folder="static")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=settings.max_upload_bytes,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        MAX_FORM_PARTS=2000,
        SESSION_COOKIE_NAME="greengate_page",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    web.install(app, application.workshop, settings, partial(keep_posted_form, keep_files))
    csrf = CSRFProtect(app)
    csrf.exempt(api)
    app.register_error_handler(CSRFError, _csrf_failed)
    _install_login(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_blueprint(api, url_prefix="/api/v1")
    app.add_url_rule("/", "home", _home)
    app.add_url_rule("/healthz", "health", _health)
    # Imported macro files see only the environment's globals; these read the reader's language when they are called.
    app.jinja_env.globals.update(
        t=web.say,
        asset=asset,
        csrf_field=csrf_field,
        day=words.day,
        day_of=words.day_of,
        day_and_time=words.day_and_time,
        due_on=words.due_on,
        points=words.points,
    )
    app.context_processor(_page_globals)
    return app


def _home() -> ResponseReturnValue:
    return redirect(url_for("tasks.inbox"), code=303)


def _health() -> ResponseReturnValue:
    """For a load balancer: whether this process answers and reaches its database."""
    from_database = web.current_work().session.connection().exec_driver_sql("SELECT 1").scalar()
    return Response("ok" if from_database == 1 else "down", mimetype="text/plain")


def _csrf_failed(_error: CSRFError) -> ResponseReturnValue:
    return web.answer(Invalid(Message("error-page-expired")))


def _install_login(app: Flask) -> None:
    manager = LoginManager()
    manager.session_protection = None
    manager.init_app(app)
    manager.request_loader(_who)
    app.before_request(_must_change_password)


def _who(asked: Request) -> LoggedIn | None:
    """Who is behind the request's cookie, or its token under /api."""
    if asked.path.startswith("/static/"):
        return None
    if asked.path.startswith("/api/"):
        scheme, _, secret = asked.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secret:
            return None
        with web.looking() as work:
            actor = identities.actor_of_token(work.session, secret.strip(), work.now)
        return LoggedIn(actor, None) if actor is not None else None
    secret = asked.cookies.get(web.login_cookie(), "")
    if not secret:
        return None
    with web.looking() as work:
        visitor = identities.visitor_of_session(work.session, secret, work.now)
    if visitor is None:
        return None
    idle = (work.now - visitor.seen_at).total_seconds()
    if idle > web.TOUCH_SECONDS and asked.endpoint not in NO_ACTIVITY:
        with web.doors().workshop.writing() as touching:
            identity.touch(touching, visitor.session_id)
    return LoggedIn(visitor.actor, visitor)


def _must_change_password() -> ResponseReturnValue | None:
    """A first or reset password lets nobody further than the page that changes it.

    Programs have a token, which such an account is not given; whom to ask, their own guard decides, after reading.
    """
    if request.blueprint == api.name:
        return None
    if not current_user.is_authenticated or current_user.visitor is None or not current_user.visitor.must_change:
        return None
    if request.endpoint in (None, "static") or (request.endpoint or "").startswith("identity."):
        return None
    return redirect(url_for("identity.password"), code=303)


@cache
def _hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """Address of a built file, with its hash, so that browsers keep it as long as it is the same."""
    path = Path(__file__).parent / DIST / name
    return url_for("static", filename=f"dist/{name}", v=_hash_of(path) if path.is_file() else "")


def csrf_field() -> Markup:
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(escape(generate_csrf()))


def _page_globals() -> dict[str, Any]:
    return {
        "lang": web.language(),
        "languages": [(code, {"zh-CN": "中文", "en": "English"}[code]) for code in LANGUAGES],
        "language_url": url_for("identity.language"),
        "here": request.full_path.rstrip("?") if request.method == "GET" else request.path,
        "flashes": web.take_flashes(),
        "banners": _banners(),
        "refused": web.refused,
        "nav": _nav(),
        "live": _live(),
        "me": _me(),
    }


def _banners() -> list[tuple[str, str, str, str]]:
    """On every page: for whom the reader acts."""
    if not current_user.is_authenticated or current_user.visitor is None or not current_user.visitor.acting:
        return []
    acting = current_user.visitor.acting
    names = delegations.names_of(web.current_work(), [each.delegated_by for each in acting])
    where, look = url_for("identity.delegation_page"), web.say("identity-acting-look")
    return [("info", _acting_words(each, names.get(each.delegated_by, "")), where, look) for each in acting]


def _acting_words(post: identities.ActingPost, name: str) -> str:
    until = words.day(post.until_on)
    return web.say("identity-acting", name=name, unit=post.unit_name, title=post.title, until=until)


NAV: tuple[tuple[str, str, str, str | None], ...] = (
    ("tasks.inbox", "tasks-inbox", "inbox", None),
    ("notifications.told", "notifications", "bell", None),
    ("campaigns.campaigns", "campaigns", "flag", None),
    ("recognitions.decided", "recognitions-decided", "gate", "gate.decide"),
    ("recognitions.gates", "recognitions-gates", "gate", "gate.prepare"),
    ("evidence.library", "evidence-library", "folder", "unit.work"),
    ("supervision.orders", "supervision", "megaphone", supervisions.MANAGE),
    ("schemes.schemes", "schemes", "flow", "scheme.manage"),
    ("organisation.units", "organisation", "unit", "organisation.manage"),
    ("deadlines.calendar", "deadlines-calendar", "calendar", "organisation.manage"),
    ("notifications.undelivered", "notifications-undelivered", "mail", "system.manage"),
    ("processes.incident_list", "incidents", "alert", "process.operate"),
    ("identity.accounts", "identity-accounts", "users", "account.manage"),
    ("audit.rows", "audit", "history", "audit.read"),
)
OWN = 6
"""Entries before this one are everybody's own; those after it are for running the place."""


COUNTS: dict[str, Callable[[Actor, Work], int]] = {
    "tasks.inbox": tasks.waiting_count,
    "notifications.told": notifications.unread_count,
    "supervision.orders": supervisions.waiting_count,
    "notifications.undelivered": lambda _actor, work: notifications.undelivered_count(work),
}
"""Entries that say how much waits there."""


def _is_current(endpoint: str) -> bool:
    """A package has one entry, whose pages it all is, or several, each its own."""
    here, package = request.endpoint or "", endpoint.split(".")[0]
    alone = sum(entry.split(".")[0] == package for entry, *_ in NAV) == 1
    return here.split(".")[0] == package if alone else here == endpoint


def _nav() -> list[dict[str, Any]]:
    if not current_user.is_authenticated or "nav_off" in g:
        return []
    actor: Actor = current_user.actor
    entries = []
    for place, (endpoint, label, icon, permission) in enumerate(NAV):
        if permission is not None and not actor.may_anywhere(permission):
            continue
        count = COUNTS[endpoint](actor, web.current_work()) if endpoint in COUNTS else 0
        entries.append(
            {
                "key": endpoint,
                "href": url_for(endpoint),
                "label": web.say(label),
                "icon": icon,
                "count": count,
                "current": _is_current(endpoint),
                "group": web.say("shell-manage") if place >= OWN else "",
            }
        )
    return entries


def _live() -> dict[str, str] | None:
    """What an open page asks for by itself, and which entry of the navigation it is."""
    if not current_user.is_authenticated or "nav_off" in g:
        return None
    address = url_for("tasks.live", since=since_of(web.current_work().now))
    return {"address": address, "here": request.endpoint or ""}


def _me() -> dict[str, Any] | None:
    if not current_user.is_authenticated or current_user.visitor is None:
        return None
    visitor: identities.Visitor = current_user.visitor
    actor = visitor.actor
    everything = {"id": "", "label": web.say("identity-all-posts"), "current": visitor.post_id is None}
    posts = [
        {"id": str(post.id), "label": f"{post.unit_name} · {post.title}", "current": post.id == visitor.post_id}
        for post in visitor.posts
    ]
    return {
        "name": actor.name,
        "unit": actor.unit_name,
        "post": actor.post_title or (posts[0]["label"] if len(posts) == 1 else everything["label"]),
        "posts": [everything, *posts] if len(posts) > 1 else posts,
        "switch_url": url_for("identity.post"),
        "profile_url": url_for("identity.profile"),
        "logout_url": url_for("identity.logout"),
    }

"""An application with the pages of tasks, scores, findings and results, for whoever a header names."""

from importlib.resources import files
from typing import Any

from flask import Flask, Request
from flask_login import LoginManager
from markupsafe import Markup

from server import web, words
from server.actor import Actor
from server.assessments.views import blueprint as assessments
from server.campaigns.views_sheets import blueprint as campaigns
from server.evidence.views import blueprint as evidence
from server.findings.views import blueprint as findings
from server.recognitions.views_decided import blueprint as recognitions
from server.standards.views import blueprint as standards
from server.tasks.views_sheets import blueprint as tasks
from tests.assessments.support import Gaoping


class Visitor:
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def get_id(self) -> str:
        return self.actor.account_key


def site(gaoping: Gaoping, actors: dict[str, Actor]) -> Flask:
    """Pages for whoever the header `X-Who` (or `?who=`) names in `actors`."""
    app = Flask("server", template_folder=str(files("server._templates")), static_folder="static")
    app.config.update(SECRET_KEY=b"x" * 32, PROPAGATE_EXCEPTIONS=True)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    web.install(app, gaoping.world.workshop, gaoping.world.application.settings, lambda: False)
    manager = LoginManager(app)

    @manager.request_loader
    def who(asked: Request) -> Visitor | None:
        actor = actors.get(asked.headers.get("X-Who", asked.cookies.get("who", "")))
        return Visitor(actor) if actor is not None else None

    for blueprint in (tasks, campaigns, evidence, assessments, findings, recognitions, standards):
        app.register_blueprint(blueprint)
    app.add_url_rule("/login", "identity.login", lambda: "login")
    shared: dict[str, Any] = {
        "t": web.say,
        "asset": lambda name: f"/static/dist/{name}",
        "csrf_field": lambda: Markup('<input type="hidden" name="csrf_token" value="x">'),
        "day": words.day,
        "day_of": words.day_of,
        "day_and_time": words.day_and_time,
        "due_on": words.due_on,
        "points": words.points,
    }
    app.jinja_env.globals.update(shared)
    seen = {"lang": web.language, "flashes": web.take_flashes}
    app.context_processor(
        lambda: {name: ask() for name, ask in seen.items()} | {"nav": [], "refused": web.refused, "here": "/"}
    )
    return app

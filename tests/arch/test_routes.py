"""Every route of the application asks who is there; the few that do not are named here."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, Rule

from server.app import create_app
from server.bootstrap import open_application
from server.config import Settings

OPEN = {
    "static": "files of the page frame",
    "health": "for a load balancer",
    "home": "leads to the inbox, which asks",
    "identity.login": "is where one says who one is",
    "identity.first": "turns a one-time token into a password",
    "identity.language": "chooses the language of the login page",
    "tasks.calendar_feed": "is opened by its signature",
    "tasks.said": "is opened by its signature",
    "tasks.say_by_link": "is opened by its signature",
    "api.openapi": "describes the interface",
}
REFUSED = {401, 403}
SAMPLES = {"UUIDConverter": "019b0000-0000-7000-8000-000000000000", "IntegerConverter": "1"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    data: Path = tmp_path_factory.mktemp("routes")
    application = open_application(Settings.from_environment({"GREENGATE_DATA": str(data)}), bring_up=True)
    app = create_app(application)
    app.config["WTF_CSRF_ENABLED"] = False  # what is asked here is who, not from where
    yield app
    application.workshop.engine.dispose()


def requests(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Every rule with each method, and an address that fits it."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        values = {name: _sample(rule, name) for name in rule.arguments}
        values |= rule.defaults or {}
        address = adapter.build(rule.endpoint, values, method=next(iter(sorted(rule.methods or {"GET"}))))
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method, address


def _sample(rule: Rule, name: str) -> str:
    converter = rule._converters[name]
    return min(converter.items) if isinstance(converter, AnyConverter) else SAMPLES.get(type(converter).__name__, "x")


def test_nobody_gets_in_without_saying_who(app: Flask) -> None:
    let_in = []
    for rule, method, address in requests(app):
        if rule.endpoint in OPEN:
            continue
        client: FlaskClient = app.test_client()
        answer = client.open(address, method=method, headers={"Accept": "text/html"})
        to_login = answer.status_code == 303 and "/login" in answer.headers["Location"]
        if not to_login and answer.status_code not in REFUSED:
            let_in.append(f"{method} {rule.rule} {answer.status_code}")
    assert let_in == []


def test_the_list_of_open_routes_is_no_longer_than_needed(app: Flask) -> None:
    assert set(OPEN) <= {rule.endpoint for rule in app.url_map.iter_rules()}


def test_every_answer_bears_the_safety_headers(app: Flask) -> None:
    missing = []
    for rule, method, address in requests(app):
        answer = app.test_client().open(address, method=method)
        for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"):
            if name not in answer.headers:
                missing.append(f"{method} {rule.rule}: {name}")
    assert missing == []

"""The web application over a small world, and browsers without scripts for the people in it."""

import html
import re
from dataclasses import dataclass, field
from uuid import UUID

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.actor import SYSTEM
from server.app import create_app
from server.identity import operations as identity
from server.organisation.models import Unit
from tests.world import World

PASSWORD = "Gufeng-Shan-2026"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Site:
    """An application, and who has an account there."""

    app: Flask
    world: World
    logins: dict[UUID, str] = field(default_factory=dict)

    def login(self, unit: Unit, kind: str) -> str:
        """The login of whoever holds a post, whose account is made when it is first asked for."""
        person_id, _ = self.world.people[unit.id, kind]
        if person_id not in self.logins:
            self.logins[person_id] = f"user{len(self.logins)}"
            with self.world.workshop.writing() as work:
                identity.create_account(
                    SYSTEM, work, person_id, self.logins[person_id], password=PASSWORD, must_change=False
                )
        return self.logins[person_id]

    def visitor(self, unit: Unit, kind: str, language: str = "zh-CN") -> FlaskClient:
        """A browser in which somebody is logged in."""
        login = self.login(unit, kind)
        with self.world.workshop.writing() as work:
            secret = identity.log_in(work, login, PASSWORD, "Firefox/140.0 (X11; Linux x86_64)")
        assert secret is not None
        client = self.app.test_client()
        client.set_cookie("greengate", secret)
        client.set_cookie("greengate_language", language)
        return client

    def token(self, client: FlaskClient, page: str = "/login") -> str:
        """The page token that a browser has been given."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).get_data(as_text=True))
        assert found
        return found[1]

    def post(self, client: FlaskClient, path: str, **fields: object) -> TestResponse:
        """Post a form as a page of ours offers it."""
        return client.post(path, data={"csrf_token": self.token(client), **fields})


def make_site(world: World, app: Flask | None = None) -> Site:
    """app: one that serves this test alone; else a new one."""
    with world.workshop.writing() as work:
        root = work.session.get_one(Unit, world.authority.parent_id)
        identity.seed_grants(SYSTEM, work, authority_id=world.authority.id, over_id=root.id)
    return Site(app or create_app(world.application), world)


def words(answer: TestResponse) -> str:
    """All that stands on a page."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.get_data(as_text=True), flags=re.DOTALL)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))

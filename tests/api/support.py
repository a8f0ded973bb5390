"""Programs with tokens, and what they send."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator, FormatChecker
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.actor import SYSTEM
from server.api.document import DOCUMENT, OPERATIONS
from server.app import create_app
from server.bootstrap import assemble
from server.db.jobs import InlineJobQueue
from server.identity import operations as identity
from server.identity import queries as identities
from server.identity.accounts import TOKEN_SCOPES
from server.identity.models import Account
from server.organisation.models import Unit
from server.ports import VirtualClock, seeded_ids
from tests.databases import open_database
from tests.web.apps import app_on
from tests.world import World

PASSWORD = "Gufeng-Shan-2026"
ALL_SCOPES = tuple(scope.value for scope in TOKEN_SCOPES)
FORMATS = FormatChecker(formats=("date", "uuid"))


@dataclass
class Program:
    """A client with a token (or none)."""

    client: FlaskClient
    token: str = ""
    language: str = "en"

    def get(self, path: str, **query: Any) -> TestResponse:
        return self._checked(
            "GET", path, self.client.get(f"/api/v1{path}", query_string=query, headers=self._headers())
        )

    def post(self, path: str, body: Any, key: str | None = None, **headers: str) -> TestResponse:
        """body: a value to be written as JSON, or bytes as they are. key "" sends no key."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        all_headers = {"Content-Type": "application/json"} | self._headers() | headers
        key = uuid4().hex if key is None else key
        if key:
            all_headers["Idempotency-Key"] = key
        return self._checked("POST", path, self.client.post(f"/api/v1{path}", data=raw, headers=all_headers))

    def upload(self, parts: dict[str, Any], key: str | None = None) -> TestResponse:
        headers = self._headers() | {"Idempotency-Key": key or uuid4().hex}
        given = self.client.post(
            "/api/v1/evidence", data=parts, headers=headers, content_type="multipart/form-data", buffered=True
        )
        return self._checked("POST", "/evidence", given)

    def _headers(self) -> dict[str, str]:
        named = {"Accept-Language": self.language}
        return named | ({"Authorization": f"Bearer {self.token}"} if self.token else {})

    def _checked(self, method: str, path: str, given: TestResponse) -> TestResponse:
        """Every answer that a test looks at has the shape that the document promises for its status."""
        entry = _entry(method, path)
        if entry is not None:
            promised = entry["responses"].get(str(given.status_code))
            assert promised is not None, f"{method} {path} gave {given.status_code}: {given.text[:500]}"
            media_type, shape = next(iter(promised["content"].items()))
            assert given.mimetype == media_type
            schema = shape["schema"] | {"components": DOCUMENT["components"]}
            Draft202012Validator(schema, format_checker=FORMATS).validate(given.json)
        return given


def _entry(method: str, path: str) -> dict[str, Any] | None:
    parts = path.split("/")
    for template, methods in DOCUMENT["paths"].items():
        wanted = template.split("/")
        if len(wanted) == len(parts) and all(w in (p, "{id}") for w, p in zip(wanted, parts, strict=True)):
            found: dict[str, Any] | None = methods.get(method.lower())
            return found
    return None


@dataclass
class City:
    """A world behind a web application, and programs for its people."""

    world: World
    app: Flask
    accounts: dict[UUID, UUID]
    """Person to account."""

    def program(self, unit: Unit, kind: str, scopes: tuple[str, ...] = ALL_SCOPES) -> Program:
        """A program with a token of whoever holds the post, which may do what the scopes say."""
        with self.world.workshop.writing() as work:
            account_id = self.accounts[self.world.people[unit.id, kind][0]]
            actor = identities.load_actor(work.session, account_id, None, work.now.date())
            assert actor is not None
            token = identity.create_token(actor, work, "test", scopes)
        return Program(self.app.test_client(), token)

    def nobody(self) -> Program:
        return Program(self.app.test_client())

    def start(self, unit: Unit | None = None, business_key: str = "A-1") -> str:
        """Start the approval process for a unit (the first one), as the office's program; returns the instance's id."""
        unit = unit or self.world.units[0]
        given = self.office.post("/instances", self.wanted(unit, business_key))
        assert given.status_code == 201, given.text
        return str(given.json["id"])

    @staticmethod
    def wanted(unit: Unit, business_key: str = "A-1") -> dict[str, Any]:
        return {"scheme": "rounds", "process": "approval", "business_key": business_key, "unit": unit.code}

    @property
    def office(self) -> Program:
        return self.program(self.world.authority, "office")

    @property
    def liaison(self) -> Program:
        return self.program(self.world.units[0], "liaison")


def make_city(world: World) -> City:
    """Give everybody of a world an account and the permissions of their posts."""
    accounts = {}
    with world.workshop.writing() as work:
        assert world.authority.parent_id is not None
        identity.seed_grants(SYSTEM, work, authority_id=world.authority.id, over_id=world.authority.parent_id)
        for number, (person_id, _) in enumerate(world.people.values()):
            login = f"u{number:03d}"
            identity.create_account(SYSTEM, work, person_id, login, password=PASSWORD, must_change=False)
            work.session.flush()
            accounts[person_id] = work.session.scalars(select(Account.id).where(Account.login == login)).one()
    return City(world, create_app(world.application), accounts)


def same_city(built: City, url: str, folder: Path, clock: VirtualClock) -> City:
    """The city on a copy of its database."""
    queue = InlineJobQueue()
    settings = replace(built.world.application.settings, data=folder, database_url=url)
    application = assemble(settings, open_database(url), clock, seeded_ids(clock, 8), queue)
    world = replace(built.world, application=application, clock=clock, queue=queue)
    return City(world, app_on(application), built.accounts)


def only_task(program: Program) -> dict[str, Any]:
    """The one task that waits for the program's owner."""
    items: list[dict[str, Any]] = program.get("/tasks").json["items"]
    assert len(items) == 1, items
    return items[0]


WRITES = tuple(operation for operation in OPERATIONS.values() if operation.method == "POST")

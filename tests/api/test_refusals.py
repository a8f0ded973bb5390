"""What the interface refuses, and that a refusal changes nothing."""

import io
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from server.api.document import OPERATIONS
from server.api.views import BODY_AT_MOST
from server.audit.models import AuditRow
from server.db.idempotency import IdempotencyKey
from server.db.types import Base
from server.identity import operations as identity
from server.identity import queries as identities
from server.identity.models import ApiToken
from server.tasks.models import Decision
from tests.api.support import WRITES, City, Program, only_task

NOWHERE = "019b0000-0000-7000-8000-000000000000"


def path_of(name: str) -> str:
    return OPERATIONS[name].path.replace("{id}", NOWHERE)


def rows(city: City) -> dict[str, int]:
    """How many rows each table has."""
    with city.world.workshop.reading() as work:
        return {
            table.name: work.session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def ask(program: Program, name: str) -> Any:
    operation = OPERATIONS[name]
    return program.get(path_of(name)) if operation.method == "GET" else program.post(path_of(name), {})


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name != "openapi"])
def test_nobody_gets_in_without_a_token(city: City, name: str) -> None:
    before = rows(city)
    for token in ("", "wrong", " ", "a" * 5000):
        given = ask(Program(city.app.test_client(), token), name)
        assert given.status_code == 401
        assert given.headers["WWW-Authenticate"] == "Bearer"
        assert "token" in given.json["title"]
    assert rows(city) == before


def test_a_login_opens_no_door_here(city: City) -> None:
    """A browser's cookie is sent along by any page; only a token is meant."""
    program = city.liaison
    client = city.app.test_client()
    page = client.get("/login").text
    csrf = page.split('name="csrf_token" value="')[1].split('"')[0]
    done = client.post("/login", data={"login": "u003", "password": "Gufeng-Shan-2026", "csrf_token": csrf})
    assert done.status_code == 303
    assert client.get("/inbox").status_code == 200
    assert client.get("/api/v1/tasks").status_code == 401
    assert program.get("/tasks").status_code == 200


def test_tokens_that_are_over_or_revoked_are_refused(city: City) -> None:
    unit = city.world.units[0]
    program = city.program(unit, "liaison")
    with city.world.workshop.writing() as work:
        token = work.session.scalars(select(ApiToken)).one()
        token.expires_at = work.now + timedelta(days=1)
    assert program.get("/tasks").status_code == 200
    city.world.clock.advance(timedelta(days=1, seconds=1))
    assert program.get("/tasks").status_code == 401
    other = city.program(unit, "liaison")
    with city.world.workshop.writing() as work:
        newest = work.session.scalars(select(ApiToken).where(ApiToken.expires_at.is_(None))).one()
        owner = identities.load_actor(work.session, newest.account_id, None, work.now.date())
        assert owner is not None
        identity.revoke_token(owner, work, newest.id)
    assert other.get("/tasks").status_code == 401


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name != "openapi"])
def test_a_token_does_only_what_its_scopes_say(city: City, name: str) -> None:
    wanted = OPERATIONS[name].scopes
    before = rows(city)
    program = city.program(city.world.authority, "office", ("organisation.manage",))
    given = ask(program, name)
    assert given.status_code == 403
    assert all(scope in given.json["title"] for scope in wanted)
    after = rows(city)
    changed = {table for table, number in after.items() if number != before[table]}
    assert changed <= {"account", "api_token", "audit_row", "audit_stream"}, "only what made the token"


def test_a_scope_gives_nothing_that_its_owner_has_not(city: City) -> None:
    program = city.program(city.world.units[0], "liaison", ("campaign.manage", "task.on_behalf", "unit.work"))
    assert program.post("/campaigns", {}).status_code == 403
    assert program.post("/instances", city.wanted(city.world.units[0])).status_code == 403


def test_what_belongs_to_others_is_not_there(city: City) -> None:
    instance = city.start(city.world.units[0])
    task = only_task(city.program(city.world.units[0], "liaison"))["id"]
    stranger = city.program(city.world.units[1], "liaison")
    assert stranger.get(f"/instances/{instance}").status_code == 404
    assert stranger.get(f"/tasks/{task}").status_code == 404
    assert stranger.post(f"/tasks/{task}/completion", {"values": {"summary": "x"}}).status_code == 404
    assert stranger.get("/tasks").json["items"] == []
    assert stranger.upload({"unit": city.world.units[0].code, "file": (io.BytesIO(b"x"), "a.txt")}).status_code == 404
    campaign = city.world.open_campaign(city.world.units[:1])
    assert stranger.get(f"/campaigns/{campaign.id}").status_code == 404
    assert stranger.get(f"/campaigns/{campaign.id}/participants").status_code == 404
    assert stranger.get("/campaigns").json["items"] == []


def test_units_that_are_none_of_its_business_are_not_found(city: City) -> None:
    program = city.office
    for unit in ("no-such-unit", NOWHERE):
        wanted = city.wanted(city.world.units[0]) | {"unit": unit}
        assert program.post("/instances", wanted).status_code == 404


def test_a_closed_task_says_who_closed_it_and_when(city: City) -> None:
    city.start()
    liaison = city.liaison
    task = only_task(liaison)["id"]
    assert liaison.post(f"/tasks/{task}/completion", {"values": {"summary": "done"}}).status_code == 200
    given = liaison.post(f"/tasks/{task}/completion", {"values": {"summary": "again"}})
    assert given.status_code == 409
    assert "示例单位01liaison" in given.json["title"]
    assert "2026-03-02 09:00" in given.json["title"]


def test_a_second_instance_for_one_business_key_is_refused(city: City) -> None:
    city.start()
    given = city.office.post("/instances", city.wanted(city.world.units[0]))
    assert given.status_code == 409
    assert "A-1" in given.json["title"]


BROKEN = {
    "empty": b"",
    "cut off": b'{"scheme": "rounds"',
    "not utf-8": b'{"scheme": "\xff"}',
    "not a number": b'{"version": NaN}',
    "infinite": b'{"version": -Infinity}',
    "twice": b'{"scheme": "a", "scheme": "b"}',
    "deep": b"[" * 100_000,
    "half a character": b'{"scheme": "\\ud83d"}',
    "character 0": b'{"scheme": "a\\u0000b"}',
    "endless number": b'{"version": ' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_what_is_no_json_is_refused(city: City, body: bytes) -> None:
    given = city.office.post("/instances", body)
    assert given.status_code == 400
    assert given.json["title"] == "The body is not valid JSON in UTF-8."


@pytest.mark.parametrize("operation", WRITES, ids=lambda each: each.name)
def test_other_media_types_are_refused(city: City, operation: Any) -> None:
    given = city.office.post(path_of(operation.name), {}, **{"Content-Type": "text/plain"})
    assert given.status_code == 415
    assert operation.media_type in given.json["title"]


@pytest.mark.parametrize("operation", WRITES, ids=lambda each: each.name)
@pytest.mark.parametrize("key", ["", "x" * 81, "with space", "ключ".encode().decode("latin-1")])
def test_a_writing_request_needs_a_key(city: City, operation: Any, key: str) -> None:
    given = city.office.post(path_of(operation.name), {}, key=key)
    assert given.status_code == 400
    assert "Idempotency-Key" in given.json["title"]


@pytest.mark.parametrize("operation", [each for each in WRITES if each.media_type == "application/json"])
def test_what_is_too_large_is_refused(city: City, operation: Any) -> None:
    body = json.dumps({"scheme": "x" * BODY_AT_MOST}).encode()
    given = city.office.post(path_of(operation.name), body)
    assert given.status_code == 413
    assert "1 MB" in given.json["title"]


def test_a_file_that_is_too_large_is_refused(city: City) -> None:
    city.app.config["MAX_CONTENT_LENGTH"] = 100_000
    given = city.liaison.upload({"file": (io.BytesIO(b"x" * 200_000), "large.txt")})
    assert given.status_code == 413


WRONG: dict[str, tuple[Any, dict[str, str]]] = {
    "no object": ([], {"": "This must be an object."}),
    "nothing": ({}, {"scheme": "required", "process": "required", "business_key": "required"}),
    "unknown field": ({"colour": "red"}, {"colour": "no such field"}),
    "number for text": ({"scheme": 1}, {"scheme": "must be text"}),
    "text for number": ({"version": "1"}, {"version": "must be a whole number"}),
    "truth for number": ({"version": True}, {"version": "must be a whole number"}),
    "fraction for number": ({"version": 1.5}, {"version": "must be a whole number"}),
    "null for text": ({"unit": None}, {"unit": "must be text"}),
    "list for text": ({"process": ["approval"]}, {"process": "must be text"}),
    "too small": ({"version": 0}, {"version": "at least 1"}),
    "too long": ({"business_key": "x" * 201}, {"business_key": "at most 200"}),
    "empty": ({"business_key": ""}, {"business_key": "at least 1"}),
}


@pytest.mark.parametrize(("body", "expected"), WRONG.values(), ids=WRONG)
def test_each_wrong_field_is_named(city: City, body: Any, expected: dict[str, str]) -> None:
    complete = body if isinstance(body, list) or not body else city.wanted(city.world.units[0]) | body
    given = city.office.post("/instances", complete)
    assert given.status_code == 422
    assert given.json["fields"].keys() == expected.keys()
    for name, words in expected.items():
        assert words in " ".join(given.json["fields"][name])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"page": "0"}, "page"),
        ({"page": "-1"}, "page"),
        ({"page": "1.5"}, "page"),
        ({"page": "９"}, "page"),
        ({"page": ["1", "2"]}, "page"),
        ({"page": "9" * 50}, "page"),
        ({"show": "mine"}, "show"),
        ({"q": "x" * 101}, "q"),
        ({"q": "a\0b"}, "q"),
        ({"sort": "name"}, "sort"),
    ],
)
def test_wrong_parameters_are_refused(city: City, query: dict[str, Any], field: str) -> None:
    given = city.liaison.get("/tasks", **query)
    assert given.status_code == 422
    assert given.json["fields"].keys() == {field}


def test_schemes_processes_and_versions_that_do_not_exist(city: City) -> None:
    wanted = city.wanted(city.world.units[0])
    for field, value in (("scheme", "none"), ("version", 2), ("process", "none")):
        given = city.office.post("/instances", wanted | {field: value})
        assert given.status_code == 422
        assert given.json["fields"].keys() == {field}


def test_values_of_the_wrong_kind_stop_a_completion_and_change_nothing(city: City) -> None:
    city.start()
    liaison = city.liaison
    task = only_task(liaison)["id"]
    before = rows(city)
    for body, fields in (
        ({"values": {}}, {"summary"}),
        ({"values": {"summary": "x" * 201}}, {"summary"}),
        ({"values": {"summary": "x", "proof": [NOWHERE]}}, {"proof"}),
        ({"values": {"summary": "x", "proof": ["a", "b", "c", "d"]}}, {"proof"}),
        ({"values": []}, {"values"}),
        ({"values": {"summary": "x"}, "verdict": "approve"}, {"verdict"}),
        ({"values": {"summary": "x"}, "on_behalf": {"name": "Wang"}}, {"on_behalf.source"}),
        ({"values": {"summary": "x"}, "on_behalf": {"name": "Wang", "source": "dream"}}, {"on_behalf.source"}),
    ):
        given = liaison.post(f"/tasks/{task}/completion", body)
        assert given.status_code == 422, body
        assert given.json["fields"].keys() == fields
    assert rows(city) == before


def test_nobody_says_for_whom_without_being_allowed_to(city: City) -> None:
    city.start()
    liaison = city.liaison
    task = only_task(liaison)["id"]
    behalf = {"name": "Wang", "source": "phone"}
    given = liaison.post(f"/tasks/{task}/completion", {"values": {"summary": "x"}, "on_behalf": behalf})
    assert given.status_code == 404
    office = city.office
    assert office.post(f"/tasks/{task}/completion", {"values": {"summary": "x"}}).status_code == 403
    scan = behalf | {"scan": NOWHERE}
    given = office.post(f"/tasks/{task}/completion", {"values": {"summary": "x"}, "on_behalf": scan})
    assert given.status_code == 422
    assert given.json["fields"].keys() == {"on_behalf.scan"}


def test_a_refused_request_leaves_its_key_free(city: City) -> None:
    key, office = uuid4().hex, city.office
    wrong = city.wanted(city.world.units[0]) | {"process": "none"}
    assert office.post("/instances", wrong, key=key).status_code == 422
    assert office.post("/instances", city.wanted(city.world.units[0]), key=key).status_code == 201


def test_reading_has_no_effects(city: City) -> None:
    instance = city.start()
    campaign = city.world.open_campaign()
    programs = [city.office, city.liaison]
    tasks = [item["id"] for program in programs for item in program.get("/tasks").json["items"]]
    before = rows(city)
    for program in programs:
        for path in (
            "/tasks", "/campaigns", f"/instances/{instance}", f"/campaigns/{campaign.id}",
            f"/campaigns/{campaign.id}/participants", *[f"/tasks/{task}" for task in tasks],
        ):  # fmt: skip
            assert program.get(path).status_code in (200, 403, 404)
    assert rows(city) == before


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_problems_too(city: City, method: str) -> None:
    given = city.app.test_client().open("/api/v1/tasks", method=method)
    assert given.status_code == 405
    assert given.mimetype == "application/problem+json"


def test_addresses_that_do_not_exist_are_problems_too(city: City) -> None:
    for path in ("/api/v1/nothing", "/api/v1/tasks/not-an-id", "/api/v2/tasks"):
        given = city.app.test_client().get(path)
        assert given.status_code == 404
        assert given.mimetype == "application/problem+json"


def test_problems_are_in_the_language_that_is_asked_for(city: City) -> None:
    said = {}
    for asked in ("zh-CN,zh;q=0.9", "en-GB,en;q=0.8", "fr", ""):
        given = Program(city.app.test_client(), language=asked).get("/tasks")
        said[asked] = (given.headers["Content-Language"], given.json["title"][:4])
        assert "Accept-Language" in given.headers["Vary"]
    assert said["en-GB,en;q=0.8"] == ("en", "A va")
    assert said["zh-CN,zh;q=0.9"] == said["fr"] == said[""] == ("zh-CN", "需要有效")


def test_no_secret_and_no_trace_is_told(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr("server.api.operations.start_instance", broken)
    given = city.app.test_client().post(
        "/api/v1/instances",
        json=city.wanted(city.world.units[0]),
        headers={"Authorization": f"Bearer {city.office.token}", "Idempotency-Key": "k"},
    )
    assert given.status_code == 500
    assert given.mimetype == "application/problem+json"
    assert "hunter2" not in given.text
    assert "Traceback" not in given.text
    with city.world.workshop.reading() as work:
        assert work.session.scalar(select(func.count()).select_from(IdempotencyKey)) == 0
        assert work.session.scalar(select(func.count()).select_from(Decision)) == 0
        assert work.session.scalar(select(func.count()).select_from(AuditRow).where(AuditRow.verb == "x")) == 0

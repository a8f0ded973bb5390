"""What programs do: start, read, complete, open campaigns, store files; a repeated request does nothing more."""

import io
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from server.api import jobs
from server.campaigns.models import Campaign
from server.db.idempotency import KEEP_FOR, IdempotencyKey
from server.evidence.models import Evidence
from server.processes.models import ProcessInstance
from server.tasks.models import Decision
from tests.api.support import City, Program, only_task
from tests.tasks.test_resubmitting import FIRST, Scene


def number(city: City, table: Any) -> int:
    with city.world.workshop.reading() as work:
        return work.session.scalar(select(func.count()).select_from(table)) or 0


def complete(program: Program, task_id: str, **values: Any) -> Any:
    given = program.post(f"/tasks/{task_id}/completion", {"values": values})
    assert given.status_code == 200, given.text
    return given.json


def test_an_application_goes_its_way(any_city: City) -> None:
    city = any_city
    office, liaison = city.office, city.liaison
    instance_id = city.start()
    started = liaison.get(f"/instances/{instance_id}").json
    assert (started["state"], started["outcome"], started["business_key"]) == ("running", None, "A-1")
    assert started["scheme"] == {"key": "rounds", "version": 1}
    assert [each["element"] for each in started["waiting"]] == ["Submit"]

    task = only_task(liaison)
    assert task["id"] == started["waiting"][0]["id"]
    page = liaison.get(f"/tasks/{task['id']}").json
    assert page["mine"] is True
    assert [(each["name"], each["required"]) for each in page["fields"]] == [("summary", True), ("proof", False)]
    assert [each["field"] for each in page["missing"]] == ["summary"]
    assert office.get(f"/tasks/{task['id']}").json["mine"] is False

    assert complete(liaison, task["id"], summary="first")["verdict"] == "done"
    complete(office, only_task(office)["id"], verdict="return", reason="more, please")
    back = liaison.get(f"/tasks/{only_task(liaison)['id']}").json
    assert back["returned_reason"] == "more, please"
    assert back["values"] == {"summary": "first"}
    assert back["missing"] == []

    complete(liaison, back["id"], summary="second")
    done = complete(office, only_task(office)["id"], verdict="approve")
    assert done["verdict"] == "approve"
    ended = liaison.get(f"/instances/{instance_id}").json
    assert (ended["state"], ended["outcome"], ended["waiting"]) == ("ended", "Done", [])
    assert liaison.get(f"/tasks/{back['id']}").json["state"] == "done"


@pytest.mark.parametrize("process", ["approval", "round"])
def test_what_a_start_answers_is_what_reading_gives(city: City, process: str) -> None:
    office = city.office
    given = office.post("/instances", city.wanted(city.world.units[0]) | {"process": process})
    assert given.json == office.get(f"/instances/{given.json['id']}").json


def test_units_may_be_named_by_id_and_left_out(city: City) -> None:
    unit = city.world.units[0]
    given = city.office.post("/instances", city.wanted(unit) | {"unit": str(unit.id), "version": 1})
    assert given.json["unit"] == {"id": str(unit.id), "code": unit.code, "name": unit.name}
    assert given.headers["Location"] == f"/api/v1/instances/{given.json['id']}"
    wanted = city.wanted(unit, "A-2")
    del wanted["unit"]
    assert city.office.post("/instances", wanted).json["unit"]["code"] == city.world.authority.code


def test_a_campaign_from_opening_to_end(any_city: City) -> None:
    city = any_city
    office = city.office
    wanted = {
        "scheme": "rounds",
        "year": 2026,
        "title": "2026",
        "starts_on": "2026-03-02",
        "participants": [unit.code for unit in city.world.units[:2]],
        "dates": {"submit": "2026-05-15"},
    }
    given = office.post("/campaigns", wanted)
    assert given.status_code == 201
    opened = given.json
    assert opened["state"] == "opening"
    assert opened["participants"] == {"active": 2, "withdrawn": 0}
    assert opened["deadlines"] == [{"key": "submit", "title": "报送材料", "due_at": "2026-05-15T15:59:59Z"}]
    city.world.drain()

    lists = office.get("/campaigns").json
    assert [(each["title"], each["open_tasks"]) for each in lists["items"]] == [("2026", 2)]
    for unit in city.world.units[:2]:
        liaison = city.program(unit, "liaison")
        task = only_task(liaison)
        assert task["due_at"] == "2026-05-15T15:59:59Z"
        complete(liaison, task["id"], summary="ours")
        complete(office, only_task(office)["id"], verdict="approve")
    city.world.drain()
    rows = office.get(f"/campaigns/{opened['id']}/participants").json["items"]
    assert [(row["number"], row["progress"], row["open_tasks"]) for row in rows] == [(1, "done", 0), (2, "done", 0)]
    leader = city.program(city.world.authority, "leader")
    complete(leader, only_task(leader)["id"], verdict="approve")
    ended = office.get(f"/campaigns/{opened['id']}").json
    assert ended["state"] == "ended"
    root = office.get(f"/instances/{ended['root_instance']}").json
    assert root["outcome"] == "Named"
    assert root["children"][0]["counts"] == {"done": 2}
    assert liaison.get(f"/campaigns/{opened['id']}").status_code == 200, "a participant may read its own campaign"


WRONG_CAMPAIGNS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "unknown unit": ({"participants": ["nobody"]}, {"participants"}),
    "no units": ({"participants": []}, {"participants"}),
    "a unit twice": ({"participants": ["u-示例单位01", "u-示例单位01"]}, {"participants"}),
    "unknown deadline": ({"dates": {"harvest": "2026-05-15"}}, {"dates.harvest"}),
    "no day": ({"dates": {"submit": "2026-02-30"}}, {"dates.submit"}),
    "before the start": ({"dates": {"submit": "2026-01-01"}}, {"date.submit"}),
    "no start": ({"starts_on": "tomorrow"}, {"starts_on"}),
    "unknown parameter": ({"parameters": {"colour": "red"}}, {"parameters.colour"}),
    "strange parameter": ({"parameters": {"colour": []}}, {"parameters.colour"}),
    "long ago": ({"year": 1900}, {"year"}),
    "blank title": ({"title": "  "}, {"title"}),
}


@pytest.mark.parametrize(("change", "fields"), WRONG_CAMPAIGNS.values(), ids=WRONG_CAMPAIGNS)
def test_openings_that_cannot_be(city: City, change: dict[str, Any], fields: set[str]) -> None:
    wanted = {
        "scheme": "rounds",
        "year": 2026,
        "title": "2026",
        "starts_on": "2026-03-02",
        "participants": [unit.code for unit in city.world.units],
    }
    given = city.office.post("/campaigns", wanted | change)
    assert given.status_code == 422
    assert given.json["fields"].keys() == fields
    assert number(city, Campaign) == 0


def test_a_repeated_start_is_answered_and_not_done_again(any_city: City) -> None:
    city, key = any_city, uuid4().hex
    office, wanted = city.office, City.wanted(any_city.world.units[0])
    first = office.post("/instances", wanted, key=key)
    again = office.post("/instances", dict(reversed(wanted.items())), key=key)
    assert (again.status_code, again.json, again.headers["Location"]) == (201, first.json, first.headers["Location"])
    other = office.post("/instances", wanted | {"business_key": "A-2"}, key=key)
    assert other.status_code == 422
    assert "key" in other.json["title"]
    assert office.post("/campaigns", campaign_of(city), key=key).status_code == 422, "another route is another request"
    assert number(city, ProcessInstance) == 1


def test_two_programs_may_choose_the_same_key(city: City) -> None:
    key, unit = uuid4().hex, city.world.units[0]
    ids = {city.office.post("/instances", city.wanted(unit, name), key=key).json["id"] for name in ("A-1", "A-2")}
    assert len(ids) == 2


def campaign_of(city: City) -> dict[str, Any]:
    return {
        "scheme": "rounds",
        "year": 2026,
        "title": "2026",
        "starts_on": "2026-03-02",
        "participants": [city.world.units[0].code],
    }


def test_a_repeated_opening_is_answered_and_not_done_again(any_city: City) -> None:
    city, key = any_city, uuid4().hex
    office = city.office
    first = office.post("/campaigns", campaign_of(city), key=key)
    city.world.drain()
    again = office.post("/campaigns", campaign_of(city), key=key)
    assert (again.status_code, again.json) == (201, first.json), "as it was answered then, not as it stands now"
    assert number(city, Campaign) == 1
    assert office.post("/campaigns", campaign_of(city) | {"title": "other"}, key=key).status_code == 422


def test_a_repeated_completion_is_answered_and_not_done_again(any_city: City) -> None:
    city, key = any_city, uuid4().hex
    city.start()
    liaison = city.liaison
    path = f"/tasks/{only_task(liaison)['id']}/completion"
    first = liaison.post(path, {"values": {"summary": "ours", "proof": []}}, key=key)
    city.world.clock.advance(KEEP_FOR * 2)
    again = liaison.post(path, {"values": {"proof": [], "summary": "ours"}}, key=key)
    assert (again.status_code, again.json) == (200, first.json)
    for other in ({"values": {"summary": "other"}}, {"values": {"summary": ""}}):
        given = liaison.post(path, other, key=key)
        assert given.status_code == 422
        assert "key" in given.json["title"]
    assert number(city, Decision) == 1


def test_a_key_serves_one_task(any_city: City) -> None:
    city, key = any_city, uuid4().hex
    city.start(business_key="A-1")
    city.start(business_key="A-2")
    liaison = city.liaison
    first, second = [item["id"] for item in liaison.get("/tasks").json["items"]]
    assert liaison.post(f"/tasks/{first}/completion", {"values": {"summary": "x"}}, key=key).status_code == 200
    given = liaison.post(f"/tasks/{second}/completion", {"values": {"summary": "x"}}, key=key)
    assert given.status_code == 422
    assert "key" in given.json["title"]
    assert number(city, Decision) == 1
    assert liaison.get(f"/tasks/{second}").json["state"] == "open"


def test_what_was_said_on_the_telephone_counts_for_the_unit(any_city: City) -> None:
    city, key = any_city, uuid4().hex
    city.start()
    office, liaison = city.office, city.liaison
    path = f"/tasks/{only_task(liaison)['id']}/completion"
    body = {"values": {"summary": "x"}, "on_behalf": {"name": "Wang", "source": "phone", "note": "10:20"}}
    first = office.post(path, body, key=key)
    assert first.status_code == 200
    assert office.post(path, body, key=key).json == first.json
    for change in ({"name": "Li"}, {"source": "paper"}, {"note": ""}):
        other = body | {"on_behalf": body["on_behalf"] | change}  # type: ignore[operator]
        assert office.post(path, other, key=key).status_code == 422
    with city.world.workshop.reading() as work:
        decision = work.session.scalars(select(Decision)).one()
        assert (decision.name, decision.behalf_name, decision.source) == ("示例市主管局office", "Wang", "phone")


def test_files(any_city: City) -> None:
    city, key = any_city, uuid4().hex
    unit = city.world.units[0]
    liaison = city.liaison
    parts = {"note": "minutes", "proves_on": "2026-02-01"}

    def send(content: bytes = b"what was said", **more: str) -> Any:
        return liaison.upload(parts | more | {"file": (io.BytesIO(content), "minutes.txt")}, key=key)

    first = send()
    assert first.status_code == 201
    assert first.json["unit"] == str(unit.id)
    assert (first.json["name"], first.json["size_bytes"], first.json["proves_on"]) == ("minutes.txt", 13, "2026-02-01")
    assert send().json == first.json
    assert send(b"something else").status_code == 422
    assert send(note="other").status_code == 422
    assert number(city, Evidence) == 1

    city.start()
    task = only_task(liaison)["id"]
    complete(liaison, task, summary="x", proof=[first.json["id"]])
    with city.world.workshop.reading() as work:
        assert work.session.scalars(select(Decision)).one().values["proof"] == [first.json["id"]]


@pytest.mark.parametrize(
    ("parts", "fields"),
    [
        ({}, {"file"}),
        ({"file": "not a file"}, {"file"}),
        ({"file": (io.BytesIO(b"x"), "a.txt"), "colour": "red"}, {"colour"}),
        ({"file": (io.BytesIO(b"x"), "a.txt"), "proves_on": "yesterday"}, {"proves_on"}),
        ({"file": [(io.BytesIO(b"x"), "a.txt"), (io.BytesIO(b"y"), "b.txt")]}, {"file"}),
        ({"file": (io.BytesIO(b"x"), "a.txt"), "note": "a\0b"}, {"note"}),
    ],
)
def test_files_that_are_not_taken(city: City, parts: dict[str, Any], fields: set[str]) -> None:
    given = city.liaison.upload(parts)
    assert given.status_code == 422
    assert given.json["fields"].keys() == fields


@pytest.mark.parametrize("name", ["a.exe", "a.pdf", "a"])
def test_files_of_the_wrong_kind(city: City, name: str) -> None:
    assert city.liaison.upload({"file": (io.BytesIO(b"MZ\x90\x00"), name)}).status_code == 422
    assert number(city, Evidence) == 0


def test_words_and_filters_of_the_list(city: City) -> None:
    for name in ("A-1", "B-2"):
        city.start(business_key=name)
    liaison = city.liaison
    assert liaison.get("/tasks", q="B-2").json["total"] == 1
    assert liaison.get("/tasks", show="overdue").json["items"] == []
    assert liaison.get("/tasks", page=2).json == {"items": [], "page": 2, "pages": 1, "total": 2}


def test_old_answers_are_forgotten_in_batches(city: City) -> None:
    key = uuid4().hex
    city.office.post("/instances", city.wanted(city.world.units[0]), key=key)
    with city.world.workshop.writing() as work:
        assert jobs.forget(work, {}) is None
    assert number(city, IdempotencyKey) == 1
    city.world.clock.advance(KEEP_FOR * 2)
    with city.world.workshop.writing() as work:
        assert jobs.forget(work, {}) is None
    assert number(city, IdempotencyKey) == 0


def test_the_same_request_twice_at_once_is_done_once(any_city: City) -> None:
    city, key = any_city, uuid4().hex
    office, wanted = city.office, City.wanted(any_city.world.units[0])
    answers: list[Any] = []

    def send() -> None:
        program = Program(city.app.test_client(), office.token)
        answers.append(program.post("/instances", wanted, key=key))

    threads = [Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert number(city, ProcessInstance) == 1


def test_two_starts_at_once_for_one_business_key(any_city: City) -> None:
    city = any_city
    office, wanted = city.office, City.wanted(any_city.world.units[0])
    statuses: list[int] = []

    def send() -> None:
        statuses.append(Program(city.app.test_client(), office.token).post("/instances", wanted).status_code)

    threads = [Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, 409, 409, 409]
    assert number(city, ProcessInstance) == 1


def test_work_that_was_sent_back_goes_straight_where_that_is_asked_for(city: City) -> None:
    scene = Scene(city.world)
    scene.returned()
    page = f"/tasks/{scene.at('Submit')}/completion"
    assert city.liaison.post(page, {"values": FIRST, "way": "sideways"}).status_code == 422
    assert city.liaison.post(page, {"values": {**FIRST, "staff": 8}, "way": "straight"}).status_code == 409
    assert scene.open == ["Submit"]
    assert city.liaison.post(page, {"values": FIRST, "way": "straight"}).status_code == 200
    assert scene.open == ["Judge"]

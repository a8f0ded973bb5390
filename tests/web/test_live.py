"""An open page hears of what came, at two statements a question; asking keeps no session alive."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from server.identity.rules import IDLE
from server.notifications import operations
from server.notifications.operations import Said
from server.tasks.views_live import since_of
from tests.web.site import Site
from tests.world import World

JSON = {"Accept": "application/json"}


@pytest.fixture
def liaison(site: Site, world: World) -> FlaskClient:
    return site.visitor(world.units[0], "liaison")


def tell(world: World, matter: str) -> None:
    with world.workshop.writing() as work:
        person_id = world.people[world.units[0].id, "liaison"][0]
        operations.tell(work, [person_id], Said("tasks-told-today", matter, "/inbox", {"task": "一件"}))


def address(world: World) -> str:
    """What a page that is shown now asks for."""
    return f"/live?since={since_of(world.clock.now())}"


@contextmanager
def counted_statements(world: World) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(*said: object) -> None:
        if str(said[2]).lstrip().upper().startswith(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")):
            seen.append(str(said[2]))

    event.listen(world.workshop.engine, "before_cursor_execute", note)
    yield seen
    event.remove(world.workshop.engine, "before_cursor_execute", note)


def test_what_came_since_the_page_was_shown_is_counted_and_said(site: Site, world: World, liaison: FlaskClient) -> None:
    tell(world, "before")
    world.clock.advance(timedelta(seconds=1))
    asked = address(world)
    assert liaison.get(asked, headers=JSON).json == {
        "counts": {"notifications.told": 1, "tasks.inbox": 0},
        "new": {"notifications.told": "", "tasks.inbox": ""},
    }
    world.clock.advance(timedelta(seconds=1))
    tell(world, "after")
    world.open_campaign(world.units[:1])
    world.drain()
    assert liaison.get(asked, headers=JSON).json == {
        "counts": {"notifications.told": 2, "tasks.inbox": 1},
        "new": {"notifications.told": "1 条新通知。", "tasks.inbox": "1 项新待办。"},
    }
    assert "data-live=" in liaison.get("/inbox").get_data(as_text=True)


def test_nothing_is_said_again_until_something_changes(world: World, liaison: FlaskClient) -> None:
    asked = address(world)
    tag = liaison.get(asked, headers=JSON).headers["ETag"]
    again = liaison.get(asked, headers=JSON | {"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    world.clock.advance(timedelta(seconds=1))
    tell(world, "one")
    assert liaison.get(asked, headers=JSON | {"If-None-Match": tag}).status_code == 200


def test_a_question_costs_two_statements(world: World, liaison: FlaskClient) -> None:
    asked = address(world)
    world.clock.advance(timedelta(minutes=5))
    with counted_statements(world) as seen:
        assert liaison.get(asked, headers=JSON).status_code == 200
    assert len(seen) == 2


def test_what_a_page_asks_by_itself_keeps_no_session_alive(world: World, liaison: FlaskClient) -> None:
    asked = address(world)
    for _ in range(3):
        world.clock.advance(IDLE / 3)
        assert liaison.get(asked, headers=JSON).status_code == 200
    world.clock.advance(timedelta(seconds=1))
    assert liaison.get(asked, headers=JSON).status_code == 401
    assert liaison.get("/inbox").status_code == 303


def test_a_page_that_is_looked_at_does(world: World, liaison: FlaskClient) -> None:
    for _ in range(3):
        world.clock.advance(IDLE * 0.7)
        assert liaison.get("/inbox").status_code == 200


@pytest.mark.parametrize("since", ["", "yesterday", "-1", "1" * 17, "٣", "1e9"])
def test_no_other_instant_is_understood(liaison: FlaskClient, since: str) -> None:
    assert liaison.get("/live", query_string={"since": since}, headers=JSON).status_code == 422


def test_of_others_nothing_is_counted(site: Site, world: World, liaison: FlaskClient) -> None:
    tell(world, "one")
    other = site.visitor(world.units[1], "liaison").get("/live", headers=JSON).json
    assert other is not None
    assert other["counts"] == {"notifications.told": 0, "tasks.inbox": 0}

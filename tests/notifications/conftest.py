"""A world whose settings name a mail server, which is there."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from server.config import MailServer, Settings
from server.db.work import Workshop
from server.organisation.models import Person
from tests.notifications.post_office import PostOffice, post_office
from tests.world import World


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as found:
        yield found


@pytest.fixture
def mailing(any_world: World, office: PostOffice) -> World:
    """The world with mail; the liaison of the first unit has an address."""
    use_mail(any_world, MailServer("127.0.0.1", office.port, "none", "campaign@example.cn"))
    address(any_world, "liaison@example.cn")
    return any_world


def use_mail(world: World, server: MailServer | None) -> None:
    parts = world.workshop.parts
    known = parts.get(Settings)
    parts._parts[Settings] = replace(known, mail=server, address="https://greengate.example.cn")


def address(world: World, email: str | None, kind: str = "liaison", unit: int = 0) -> None:
    with world.workshop.writing() as work:
        person = work.session.get_one(Person, world.people[world.units[unit].id, kind][0])
        person.email = email


def send(world: World) -> None:
    """One look of the worker at what is to be sent."""
    workshop: Workshop = world.workshop
    with workshop.writing() as work:
        work.jobs.enqueue(work.session, "notifications.send", "tick", {})
    world.drain()

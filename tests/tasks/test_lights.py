"""Lights and reminders by the days of the unit's own zone."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from server.notifications.models import Notification
from server.organisation.models import Unit
from server.tasks.jobs import REMIND
from server.tasks.lights import is_red, light_of
from server.tasks.models import Task
from server.tasks.rules import Light, Stage
from tests.world import World


def test_lights_and_the_count_of_red_go_by_the_zone_of_the_unit(world: World) -> None:
    """On Saturday at 00:30 in Shanghai it is still Friday in Urumqi: overdue there, at rest here."""
    world.open_campaign(world.units[:2])
    saturday = datetime(2026, 3, 6, 16, 30, tzinfo=UTC)
    world.clock.advance(saturday - world.clock.now())
    with world.workshop.writing() as work:
        work.session.get_one(Unit, world.units[1].id).zone = "Asia/Urumqi"
        due = saturday - timedelta(minutes=15)
        work.session.execute(update(Task).where(Task.state == "open").values(due_at=due))
    with world.workshop.reading() as work:
        pairs = select(Unit.name, Task.due_at, Unit.kind, Unit.zone).join(Task, Task.unit_id == Unit.id)
        rows = work.session.execute(pairs).all()
        assert {name: light_of(work, due, kind, zone) for name, due, kind, zone in rows} == {
            "示例单位01": Light.YELLOW,
            "示例单位02": Light.RED,
        }
        red = work.session.scalars(select(Unit.name).join(Task, Task.unit_id == Unit.id).where(is_red(work))).all()
        assert red == ["示例单位02"]


def test_who_works_in_another_zone_is_told_on_the_day_there(world: World) -> None:
    """What is due today when it is 00:30 in Shanghai is due tomorrow in Urumqi, where it is still the day before."""
    world.open_campaign(world.units[:2])
    world.give_accounts()
    now = datetime(2026, 3, 4, 16, 30, tzinfo=UTC)
    world.clock.advance(now - world.clock.now())
    with world.workshop.writing() as work:
        work.session.get_one(Unit, world.units[1].id).zone = "Asia/Urumqi"
        due = datetime(2026, 3, 5, 10, 0, tzinfo=UTC)
        work.session.execute(update(Task).where(Task.state == "open").values(due_at=due, reminded=1))
        work.jobs.enqueue(work.session, REMIND, "tick", {})
    world.drain()
    with world.workshop.reading() as work:
        for number, stage in ((0, Stage.TODAY), (1, Stage.SOON)):
            wanted = select(Task.reminded).where(Task.unit_id == world.units[number].id, Task.state == "open")
            assert work.session.scalars(wanted).one() == stage
        assert work.session.scalars(select(Notification.id)).first() is not None

"""Those who sit on tasks are reminded as the date comes near, and urged by those who manage the campaign."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from server.actor import SYSTEM, Actor
from server.audit.models import AuditRow
from server.deadlines.models import CalendarPeriod
from server.errors import Conflict, NotFound
from server.identity import accounts, grants
from server.notifications.models import Notification
from server.notifications.queries import told as told_rows
from server.notifications.queries import unread_count
from server.organisation.models import Holding
from server.tasks import dates, urging
from server.tasks.jobs import REMIND
from server.tasks.models import Task
from server.tasks.rules import Stage
from server.verify import verify
from tests.web.site import CHEAP
from tests.world import World


@pytest.fixture
def office(world: World, monkeypatch: pytest.MonkeyPatch) -> Actor:
    monkeypatch.setattr("server.identity.passwords._hasher", CHEAP)
    with world.workshop.writing() as work:
        root = work.session.get_one(type(world.authority), world.authority.id).parent_id
        grants.seed_grants(SYSTEM, work, authority_id=world.authority.id, over_id=root)
        for number, person in enumerate(world.people.values()):
            accounts.create_account(SYSTEM, work, person[0], f"user{number}", password="Gufeng-Shan-2026")
    return world.actor(world.authority, "office")


@pytest.fixture
def task(world: World, office: Actor) -> Task:
    """The first task of a unit in a campaign, of which its liaison has been told."""
    world.open_campaign(world.units[:1])
    remind(world)
    (found,) = world.inbox(world.actor(world.units[0], "liaison"))
    assert found.due_at is not None
    return found


def remind(world: World) -> None:
    with world.workshop.writing() as work:
        work.jobs.enqueue(work.session, REMIND, "tick", {})
    world.drain()


def told(world: World, kind: str = "liaison", unit: int = 0) -> list[str]:
    """The messages that somebody was told, oldest first."""
    with world.workshop.reading() as work:
        person_id = world.people[world.units[unit].id if unit >= 0 else world.authority.id, kind][0]
        mine = select(Notification.message).where(Notification.person_id == person_id)
        found = work.session.scalars(mine.order_by(Notification.made_at, Notification.message)).all()
        return [each.removeprefix("tasks-told-") for each in found]


def until_due(world: World, task: Task, **before: float) -> None:
    """Let time pass until so long before the task is due; negative: after."""
    assert task.due_at is not None
    world.clock.advance(task.due_at - timedelta(**before) - world.clock.now())


def test_each_stage_is_told_once_to_who_sits_there(world: World, task: Task) -> None:
    assert told(world) == ["opened-dated"]
    for before in (3, 3, 0.5, 0.5, -2, -2):
        until_due(world, task, days=before)
        remind(world)
    assert told(world) == ["opened-dated", "soon", "today", "overdue"]
    assert told(world, "head") == []


def test_after_three_working_days_the_units_head_is_told_and_nobody_above(world: World, task: Task) -> None:
    until_due(world, task, days=-9)
    remind(world)
    assert told(world) == ["opened-dated", "overdue"]
    assert told(world, "head") == ["head"]
    assert told(world, "office", -1) == told(world, "leader", -1) == []


def test_what_was_missed_is_told_once_and_not_in_a_row(world: World, task: Task) -> None:
    until_due(world, task, days=-30)
    remind(world)
    remind(world)
    assert told(world) == ["opened-dated", "overdue"]


def test_on_days_off_nothing_becomes_overdue(world: World, office: Actor, task: Task) -> None:
    assert task.due_at is not None
    with world.workshop.writing() as work:
        day = task.due_at.date()
        off = CalendarPeriod(
            id=work.ids.new(), from_on=day - timedelta(days=1), until_on=day + timedelta(days=20), works=False,
            unit_kind="organ", name="停工", added_by="x", added_at=work.now,
        )  # fmt: skip
        work.session.add(off)
    until_due(world, task, days=-9)
    remind(world)
    assert "overdue" not in told(world)
    until_due(world, task, days=-22)
    remind(world)
    assert told(world)[-1] == "overdue"


def test_a_date_that_was_moved_is_told_anew(world: World, office: Actor, task: Task) -> None:
    until_due(world, task, days=-1)
    remind(world)
    assert task.due_at is not None
    with world.workshop.writing() as work:
        dates.extend(office, work, task.id, task.due_at + timedelta(days=60), "材料未到")
    remind(world)
    assert told(world) == ["opened-dated", "overdue"]
    until_due(world, task, days=-60 - 1.5)
    remind(world)
    assert "today" not in told(world)
    until_due(world, task, days=-60 - 4)
    remind(world)
    assert told(world) == ["opened-dated", "overdue", "overdue"]


def test_a_task_that_is_done_reminds_nobody(world: World, task: Task) -> None:
    liaison = world.actor(world.units[0], "liaison")
    world.do(liaison, task.id, summary="已完成")
    until_due(world, task, days=-9)
    remind(world)
    assert [each for each in told(world) if each in ("soon", "today", "overdue")] == []


def test_what_was_told_of_a_task_is_settled_with_it(world: World, task: Task) -> None:
    liaison = world.actor(world.units[0], "liaison")
    with world.workshop.reading() as work:
        assert unread_count(liaison, work) == 1
    world.do(liaison, task.id, summary="已完成")
    remind(world)
    with world.workshop.reading() as work:
        rows = told_rows(liaison, work).rows
    assert [row.is_read for row in rows if row.message == "tasks-told-opened-dated"] == [True]


def test_of_a_task_nobody_can_do_the_office_hears(world: World, office: Actor) -> None:
    with world.workshop.writing() as work:
        post_id = world.posts[world.units[0].id, "liaison"]
        for held in work.session.scalars(select(Holding).where(Holding.post_id == post_id)):
            held.until_on = world.clock.now().date() - timedelta(days=1)
    world.open_campaign(world.units[:1])
    remind(world)
    assert told(world) == []
    assert "opened-dated" in told(world, "office", -1)


def urge(world: World, actor: Actor, task: Task, note: str = "") -> int:
    with world.workshop.writing() as work:
        return urging.urge(actor, work, task.id, note)


def test_urging_tells_who_sits_there_and_is_recorded(world: World, office: Actor, task: Task) -> None:
    assert urge(world, office, task, "  请于周五前报送 ") == 1
    assert told(world)[-1] == "urged-dated-noted"
    with world.workshop.reading() as work:
        count, last = urging.urged(work, task.id)
        assert last is not None
        assert (count, last.urged_by, last.note) == (1, office.name, "请于周五前报送")
        row = work.session.scalars(select(AuditRow).where(AuditRow.verb == "task:urged")).one()
        assert row.details["told"] == 1
    assert verify(world.application) == []


def test_nobody_is_urged_twice_within_four_hours_whoever_does_it(world: World, office: Actor, task: Task) -> None:
    urge(world, office, task)
    with pytest.raises(Conflict):
        urge(world, office, task)
    world.clock.advance(urging.AGAIN_AFTER)
    urge(world, office, task)
    assert told(world)[1:] == ["urged-dated", "urged-dated"]


@pytest.mark.parametrize("who", [("liaison", 0), ("head", 0), ("liaison", 1)])
def test_only_who_manages_urges(world: World, task: Task, who: tuple[str, int]) -> None:
    with pytest.raises(NotFound):
        urge(world, world.actor(world.units[who[1]], who[0]), task)
    assert told(world) == ["opened-dated"]


def test_a_closed_task_is_not_urged(world: World, office: Actor, task: Task) -> None:
    world.do(world.actor(world.units[0], "liaison"), task.id, summary="已完成")
    with pytest.raises(Conflict):
        urge(world, office, task)


def urge_all(world: World, actor: Actor, task: Task) -> tuple[int, int]:
    assert task.campaign_id is not None
    with world.workshop.writing() as work:
        return urging.urge_overdue(actor, work, task.campaign_id)


def open_two(world: World) -> Sequence[Task]:
    world.open_campaign(world.units[:2])
    return [world.inbox(world.actor(unit, "liaison"))[0] for unit in world.units[:2]]


def test_all_that_is_overdue_is_urged_at_once_but_what_was_urged_lately(world: World, office: Actor) -> None:
    first, second = open_two(world)
    assert urge_all(world, office, first) == (0, 0)
    until_due(world, first, days=-9)
    urge(world, office, second)
    assert urge_all(world, office, first) == (1, 1)
    assert urge_all(world, office, first) == (0, 0)
    assert [told(world, unit=unit)[-1] for unit in (0, 1)] == ["urged-dated", "urged-dated"]
    assert verify(world.application) == []


def test_who_manages_nothing_urges_nothing(world: World, task: Task) -> None:
    until_due(world, task, days=-9)
    with pytest.raises(NotFound):
        urge_all(world, world.actor(world.units[0], "head"), task)


def test_the_answer_to_a_request_for_more_time_is_told(world: World, office: Actor, task: Task) -> None:
    liaison = world.actor(world.units[0], "liaison")
    assert task.due_at is not None
    with world.workshop.writing() as work:
        dates.ask_for_time(liaison, work, task.id, task.due_at + timedelta(days=10), "材料在审计局")
    (request,) = [each for each in world.inbox(office) if each.kind == dates.REQUEST]
    day = (task.due_at + timedelta(days=5)).date().isoformat()
    world.do(office, request.id, verdict="approve", day=day, opinion="")
    assert told(world)[-1] == "time-granted"


def test_tasks_of_an_earlier_release_count_as_told() -> None:
    assert int(str(Task.__table__.c.reminded.server_default.arg)) == Stage.OPENED  # type: ignore[union-attr]

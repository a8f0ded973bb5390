"""What must be true after whatever was done, said again in the plainest way."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
from sqlalchemy import func, select

from server.audit.models import AuditRow
from server.audit.verbs import Verb
from server.errors import NotFound
from server.notifications.models import Notification
from server.organisation.models import DEFAULT_ZONE, Holding
from server.processes.models import FanOut, FanOutItem, ProcessInstance
from server.tasks import dates, operations, queries, seats, urging
from server.tasks.lights import is_red, light_of
from server.tasks.models import Decision, Seat, SeatState, Task, TaskState
from server.tasks.rules import Light
from server.verify import verify
from tests.properties.town import ZONE, Town

SHANGHAI = ZoneInfo(ZONE)
UNFINISHED = ("waiting", "running", "failed")


def nothing_is_wrong(town: Town) -> None:
    found = verify(town.world.application)
    assert found == [], [(each.area, each.place, each.message) for each in found]


def somebody_can_act(town: Town) -> None:
    """An open task has an open seat; one that nobody holds is shown to who rescues."""
    with town.world.workshop.reading() as work:
        on = town.now_on
        held = set(
            work.session.scalars(
                select(Holding.post_id).where(
                    Holding.from_on <= on, (Holding.until_on.is_(None)) | (Holding.until_on >= on)
                )
            )
        )
        rescued = set(work.session.scalars(select(Task.id).where(queries.unattended(on), Task.state == "open")))
        for task in work.session.scalars(select(Task).where(Task.state == TaskState.OPEN)):
            mine = (Seat.task_id == task.id, Seat.state == SeatState.OPEN)
            open_seats = work.session.scalars(select(Seat).where(*mine)).all()
            assert open_seats, f"{task.title} is open and has no seat"
            taken = any(seat.key.startswith("person:") or seat.post_id in held for seat in open_seats)
            assert taken != (task.id in rescued), (
                f"{task.title}: held {taken}, shown to who rescues {task.id in rescued}"
            )
            by_post = [
                town.world.actor(unit, kind) for unit, kind in town.posts() if (unit.id, kind) not in town.vacant
            ]
            keys = {seat.key for seat in open_seats}
            able = any(
                keys & actor.seat_keys or operations.over(actor, work, task, "task.on_behalf") for actor in by_post
            )
            assert able, f"nobody can act on {task.title}"


def decisions_are_the_trail(town: Town) -> None:
    """Each decision has its audit row and the reverse; one decision counts for a seat."""
    with town.world.workshop.reading() as work:
        made = Counter(
            (str(task_id), key, verdict)
            for task_id, key, verdict in work.session.execute(
                select(Decision.task_id, Seat.key, Decision.verdict).join(Seat, Seat.id == Decision.seat_id)
            )
        )
        verbs = (Verb.TASK_COMPLETED.value, Verb.DECISION_MADE.value)
        told = Counter(
            (row["task"], row["seat"], row["verdict"])
            for row in work.session.scalars(select(AuditRow.details).where(AuditRow.verb.in_(verbs)))
        )
        assert made == told
        standing = select(Decision.seat_id).where(Decision.taken_back_at.is_(None)).group_by(Decision.seat_id)
        assert work.session.scalars(standing.having(func.count() > 1)).all() == []


def ways_open_once(town: Town, known: dict[object, str]) -> None:
    """A fan-out closes once, and only as its rule says; a child is started once for an item and attempt."""
    with town.world.workshop.reading() as work:
        told = Counter(
            (row.stream_id, row.details["element"])
            for row in work.session.scalars(select(AuditRow).where(AuditRow.verb == Verb.FANOUT_OPENED.value))
        )
        closed = select(FanOut.instance_id, FanOut.element_id).where(FanOut.state == "closed")
        assert told == Counter(tuple(row) for row in work.session.execute(closed))
        for fan_out in work.session.scalars(select(FanOut)):
            if fan_out.state == "closed" and known.get(fan_out.id) != "closed":
                items = work.session.scalars(select(FanOutItem.state).where(FanOutItem.fan_out_id == fan_out.id)).all()
                if fan_out.closed_because == "all":
                    assert not [state for state in items if state in UNFINISHED], items
                else:
                    assert fan_out.closed_because == fan_out.opens
            known[fan_out.id] = fan_out.state
        once = select(ProcessInstance.parent_fan_out_id, ProcessInstance.item_key, ProcessInstance.attempt)
        many = once.where(ProcessInstance.parent_fan_out_id.is_not(None)).group_by(
            ProcessInstance.parent_fan_out_id, ProcessInstance.item_key, ProcessInstance.attempt
        )
        assert work.session.execute(many.having(func.count() > 1)).all() == []


def strangers_find_nothing(town: Town, number: int) -> None:
    """Whoever may not see a task is told that it is not there, whatever they try."""
    actor, task = town.somebody(number), town.task(number // 7)
    if task is None:
        return
    with town.world.workshop.reading() as work:
        page = queries.task_page(work, task.id)
        assert page is not None
        if queries.may_see(actor, page):
            return
        seat = work.session.scalars(select(Seat.id).where(Seat.task_id == task.id).order_by(Seat.position)).first()
    assert seat is not None
    later, post = town.world.clock.now() + timedelta(days=99), next(iter(town.world.posts.values()))
    for name, request in {
        "hand in": lambda work: operations.complete(actor, work, task.id, {"summary": "x"}, "stranger"),
        "ask": lambda work: dates.ask_for_time(actor, work, task.id, later, "x"),
        "extend": lambda work: dates.extend(actor, work, task.id, later, "x"),
        "urge": lambda work: urging.urge(actor, work, task.id),
        "add": lambda work: seats.add(actor, work, task.id, post, "x"),
        "hand on": lambda work: seats.hand_on(actor, work, task.id, seat, post, "x"),
        "remove": lambda work: seats.remove(actor, work, task.id, seat, "x"),
        "send back": lambda work: operations.return_to(actor, work, task.id, "Submit", "x"),
    }.items():
        try:
            with town.world.workshop.writing() as work:
                request(work)
        except NotFound:
            continue
        except Exception as error:
            closed = task.state != TaskState.OPEN
            raise AssertionError(f"{name}, closed {closed}, by {actor.name}: {type(error).__name__}") from error
        raise AssertionError(f"{name} was done by {actor.name}, who may not see the task")


def the_unread_is_open(town: Town) -> None:
    with town.world.workshop.reading() as work:
        rows = work.session.execute(
            select(Notification.message, Task.title, Task.state)
            .join(Task, Task.id == Notification.about_id)
            .where(Notification.read_at.is_(None), Task.state != TaskState.OPEN)
        ).all()
    assert rows == []


# --- lights -----------------------------------------------------------------------------------------------------------


def works(day: date) -> bool:
    return bool(chinese_calendar.is_workday(day)) if day.year <= 2026 else day.weekday() < 5


def end(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=SHANGHAI).astimezone(UTC)


def plain_light(due: datetime | None, now: datetime) -> Light:
    """Day by day: red once anybody has worked after it, yellow on the last three working days."""
    if due is None:
        return Light.NONE
    today, day = now.astimezone(SHANGHAI).date(), due.astimezone(SHANGHAI).date()
    if due < now:
        if works(today):
            return Light.RED
        while day < today:
            if works(day) and due < end(day):
                return Light.RED
            day += timedelta(days=1)
    ahead, left = today, 3
    while left:
        ahead += timedelta(days=1)
        left -= works(ahead)
    return Light.YELLOW if due <= end(ahead) else Light.GREEN


def lights_are_plain(town: Town) -> None:
    now = town.world.clock.now()
    with town.world.workshop.reading() as work:
        red = set(work.session.scalars(select(Task.id).where(is_red(work))))
        for task in work.session.scalars(select(Task)):
            wanted = plain_light(task.due_at, now)
            assert light_of(work, task.due_at, "organ", DEFAULT_ZONE) is wanted, (task.due_at, now)
            assert (task.id in red) == (wanted is Light.RED), (task.due_at, now)


def all_laws(town: Town, known: dict[object, str], number: int) -> Iterable[str]:
    """The laws that are held after each step."""
    somebody_can_act(town)
    decisions_are_the_trail(town)
    ways_open_once(town, known)
    strangers_find_nothing(town, number)
    lights_are_plain(town)
    return ()

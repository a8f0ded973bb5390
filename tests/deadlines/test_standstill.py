"""A machine that stood still, two that run at once, and very much that falls due in one second."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, func, select

from server.audit.models import AuditRow
from server.db.jobs import InlineJobQueue, carry_out
from server.deadlines import jobs
from server.deadlines.jobs import FIRE_JOB
from server.deadlines.models import Timer
from server.notifications.models import Notification
from server.ports import Ids, VirtualClock
from server.processes.fan_outs import BARRIER_JOB
from server.supervision.jobs import DRAFT_JOB
from server.supervision.models import SupervisionOrder
from server.tasks.jobs import REMIND
from server.tasks.models import Task
from server.verify import verify
from tests.deadlines.test_firing import PARAMETERS, PUBLISHED, fired, season, submit
from tests.world import World, copy_of, make_world

TICKS = (FIRE_JOB, BARRIER_JOB, REMIND, DRAFT_JOB)
CLOSED = datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC)


def tick(world: World) -> None:
    """Everything that the clock asks for."""
    with world.workshop.writing() as work:
        for name in TICKS:
            work.jobs.enqueue(work.session, name, "tick", {})
    world.drain()


def machine(world: World, folder: Path) -> World:
    """Another process on the same database, with a queue and ids of its own."""
    clock = VirtualClock(world.clock.now())
    made = copy_of(world, world.workshop.engine, folder, clock)
    workshop = replace(made.workshop, ids=Ids(clock))
    return replace(made, application=replace(made.application, workshop=workshop))


def told(world: World, after: datetime) -> Counter[tuple[str, str]]:
    """Whom a reminder reached and of which task, with how many."""
    with world.workshop.reading() as work:
        rows = work.session.execute(
            select(Notification.person_id, Task.id)
            .join(Task, Task.id == Notification.about_id)
            .where(Notification.made_at > after)
        ).all()
    return Counter((str(person), str(task)) for person, task in rows)


def test_after_a_week_down_every_deadline_acts_once_with_its_true_time(any_world: World) -> None:
    world = any_world
    world.give_accounts()
    season(world)
    tick(world)
    submit(world, 0, 1)
    stopped = world.clock.now()
    world.clock.move_to(CLOSED + timedelta(days=7))
    for _ in range(3):
        tick(world)
    published = {"deadline": "publish", "due_at": PUBLISHED.isoformat()}
    assert fired(world) == [published, published]
    with world.workshop.reading() as work:
        opened = work.session.scalars(select(AuditRow).where(AuditRow.verb == "fanout:opened")).all()
        assert [(row.details["opened_by"], row.details["done"]) for row in opened] == [("deadline", 0)]
        assert (
            work.session.scalar(select(func.count()).where(Timer.fired_at.is_(None), Timer.cancelled_at.is_(None))) == 0
        )
    assert set(told(world, stopped).values()) == {1}
    assert verify(world.application) == []


def test_two_machines_that_wake_at_once_do_everything_once(any_world: World, tmp_path: Path) -> None:
    world = any_world
    world.give_accounts()
    season(world)
    tick(world)
    submit(world, 0, 1)
    stopped = world.clock.now()
    world.clock.move_to(CLOSED + timedelta(days=7))
    machines = [machine(world, tmp_path) for _ in range(2)]
    start, failures = threading.Barrier(2), []

    def wake(own: World) -> None:
        try:
            start.wait()
            tick(own)
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=wake, args=(each,)) for each in machines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    tick(world)
    assert len(fired(world)) == 2
    assert set(told(world, stopped).values()) == {1}
    with world.workshop.reading() as work:
        assert work.session.scalar(select(func.count()).where(AuditRow.verb == "fanout:opened")) == 1
        orders = Counter(work.session.scalars(select(SupervisionOrder.unit_id)))
        assert set(orders.values()) <= {1}
    assert verify(world.application) == []


@pytest.fixture
def crowd(sqlite_engine: Engine, tmp_path: Path, clock: VirtualClock) -> World:
    """Twelve units that all wait for one second."""
    world = make_world(sqlite_engine, tmp_path, clock, units=12, packages=("seasons",))
    world.open_campaign(scheme="seasons", parameters=PARAMETERS)
    submit(world, *range(12))
    world.clock.move_to(PUBLISHED)
    return world


def spied(engine: Engine, on: str, heard: list[str]) -> Callable[..., None]:
    def hear(*_: object) -> None:
        heard.append(on)

    event.listen(engine, on, hear)
    return hear


def test_what_falls_due_at_once_is_done_in_batches_each_with_its_own_commit(
    crowd: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever wants to write waits for one batch and never for all of them; one that fails takes no other with it."""
    monkeypatch.setattr(jobs, "BATCH", 5)
    engine, heard = crowd.workshop.engine, []
    for each in ("savepoint", "commit"):
        spied(engine, each, heard)
    queue, batches = InlineJobQueue(), []
    arguments: dict[str, str | int] | None = {}
    while arguments is not None:
        heard.clear()
        arguments = carry_out(crowd.workshop, crowd.application.jobs[FIRE_JOB], arguments)
        batches.append((heard.count("savepoint"), heard.count("commit")))
        with crowd.workshop.writing() as work:
            queue.enqueue(work.session, "somebody else", "writes", {})
            work.session.execute(Timer.__table__.update().where(Timer.key == "close").values(attempts=0))
    assert [savepoints >= timers for (savepoints, _), timers in zip(batches, (5, 5, 2), strict=True)] == [True] * 3
    assert {commits for _, commits in batches} == {1}
    assert len(fired(crowd)) == 12


def test_a_batch_is_small() -> None:
    assert jobs.BATCH <= 10

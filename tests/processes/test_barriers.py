"""When the way opens by number or share, it opens once; and what then happens to those who are not through."""

from collections import Counter

import pytest
from sqlalchemy import select

from server.actor import Actor
from server.audit.models import AuditRow
from server.campaigns import operations as campaigns
from server.campaigns.models import Campaign, Participant
from server.processes.models import FanOut, FanOutItem, FanOutState, InstanceState, ItemState, ProcessInstance
from server.tasks.models import Task, TaskState
from tests.world import World


@pytest.fixture
def staged(any_world: World) -> World:
    any_world.install("stages")
    return any_world


def opened(world: World) -> Campaign:
    return world.open_campaign(scheme="stages")


def liaison(world: World, unit: int) -> Actor:
    return world.actor(world.units[unit], "liaison")


def submit(world: World, unit: int) -> None:
    actor = liaison(world, unit)
    world.do(actor, world.inbox(actor)[0].id, summary="做法")


def states(world: World, element: str) -> Counter[str]:
    with world.workshop.reading() as work:
        return Counter(
            work.session.scalars(
                select(FanOutItem.state)
                .join(FanOut, FanOut.id == FanOutItem.fan_out_id)
                .where(FanOut.element_id == element)
            )
        )


def opened_by(world: World) -> list[tuple[str, str]]:
    with world.workshop.reading() as work:
        rows = work.session.scalars(
            select(AuditRow.details).where(AuditRow.verb == "fanout:opened").order_by(AuditRow.at, AuditRow.sequence)
        )
        return [(row["element"], row["opened_by"]) for row in rows]


def test_two_of_three_open_the_way_once(staged: World) -> None:
    opened(staged)
    submit(staged, 0)
    assert opened_by(staged) == []
    submit(staged, 1)
    assert opened_by(staged) == [("First", "count")]
    submit(staged, 2)
    assert opened_by(staged) == [("First", "count")]


def test_whoever_is_carried_over_finishes_first_and_then_goes_on(staged: World) -> None:
    opened(staged)
    submit(staged, 0)
    submit(staged, 1)
    assert states(staged, "First") == {ItemState.DONE: 2, ItemState.RUNNING: 1}
    assert states(staged, "Second") == {ItemState.RUNNING: 2, ItemState.WAITING: 1}
    assert len(staged.inbox(liaison(staged, 2))) == 1
    submit(staged, 2)
    assert states(staged, "First") == {ItemState.DONE: 3}
    assert states(staged, "Second") == {ItemState.RUNNING: 3}
    assert len(staged.inbox(liaison(staged, 2))) == 1


def test_a_share_counts_those_who_have_not_left(staged: World) -> None:
    """Sixty percent of three are two; of the two that are left when one has gone, two as well."""
    campaign = opened(staged)
    for unit in (0, 1, 2):
        submit(staged, unit)
    submit(staged, 0)
    assert opened_by(staged) == [("First", "count")]
    with staged.workshop.writing() as work:
        gone = work.session.scalars(
            select(Participant.id).where(
                Participant.campaign_id == campaign.id, Participant.unit_id == staged.units[2].id
            )
        ).one()
        campaigns.withdraw(staged.actor(staged.authority, "office"), work, campaign.id, gone, "机构撤并")
    staged.drain()
    assert opened_by(staged) == [("First", "count")]
    submit(staged, 1)
    assert opened_by(staged) == [("First", "count"), ("Second", "all")]


def test_when_the_way_opens_by_share_open_children_are_cancelled(staged: World) -> None:
    opened(staged)
    for unit in (0, 1, 2):
        submit(staged, unit)
    submit(staged, 0)
    submit(staged, 1)
    assert opened_by(staged)[-1] == ("Second", "percent")
    assert states(staged, "Second") == {ItemState.DONE: 2, ItemState.WITHDRAWN: 1}
    assert staged.inbox(liaison(staged, 2)) == []
    with staged.workshop.reading() as work:
        cancelled = work.session.scalars(
            select(ProcessInstance.state).where(ProcessInstance.unit_id == staged.units[2].id)
        ).all()
        still_open = work.session.scalars(select(Task.element_id).where(Task.state == TaskState.OPEN)).all()
        closed = work.session.scalars(select(FanOut.state)).all()
    assert Counter(cancelled) == {InstanceState.ENDED: 1, InstanceState.CANCELLED: 1}
    assert still_open == ["Close"]
    assert set(closed) == {FanOutState.CLOSED}


def test_rows_of_a_campaign_say_that_they_are_its(staged: World) -> None:
    campaign = opened(staged)
    submit(staged, 0)
    with staged.workshop.reading() as work:
        items = set(work.session.scalars(select(FanOutItem.campaign_id)))
        audited = set(work.session.scalars(select(AuditRow.campaign_id).where(AuditRow.verb != "scheme:installed")))
    assert items == {campaign.id}
    assert audited >= {campaign.id}
    assert audited <= {campaign.id, None}

"""The system drafts one order for each unit that has owed something too long, and never sends one."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from server.actor import Actor, ActorKind
from server.audit.models import AuditRow
from server.campaigns.models import Campaign, CampaignState, Participant
from server.errors import Conflict, Invalid, NotAllowed, NotFound
from server.supervision import drafts, operations
from server.supervision.models import OrderState, SupervisionItem
from server.tasks.models import Origin, Seat, Task
from server.verify import verify
from tests.supervision.conftest import Desk, make_desk
from tests.world import World


def items(desk: Desk) -> set[str]:
    with desk.world.workshop.reading() as work:
        return {str(each) for each in work.session.scalars(select(SupervisionItem.task_id))}


def test_one_draft_for_each_unit_and_labelled_as_the_systems(desk: Desk) -> None:
    desk.tick()
    drafted = desk.orders()
    assert [(each.unit_id, each.state, each.by_system, each.number) for each in drafted] == [
        (unit.id, "draft", True, None) for unit in desk.world.units[:2]
    ]
    assert desk.campaign.title in drafted[0].title
    page = desk.page(drafted[0].id)
    assert [(item.title, item.days_late, item.state) for item in page.items] == [("报送材料", 4, "open")]
    with desk.world.workshop.reading() as work:
        actors = work.session.scalars(select(AuditRow.actor).where(AuditRow.verb == "supervision:drafted")).all()
        tasks = work.session.scalars(select(Task).where(Task.origin == Origin.SUPERVISION)).all()
    assert [each["kind"] for each in actors] == ["system", "system"]
    assert tasks == []
    assert verify(desk.world.application) == []


def test_nothing_is_drafted_before_the_days_have_passed(desk: Desk) -> None:
    desk.world.clock._now = datetime(2026, 7, 3, 9, 0, tzinfo=UTC)
    desk.tick()
    assert desk.orders() == []


def test_looking_again_drafts_nothing_more(desk: Desk) -> None:
    for _ in range(3):
        desk.tick()
        desk.world.clock.advance(timedelta(days=1))
    assert len(desk.orders()) == 2
    desk.send(desk.orders()[0].id)
    desk.tick()
    assert len(desk.orders()) == 2


def test_what_a_person_discarded_does_not_come_back(desk: Desk) -> None:
    desk.tick()
    first = desk.orders()[0]
    with desk.world.workshop.writing() as work:
        operations.discard(desk.office, work, first.id, "已电话催办")
    desk.world.clock.advance(timedelta(days=3))
    desk.tick()
    assert [each.state for each in desk.orders()] == ["discarded", "draft"]


def test_a_draft_that_nobody_touched_follows_what_is_owed(desk: Desk) -> None:
    desk.tick()
    unit = desk.world.units[0]
    liaison = desk.world.actor(unit, "liaison")
    (task,) = desk.world.inbox(liaison)
    desk.world.do(liaison, task.id, summary="做法")
    desk.tick()
    gone, kept = desk.orders()
    assert (gone.state, gone.ended_by, kept.state) == ("discarded", "system", "draft")
    assert str(task.id) not in items(desk)


def test_more_that_is_owed_joins_the_draft_that_waits(desk: Desk) -> None:
    desk.tick()
    another(desk, Origin.ACTIVITY)
    desk.tick()
    (first, _) = desk.orders()
    assert len(desk.page(first.id).items) == 2


def another(desk: Desk, origin: Origin, *, seat: str = "") -> None:
    """One more task of the first unit that was due long ago, on the liaison's seat unless said otherwise."""
    unit = desk.world.units[0]
    post = desk.world.posts[unit.id, "liaison"]
    with desk.world.workshop.writing() as work:
        task = Task(
            id=work.ids.new(),
            origin=origin,
            kind="form",
            campaign_id=desk.campaign.id,
            title="另一项",
            unit_id=unit.id,
            due_at=work.now - timedelta(days=30),
            opened_at=work.now,
        )
        work.session.add(task)
        work.session.flush()
        key = seat or f"post:{post}"
        post_id = None if seat else post
        work.session.add(
            Seat(id=work.ids.new(), task_id=task.id, campaign_id=desk.campaign.id, key=key, post_id=post_id)
        )


@pytest.mark.parametrize("origin", [Origin.SUPERVISION, Origin.REQUEST])
def test_orders_are_not_about_other_orders_nor_about_requests(desk: Desk, origin: Origin) -> None:
    another(desk, origin)
    desk.tick()
    assert len(desk.page(desk.orders()[0].id).items) == 1


def test_a_unit_is_not_told_off_for_what_others_owe(desk: Desk) -> None:
    """A task that concerns the unit but waits for the office is not the unit's."""
    another(desk, Origin.ACTIVITY, seat="rescue")
    desk.tick()
    assert len(desk.page(desk.orders()[0].id).items) == 1


def test_who_took_part_no_more_is_left_in_peace(desk: Desk) -> None:
    with desk.world.workshop.writing() as work:
        work.session.execute(
            update(Participant)
            .where(Participant.unit_id == desk.world.units[0].id)
            .values(state="withdrawn", reason="机构撤销")
        )
    desk.tick()
    assert [each.unit_id for each in desk.orders()] == [desk.world.units[1].id]


def test_a_campaign_that_is_over_drafts_nothing(desk: Desk) -> None:
    with desk.world.workshop.writing() as work:
        work.session.execute(update(Campaign).values(state=CampaignState.ENDED))
        assert drafts.draft_overdue(work, desk.campaign.id, 0, 50) is None
    desk.tick()
    assert desk.orders() == []


def test_a_campaigns_own_number_of_days_counts(desk: Desk) -> None:
    with desk.world.workshop.writing() as work:
        work.session.execute(update(Campaign).values(parameters={"supervision_after": 10}))
    desk.tick()
    assert desk.orders() == []


def test_many_units_are_looked_at_in_batches(desk: Desk) -> None:
    with desk.world.workshop.writing() as work:
        assert drafts.draft_overdue(work, desk.campaign.id, 0, 1) == 1
    with desk.world.workshop.writing() as work:
        assert drafts.draft_overdue(work, desk.campaign.id, 1, 1) == 2
    with desk.world.workshop.writing() as work:
        assert drafts.draft_overdue(work, desk.campaign.id, 2, 1) is None
    assert len(desk.orders()) == 2


def test_a_person_begins_one_by_hand_and_finds_the_draft_that_waits(any_world: World) -> None:
    desk = make_desk(any_world)
    unit = desk.world.units[0]
    with desk.world.workshop.writing() as work:
        mine = drafts.write(desk.office, work, desk.campaign.id, unit.id)
    assert (mine.by_system, mine.drafted_by, len(desk.page(mine.id).items)) == (False, desk.office.name, 1)
    with desk.world.workshop.writing() as work:
        assert drafts.write(desk.office, work, desk.campaign.id, unit.id).id == mine.id
    desk.tick()
    assert len([each for each in desk.orders() if each.unit_id == unit.id]) == 1


def test_writing_by_hand_is_for_who_manages_a_running_campaign(desk: Desk) -> None:
    unit, outside = desk.world.units[0], desk.world.units[2]

    def write(actor: Actor, unit_id: object = unit.id, campaign_id: object = desk.campaign.id) -> None:
        with desk.world.workshop.writing() as work:
            drafts.write(actor, work, campaign_id, unit_id)  # type: ignore[arg-type]

    with pytest.raises(NotFound):
        write(desk.world.actor(unit, "head"))
    with pytest.raises(NotFound):
        write(desk.office, campaign_id=uuid4())
    for wrong in (outside.id, desk.world.authority.id, uuid4()):
        with pytest.raises(Invalid):
            write(desk.office, wrong)
    with desk.world.workshop.writing() as work:
        work.session.execute(update(Campaign).values(state=CampaignState.ENDED))
    with pytest.raises(Conflict):
        write(desk.office)
    assert desk.orders() == []


def test_only_a_person_sends(desk: Desk) -> None:
    desk.tick()
    first = desk.orders()[0]
    wording = desk.wording(first.id)
    office = desk.office
    token = Actor(ActorKind.TOKEN, office.name, person_id=office.person_id, grants=office.grants)
    for actor in (Actor(ActorKind.SYSTEM, "system", grants=office.grants), token):
        with pytest.raises(NotAllowed), desk.world.workshop.writing() as work:
            operations.send(actor, work, first.id, wording)
    assert [each.state for each in desk.orders()] == [OrderState.DRAFT, OrderState.DRAFT]

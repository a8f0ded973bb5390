"""A campaign that runs: phases, the board, who sees it, who joins and leaves, and that an ended one stays as it is."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from server.actor import Actor, Grant
from server.audit.models import AuditRow
from server.audit.queries import check_chains
from server.campaigns import operations as campaigns
from server.campaigns import queries
from server.campaigns.models import Campaign, Participant
from server.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.world import World

PHASES = ["apply", "decide"]


def office(world: World) -> Actor:
    return world.actor(world.authority, "office")


def liaison(world: World, unit: int = 0) -> Actor:
    return world.actor(world.units[unit], "liaison")


def finish(world: World, *units: int) -> None:
    for unit in units:
        world.do(liaison(world, unit), world.inbox(liaison(world, unit))[0].id, summary="做法")
    for task in world.inbox(office(world)):
        world.do(office(world), task.id, verdict="approve")


def ended(world: World) -> Campaign:
    campaign = world.open_campaign()
    finish(world, 0, 1, 2)
    leader = world.actor(world.authority, "leader")
    world.do(leader, world.inbox(leader)[0].id, verdict="approve")
    return campaign


def participant(world: World, campaign: Campaign, unit: int) -> UUID:
    with world.workshop.reading() as work:
        where = (Participant.campaign_id == campaign.id, Participant.unit_id == world.units[unit].id)
        return work.session.scalars(select(Participant.id).where(*where)).one()


def phases(world: World, campaign: Campaign) -> list[tuple[str, int, int]]:
    with world.workshop.reading() as work:
        found = queries.phase_counts(work, campaign.id, PHASES)
    return [(each.state, each.open_tasks, each.units) for each in found]


# --- phases and board -------------------------------------------------------------------------------------------------


def test_phases_go_from_now_to_done(world: World) -> None:
    campaign = world.open_campaign()
    assert phases(world, campaign) == [("now", 3, 3), ("todo", 0, 0)]
    finish(world, 0, 1, 2)
    assert phases(world, campaign) == [("done", 0, 0), ("now", 1, 1)]
    leader = world.actor(world.authority, "leader")
    world.do(leader, world.inbox(leader)[0].id, verdict="approve")
    assert phases(world, campaign) == [("done", 0, 0), ("done", 0, 0)]


def test_a_phase_with_something_overdue_says_so(world: World) -> None:
    campaign = world.open_campaign()
    world.clock.move_to(datetime(2026, 7, 1, tzinfo=UTC))
    assert phases(world, campaign)[0] == ("overdue", 3, 3)


def test_the_board_shows_each_unit_with_what_is_open_there(world: World) -> None:
    campaign = world.open_campaign()
    finish(world, 1)
    with world.workshop.reading() as work:
        board = queries.board(work, campaign.id)
    assert [(row.unit_name, row.instance_state, [task.title for task in row.tasks]) for row in board.rows] == [
        ("示例单位01", "running", ["报送材料"]),
        ("示例单位02", "done", []),
        ("示例单位03", "running", ["报送材料"]),
    ]


def test_the_board_counts_what_was_handed_in_late(world: World) -> None:
    campaign = world.open_campaign()
    world.clock.move_to(datetime(2026, 7, 1, tzinfo=UTC))
    world.do(liaison(world), world.inbox(liaison(world))[0].id, summary="晚")
    with world.workshop.reading() as work:
        assert [row.late for row in queries.board(work, campaign.id).rows] == [1, 0, 0]


@pytest.mark.parametrize(("words", "found"), [("02", 1), ("示例", 3), ("%", 0), ("_", 0), ("没有", 0)])
def test_the_board_is_searched_by_name_and_not_by_pattern(any_world: World, words: str, found: int) -> None:
    world = any_world
    campaign = world.open_campaign()
    with world.workshop.reading() as work:
        board = queries.board(work, campaign.id, words=words)
    assert (board.total, len(board.rows)) == (found, found)


def test_the_board_comes_in_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    campaign = world.open_campaign()
    with world.workshop.reading() as work:
        first, second, beyond = (queries.board(work, campaign.id, page) for page in (1, 2, 9))
    assert ([row.number for row in first.rows], [row.number for row in second.rows]) == ([1, 2], [3])
    assert (first.total, first.pages, beyond.rows) == (3, 2, ())


def test_a_second_attempt_is_the_one_on_the_board(world: World) -> None:
    campaign = world.open_campaign()
    finish(world, 0)
    with world.workshop.writing() as work:
        campaigns.reopen(office(world), work, campaign.id, participant(world, campaign, 0), "材料不实")
    world.drain()
    with world.workshop.reading() as work:
        row = queries.board(work, campaign.id).rows[0]
    assert (row.attempt, row.instance_state, [task.title for task in row.tasks]) == (2, "running", ["报送材料"])


# --- who sees it ------------------------------------------------------------------------------------------------------


def visible(world: World, actor: Actor) -> list[str]:
    with world.workshop.reading() as work:
        rows, total = queries.campaigns(actor, work)
        detail = queries.campaign(work, rows[0].id) if rows else None
        if detail is not None:
            assert queries.may_see(actor, work, detail)
    assert total == len(rows)
    return [row.title for row in rows]


def test_a_participant_sees_the_campaign_and_another_unit_nothing(world: World) -> None:
    campaign = world.open_campaign(world.units[:2])
    assert visible(world, liaison(world, 0)) == ["2026年评比"]
    assert visible(world, liaison(world, 2)) == []
    with world.workshop.reading() as work:
        detail = queries.campaign(work, campaign.id)
        assert detail is not None
        assert not queries.may_see(liaison(world, 2), work, detail)


def test_a_unit_that_has_left_still_sees_what_it_took_part_in(world: World) -> None:
    campaign = world.open_campaign()
    with world.workshop.writing() as work:
        campaigns.withdraw(office(world), work, campaign.id, participant(world, campaign, 0), "机构撤并")
    assert visible(world, liaison(world, 0)) == ["2026年评比"]


def test_an_overseer_of_another_subtree_sees_nothing(world: World) -> None:
    world.open_campaign(world.units[:2])
    elsewhere = replace(office(world), unit_id=None, grants=(Grant("campaign.view", world.units[2].path),))
    assert visible(world, elsewhere) == []


def test_the_list_counts_participants_open_and_overdue_tasks(world: World) -> None:
    world.open_campaign()
    finish(world, 0)
    world.clock.move_to(datetime(2026, 7, 1, tzinfo=UTC))
    with world.workshop.reading() as work:
        (row,), _ = queries.campaigns(office(world), work)
    assert (row.participants, row.open_tasks, row.overdue) == (3, 2, 2)


# --- changes ----------------------------------------------------------------------------------------------------------


def test_joining_is_refused_to_units_from_elsewhere(world: World) -> None:
    campaign = world.open_campaign(world.units[:2])
    with world.workshop.writing() as work, pytest.raises(Invalid):
        campaigns.join(office(world), work, campaign.id, campaign.id)


@pytest.mark.parametrize("kind", ["verifier", "leader"])
def test_only_who_manages_the_campaign_changes_it(world: World, kind: str) -> None:
    campaign = world.open_campaign(world.units[:2])
    viewer = replace(world.actor(world.authority, kind), grants=(Grant("campaign.view", world.root_path),))
    first = participant(world, campaign, 0)
    with world.workshop.writing() as work, pytest.raises(NotAllowed):
        campaigns.join(viewer, work, campaign.id, world.units[2].id)
    with world.workshop.writing() as work, pytest.raises(NotAllowed):
        campaigns.withdraw(viewer, work, campaign.id, first, "不要了")
    with world.workshop.writing() as work, pytest.raises(NotAllowed):
        campaigns.reopen(viewer, work, campaign.id, first, "再来")
    with world.workshop.writing() as work, pytest.raises(NotAllowed):
        campaigns.move_deadline(viewer, work, campaign.id, "submit", world.clock.now(), "改")


def test_a_participant_of_another_campaign_is_not_found_here(world: World) -> None:
    one = world.open_campaign(world.units[:2])
    other = replace(world.opening([world.units[2]]), title="另一轮")
    with world.workshop.writing() as work:
        second = campaigns.open_campaign(office(world), work, other, "other")
    world.drain()
    stranger = participant(world, second, 2)
    with world.workshop.writing() as work, pytest.raises(NotFound):
        campaigns.withdraw(office(world), work, one.id, stranger, "不参加")


def test_two_campaigns_of_one_scheme_run_side_by_side(world: World) -> None:
    world.open_campaign()
    with world.workshop.writing() as work:
        campaigns.open_campaign(office(world), work, replace(world.opening(), title="另一轮"), "other")
    world.drain()
    assert len(world.inbox(liaison(world))) == 2


def test_a_campaign_ends_with_its_root_process(world: World) -> None:
    campaign = ended(world)
    with world.workshop.reading() as work:
        found = work.session.get_one(Campaign, campaign.id)
        assert (found.state, found.ended_at) == ("ended", world.clock.now())


def test_an_ended_campaign_is_changed_no_more(world: World) -> None:
    campaign = ended(world)
    first, due_at = participant(world, campaign, 0), datetime(2027, 1, 1, tzinfo=UTC)
    manager = office(world)
    with world.workshop.writing() as work, pytest.raises(Conflict):
        campaigns.join(manager, work, campaign.id, world.authority.id)
    with world.workshop.writing() as work, pytest.raises(Conflict):
        campaigns.withdraw(manager, work, campaign.id, first, "不要了")
    with world.workshop.writing() as work, pytest.raises(Conflict):
        campaigns.reopen(manager, work, campaign.id, first, "再来")
    with world.workshop.writing() as work, pytest.raises(Conflict):
        campaigns.move_deadline(manager, work, campaign.id, "submit", due_at, "改")
    with world.workshop.writing() as work, pytest.raises(Conflict):
        campaigns.override_deadline(manager, work, campaign.id, first, "submit", due_at, "改")


def test_an_ended_campaign_makes_room_for_its_title(world: World) -> None:
    ended(world)
    assert world.open_campaign()


def test_every_change_is_told_in_a_whole_chain(any_world: World) -> None:
    world = any_world
    campaign = world.open_campaign(world.units[:2])
    manager, first = office(world), participant(world, campaign, 0)
    with world.workshop.writing() as work:
        campaigns.join(manager, work, campaign.id, world.units[2].id)
    world.drain()
    with world.workshop.writing() as work:
        campaigns.move_deadline(manager, work, campaign.id, "submit", datetime(2026, 8, 1, tzinfo=UTC), "顺延")
    with world.workshop.writing() as work:
        campaigns.withdraw(manager, work, campaign.id, first, "机构撤并")
    world.drain()
    with world.workshop.reading() as work:
        verbs = set(work.session.scalars(select(AuditRow.verb)))
        assert {"campaign:opened", "participant:joined", "participant:withdrawn", "deadline:moved"} <= verbs
        assert check_chains(work) == []

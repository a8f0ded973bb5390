"""The board: states, lights and numbers of units and phases, who sees which row, and what every number opens."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import event

from server.campaigns import board as boards
from server.campaigns import operations as campaigns
from server.campaigns import queries
from server.campaigns.board import Board, CellState, Wanted, What
from server.campaigns.models import Campaign
from server.organisation.models import Unit
from server.processes.models import ProcessInstance
from server.tasks.rules import Light
from tests.campaigns.test_running import ended, liaison, office, participant
from tests.web.conftest import _cheap_hashes, site
from tests.web.site import Site, words
from tests.world import World

__all__ = ["_cheap_hashes", "site"]


def read(world: World, campaign: Campaign, only: UUID | None = None, **wanted: str) -> Board:
    with world.workshop.reading() as work:
        detail = queries.campaign(work, campaign.id)
        assert detail is not None
        return boards.board(work, detail, Wanted(**wanted), only)


def states(found: Board, phase: str = "apply") -> list[str]:
    return [cell.state.value for row in found.shown for cell in row.cells if cell.phase == phase]


def send_back(world: World, unit: int) -> None:
    world.do(liaison(world, unit), world.inbox(liaison(world, unit))[0].id, summary="做法")
    task = world.inbox(office(world))[0]
    world.do(office(world), task.id, verdict="return", opinion="请补充")


# --- states -----------------------------------------------------------------------------------------------------------


def test_a_phase_is_due_then_handed_in_and_its_columns_are_those_of_units(world: World) -> None:
    campaign = world.open_campaign()
    before = read(world, campaign)
    assert before.phases[0] == "apply"
    assert states(before) == ["pending"] * 3
    world.do(liaison(world), world.inbox(liaison(world))[0].id, summary="做法")
    world.do(office(world), world.inbox(office(world))[0].id, verdict="approve")
    assert states(read(world, campaign)) == ["submitted", "pending", "pending"]


def test_what_is_sent_back_is_returned_until_it_is_handed_in_again(world: World) -> None:
    campaign = world.open_campaign()
    send_back(world, 1)
    assert states(read(world, campaign)) == ["pending", "returned", "pending"]
    assert read(world, campaign).counts["apply", CellState.RETURNED] == 1


def test_an_ended_campaign_has_everything_handed_in_and_says_when_each_phase_ended(world: World) -> None:
    found = read(world, ended(world))
    assert set(states(found)) == {"submitted"}
    assert all(plan.actual is not None and plan.waiting == 0 for plan in found.plans)


def test_a_withdrawn_unit_keeps_its_row_and_counts_nowhere(world: World) -> None:
    campaign = world.open_campaign()
    with world.workshop.writing() as work:
        campaigns.withdraw(office(world), work, campaign.id, participant(world, campaign, 0), "机构撤并")
    found = read(world, campaign)
    assert [row.cells == () for row in found.shown] == [True, False, False]
    assert sum(found.counts.values()) == 2 * len(found.phases)


# --- lights, plan, filters --------------------------------------------------------------------------------------------


def test_days_overdue_and_plan_against_actual_are_counted_from_the_date(world: World) -> None:
    campaign = world.open_campaign()
    due = read(world, campaign).shown[0].cells[0].due_at
    assert due is not None
    world.clock.advance(due - world.clock.now() + timedelta(days=5))
    found = read(world, campaign)
    cell = found.shown[0].cells[0]
    assert (cell.light, cell.days) == (Light.RED, 5)
    plan = next(each for each in found.plans if each.key == "apply")
    assert (plan.planned, plan.actual, plan.late, plan.overdue) == (due, None, 5, 3)


def test_filters_leave_exactly_the_units_that_the_number_counted(world: World) -> None:
    campaign = world.open_campaign()
    send_back(world, 1)
    found = read(world, campaign)
    for (phase, state), count in found.counts.items():
        assert len(read(world, campaign, phase=phase, state=state).shown) == count
    for light, count in found.lights.items():
        assert len(read(world, campaign, light=light).shown) == count
    assert read(world, campaign, kind="school").shown == ()
    assert [row.unit_name for row in read(world, campaign, words="02").shown] == ["示例单位02"]


def test_the_numbers_of_a_phase_open_as_many_tasks(world: World) -> None:
    campaign = world.open_campaign()
    send_back(world, 1)
    with world.workshop.reading() as work:
        for plan in read(world, campaign).plans:
            for what, count in ((What.OPEN, plan.waiting), (What.OVERDUE, plan.overdue), (What.DONE, plan.done)):
                shown, total = boards.items(work, campaign.id, phase=plan.key, what=what.value)
                assert (len(shown), total) == (count, count)


# --- size -------------------------------------------------------------------------------------------------------------


def statements(world: World, ask: Callable[[], Board]) -> tuple[int, Board]:
    said: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    event.listen(world.workshop.engine, "before_cursor_execute", count)
    found = ask()
    event.remove(world.workshop.engine, "before_cursor_execute", count)
    return len([each for each in said if not each.startswith("BEGIN")]), found


def more_units(world: World, count: int) -> list[Unit]:
    with world.workshop.writing() as work:
        made = []
        for number in range(count):
            unit_id = work.ids.new()
            path = f"{world.root_path}{unit_id.hex}/"
            root = world.authority.parent_id
            unit = Unit(
                id=unit_id, parent_id=root, path=path, kind="school", name=f"学校{number:03d}", code=f"S{number:03d}"
            )
            work.session.add(unit)
            made.append(unit)
        work.session.flush()
        work.session.expunge_all()
    return made


def test_the_board_costs_the_same_with_12_and_with_200_units(world: World) -> None:
    few = world.open_campaign([*world.units, *more_units(world, 9)])
    cost, found = statements(world, lambda: read(world, few))
    assert len(found.shown) == 12
    with world.workshop.writing() as work:
        work.session.execute(Campaign.__table__.update().values(title="先前的一轮"))
        work.session.execute(ProcessInstance.__table__.update().values(business_key=uuid4().hex))
        work.session.execute(Unit.__table__.update().where(Unit.kind == "school").values(code=Unit.code + "X"))
    many = world.open_campaign([*world.units, *more_units(world, 197)])
    cost_many, found = statements(world, lambda: read(world, many))
    assert len(found.shown) == 200
    assert (len(found.page(1)), found.pages) == (50, 4)
    assert cost_many == cost


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def campaign(site: Site) -> Campaign:
    return site.world.open_campaign(site.world.units[:2])


@pytest.fixture
def client(site: Site) -> FlaskClient:
    return site.visitor(site.world.authority, "office")


def test_every_number_on_the_page_opens_that_many_lines(site: Site, campaign: Campaign, client: FlaskClient) -> None:
    page = client.get(f"/campaigns/{campaign.id}/board").get_data(as_text=True)
    tasks = re.findall(r'<a class="tap" href="([^"]+)">(\d+)</a>', page)
    units = re.findall(r'<a class="chip" href="([^"]+)">[^<]*<span class="num">(\d+)</span>', page)
    assert tasks
    assert units
    for href, count in [*tasks, *units]:
        assert f"共 {count} 项" in words(client.get(href.replace("&amp;", "&")))


def test_a_unit_sees_its_own_row_and_tasks_and_no_others(site: Site, campaign: Campaign) -> None:
    own, other = (participant(site.world, campaign, unit) for unit in (0, 1))
    address = f"/campaigns/{campaign.id}/board"
    person = site.visitor(site.world.units[0], "liaison")
    for path in (address, f"{address}/items", f"{address}/items?unit={own}", f"{address}.csv"):
        answer = person.get(path)
        assert answer.status_code == 200
        assert "示例单位01" in answer.get_data(as_text=True)
        assert "示例单位02" not in answer.get_data(as_text=True)
    for unit in (other, "nonsense", "00000000-0000-0000-0000-000000000000"):
        assert person.get(f"{address}/items?unit={unit}").status_code == 404
    outside = site.visitor(site.world.units[2], "liaison")
    for path in (address, f"{address}/items", f"{address}.csv", f"{address}.xlsx"):
        assert outside.get(path).status_code == 404


def test_nonsense_in_the_address_is_passed_over(site: Site, campaign: Campaign, client: FlaskClient) -> None:
    address = f"/campaigns/{campaign.id}/board"
    for query in ("phase=x&state=y&light=z", "page=0", "page=999999", "page=-1", "kind=x", "q=%25'\"<b>"):
        answer = client.get(f"{address}?{query}")
        assert answer.status_code == 200
        assert '<b>"' not in answer.get_data(as_text=True)
    assert client.get(f"{address}/items?phase=x&what=y").status_code == 200
    assert "没有符合条件的单位" in words(client.get(f"{address}?q=%25"))


def test_the_files_hold_the_board_and_no_formula(site: Site, campaign: Campaign, client: FlaskClient) -> None:
    with site.world.workshop.writing() as work:
        work.session.get_one(Unit, site.world.units[0].id).name = "=1+1"
    table = client.get(f"/campaigns/{campaign.id}/board.csv")
    assert table.mimetype == "text/csv"
    lines = table.get_data().decode("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert "'=1+1" in lines[1]
    assert "未交" in lines[1]
    book = load_workbook(io.BytesIO(client.get(f"/campaigns/{campaign.id}/board.xlsx").get_data()))
    rows = list(book.active.iter_rows(values_only=True))
    assert [row[1] for row in rows[1:]] == ["'=1+1", "示例单位02"]
    assert book.active.page_setup.orientation == "landscape"

"""The calendar of an installation: entered, recorded, shown, and followed by counts and rows alike."""

from datetime import date, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from server.audit.models import AuditRow
from server.deadlines import operations, queries
from server.deadlines.models import CalendarPeriod
from server.deadlines.rules import Period
from server.errors import Invalid, NotAllowed, NotFound
from server.organisation.models import Unit
from server.tasks import queries as tasks
from server.tasks.models import Task
from server.tasks.rules import Light
from tests.web.site import Site, words

SHANGHAI = ZoneInfo("Asia/Shanghai")
SUMMER = Period(date(2026, 7, 13), date(2026, 8, 28), False, "school", "暑假")


def add(site: Site, period: Period) -> UUID:
    world = site.world
    with world.workshop.writing() as work:
        return operations.add_period(world.actor(world.authority, "office"), work, period)


def test_counts_and_rows_say_the_same_of_red(site: Site) -> None:
    world = site.world
    world.open_campaign(world.units[:2])
    liaisons = [world.actor(unit, "liaison") for unit in world.units[:2]]
    with world.workshop.writing() as work:
        work.session.execute(update(Unit).where(Unit.id == world.units[0].id).values(kind="school"))
        today = work.now.astimezone(SHANGHAI).date()
        before = work.now - timedelta(days=4)
        work.session.execute(update(Task).values(due_at=before))
    add(site, Period(today - timedelta(days=30), today, False, "school", "停课"))
    add(site, Period(today, today, True, "", "上班"))
    with world.workshop.reading() as work:
        seen = [tasks.inbox(liaison, work, zone="Asia/Shanghai") for liaison in liaisons]
    assert [(page.rows[0].light, page.counts["overdue"]) for page in seen] == [(Light.YELLOW, 0), (Light.RED, 1)]


def test_a_period_is_entered_recorded_and_taken_back(site: Site) -> None:
    world = site.world
    period_id = add(site, Period(date(2027, 1, 1), date(2027, 1, 3), False, "", " 元旦 "))
    with world.workshop.reading() as work:
        assert [row.period.name for row in queries.periods(work, 2027)] == ["元旦"]
        assert not queries.calendar_of(work).works(date(2027, 1, 1))
        assert queries.periods(work, 2026) == ()
    with world.workshop.writing() as work:
        operations.remove_period(world.actor(world.authority, "office"), work, period_id)
        assert queries.calendar_of(work).works(date(2027, 1, 1))
        verbs = work.session.scalars(select(AuditRow.verb).where(AuditRow.verb == "calendar:changed")).all()
        assert len(verbs) == 2
    with world.workshop.writing() as work, pytest.raises(NotFound):
        operations.remove_period(world.actor(world.authority, "office"), work, period_id)


@pytest.mark.parametrize(
    ("period", "field"),
    [
        (Period(date(2027, 1, 3), date(2027, 1, 1), False, "", "倒"), "until_on"),
        (Period(date(2027, 1, 1), date(2028, 1, 2), False, "", "长"), "until_on"),
        (Period(date(2027, 1, 1), date(2027, 1, 1), False, "", "  "), "name"),
        (Period(date(2027, 1, 1), date(2027, 1, 1), False, "moon", "月"), "unit_kind"),
    ],
)
def test_a_period_that_cannot_be_is_refused(site: Site, period: Period, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        add(site, period)
    assert list(refused.value.fields) == [field]
    with site.world.workshop.reading() as work:
        assert work.session.scalars(select(CalendarPeriod)).all() == []


def test_only_who_keeps_the_whole_organisation_changes_the_calendar(site: Site) -> None:
    world = site.world
    liaison = world.actor(world.units[0], "liaison")
    with world.workshop.writing() as work, pytest.raises(NotAllowed):
        operations.add_period(liaison, work, SUMMER)
    with world.workshop.writing() as work, pytest.raises(NotAllowed):
        operations.remove_period(liaison, work, uuid4())


def test_the_page_shows_a_year_and_takes_days(site: Site) -> None:
    office = site.visitor(site.world.authority, "office")
    page = words(office.get("/calendar?year=2026"))
    assert "国庆节调休上班" in page
    assert "尚未收录" not in page
    assert "2031年放假安排尚未收录" in words(office.get("/calendar?year=2031"))
    typed = {"name": "元旦", "from_on": "2031-01-01", "until_on": "2031-01-01", "works": "0", "unit_kind": ""}
    assert site.post(office, "/calendar", **typed).status_code == 303
    shown = words(office.get("/calendar?year=2031"))
    assert "元旦" in shown
    assert "尚未收录" not in shown
    refused = site.post(office, "/calendar", **(typed | {"from_on": "2031-02-30"}), _back="/calendar")
    assert "“2031-02-30”不是有效日期" in words(office.get(refused.headers["Location"].split("#")[0]))
    assert "Public holidays" in words(site.visitor(site.world.authority, "office", "en").get("/calendar?year=9999"))

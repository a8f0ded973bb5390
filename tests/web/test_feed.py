"""What one owes, as a calendar: by an address that nobody can guess, and that a new password makes void."""

import re
from datetime import timedelta

from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import update

from server.identity.models import Account, AccountState
from tests.web.site import Site
from tests.world import World


def address(site: Site, world: World, language: str = "zh-CN") -> str:
    client = site.visitor(world.units[0], "liaison", language)
    found = re.search(r'value="http://[^/]+(/feed/[^"]+)"', client.get("/feed").get_data(as_text=True))
    assert found
    return found[1]


def events(site: Site, where: str) -> list[tuple[str, str, str]]:
    """Day, words and link of what a program without any login is given."""
    answer = site.app.test_client().get(where)
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    calendar = Calendar.from_ical(answer.get_data())
    return [(str(each["dtstart"].dt), str(each["summary"]), str(each["url"])) for each in calendar.walk("vevent")]


def change(world: World, **values: object) -> None:
    """Change the liaison's account."""
    person_id = world.people[world.units[0].id, "liaison"][0]
    with world.workshop.writing() as work:
        work.session.execute(update(Account).where(Account.person_id == person_id).values(**values))


def test_what_is_due_stands_on_its_day_with_the_way_to_it(site: Site, world: World) -> None:
    where = address(site, world)
    assert events(site, where) == []
    world.open_campaign(world.units[:1])
    (task,) = world.inbox(world.actor(world.units[0], "liaison"))
    ((day, words, link),) = events(site, where)
    assert (day, words) == ("2026-06-30", task.title)
    assert link.endswith(f"/tasks/{task.id}")
    assert task.due_at is not None
    world.clock.advance(task.due_at - world.clock.now() + timedelta(days=5))
    assert events(site, where)[0][1] == f"【已逾期】{task.title}"


def test_only_ones_own_tasks_are_in_it(site: Site, world: World) -> None:
    world.open_campaign(world.units[1:2])
    assert events(site, address(site, world)) == []


def test_what_is_done_is_gone(site: Site, world: World) -> None:
    where = address(site, world)
    world.open_campaign(world.units[:1])
    liaison = world.actor(world.units[0], "liaison")
    world.do(liaison, world.inbox(liaison)[0].id, summary="已完成")
    assert events(site, where) == []


def test_a_new_password_or_a_disabled_account_makes_the_address_void(site: Site, world: World) -> None:
    where = address(site, world)
    change(world, state=AccountState.DISABLED)
    assert site.app.test_client().get(where).status_code == 404
    change(world, state=AccountState.ACTIVE)
    assert events(site, where) == []
    change(world, password_hash="another")
    assert site.app.test_client().get(where).status_code == 404


def test_a_forged_address_leads_nowhere(site: Site, world: World) -> None:
    where = address(site, world)
    stranger: FlaskClient = site.app.test_client()
    for forged in (where.replace(".ics", "x.ics"), "/feed/zh-CN/x.ics", where.replace("zh-CN", "fr"), "/feed/en/.ics"):
        assert stranger.get(forged).status_code == 404, forged


def test_a_title_cannot_break_out_of_its_line(site: Site, world: World) -> None:
    world.start("approval", "一件\r\nBEGIN:VEVENT", world.units[0])
    where = address(site, world)
    content = site.app.test_client().get(where).get_data(as_text=True)
    assert content.count("\nBEGIN:VEVENT") == len(events(site, where))

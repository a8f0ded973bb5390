"""The pages of a departure: found, filled in, looked at, confirmed, called off; what was typed is never lost."""

from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server.departures.models import Departure
from server.organisation.models import Holding
from tests.web.site import CHEAP, Site, make_site, words
from tests.world import World


@pytest.fixture
def site(world: World, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr("server.identity.passwords._hasher", CHEAP)
    return make_site(world)


@pytest.fixture(params=["zh-CN", "en"])
def office(site: Site, request: pytest.FixtureRequest) -> FlaskClient:
    return site.visitor(site.world.authority, "office", request.param)


def fields(site: Site, post: str = "vacant") -> tuple[str, dict[str, object]]:
    """The address of the first unit's liaison, and a form filled in."""
    world = site.world
    person_id = world.people[world.units[0].id, "liaison"][0]
    with world.workshop.reading() as work:
        from_post = world.posts[world.units[0].id, "liaison"]
        holding = work.session.execute(select(Holding.id).where(Holding.post_id == from_post)).scalar_one()
    return f"/departures/{person_id}", {"last_day": "2026-03-05", f"post-{holding}": post}


def test_from_the_search_to_the_list(site: Site, office: FlaskClient) -> None:
    address, form = fields(site)
    person = site.world.people[site.world.units[0].id, "liaison"]
    assert address in office.get(f"/departures/?q={person[1]}").get_data(as_text=True)
    assert office.get(address).status_code == 200
    seen = site.post(office, f"{address}/check", **form)
    assert seen.status_code == 200
    assert site.world.people[site.world.authority.id, "office"][1] in words(seen)
    assert site.post(office, address, **form).status_code == 303
    assert site.post(office, address, **form).status_code == 303
    with site.world.workshop.reading() as work:
        (departure,) = work.session.scalars(select(Departure)).all()
        assert departure.last_day == date(2026, 3, 5)
        departure_id = departure.id
    assert person[1] in words(office.get("/departures/"))
    assert office.get(address).status_code == 200
    assert site.post(office, f"/departures/{departure_id}/call-off").status_code == 303


@pytest.mark.parametrize("post", ["", "no id", "'; --", "0193a1b2-0000-7000-8000-000000000001"])
def test_what_cannot_be_is_said_at_its_field_and_what_was_typed_stays(
    site: Site, office: FlaskClient, post: str
) -> None:
    address, form = fields(site, post)
    for path in (f"{address}/check", address):
        refused = site.post(office, path, **form)
        assert refused.status_code == 422
        assert 'value="2026-03-05"' in refused.get_data(as_text=True)
    with site.world.workshop.reading() as work:
        assert work.session.scalars(select(Departure)).all() == []


def test_a_name_that_was_typed_counts_and_a_wrong_one_is_said(site: Site, office: FlaskClient) -> None:
    address, form = fields(site, "")
    (name,) = [key for key in form if key.startswith("post-")]
    head = site.world.people[site.world.units[1].id, "head"][1]
    assert head in words(site.post(office, f"{address}/check", **{**form, f"{name}-other": head}))
    wrong = site.post(office, f"{address}/check", **{**form, f"{name}-other": "<b>没有这个人"})
    assert wrong.status_code == 422
    assert "&lt;b&gt;没有这个人" in wrong.get_data(as_text=True)

"""Who sees which page of whose unit: every page of the application, for every kind of account, as one table.

A page that is added must be added here. The demo is walked through as well, see tests/arch/test_pages.py.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import AnyConverter, Rule

from server.actor import SYSTEM, OnBehalf, Source
from server.campaigns.models import Participant
from server.evidence import operations as evidence
from server.identity import operations as identity
from server.identity.permissions import Permission
from server.notifications import operations as notifications
from server.notifications.models import Delivery, DeliveryState, Notification
from server.notifications.operations import Said
from server.organisation.models import Person, Unit
from server.organisation.rules import PostKind
from server.supervision import drafts
from server.supervision import operations as supervision
from server.supervision.rules import Wording
from server.tasks import confirmations, copies, operations
from server.tasks.models import Copy, Decision
from tests.web.site import CHEAP, PASSWORD, Site, make_site
from tests.world import World

ROLES = (
    "liaison",
    "head",
    "other",
    "outside",
    "office",
    "verifier",
    "leader",
    "scheme",
    "system",
    "security",
    "audit",
    "nobody",
)
"""liaison and head of the unit whose task, evidence and row they are; liaisons of another participant and of a unit
that takes no part; office, verifier and leader of the authority; who keeps schemes; the three administrators; a person
with an account and no post."""

TABLE = """
> > > > > > > > > > > >  /
x x x x x x x x x + x x  /accounts
x x x x x x x x x + x x  /accounts/<uuid:person_id>
x x x x x x x x x + x x  /accounts/administrators
- - - - - - - - - - - -  /assessments/<uuid:assessment_id>
x x x x x x x x x x + x  /audit/
x x x x x x x x x x + x  /audit/seals
x x x x + x x x + x x x  /calendar
+ + + + + + + + + + + +  /campaigns
+ + + - + + + - - - - -  /campaigns/<uuid:campaign_id>
+ + + - + + + - - - - -  /campaigns/<uuid:campaign_id>/board
+ + + - + + + - - - - -  /campaigns/<uuid:campaign_id>/board.csv
+ + + - + + + - - - - -  /campaigns/<uuid:campaign_id>/board.xlsx
+ + + - + + + - - - - -  /campaigns/<uuid:campaign_id>/board/items
+ + + - + + + - - - - -  /campaigns/<uuid:campaign_id>/findings
- - - - + + + - - - - -  /campaigns/<uuid:campaign_id>/participants/<uuid:participant_id>
+ + + - + + + - - - - -  /campaigns/<uuid:campaign_id>/remarks
x x x - + x + - - - - -  /campaigns/<uuid:campaign_id>/remarks/new
+ + + - + + + - - - - -  /campaigns/<uuid:campaign_id>/results
x x x - + + + - - - - -  /campaigns/<uuid:campaign_id>/results.csv
- - - - + - - - - - - -  /campaigns/<uuid:campaign_id>/sheets
- - - - + - - - - - - -  /campaigns/<uuid:campaign_id>/sheets/<element_id>.zip
x x x x + x x x x x x x  /campaigns/new
+ + + + + + + + + + + +  /copies
+ + + + + + + + + + + +  /decided
x x x x + x x x + x x x  /departures/
x x x x + x x x + x x x  /departures/<uuid:person_id>
+ + + + + + + + + + + +  /entries
- - - - + - - - - - - -  /entries/<uuid:decision_id>/link
+ + + + + + + + + + + +  /evidence
+ + - - + + + - - - - -  /evidence/<uuid:evidence_id>
+ + - - + - - - - - - -  /evidence/<uuid:evidence_id>/withdraw
+ + + + + + + + + + + +  /feed
- - - - - - - - - - - -  /feed/<any('zh-CN', en):language>/<token>.ics
- - - - - - - - - - - -  /findings/<uuid:finding_id>
x x x x x x x x x x x x  /gates
- - - - - - - - - - - -  /gates/<uuid:task_id>
- - - - - - - - - - - -  /gates/<uuid:task_id>/briefing.<any(docx, pdf, png):form>
+ + + + + + + + + + + +  /healthz
+ + + + + + + + + + + +  /inbox
x x x x + x x x + x x x  /incidents
> > > > > > > > > > > >  /kept
+ + + + + + + + + + + +  /live
+ + + + + + + + + + + +  /login
+ + + + + + + + + + + +  /login/first
+ + + + + + + + + + + +  /me
+ + + + + + + + + + + +  /me/delegations
+ + + + + + + + + + + +  /me/password
+ + + + + + + + + + + +  /me/tokens
+ + + + + + + + + + + +  /notifications
- - - - - - - - - + - -  /notifications/people/<uuid:person_id>
+ + + + + + + + + + + +  /notifications/settings
- - - - - - - - + - - -  /notifications/undelivered
x x x x + x x x + x x x  /organisation/
x x x x + x x x + x x x  /organisation/import
x x x x + x x x + x x x  /organisation/import/<any(units, people, posts):table>.csv
x x x x - x x x - x x x  /organisation/import/<uuid:upload_id>
x x x x + x x x + x x x  /organisation/units/<uuid:unit_id>
x x x x + x x x + x x x  /organisation/units/<uuid:unit_id>/close
+ + - - + + + - - - - -  /participants/<uuid:participant_id>/assessments
x x x x x x + x x x x x  /phrases
+ + + + + + + + + + + +  /said/<token>
+ + + + + + + + + + + +  /schemes
+ + + + + + + + + + + +  /schemes/<uuid:version_id>
+ + + + + + + + + + + +  /schemes/<uuid:version_id>/processes/<process_key>.bpmn
x x x x + x x + + x x x  /schemes/new
- - - - - - - - - - - -  /standards/<uuid:version_id>
+ + + + + + + + + + + +  /supervision
+ + - - + + + - - - - -  /supervision/<uuid:order_id>
x x x x + x x x x x x x  /supervision/new
+ + - - + + + - - - - -  /tasks/<uuid:task_id>
+ + - - + + + - - - - -  /tasks/<uuid:task_id>/approval-form
- - - - - - - - - - - -  /tasks/<uuid:task_id>/batch
- - - - - - - - - - - -  /tasks/<uuid:task_id>/opinions/<uuid:evidence_id>
+ - - - + - - - - - - -  /tasks/<uuid:task_id>/sheet.xlsx
- - - - - - - - - - - -  /tasks/<uuid:task_id>/take-back
"""
OPEN = ("identity.first", "home", "health", "tasks.said", "tasks.calendar_feed")
"""Pages that show something to everybody."""
BRIEFLY = {"Accept": "application/json"}
"""A refusal in a line instead of a page: what is looked at is who gets one."""
SIGNS = {"200": "+", "303": ">", "403": "x", "404": "-"}
"""Shown, led elsewhere, refused, and not there for this reader."""
NOTHING = "019b0000-0000-7000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Place:
    site: Site
    clients: dict[str, FlaskClient]
    samples: dict[str, str]

    def address(self, rule: Rule) -> str:
        adapter = self.site.app.url_map.bind("localhost")
        return adapter.build(rule.endpoint, {name: self.value(rule, name) for name in rule.arguments}, method="GET")

    def value(self, rule: Rule, name: str) -> str:
        converter = rule._converters[name]
        return min(converter.items) if isinstance(converter, AnyConverter) else self.samples.get(name, NOTHING)

    def rules(self) -> Iterator[Rule]:
        for rule in sorted(self.site.app.url_map.iter_rules(), key=lambda rule: rule.rule):
            if "GET" in (rule.methods or ()) and rule.endpoint != "static" and not rule.rule.startswith("/api/"):
                yield rule

    def row(self, rule: Rule) -> str:
        address = self.address(rule)
        seen = [str(self.clients[role].get(address, headers=BRIEFLY, buffered=True).status_code) for role in ROLES]
        return " ".join(SIGNS.get(status, status) for status in seen)


@pytest.fixture(scope="module")
def place(still_world: World) -> Iterator[Place]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("server.identity.passwords._hasher", CHEAP)
        yield make_place(still_world, make_site(still_world))


def make_place(world: World, site: Site) -> Place:
    unit, other, outside = world.units
    campaign = world.open_campaign([unit, other])
    task = world.inbox(world.actor(unit, "liaison"))[0]
    task_id, element = task.id, task.element_id or ""
    with world.workshop.writing() as work:
        liaison = world.actor(unit, "liaison")
        proof = evidence.add(liaison, work, unit.id, campaign.id, io.BytesIO("一".encode()), "佐证.txt").id
        root = work.session.get_one(Unit, world.authority.parent_id).id
        identity.grant(
            SYSTEM, work, "keeper", Permission.SCHEME_MANAGE, unit_id=root, holder_unit_id=world.authority.id
        )
    world.post(world.authority, "keeper")
    clients = {
        "liaison": site.visitor(unit, "liaison"),
        "head": site.visitor(unit, "head"),
        "other": site.visitor(other, "liaison"),
        "outside": site.visitor(outside, "liaison"),
        "scheme": site.visitor(world.authority, "keeper"),
        **{kind: site.visitor(world.authority, kind) for kind in ("office", "verifier", "leader")},
        "system": administrator(site, PostKind.SYSTEM_ADMINISTRATOR),
        "security": administrator(site, PostKind.SECURITY_ADMINISTRATOR),
        "audit": administrator(site, PostKind.AUDIT_ADMINISTRATOR),
        "nobody": without_post(site),
    }
    decision, token = entered(world, unit)
    notification, delivery = told(world, world.people[unit.id, "liaison"][0])
    with world.workshop.reading() as work:
        participant = work.session.scalars(select(Participant.id).where(Participant.unit_id == unit.id)).one()
    samples: dict[str, UUID | str] = {
        "campaign_id": campaign.id,
        "participant_id": participant,
        "task_id": task_id,
        "unit_id": unit.id,
        "person_id": world.people[unit.id, "liaison"][0],
        "evidence_id": proof,
        "version_id": world.versions["rounds"],
        "process_key": "round",
        "decision_id": decision,
        "element_id": element,
        "order_id": supervised(world, campaign.id, unit),
        "token": token,
        "notification_id": notification,
        "delivery_id": delivery,
        "copy_id": copied(world, decision, outside),
        "table": "units",
    }
    return Place(site, clients, {name: str(value) for name, value in samples.items()})


def entered(world: World, unit: Unit) -> tuple[UUID, str]:
    """A decision that the office entered for the unit's liaison, and the link to confirm it."""
    office = world.actor(world.authority, "office")
    world.start("approval", "一件", unit)
    task = next(each for each in world.inbox(world.actor(unit, "liaison")) if each.campaign_id is None)
    world.do(operations.on_behalf(office, OnBehalf("联络员", Source.PHONE)), task.id, summary="做法")
    with world.workshop.reading() as work:
        decision = work.session.scalars(select(Decision.id).where(Decision.task_id == task.id)).one()
        return decision, confirmations.link_token(office, work, decision)


def copied(world: World, decision_id: UUID, to: Unit) -> UUID:
    """A copy that the office has sent to the liaison of a unit, of another task than that of the table."""
    with world.workshop.writing() as work:
        task_id = work.session.get_one(Decision, decision_id).task_id
        office = world.actor(world.authority, "office")
        copies.send(office, work, task_id, [f"post:{world.posts[to.id, 'liaison']}"], "供参考")
        return work.session.scalars(select(Copy.id)).one()


def told(world: World, person_id: UUID) -> tuple[UUID, UUID]:
    """Something that a person was told, and that a mail about it was given up."""
    with world.workshop.writing() as work:
        notifications.tell(work, [person_id], Said("tasks-told-today", "one", "/inbox", {"task": "一件"}))
        notification = work.session.scalars(select(Notification).where(Notification.person_id == person_id)).one()
        given_up = Delivery(
            id=work.ids.new(),
            notification_id=notification.id,
            person_id=person_id,
            channel="mail",
            address="liaison@example.cn",
            state=DeliveryState.FAILED,
            due_at=work.now,
        )
        work.session.add(given_up)
        return notification.id, given_up.id


def supervised(world: World, campaign_id: UUID, unit: Unit) -> UUID:
    """An order that the office has sent to the unit."""
    office = world.actor(world.authority, "office")
    with world.workshop.writing() as work:
        order = drafts.write(office, work, campaign_id, unit.id)
        wording = Wording("一件", "多次催办未果", "请回复", date(2026, 3, 16))
        return supervision.send(office, work, order.id, wording).id


def administrator(site: Site, kind: PostKind) -> FlaskClient:
    with site.world.workshop.writing() as work:
        token = identity.appoint_administrator(SYSTEM, work, kind, f"陈{kind.value}", kind.value)
        secret = identity.redeem_first_token(work, kind.value, token, PASSWORD, "Firefox")
    return browser(site, secret)


def without_post(site: Site) -> FlaskClient:
    with site.world.workshop.writing() as work:
        person_id = work.ids.new()
        work.session.add(Person(id=person_id, name="无岗"))
        work.session.flush()
        identity.create_account(SYSTEM, work, person_id, "nobody", password=PASSWORD, must_change=False)
        secret = identity.log_in(work, "nobody", PASSWORD, "Firefox")
    return browser(site, secret)


def browser(site: Site, secret: str | None) -> FlaskClient:
    assert secret is not None
    client = site.app.test_client()
    client.set_cookie("greengate", secret)
    return client


def expected() -> dict[str, str]:
    """Address to a sign for each role; the signs stand first, two characters wide."""
    split = 2 * len(ROLES)
    return {line[split + 1 :].strip(): line[:split].strip() for line in TABLE.strip().splitlines()}


def test_every_page_answers_everybody_as_the_table_says(place: Place) -> None:
    assert {rule.rule: place.row(rule) for rule in place.rules()} == expected()


def test_who_is_not_logged_in_is_led_to_the_login_page(place: Place) -> None:
    nobody = place.site.app.test_client()
    for rule in place.rules():
        if rule.endpoint.startswith("identity.login") or rule.endpoint in OPEN:
            continue
        answer = nobody.get(place.address(rule))
        assert answer.status_code == 303, rule
        assert answer.headers["Location"].startswith("/login?next="), rule

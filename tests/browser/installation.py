"""An installation with the Gaoping scheme, three units and people with accounts, for browser tests."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from flask import Flask
from sqlalchemy import Engine, select

from server.actor import SYSTEM
from server.app import create_app
from server.bootstrap import Application, assemble
from server.campaigns import operations as campaigns
from server.campaigns.rules import Opening
from server.config import Settings
from server.db.jobs import InlineJobQueue
from server.db.types import Base
from server.db.work import Work
from server.identity import accounts, grants
from server.identity.models import Account
from server.identity.queries import load_actor
from server.organisation import operations as organisation
from server.organisation.models import Unit
from server.ports import Ids, SystemClock
from server.schemes import operations as schemes
from server.schemes.package import read_folder

PASSWORD = "Green-gate-2026!"
SHIPPED = Path(__file__).resolve().parents[2] / "workflows" / "gaoping-2020"
UNITS = ("示例市档案馆", "示例市统计局", "示例市审计局")
PEOPLE = (("李静", "陈伟"), ("王芳", "刘洋"), ("赵磊", "杨帆"))


@dataclass(frozen=True)
class Installation:
    """A Flask application on SQLite whose background work is done when `drain` says so."""

    app: Flask
    application: Application
    queue: InlineJobQueue
    campaign_id: UUID

    def drain(self) -> None:
        self.queue.drain(self.application.workshop, self.application.jobs)


def install(engine: Engine, folder: Path) -> Installation:
    """Tables, organisation, accounts, scheme, and one campaign of three units that has just been opened."""
    Base.metadata.create_all(engine)
    clock, queue = SystemClock(), InlineJobQueue()
    settings = Settings(data=folder, database_url=str(engine.url), secret_key=b"0123456789abcdefghijklmnopqrstuvwxyz")
    application = assemble(settings, engine, clock, Ids(clock), queue)
    with application.workshop.writing() as work:
        authority, units = _organisation(work)
        version = schemes.install(SYSTEM, work, read_folder(SHIPPED))
    with application.workshop.writing() as work:
        campaign_id = _open(work, version.id, authority, units)
    queue.drain(application.workshop, application.jobs)
    return Installation(create_app(application), application, queue, campaign_id)


def _organisation(work: Work) -> tuple[Unit, list[Unit]]:
    root = organisation.add_unit(SYSTEM, work, code="R", name="示例市", kind="city")
    authority = organisation.add_unit(SYSTEM, work, code="A", name="示例市能源局", kind="bureau", parent_id=root.id)
    units = [
        organisation.add_unit(SYSTEM, work, code=f"U{number}", name=name, kind="organ", parent_id=root.id)
        for number, name in enumerate(UNITS, start=1)
    ]
    grants.seed_grants(SYSTEM, work, authority_id=authority.id, over_id=root.id)
    _person(work, authority, ("office", "办公室主任"), "周敏", "office")
    _person(work, authority, ("verifier", "核查员"), "吴强", "verifier")
    _person(work, authority, ("leader", "分管局长"), "郑国华", "leader")
    for number, (unit, (liaison, head)) in enumerate(zip(units, PEOPLE, strict=True), start=1):
        _person(work, unit, ("liaison", "联络员"), liaison, f"liaison{number}")
        _person(work, unit, ("head", "局长"), head)
    return authority, units


def _person(work: Work, unit: Unit, post: tuple[str, str], name: str, login: str = "") -> None:
    held = organisation.add_post(SYSTEM, work, unit.id, kind=post[0], title=post[1])
    person = organisation.add_person(SYSTEM, work, name=name)
    organisation.add_holding(SYSTEM, work, held.id, person.id, from_on=date(2026, 1, 1))
    if login:
        accounts.create_account(SYSTEM, work, person.id, login, password=PASSWORD, must_change=False)


def _open(work: Work, version_id: UUID, authority: Unit, units: list[Unit]) -> UUID:
    account = work.session.execute(select(Account.id).where(Account.login == "office")).scalar_one()
    office = load_actor(work.session, account, None, work.now.date())
    assert office is not None
    today = work.now.date()
    proposed = campaigns.propose_dates(work, version_id, today.year, authority.zone, {})
    later = {
        key: max(due_at, work.now + timedelta(days=3 * (place + 1))) if due_at else None
        for place, (key, due_at) in enumerate(proposed.items())
    }
    opening = Opening(
        scheme_version_id=version_id,
        unit_id=authority.id,
        year=today.year,
        title=f"{today.year}年节约型机关创建活动",
        starts_on=today,
        participants=tuple(unit.id for unit in units),
        dates=later,
        parameters={"rectification_days": "30"},
    )
    return campaigns.open_campaign(office, work, opening, "browser").id

"""What differs between databases: constraints, locks, times; on each in turn."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy.exc import IntegrityError

from server.actor import SYSTEM
from server.audit import models as audit_models
from server.audit import queries as audit
from server.db.jobs import InlineJobQueue
from server.db.types import Base
from server.db.work import Parts, Workshop
from server.identity import models, operations, queries
from server.identity.models import PermissionGrant
from server.organisation import models as organisation_models
from server.ports import VirtualClock, seeded_ids
from tests.databases import open_database
from tests.identity.conftest import PASSWORD, build

NAMES = {
    model.__tablename__
    for module in (audit_models, organisation_models, models)
    for model in vars(module).values()
    if isinstance(model, type) and issubclass(model, Base) and model is not Base
}


@pytest.fixture
def workshop(database_url: str, clock: VirtualClock) -> Iterator[Workshop]:
    engine = open_database(database_url)
    Base.metadata.create_all(engine, tables=[Base.metadata.tables[name] for name in sorted(NAMES)])
    yield Workshop(engine, clock, seeded_ids(clock, 1), InlineJobQueue(), Parts())
    engine.dispose()


def test_people_log_in_and_act(workshop: Workshop) -> None:
    with workshop.writing() as work:
        city = build(work)
    with workshop.writing() as work:
        secret = operations.log_in(work, "wang", PASSWORD, "Firefox")
    assert secret is not None
    with workshop.reading() as work:
        actor = queries.actor_of_session(work.session, secret, work.now)
        assert actor is not None
        assert actor.may("campaign.manage", city.paths["E"])
        assert queries.load_actor(work.session, city.accounts["zhao"], city.posts["E.head"], date(2026, 3, 2))
        rows = queries.accounts(work.session, paths=[city.paths["E"]], words="zhao", now=work.now).rows
        assert [row.person_name for row in rows] == ["赵强"]
        assert audit.check_chains(work) == []


@pytest.mark.parametrize(
    ("kind", "domain", "permission"),
    [
        ("security_administrator", "security", "audit.read"),
        ("security_administrator", "audit", "audit.read"),
        ("office", "business", "account.manage"),
        ("office", "security", "account.manage"),
    ],
)
def test_no_grant_crosses_domains(workshop: Workshop, kind: str, domain: str, permission: str) -> None:
    with workshop.writing() as work:
        build(work)
    with workshop.writing() as work:
        work.session.add(PermissionGrant(id=work.ids.new(), post_kind=kind, domain=domain, permission=permission))
        with pytest.raises(IntegrityError):
            work.session.flush()
        work.session.rollback()


def test_a_grant_stands_once(workshop: Workshop) -> None:
    with workshop.writing() as work:
        build(work)
    with workshop.writing() as work:
        again = PermissionGrant(id=work.ids.new(), post_kind="head", domain="business", permission="unit.work")
        work.session.add(again)
        with pytest.raises(IntegrityError):
            work.session.flush()
        work.session.rollback()


def test_guesses_at_once_are_all_counted(workshop: Workshop) -> None:
    with workshop.writing() as work:
        build(work)
    start = Barrier(5)

    def guess(number: int) -> None:
        start.wait()
        with workshop.writing() as work:
            assert operations.log_in(work, "zhao", f"wrong {number}", "") is None

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(guess, range(5)))
    with workshop.writing() as work:
        assert operations.log_in(work, "zhao", PASSWORD, "") is None
        account = queries.accounts(work.session, paths=["/x/"], words="zhao", now=work.now).rows[0]
        assert account.state == "locked"
        assert account.account_id is not None
        operations.unlock_account(SYSTEM, work, account.account_id)
        assert operations.log_in(work, "zhao", PASSWORD, "") is not None

"""A small city: an authority with its office, two organs, and people on posts."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest

from server.actor import SYSTEM
from server.db.work import Work, Workshop
from server.identity import operations, queries
from server.organisation import operations as organisation
from server.organisation.models import Post, Unit

ON = date(2026, 1, 1)
PASSWORD = "Gufeng-Shan-2026"


@dataclass(frozen=True, slots=True)
class City:
    """Ids. people: by name; posts: by `<unit code>.<kind>`; paths: of units by code; accounts: by login."""

    units: dict[str, UUID]
    paths: dict[str, str]
    posts: dict[str, UUID]
    people: dict[str, UUID]
    accounts: dict[str, UUID]


def place(work: Work, unit: Unit, kind: str, title: str, name: str, rank: int = 100) -> tuple[Post, UUID]:
    post = organisation.add_post(SYSTEM, work, unit.id, kind=kind, title=title, rank=rank)
    person = organisation.add_person(SYSTEM, work, name=name)
    organisation.add_holding(SYSTEM, work, post.id, person.id, from_on=ON)
    return post, person.id


def build(work: Work) -> City:
    city = organisation.add_unit(SYSTEM, work, code="C", name="高原市", kind="city")
    units = {"C": city}
    for code, name in (("A", "机关事务局"), ("E", "能源局"), ("S", "教育局")):
        units[code] = organisation.add_unit(SYSTEM, work, code=code, name=name, kind="organ", parent_id=city.id)
    posts, people, accounts = {}, {}, {}
    for code, kind, title, name, login in (
        ("A", "office", "创建办主任", "王芳", "wang"),
        ("A", "leader", "局长", "李伟", "li"),
        ("E", "head", "局长", "赵强", "zhao"),
        ("E", "liaison", "联络员", "孙丽", "sun"),
        ("S", "head", "局长", "周敏", "zhou"),
    ):
        post, person_id = place(work, units[code], kind, title, name)
        posts[f"{code}.{kind}"], people[name] = post.id, person_id
        operations.create_account(SYSTEM, work, person_id, login, password=PASSWORD, must_change=False)
    operations.seed_grants(SYSTEM, work, authority_id=units["A"].id, over_id=city.id)
    for row in queries.accounts(work.session, paths=[city.path], now=work.now).rows:
        assert row.account_id is not None
        accounts[row.login] = row.account_id
    return City(
        {code: unit.id for code, unit in units.items()},
        {code: unit.path for code, unit in units.items()},
        posts,
        people,
        accounts,
    )


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same algorithm with little memory: what is tested here is not the cost."""
    from argon2 import PasswordHasher

    monkeypatch.setattr("server.identity.passwords._hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def city(workshop: Workshop) -> City:
    with workshop.writing() as work:
        return build(work)

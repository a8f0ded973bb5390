"""Who somebody is on a day: posts, seats, grants; tokens; administrators."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError

from server.actor import SYSTEM, Actor, ActorKind
from server.db.work import Workshop
from server.errors import Conflict, Invalid, NotAllowed, NotFound
from server.identity import operations, queries
from server.identity.models import PermissionGrant, PostKindDomain
from server.identity.permissions import ADMINISTRATORS, ALLOWED, AUTHORITY, OWN_UNIT, Domain, Permission, domain_of
from server.organisation import operations as organisation
from server.organisation.rules import PostKind
from server.ports import VirtualClock
from tests.identity.conftest import ON, PASSWORD, City

TODAY = date(2026, 3, 2)


def actor_of(workshop: Workshop, city: City, login: str, post: str | None = None, on: date = TODAY) -> Actor:
    with workshop.reading() as work:
        chosen = None if post is None else city.posts[post]
        actor = queries.load_actor(work.session, city.accounts[login], chosen, on)
    assert actor is not None
    return actor


def second_post(workshop: Workshop, city: City) -> None:
    """The head of the energy bureau is head of the schools as well, from April on."""
    with workshop.writing() as work:
        person = city.people["赵强"]
        organisation.add_holding(SYSTEM, work, city.posts["S.head"], person, from_on=date(2026, 4, 1))


def test_a_unit_works_in_its_own_unit_alone(workshop: Workshop, city: City) -> None:
    actor = actor_of(workshop, city, "zhao")
    assert actor.seat_keys == {f"person:{city.people['赵强']}", f"post:{city.posts['E.head']}"}
    assert actor.may("unit.work", city.paths["E"])
    assert not actor.may("unit.work", city.paths["S"])
    assert not actor.may("unit.work", city.paths["C"])
    assert not actor.may_anywhere("gate.decide")
    assert actor.account_key == f"account:{city.accounts['zhao']}"


def test_the_authority_reaches_over_the_tree_it_is_named_for(workshop: Workshop, city: City) -> None:
    office, leader = actor_of(workshop, city, "wang"), actor_of(workshop, city, "li")
    for code in ("C", "A", "E", "S"):
        assert office.may("campaign.manage", city.paths[code])
        assert leader.may("gate.decide", city.paths[code])
    assert not office.may_anywhere("gate.decide")
    assert not leader.may_anywhere("organisation.manage")


def test_an_office_elsewhere_in_the_tree_is_not_raised_with_it(workshop: Workshop, city: City) -> None:
    with workshop.writing() as work:
        post = organisation.add_post(SYSTEM, work, city.units["E"], kind="office", title="办公室")
        organisation.add_holding(SYSTEM, work, post.id, city.people["孙丽"], from_on=ON)
    assert not actor_of(workshop, city, "sun").may_anywhere("campaign.manage")


def test_a_holding_counts_from_its_first_to_its_last_day(workshop: Workshop, city: City) -> None:
    second_post(workshop, city)
    school = f"post:{city.posts['S.head']}"
    assert school not in actor_of(workshop, city, "zhao", on=date(2026, 3, 31)).seat_keys
    assert school in actor_of(workshop, city, "zhao", on=date(2026, 4, 1)).seat_keys


def test_a_person_with_two_posts_acts_as_both_or_as_one(workshop: Workshop, city: City) -> None:
    second_post(workshop, city)
    on = date(2026, 4, 1)
    both = actor_of(workshop, city, "zhao", on=on)
    assert len(both.seat_keys) == 3
    assert (both.post_id, both.unit_id) == (None, None)
    assert both.paths("unit.work") == tuple(sorted((city.paths["E"], city.paths["S"])))
    school = actor_of(workshop, city, "zhao", "S.head", on=on)
    assert school.seat_keys == {f"person:{city.people['赵强']}", f"post:{city.posts['S.head']}"}
    assert (school.unit_name, school.paths("unit.work")) == ("教育局", (city.paths["S"],))


def test_a_post_of_somebody_else_cannot_be_chosen(workshop: Workshop, city: City) -> None:
    actor = actor_of(workshop, city, "zhao", "S.head")
    assert f"post:{city.posts['S.head']}" not in actor.seat_keys
    with workshop.writing() as work:
        secret = operations.log_in(work, "zhao", PASSWORD, "")
        assert secret is not None
        visitor = queries.visitor_of_session(work.session, secret, work.now)
        assert visitor is not None
        with pytest.raises(NotAllowed):
            operations.choose_post(visitor.actor, work, visitor.session_id, city.posts["S.head"])
        with pytest.raises(NotFound):
            operations.choose_post(visitor.actor, work, "0" * 64, city.posts["E.head"])
        operations.choose_post(visitor.actor, work, visitor.session_id, city.posts["E.head"])
        again = queries.visitor_of_session(work.session, secret, work.now)
        assert again is not None
        assert again.post_id == city.posts["E.head"]
        operations.choose_post(visitor.actor, work, visitor.session_id, None)


def test_a_closed_unit_gives_nothing_any_more(workshop: Workshop, city: City) -> None:
    with workshop.writing() as work:
        organisation.close_unit(SYSTEM, work, city.units["E"], TODAY)
    assert actor_of(workshop, city, "zhao", on=TODAY).grants
    assert not actor_of(workshop, city, "zhao", on=TODAY + timedelta(days=1)).grants


def test_an_actor_costs_one_statement(workshop: Workshop, city: City) -> None:
    with workshop.writing() as work:
        secret = operations.log_in(work, "wang", PASSWORD, "")
    assert secret is not None
    seen: list[str] = []
    event.listen(workshop.engine, "before_cursor_execute", lambda _c, _k, sql, *_: seen.append(sql.split()[0]))
    with workshop.reading() as work:
        assert queries.actor_of_session(work.session, secret, work.now) is not None
    assert seen == ["BEGIN", "SELECT"]
    seen.clear()
    with workshop.reading() as work:
        assert queries.load_actor(work.session, city.accounts["wang"], None, TODAY) is not None
    assert seen == ["BEGIN", "SELECT"]


def test_a_disabled_account_is_out_at_once(workshop: Workshop, city: City) -> None:
    with workshop.writing() as work:
        secret = operations.log_in(work, "zhao", PASSWORD, "")
        assert secret is not None
        operations.disable_account(SYSTEM, work, city.accounts["zhao"])
        assert queries.actor_of_session(work.session, secret, work.now) is None
        assert operations.log_in(work, "zhao", PASSWORD, "") is None
        operations.enable_account(SYSTEM, work, city.accounts["zhao"])
        assert operations.log_in(work, "zhao", PASSWORD, "") is not None


def test_a_reset_account_needs_its_token(workshop: Workshop, city: City) -> None:
    with workshop.writing() as work:
        secret = operations.log_in(work, "zhao", PASSWORD, "")
        assert secret is not None
        token = operations.reset_account(SYSTEM, work, city.accounts["zhao"])
        assert queries.actor_of_session(work.session, secret, work.now) is None
        assert operations.log_in(work, "zhao", PASSWORD, "") is None
        assert operations.redeem_first_token(work, "zhao", token, "Danhe-River-2026", "") is not None


def test_an_unlocked_account_may_log_in(workshop: Workshop, city: City) -> None:
    with workshop.writing() as work:
        for _ in range(5):
            operations.log_in(work, "zhao", "wrong", "")
        assert operations.log_in(work, "zhao", PASSWORD, "") is None
        operations.unlock_account(SYSTEM, work, city.accounts["zhao"])
        assert operations.log_in(work, "zhao", PASSWORD, "") is not None


def administrator(workshop: Workshop, kind: PostKind, login: str) -> Actor:
    with workshop.writing() as work:
        token = operations.appoint_administrator(SYSTEM, work, kind, "陈静", login)
        secret = operations.redeem_first_token(work, login, token, PASSWORD, "")
        assert secret is not None
        actor = queries.actor_of_session(work.session, secret, work.now)
    assert actor is not None
    return actor


@pytest.mark.parametrize("kind", ADMINISTRATORS)
def test_each_administrator_holds_its_own_domain_and_no_business(
    workshop: Workshop, city: City, kind: PostKind
) -> None:
    actor = administrator(workshop, kind, "admin")
    held = {grant.permission for grant in actor.grants}
    assert held == {permission.value for permission in ALLOWED[ADMINISTRATORS[kind]]}
    business = {"gate.decide", "verification.do", "task.on_behalf", "task.rescue", "unit.work", "campaign.manage"}
    assert not held & business
    others = [each for each in ADMINISTRATORS if each is not kind]
    for other in others:
        assert not held & {"system.manage", "account.manage", "audit.read"} & set(OWN_UNIT[other])


def test_an_administrator_takes_no_other_post(workshop: Workshop, city: City) -> None:
    actor = administrator(workshop, PostKind.SYSTEM_ADMINISTRATOR, "admin")
    assert actor.person_id is not None
    with workshop.writing() as work, pytest.raises(Conflict) as refused:
        organisation.add_holding(SYSTEM, work, city.posts["A.leader"], actor.person_id, from_on=TODAY)
    assert refused.value.message.key == "organisation-administrators-exclude"
    assert actor.post_id is not None
    with workshop.writing() as work, pytest.raises(Conflict) as refused:
        organisation.add_holding(SYSTEM, work, actor.post_id, city.people["李伟"], from_on=TODAY)
    assert refused.value.message.key == "organisation-administrator-post"


def test_two_domains_in_one_hand_give_nothing_at_all(workshop: Workshop, city: City) -> None:
    actor = administrator(workshop, PostKind.SYSTEM_ADMINISTRATOR, "admin")
    assert actor.account_id is not None
    with workshop.writing() as work:
        values = {
            "id": work.ids.new().hex,
            "post": city.posts["A.leader"].hex,
            "person": actor.person_id.hex if actor.person_id else "",
        }
        work.session.execute(
            text("INSERT INTO holding (id, post_id, person_id, from_on) VALUES (:id, :post, :person, '2026-01-01')"),
            values,
        )
        for post in (None, city.posts["A.leader"], actor.post_id):
            found = queries.load_actor(work.session, actor.account_id, post, TODAY)
            assert found is not None
            assert (found.grants, found.seat_keys) == ((), frozenset())


@pytest.mark.parametrize(
    ("kind", "permission"),
    [
        ("security_administrator", Permission.AUDIT_READ),
        ("audit_administrator", Permission.SYSTEM_MANAGE),
        ("system_administrator", Permission.GATE_DECIDE),
        ("office", Permission.ACCOUNT_MANAGE),
        ("leader", Permission.AUDIT_READ),
    ],
)
def test_grants_across_domains_are_refused_by_rule_and_database(
    workshop: Workshop, city: City, kind: str, permission: Permission
) -> None:
    with workshop.writing() as work, pytest.raises(Conflict):
        operations.grant(SYSTEM, work, kind, permission)
    for domain in Domain:
        with workshop.writing() as work:
            row = PermissionGrant(id=work.ids.new(), post_kind=kind, domain=domain.value, permission=permission.value)
            work.session.add(row)
            with pytest.raises(IntegrityError):
                work.session.flush()
            work.session.rollback()
    other = Domain.BUSINESS if domain_of(kind) is not Domain.BUSINESS else Domain.SECURITY
    with workshop.writing() as work:
        work.session.add(PostKindDomain(post_kind=f"{kind}", domain=other.value))
        with pytest.raises(IntegrityError):
            work.session.flush()
        work.session.rollback()


def test_the_tables_of_default_grants_stay_within_their_domains() -> None:
    for table in (OWN_UNIT, AUTHORITY):
        for kind, permissions in table.items():
            assert set(permissions) <= ALLOWED[domain_of(kind)]


def test_only_who_manages_all_accounts_gives_grants(workshop: Workshop, city: City) -> None:
    for actor in (actor_of(workshop, city, "wang"), actor_of(workshop, city, "zhao")):
        with workshop.writing() as work, pytest.raises(NotAllowed):
            operations.grant(actor, work, "member", Permission.CAMPAIGN_VIEW)
    security = administrator(workshop, PostKind.SECURITY_ADMINISTRATOR, "admin")
    with workshop.writing() as work:
        operations.grant(security, work, "member", Permission.CAMPAIGN_VIEW)
        with pytest.raises(Invalid):
            operations.grant(security, work, "member", Permission.CAMPAIGN_VIEW, unit_id=city.units["E"])


def test_seeding_grants_again_changes_nothing(workshop: Workshop, city: City) -> None:
    with workshop.writing() as work:
        count = work.session.query(PermissionGrant).count()
        operations.seed_grants(SYSTEM, work, authority_id=city.units["A"], over_id=city.units["C"])
        assert work.session.query(PermissionGrant).count() == count


def test_accounts_are_managed_within_the_subtree_alone(workshop: Workshop, city: City) -> None:
    with workshop.writing() as work:
        for operation in (operations.disable_account, operations.reset_account, operations.unlock_account):
            with pytest.raises(NotFound):
                operation(actor_of(workshop, city, "wang"), work, city.accounts["zhao"])


def test_nobody_disables_themselves(workshop: Workshop, city: City) -> None:
    security = administrator(workshop, PostKind.SECURITY_ADMINISTRATOR, "admin")
    assert security.account_id is not None
    with workshop.writing() as work, pytest.raises(Conflict):
        operations.disable_account(security, work, security.account_id)


@pytest.mark.parametrize("login", ["", "x", "a b", "a/b", "<script>", "长" * 61])
def test_impossible_logins_are_refused(workshop: Workshop, city: City, login: str) -> None:
    with workshop.writing() as work:
        person = organisation.add_person(SYSTEM, work, name="新人")
        with pytest.raises(Invalid) as refused:
            operations.create_account(SYSTEM, work, person.id, login)
        assert set(refused.value.fields) == {"login"}


def test_a_login_or_person_has_one_account(workshop: Workshop, city: City) -> None:
    with workshop.writing() as work:
        person = organisation.add_person(SYSTEM, work, name="新人")
        with pytest.raises(Invalid):
            operations.create_account(SYSTEM, work, person.id, "ZHAO")
        with pytest.raises(Conflict):
            operations.create_account(SYSTEM, work, city.people["赵强"], "zhao2")


def test_a_token_acts_within_its_scopes(workshop: Workshop, city: City, clock: VirtualClock) -> None:
    owner = actor_of(workshop, city, "wang")
    with workshop.writing() as work:
        read = operations.create_token(owner, work, "报表", ["campaign.view"])
        both = operations.create_token(
            owner, work, "办理", ["unit.work", "campaign.manage"], clock.now() + timedelta(days=30)
        )
        actor = queries.actor_of_token(work.session, read, work.now)
        assert actor is not None
        assert (actor.kind, actor.seat_keys) == (ActorKind.TOKEN, frozenset())
        assert {grant.permission for grant in actor.grants} == {"campaign.view"}
        full = queries.actor_of_token(work.session, both, work.now)
        assert full is not None
        assert f"post:{city.posts['A.office']}" in full.seat_keys
        assert {grant.permission for grant in full.grants} == {"unit.work", "campaign.manage"}
        assert queries.actor_of_token(work.session, "x", work.now) is None
        tokens = queries.tokens_of(work.session, city.accounts["wang"])
        with pytest.raises(NotFound):
            operations.revoke_token(actor_of(workshop, city, "zhao"), work, tokens[0].id)
        with pytest.raises(NotAllowed):
            operations.create_token(full, work, "更多", ["unit.work"])
    clock.advance(timedelta(days=30))
    with workshop.writing() as work:
        assert queries.actor_of_token(work.session, both, work.now) is None
        (read_row,) = [row for row in tokens if row.name == "报表"]
        operations.revoke_token(owner, work, read_row.id)
        assert queries.actor_of_token(work.session, read, work.now) is None


@pytest.mark.parametrize(
    ("name", "scopes", "fields"),
    [
        ("", ["unit.work"], {"name"}),
        ("x", [], {"scopes"}),
        ("x", ["account.manage"], {"scopes"}),
        ("x", ["everything"], {"scopes"}),
    ],
)
def test_impossible_tokens_are_refused(
    workshop: Workshop, city: City, name: str, scopes: list[str], fields: set[str]
) -> None:
    with workshop.writing() as work, pytest.raises(Invalid) as refused:
        operations.create_token(actor_of(workshop, city, "wang"), work, name, scopes)
    assert set(refused.value.fields) == fields

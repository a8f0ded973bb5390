"""Single changes to the tree, its posts and who holds them."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server.actor import SYSTEM, Actor, ActorKind, Grant
from server.audit import queries as audit
from server.audit.models import AuditRow
from server.db.work import Work, Workshop
from server.errors import Conflict, Invalid, NotAllowed, NotFound
from server.organisation import operations, queries
from server.organisation.models import Holding, Unit
from server.organisation.rules import MAX_DEPTH, administrators_clash, holds_on, ids_in, overlap, path_of, today
from server.ports import VirtualClock

ON = date(2026, 3, 2)


def tree(work: Work) -> dict[str, Unit]:
    city = operations.add_unit(SYSTEM, work, code="C", name="高原市", kind="city")
    energy = operations.add_unit(SYSTEM, work, code="E", name="能源局", kind="organ", parent_id=city.id)
    school = operations.add_unit(SYSTEM, work, code="S", name="教育局", kind="organ", parent_id=city.id)
    first = operations.add_unit(SYSTEM, work, code="S1", name="一中", kind="school", parent_id=school.id)
    return {"C": city, "E": energy, "S": school, "S1": first}


@pytest.fixture
def units(workshop: Workshop) -> dict[str, UUID]:
    with workshop.writing() as work:
        return {code: unit.id for code, unit in tree(work).items()}


def manager(workshop: Workshop, unit_id: UUID) -> Actor:
    with workshop.reading() as work:
        path = queries.unit_path(work.session, unit_id)
    return Actor(ActorKind.ACCOUNT, "王芳", account_key="account:1", grants=(Grant("organisation.manage", path),))


def test_moving_a_unit_takes_all_below_with_it(both: Workshop) -> None:
    with both.writing() as work:
        units = tree(work)
        operations.move_unit(SYSTEM, work, units["S"].id, units["E"].id)
        assert ids_in(units["S1"].path) == tuple(units[code].id for code in ("C", "E", "S", "S1"))
        for target in ("S", "S1"):
            with pytest.raises(Conflict):
                operations.move_unit(SYSTEM, work, units["S"].id, units[target].id)
        with pytest.raises(Conflict):
            operations.move_unit(SYSTEM, work, units["C"].id, units["E"].id)
    with both.reading() as work:
        assert audit.check_chains(work) == []


def test_a_renamed_unit_is_the_same_unit(workshop: Workshop, units: dict[str, UUID], clock: VirtualClock) -> None:
    clock.advance(timedelta(days=1))
    with workshop.writing() as work:
        operations.rename_unit(SYSTEM, work, units["E"], " 能源与数据局 ", "能数局")
        operations.rename_unit(SYSTEM, work, units["E"], "能源与数据局", "能数局")
        with pytest.raises(Invalid):
            operations.rename_unit(SYSTEM, work, units["E"], "  ")
    with workshop.reading() as work:
        detail = queries.unit_detail(work.session, units["E"], ON)
    assert [name.name for name in detail.names] == ["能源与数据局", "能源局"]


def test_a_unit_closes_after_those_below(workshop: Workshop, units: dict[str, UUID]) -> None:
    with workshop.writing() as work:
        with pytest.raises(Conflict) as refused:
            operations.close_unit(SYSTEM, work, units["S"], ON)
        assert refused.value.message.args == {"name": "一中"}
        operations.close_unit(SYSTEM, work, units["S1"], ON)
        operations.close_unit(SYSTEM, work, units["S"], ON)
        for refused_now in (
            lambda: operations.close_unit(SYSTEM, work, units["S"], ON),
            lambda: operations.add_post(SYSTEM, work, units["S"], kind="head", title="局长"),
            lambda: operations.add_unit(SYSTEM, work, code="S2", name="二中", kind="school", parent_id=units["S"]),
        ):
            with pytest.raises(Conflict):
                refused_now()
        found = queries.units(work.session, paths=["/"], on=ON)
        assert [row.code for row in found.rows] == ["C", "E"]
        assert queries.units(work.session, paths=["/"], on=ON, closed=True).total == 4


def test_there_is_one_root_and_each_code_once(workshop: Workshop, units: dict[str, UUID]) -> None:
    with workshop.writing() as work:
        with pytest.raises(Conflict):
            operations.add_unit(SYSTEM, work, code="C2", name="又一市", kind="city")
        with pytest.raises(Invalid):
            operations.add_unit(SYSTEM, work, code="E", name="能源二局", kind="organ", parent_id=units["C"])
        with pytest.raises(NotFound):
            operations.add_unit(SYSTEM, work, code="X", name="无主", kind="organ", parent_id=UUID(int=9))


def test_authority_covers_the_subtree_alone(workshop: Workshop, units: dict[str, UUID]) -> None:
    school = manager(workshop, units["S"])
    with workshop.writing() as work:
        operations.rename_unit(school, work, units["S1"], "第一中学")
        for refused in (
            lambda: operations.rename_unit(school, work, units["E"], "x"),
            lambda: operations.close_unit(school, work, units["C"], ON),
            lambda: operations.move_unit(school, work, units["S1"], units["E"]),
            lambda: operations.add_unit(school, work, code="N", name="新", kind="x", parent_id=units["C"]),
            lambda: operations.add_post(school, work, units["E"], kind="head", title="局长"),
        ):
            with pytest.raises(NotAllowed):
                refused()
        found = queries.units(work.session, paths=school.paths("organisation.manage"), on=ON)
        assert [row.code for row in found.rows] == ["S", "S1"]
        assert queries.units(work.session, paths=(), on=ON).total == 0


def test_a_post_is_held_by_days_with_both_ends(workshop: Workshop, units: dict[str, UUID]) -> None:
    with workshop.writing() as work:
        post = operations.add_post(SYSTEM, work, units["E"], kind="head", title="局长")
        person = operations.add_person(SYSTEM, work, name="赵强", phone="13800138000")
        held = operations.add_holding(SYSTEM, work, post.id, person.id, from_on=ON, until_on=ON + timedelta(days=9))
        with pytest.raises(Conflict):
            operations.add_holding(SYSTEM, work, post.id, person.id, from_on=ON + timedelta(days=9))
        operations.add_holding(SYSTEM, work, post.id, person.id, from_on=ON + timedelta(days=20))
        with pytest.raises(Invalid):
            operations.add_holding(SYSTEM, work, post.id, person.id, from_on=ON, until_on=ON - timedelta(days=1))
        with pytest.raises(Invalid):
            operations.end_holding(SYSTEM, work, held.id, ON - timedelta(days=1))
        days = {
            day: len(queries.holders_of(work.session, [post.id], ON + timedelta(days=day))[post.id])
            for day in (-1, 0, 9, 10, 19, 20)
        }
        assert days == {-1: 0, 0: 1, 9: 1, 10: 0, 19: 0, 20: 1}
        assert queries.posts_of(work.session, units["E"], "deputy", on=ON) == ()
        assert queries.posts_of_kind(work.session, list(units.values()), "head") == {units["E"]: (post.id,)}


def test_empty_posts_are_found(workshop: Workshop, units: dict[str, UUID]) -> None:
    with workshop.writing() as work:
        operations.add_post(SYSTEM, work, units["E"], kind="head", title="局长")
        root = queries.root(work.session)
        assert root is not None
        empty = queries.posts_without_holder(work.session, root.path, ON)
        assert [(post.unit_name, post.title) for post in empty] == [("能源局", "局长")]
        (row,) = [row for row in queries.units(work.session, paths=["/"], on=ON).rows if row.code == "E"]
        assert (row.posts, row.empty_posts) == (1, 1)


def test_administrators_posts_are_out_of_reach_here(workshop: Workshop, units: dict[str, UUID]) -> None:
    with workshop.writing() as work, pytest.raises(Conflict):
        operations.add_post(SYSTEM, work, units["C"], kind="audit_administrator", title="审计")


def test_phone_numbers_stay_out_of_the_audit(workshop: Workshop, units: dict[str, UUID]) -> None:
    with workshop.writing() as work:
        operations.add_person(SYSTEM, work, name="赵强", phone="13800138000")
    with workshop.reading() as work:
        assert "13800138000" not in str(work.session.execute(select(AuditRow.subject, AuditRow.details)).all())


def test_the_database_refuses_impossible_holdings(both: Workshop) -> None:
    with both.writing() as work:
        units = tree(work)
        post = operations.add_post(SYSTEM, work, units["E"].id, kind="head", title="局长")
        person = operations.add_person(SYSTEM, work, name="赵强")
        bad = Holding(id=work.ids.new(), post_id=post.id, person_id=person.id, from_on=ON, until_on=date(2026, 1, 1))
        work.session.add(bad)
        with pytest.raises(IntegrityError):
            work.session.flush()
        work.session.rollback()


def test_search_takes_wildcards_as_they_are_written(workshop: Workshop, units: dict[str, UUID]) -> None:
    with workshop.reading() as work:
        assert queries.units(work.session, paths=["/"], on=ON, words="%").total == 0
        assert [row.code for row in queries.units(work.session, paths=["/"], on=ON, words="教育").rows] == ["S"]
        assert [row.code for row in queries.units(work.session, paths=["/"], on=ON, words="s1").rows] == ["S1"]


def test_rules_of_days_and_paths() -> None:
    one = (date(2026, 1, 1), date(2026, 1, 31))
    assert overlap(one, (date(2026, 1, 31), None))
    assert not overlap(one, (date(2026, 2, 1), None))
    assert overlap((date(2025, 1, 1), None), one)
    assert holds_on(*one, on=date(2026, 1, 31))
    assert not holds_on(*one, on=date(2026, 2, 1))
    path = None
    for number in range(MAX_DEPTH):
        path = path_of(UUID(int=number), path)
    with pytest.raises(Invalid):
        path_of(UUID(int=99), path)
    assert administrators_clash(["system_administrator", "head"])
    assert administrators_clash(["system_administrator", "audit_administrator"])
    assert not administrators_clash(["system_administrator", "system_administrator"])
    assert not administrators_clash(["head", "office"])


def test_the_day_is_that_of_the_zone() -> None:

    assert today(datetime(2026, 3, 1, 17, tzinfo=UTC), "Asia/Shanghai") == date(2026, 3, 2)

"""A leader's secretary makes gates ready and never decides one: not alone, not for somebody, not on a borrowed post."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from server.actor import SYSTEM, Actor, ActorKind, Grant, OnBehalf, Source
from server.audit.models import AuditRow
from server.errors import Conflict, GreengateError, Invalid, NotAllowed, NotFound
from server.identity import delegations
from server.identity import operations as identity
from server.organisation.models import Holding, Person, Unit
from server.recognitions import preparing
from server.tasks import claims, seats
from server.tasks import operations as tasks
from server.tasks.models import Seat, Task, TaskState
from tests.assessments.support import Gaoping
from tests.recognitions.test_gate import card_of, to_gate
from tests.web.conftest import _cheap_hashes
from tests.web.site import make_site
from tests.world import World, _post

__all__ = ["_cheap_hashes"]

SAID = ("拟同意。", "不达标单位何时整改？\n是否公示？", "2026-03-02")


def secretary(world: World, unit: Unit, key: str = "") -> Actor:
    """Somebody on a secretary's post, made for the occasion."""
    name = key or "secretary"
    known = world.people.get((unit.id, name))
    with world.workshop.writing() as work:
        if known is None or work.session.get(Person, known[0]) is None:
            _post(world, work.session, unit, "secretary", key)
    person_id, person = world.people[unit.id, name]
    post = world.posts[unit.id, name]
    return Actor(
        kind=ActorKind.ACCOUNT,
        name=person,
        person_id=person_id,
        unit_id=unit.id,
        unit_name=unit.name,
        unit_path=unit.path,
        seat_keys=frozenset({f"post:{post}", f"person:{person_id}"}),
        grants=(Grant("gate.prepare", unit.path), Grant("campaign.view", world.root_path)),
    )


def gate(gaoping: Gaoping) -> UUID:
    return UUID(to_gate(gaoping))


def prepare(gaoping: Gaoping, actor: Actor, task_id: UUID, *said: str) -> None:
    with gaoping.world.workshop.writing() as work:
        preparing.prepare(actor, work, task_id, *(said or (SAID[0], SAID[1], "")))


def is_open(gaoping: Gaoping, task_id: UUID) -> bool:
    with gaoping.world.workshop.reading() as work:
        return work.session.get_one(Task, task_id).state == TaskState.OPEN


# --- preparing --------------------------------------------------------------------------------------------------------


def test_what_is_prepared_is_kept_with_the_name_and_recorded_and_the_gate_stays_open(gaoping: Gaoping) -> None:
    task_id, actor = gate(gaoping), secretary(gaoping.world, gaoping.world.authority)
    prepare(gaoping, actor, task_id)
    prepare(gaoping, actor, task_id, "拟退回。", "", gaoping.world.clock.now().date().isoformat())
    with gaoping.world.workshop.reading() as work:
        found, total = preparing.gates(actor, work)
        ready = preparing.prepared(work, task_id)
        rows = work.session.scalars(select(AuditRow).where(AuditRow.verb == "gate:prepared")).all()
        work.session.expunge_all()
    assert (total, found[0].task_id, found[0].prepared_by) == (1, task_id, actor.name)
    assert ready is not None
    assert (ready.opinion, ready.questions, ready.name) == ("拟退回。", "", actor.name)
    assert ready.presented_on == gaoping.world.clock.now().date()
    assert len(rows) == 2
    assert is_open(gaoping, task_id)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (("x" * 1001, "", ""), "opinion"),
        (("", "x" * 2001, ""), "questions"),
        (("", "", "2026-02-30"), "presented_on"),
        (("", "", "2999-01-01"), "presented_on"),
        (("", "", "2001-01-01"), "presented_on"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(gaoping: Gaoping, wrong: tuple[str, ...], field: str) -> None:
    task_id, actor = gate(gaoping), secretary(gaoping.world, gaoping.world.authority)
    with pytest.raises(Invalid) as refused:
        prepare(gaoping, actor, task_id, *wrong)
    assert set(refused.value.fields) == {field}


def test_others_than_the_secretary_of_the_leaders_unit_do_not_find_it(gaoping: Gaoping) -> None:
    task_id, world = gate(gaoping), gaoping.world
    elsewhere = secretary(world, world.units[0])
    no_grant = replace(secretary(world, world.authority), grants=())
    for actor in (gaoping.office, gaoping.leader, elsewhere, no_grant):
        with pytest.raises(NotFound):
            prepare(gaoping, actor, task_id)
        with world.workshop.reading() as work:
            assert preparing.gates(actor, work) == ([], 0)


def test_only_gates_are_prepared_and_none_that_is_decided(gaoping: Gaoping) -> None:
    actor = secretary(gaoping.world, gaoping.world.authority)
    task_id = gate(gaoping)
    with pytest.raises(NotFound):
        prepare(gaoping, actor, uuid4())
    gaoping.world.do(gaoping.leader, task_id, verdict="approve", seen=card_of(gaoping).hash)
    with pytest.raises(Conflict):
        prepare(gaoping, actor, task_id)


# --- never deciding ---------------------------------------------------------------------------------------------------


def refused(gaoping: Gaoping, actor: Actor, task_id: UUID) -> type[GreengateError]:
    with pytest.raises(GreengateError) as error:
        gaoping.world.do(actor, task_id, verdict="approve", seen=card_of(gaoping).hash)
    assert is_open(gaoping, task_id)
    return error.type


def test_a_secretary_decides_nothing_by_themselves(gaoping: Gaoping) -> None:
    assert refused(gaoping, secretary(gaoping.world, gaoping.world.authority), gate(gaoping)) is NotAllowed


def test_nor_for_the_leader_from_a_meeting_though_they_might_enter_for_others(gaoping: Gaoping) -> None:
    actor = secretary(gaoping.world, gaoping.world.authority)
    entering = replace(actor, grants=(*actor.grants, Grant("task.on_behalf", gaoping.world.root_path)))
    behalf = OnBehalf("局长", Source.MEETING)
    assert refused(gaoping, tasks.on_behalf(entering, behalf), gate(gaoping)) is NotAllowed


def test_nor_does_the_office_enter_what_a_secretary_said(gaoping: Gaoping) -> None:
    actor = secretary(gaoping.world, gaoping.world.authority)
    said = OnBehalf(actor.name, Source.MEETING, person_id=actor.person_id)
    assert refused(gaoping, tasks.on_behalf(gaoping.office, said), gate(gaoping)) is NotAllowed


def test_nor_on_the_leaders_post_however_they_came_by_it(gaoping: Gaoping) -> None:
    """Acting as the leader's post alone, by a token too, and also where the post is their own."""
    task_id, world = gate(gaoping), gaoping.world
    actor = secretary(world, world.authority)
    for kind in (ActorKind.ACCOUNT, ActorKind.TOKEN):
        as_leader = replace(actor, kind=kind, seat_keys=gaoping.leader.seat_keys, grants=gaoping.leader.grants)
        assert refused(gaoping, as_leader, task_id) is NotAllowed


def test_nor_do_they_keep_the_leader_from_deciding_or_choose_who_does(gaoping: Gaoping) -> None:
    task_id, world = gate(gaoping), gaoping.world
    as_leader = replace(secretary(world, world.authority), seat_keys=gaoping.leader.seat_keys)
    other = world.post(world.authority, "head")
    with world.workshop.reading() as work:
        seat_id = work.session.scalars(select(Seat.id).where(Seat.task_id == task_id)).one()
    with pytest.raises(NotAllowed), world.workshop.writing() as work:
        claims.claim(as_leader, work, task_id)
    with pytest.raises(NotAllowed), world.workshop.writing() as work:
        seats.hand_on(as_leader, work, task_id, seat_id, other, "出差")
    with pytest.raises(NotAllowed), world.workshop.writing() as work:
        seats.add(as_leader, work, task_id, other, "会签")


def test_a_leader_who_looks_after_a_secretarys_post_still_decides(gaoping: Gaoping) -> None:
    task_id, world = gate(gaoping), gaoping.world
    actor, today = secretary(world, world.authority), world.clock.now().date()
    with world.workshop.writing() as work:
        held = {"post_id": world.posts[world.authority.id, "secretary"], "person_id": gaoping.leader.person_id}
        lent = Holding(id=uuid4(), from_on=today, until_on=today + timedelta(days=9), **held)
        lent.delegated_by = actor.person_id
        work.session.add(lent)
    world.do(gaoping.leader, task_id, verdict="approve", seen=card_of(gaoping).hash)
    assert not is_open(gaoping, task_id)


def test_no_leader_can_give_their_post_to_a_secretary(gaoping: Gaoping) -> None:
    world = gaoping.world
    actor, member = secretary(world, world.authority), world.people[world.authority.id, "member"][0]
    with world.workshop.writing() as work:
        for number, person in enumerate((actor.person_id, member)):
            assert person is not None
            identity.create_account(SYSTEM, work, person, f"login{number}", password="Gufeng-Shan-2026")
    today = world.clock.now().date()
    with world.workshop.reading() as work:
        offered = dict(delegations.choices(gaoping.leader, work).people)
    assert member in offered
    assert actor.person_id not in offered
    post, person = world.posts[world.authority.id, "leader"], actor.person_id
    assert person is not None
    with pytest.raises(Invalid), world.workshop.writing() as work:
        delegations.delegate(gaoping.leader, work, post, person, today, today)


def test_no_secretarys_post_comes_to_sit_on_a_gate(gaoping: Gaoping) -> None:
    task_id, world = gate(gaoping), gaoping.world
    secretary(world, world.authority)
    with pytest.raises(Invalid), world.workshop.writing() as work:
        seats.add(gaoping.leader, work, task_id, world.posts[world.authority.id, "secretary"], "会签")


# --- the leader -------------------------------------------------------------------------------------------------------


def test_the_leader_is_shown_who_prepared_and_what_is_decided_is_theirs(gaoping: Gaoping) -> None:
    task_id, actor = gate(gaoping), secretary(gaoping.world, gaoping.world.authority)
    prepare(gaoping, actor, task_id)
    done = gaoping.world.do(gaoping.leader, task_id, verdict="approve", seen=card_of(gaoping).hash, phrase=SAID[0])
    assert done.given == "approve"
    with gaoping.world.workshop.reading() as work:
        ready = preparing.prepared(work, task_id)
        decision = next(iter(tasks.take(work, task_id).decisions.values()))
        work.session.expunge_all()
    assert ready is not None
    assert (decision.name, decision.opinion) == (gaoping.leader.name, SAID[0])
    assert isinstance(ready.prepared_at.date(), date)


# --- pages ------------------------------------------------------------------------------------------------------------


def test_on_the_pages_a_secretary_prepares_and_the_leader_reads_who_did(gaoping: Gaoping) -> None:
    task_id, world = gate(gaoping), gaoping.world
    secretary(world, world.authority)
    place = make_site(world)
    client, page = place.visitor(world.authority, "secretary"), f"/gates/{task_id}"
    assert page in client.get("/gates").get_data(as_text=True)
    seen = client.get(page).get_data(as_text=True)
    assert 'name="verdict"' not in seen
    long = place.post(client, page, opinion="长" * 1001, questions="<b>何时整改？</b>", presented_on="")
    assert long.status_code == 422
    assert "&lt;b&gt;何时整改？" in long.get_data(as_text=True)
    assert "长" * 1001 in long.get_data(as_text=True)
    assert place.post(client, page, opinion="拟同意。", questions="<b>何时整改？</b>").status_code == 303
    told = place.visitor(world.authority, "leader").get(f"/tasks/{task_id}").get_data(as_text=True)
    assert f"{world.people[world.authority.id, 'secretary'][1]} 准备" in told
    assert "&lt;b&gt;何时整改？" in told
    assert place.post(client, f"/tasks/{task_id}", verdict="approve", seen=card_of(gaoping).hash).status_code in (
        403,
        404,
    )
    assert is_open(gaoping, task_id)
    for unit, kind in ((world.authority, "leader"), (world.authority, "office"), (world.units[0], "liaison")):
        other = place.visitor(unit, kind)
        assert other.get("/gates").status_code == 403
        assert other.get(page).status_code == 404


def test_the_secretarys_pages_are_in_english_too(gaoping: Gaoping) -> None:
    task_id, world = gate(gaoping), gaoping.world
    secretary(world, world.authority)
    client = make_site(world).visitor(world.authority, "secretary", "en")
    for address in ("/gates", f"/gates/{task_id}"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert 'lang="en"' in answer.get_data(as_text=True)

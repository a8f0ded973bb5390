"""What was entered on somebody's behalf is put before the one concerned, who confirms it or objects."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from server.actor import SYSTEM, Actor, ActorKind
from server.audit.models import AuditRow
from server.errors import Conflict, Invalid, NotAllowed, NotFound
from server.identity import grants
from server.organisation.models import Unit
from server.tasks import confirmations
from server.tasks.models import Confirmation, Decision, Origin, Task
from server.tasks.operations import NotComplete
from server.verify import verify
from tests.tasks.test_seats import behalf, complete, open_task
from tests.world import World


@pytest.fixture
def liaison(world: World) -> Actor:
    return world.actor(world.units[0], "liaison")


@pytest.fixture
def office(world: World) -> Actor:
    with world.workshop.writing() as work:
        root = work.session.get_one(Unit, world.authority.id).parent_id
        grants.seed_grants(SYSTEM, work, authority_id=world.authority.id, over_id=root)
    return world.actor(world.authority, "office")


@pytest.fixture
def entry(world: World, office: Actor) -> UUID:
    """The decision that the office entered for the liaison, from a telephone call."""
    complete(world, behalf(office), open_task(world), summary="电话里说的做法")
    with world.workshop.reading() as work:
        return work.session.scalars(select(Decision.id).where(Decision.source == "phone")).one()


def waiting(world: World, actor: Actor) -> list[UUID]:
    with world.workshop.reading() as work:
        found = confirmations.entries(actor, work)
        assert confirmations.entries_count(actor, work) == len(found)
        return [each.decision.id for each in found]


def confirm(world: World, actor: Actor, entry: UUID, *, agreed: bool, note: str = "") -> None:
    with world.workshop.writing() as work:
        confirmations.confirm(actor, work, entry, agreed=agreed, note=note)


def token(world: World, actor: Actor, entry: UUID) -> str:
    with world.workshop.reading() as work:
        return confirmations.link_token(actor, work, entry)


def by_link(world: World, text: str) -> Actor:
    with world.workshop.reading() as work:
        return confirmations.entry_of_link(work, text)[1]


def test_the_holder_of_the_seat_confirms_once(world: World, liaison: Actor, office: Actor, entry: UUID) -> None:
    assert waiting(world, liaison) == [entry]
    assert waiting(world, office) == []
    assert waiting(world, world.actor(world.units[1], "liaison")) == []
    confirm(world, liaison, entry, agreed=True)
    assert waiting(world, liaison) == []
    with pytest.raises(Conflict):
        confirm(world, liaison, entry, agreed=False, note="不对")
    with world.workshop.reading() as work:
        said = work.session.get_one(Confirmation, entry)
        assert (said.agreed, said.name, said.by_link) == (True, liaison.name, False)
        assert "decision:confirmed" in set(work.session.scalars(select(AuditRow.verb)))
    assert verify(world.application) == []


def test_nobody_confirms_for_others_or_what_they_entered_themselves(world: World, office: Actor, entry: UUID) -> None:
    for stranger in (office, world.actor(world.units[1], "liaison"), world.actor(world.units[0], "head")):
        with pytest.raises(NotFound):
            confirm(world, stranger, entry, agreed=True)
    entered_it = replace(office, seat_keys=world.actor(world.units[0], "liaison").seat_keys)
    assert waiting(world, entered_it) == []
    with pytest.raises(NotFound):
        confirm(world, entered_it, entry, agreed=True)


def test_what_somebody_did_themselves_needs_no_confirmation(world: World, liaison: Actor) -> None:
    complete(world, liaison, open_task(world), summary="做法")
    assert waiting(world, liaison) == []
    with world.workshop.reading() as work:
        own = work.session.scalars(select(Decision.id)).one()
    for wrong in (own, uuid4()):
        with pytest.raises(NotFound):
            confirm(world, liaison, wrong, agreed=True)


def test_an_objection_has_words_and_becomes_a_task_of_the_office(
    world: World, liaison: Actor, office: Actor, entry: UUID
) -> None:
    with pytest.raises(Invalid) as refused:
        confirm(world, liaison, entry, agreed=False, note="  ")
    assert set(refused.value.fields) == {"note"}
    confirm(world, liaison, entry, agreed=False, note="人数写错了")
    (task,) = [each for each in world.inbox(office) if each.origin == Origin.REQUEST]
    assert (task.kind, task.subject_id) == (confirmations.DISPUTE, entry)
    with pytest.raises(NotComplete):
        world.do(office, task.id, opinion="")
    with pytest.raises(NotComplete):
        world.do(office, task.id, opinion="长" * 501)
    assert world.do(office, task.id, opinion="已退回重报").verdict == "done"
    with world.workshop.reading() as work:
        assert work.session.get_one(Task, task.id).state == "done"
        assert "decision:disputed" in set(work.session.scalars(select(AuditRow.verb)))
    assert verify(world.application) == []


def test_a_signed_link_lets_the_one_concerned_answer_without_an_account(
    world: World, liaison: Actor, office: Actor, entry: UUID
) -> None:
    actor = by_link(world, token(world, office, entry))
    assert (actor.kind, actor.name, actor.grants, actor.seat_keys) == (
        ActorKind.LINK,
        "示例单位01联络员",
        (),
        frozenset(),
    )
    confirm(world, actor, entry, agreed=True)
    assert waiting(world, liaison) == []
    with world.workshop.reading() as work:
        said = work.session.get_one(Confirmation, entry)
        assert (said.name, said.person_id, said.by_link) == ("示例单位01联络员", None, True)
        told = work.session.scalars(select(AuditRow.actor).where(AuditRow.verb == "decision:confirmed")).one()
        assert told["kind"] == "link"


def test_a_link_is_refused_when_it_is_forged_changed_or_too_old(world: World, office: Actor, entry: UUID) -> None:
    text = token(world, office, entry)
    other = "A" if text[0] != "A" else "B"
    for wrong in ("", "x", other + text[1:], text[:-1] + ("A" if text[-1] != "A" else "B"), text.replace(".", "")):
        with pytest.raises(NotFound):
            by_link(world, wrong)
    world.clock.advance(timedelta(days=30))
    by_link(world, text)
    world.clock.advance(timedelta(seconds=1))
    with pytest.raises(NotFound):
        by_link(world, text)


def test_a_link_is_made_only_by_who_may_enter_for_others(world: World, liaison: Actor, entry: UUID) -> None:
    with pytest.raises(NotFound):
        token(world, liaison, entry)


def test_no_link_for_a_gate(world: World, office: Actor, entry: UUID) -> None:
    before = token(world, office, entry)
    with world.workshop.writing() as work:
        decided = work.session.get_one(Decision, entry)
        work.session.get_one(Task, decided.task_id).kind = "gate"
    with pytest.raises(NotAllowed):
        token(world, office, entry)
    with pytest.raises(NotFound):
        by_link(world, before)

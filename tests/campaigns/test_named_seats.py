"""Seats named by a field of an earlier form, or by the row of the standard: whoever is meant, and never a dead end."""

from datetime import date
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from server.audit.models import AuditRow
from server.campaigns.named_seats import unit_named
from server.errors import NotAllowed
from server.organisation.models import Holding, Unit
from server.schemes.form_types import FieldKind
from server.schemes.queries import form_of
from server.tasks import operations, queries
from server.tasks.form_choices import name_of, with_choices
from server.tasks.models import Decision, Seat, Task, TaskState
from server.tasks.operations import NotComplete
from server.tasks.rules import RESCUE_SEAT
from tests.world import World

STRANGE = "0193a1b2-0000-7000-8000-000000000001"


@pytest.fixture
def naming(world: World) -> World:
    """A process whose first form names who goes on with it."""
    world.install("naming")
    world.start("named", "一件", world.units[0], scheme="naming")
    return world


def asked(world: World, **values: object) -> None:
    liaison = world.actor(world.units[0], "liaison")
    (task,) = world.inbox(liaison)
    world.do(liaison, task.id, note="请办理", **{key: str(value) for key, value in values.items()})


def open_now(world: World) -> Task:
    with world.workshop.reading() as work:
        task = work.session.scalars(select(Task).where(Task.state == TaskState.OPEN)).one()
        work.session.expunge_all()
        return task


def seats(world: World) -> list[str]:
    with world.workshop.reading() as work:
        wanted = select(Seat.key).where(Seat.task_id == open_now(world).id).order_by(Seat.position)
        return list(work.session.scalars(wanted))


def done(world: World, unit: Unit, kind: str) -> None:
    world.do(world.actor(unit, kind), open_now(world).id, summary="已办")


def post(world: World, unit: Unit, kind: str) -> str:
    return f"post:{world.posts[unit.id, kind]}"


def to_person(world: World, person_id: UUID) -> None:
    asked(world, unit=world.units[1].id, person=person_id)
    done(world, world.units[1], "head")


def test_a_unit_a_post_and_a_person_named_in_a_form_get_the_tasks(naming: World) -> None:
    second, office = naming.units[1], naming.authority
    member = naming.posts[office.id, "member"]
    person_id, _ = naming.people[office.id, "verifier"]
    asked(naming, unit=second.id, post=member, person=person_id)
    assert (open_now(naming).element_id, seats(naming)) == ("ByUnit", [post(naming, second, "head")])
    done(naming, second, "head")
    assert (open_now(naming).element_id, seats(naming)) == ("ByPost", [f"post:{member}"])
    done(naming, office, "member")
    assert (open_now(naming).element_id, seats(naming)) == ("ByPerson", [f"person:{person_id}"])


def test_fields_left_empty_go_to_the_named_fallback_are_passed_over_or_rescued(naming: World) -> None:
    asked(naming)
    assert (open_now(naming).element_id, seats(naming)) == ("ByUnit", [post(naming, naming.authority, "leader")])
    done(naming, naming.authority, "leader")
    assert (open_now(naming).element_id, seats(naming)) == ("ByPerson", [RESCUE_SEAT])
    with naming.workshop.reading() as work:
        details = work.session.scalars(select(AuditRow.details)).all()
    assert [row["skipped"] for row in details if "skipped" in row] == [["ByPost"]]


@pytest.mark.parametrize("field", ["unit", "post", "person"])
@pytest.mark.parametrize(
    "value", [STRANGE, "../../etc", "0", "post:1", f"person:{STRANGE}", "<script>", "示例单位02", "x" * 5000]
)
def test_what_is_nobody_within_reach_is_refused_when_it_is_handed_in(naming: World, field: str, value: str) -> None:
    with pytest.raises(NotComplete) as refused:
        asked(naming, **{field: value})
    assert list(refused.value.checked.errors) == [field]
    assert open_now(naming).element_id == "Ask"


def test_the_post_of_a_unit_out_of_reach_is_refused(naming: World) -> None:
    with pytest.raises(NotComplete):
        asked(naming, post=naming.posts[naming.units[1].id, "head"])


def test_a_person_who_left_in_the_meantime_leaves_the_task_to_who_rescues(naming: World) -> None:
    person_id, _ = naming.people[naming.authority.id, "verifier"]
    asked(naming, unit=naming.units[1].id, person=person_id)
    with naming.workshop.writing() as work:
        left = update(Holding).where(Holding.person_id == person_id)
        work.session.execute(left.values(from_on=date(2026, 1, 1), until_on=date(2026, 1, 2)))
    done(naming, naming.units[1], "head")
    assert (open_now(naming).element_id, seats(naming)) == ("ByPerson", [RESCUE_SEAT])


def test_a_unit_that_closed_in_the_meantime_leaves_the_task_to_the_fallback(naming: World) -> None:
    with naming.workshop.writing() as work:
        work.session.execute(update(Unit).where(Unit.id == naming.units[1].id).values(closed_on=date(2026, 1, 2)))
    with pytest.raises(NotComplete):
        asked(naming, unit=naming.units[1].id)
    asked(naming, unit=naming.units[2].id)
    assert seats(naming) == [post(naming, naming.units[2], "head")]


def test_what_stands_in_an_old_decision_is_looked_at_again(naming: World) -> None:
    """Values of a decision are data: changed to anything, they open no other door."""
    person_id, _ = naming.people[naming.authority.id, "verifier"]
    asked(naming, unit=naming.units[1].id, person=person_id)
    with naming.workshop.writing() as work:
        rows = work.session.scalars(select(Decision)).all()
        rows[0].values = {**rows[0].values, "person": ["post:1", {"a": 1}]}
    done(naming, naming.units[1], "head")
    assert seats(naming) == [RESCUE_SEAT]


def test_who_named_themselves_may_not_decide_on_it(naming: World) -> None:
    liaison = naming.actor(naming.units[0], "liaison")
    assert liaison.person_id is not None
    to_person(naming, liaison.person_id)
    assert seats(naming) == [f"person:{liaison.person_id}"]
    values = {"verdict": "approve", "reason": ""}
    with pytest.raises(NotAllowed), naming.workshop.writing() as work:
        operations.complete(liaison, work, open_now(naming).id, values, uuid4().hex)
    assert open_now(naming).element_id == "ByPerson"


def test_a_row_gives_its_lead_unit_its_assisting_units_and_its_role(naming: World) -> None:
    verifier = naming.actor(naming.authority, "verifier")
    assert verifier.person_id is not None
    to_person(naming, verifier.person_id)
    naming.do(verifier, open_now(naming).id, verdict="approve", reason="")
    first, second, third = naming.units
    assert (open_now(naming).element_id, seats(naming)) == ("Lead", [post(naming, second, "head")])
    done(naming, second, "head")
    assert seats(naming) == [post(naming, third, "liaison"), post(naming, first, "liaison")]
    done(naming, third, "liaison")
    done(naming, first, "liaison")
    assert (open_now(naming).element_id, seats(naming)) == ("Own", [post(naming, naming.authority, "leader")])
    done(naming, naming.authority, "leader")
    assert (open_now(naming).element_id, seats(naming)) == ("Lost", [RESCUE_SEAT])


def named(world: World, name: str, from_unit: Unit | None = None) -> UUID | None:
    with world.workshop.reading() as work:
        return unit_named(work, (from_unit or world.authority).id, name)


def test_the_nearest_of_namesakes_is_meant_and_of_two_equally_near_none(world: World) -> None:
    first, second, third = world.units
    with world.workshop.writing() as work:
        for unit in (first, second):
            work.session.execute(update(Unit).where(Unit.id == unit.id).values(name="财政局"))
    assert named(world, "财政局") is None
    assert named(world, "财政局", first) == first.id
    with world.workshop.writing() as work:
        work.session.execute(update(Unit).where(Unit.id == first.id).values(closed_on=date(2026, 1, 2)))
    assert named(world, "财政局") == second.id
    assert named(world, third.code) == third.id


@pytest.mark.parametrize("name", ["%", "_", "'; DROP TABLE unit; --", "示例单位", " "])
def test_a_name_is_compared_whole_and_is_no_pattern(world: World, name: str) -> None:
    assert named(world, name) is None


def test_the_form_offers_names_and_says_the_name_of_what_was_handed_in(naming: World) -> None:
    actor = naming.actor(naming.units[0], "liaison")
    (task,) = naming.inbox(actor)
    with naming.workshop.reading() as work:
        page = queries.task_page(work, task.id)
        assert page is not None
        form = with_choices(work, page.task, form_of(work, naming.versions["naming"], "naming"))
        offered = {entry.key: [choice.title for choice in entry.choices] for entry in form.fields}
        assert "示例单位02" in offered["unit"]
        assert any("示例市主管局 · " in title for title in offered["post"])
        assert not any("示例单位02" in title for title in offered["post"] + offered["person"])
        assert name_of(work, FieldKind.UNIT, str(naming.units[1].id)) == "示例单位02"
        assert [name_of(work, FieldKind.PERSON, each) for each in (STRANGE, "no id")] == [STRANGE, "no id"]

"""Work that was sent back comes by all steps again, or straight to who returned it; what stands between is said."""

import io
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import ColumnElement, select

from server.actor import Actor, OnBehalf, Source
from server.audit.models import AuditRow
from server.audit.queries import check_chains
from server.errors import Conflict, NotFound
from server.evidence import operations as evidence
from server.i18n import LANGUAGES, text
from server.processes import commands
from server.processes.models import FanOut, ProcessInstance
from server.schemes.form_types import FieldKind
from server.tasks import operations, queries, resubmitting, taking_back
from server.tasks.additions import is_changed
from server.tasks.kinds import TaskKinds
from server.tasks.models import Task
from server.verify import verify
from tests.world import World

STRAIGHT, ALL = "straight", "through-all"
FIRST = {"summary": "做法", "staff": 7, "steps": [{"what": "摸底"}]}


class Scene:
    """One instance, with those who act in it."""

    def __init__(self, world: World, process: str = "piece") -> None:
        world.install("loops")
        self.world, self.unit = world, world.units[0]
        self.instance = world.start(process, "一件", self.unit, "loops")
        self.liaison = world.actor(self.unit, "liaison")
        self.verifier = world.actor(world.authority, "verifier")
        self.judges = (world.actor(world.authority, "member"), world.actor(world.authority, "member2"))
        self.leader = world.actor(world.authority, "leader")
        self.office = world.actor(world.authority, "office")

    @property
    def open(self) -> list[str]:
        with self.world.workshop.reading() as work:
            of = select(Task.element_id).where(Task.instance_id == self.instance, Task.state == "open")
            return sorted(name for name in work.session.scalars(of) if name)

    def at(self, element: str) -> UUID:
        with self.world.workshop.reading() as work:
            of = select(Task.id).where(Task.instance_id == self.instance, Task.state == "open")
            return work.session.scalars(of.where(Task.element_id == element)).one()

    def do(self, actor: Actor, element: str, way: str = "", **values: object) -> operations.Completed:
        with self.world.workshop.writing() as work:
            done = operations.complete(actor, work, self.at(element), dict(values), uuid4().hex, way)
        self.world.drain()
        self.world.clock.advance(timedelta(minutes=1))
        return done

    def refused(self, actor: Actor, element: str, way: str = "", **values: object) -> str:
        with pytest.raises((Conflict, NotFound)) as told:
            self.do(actor, element, way, **values)
        for language in LANGUAGES:
            assert text(told.value.message, language)
        return str(told.value.message.args.get("why", told.value.message).key)  # type: ignore[attr-defined]

    def to_judge(self, **values: object) -> None:
        self.do(self.liaison, "Submit", **{**FIRST, **values})
        self.do(self.verifier, "Check", verdict="approve")

    def returned(self, **values: object) -> None:
        """Judged by one of two, who returns it."""
        self.to_judge(**values)
        self.do(self.judges[0], "Judge", verdict="return", reason="缺佐证")

    def offer(self, element: str = "Submit") -> resubmitting.Offer | None:
        with self.world.workshop.reading() as work:
            task = work.session.get_one(Task, self.at(element))
            running = commands.read(work, _is(self.instance))
            return resubmitting.offer(work, running, task, work.part(TaskKinds)[task.kind])

    def trail(self, element: str) -> list[tuple[str | None, bool]]:
        """Each decision with whether it stands though it was not asked for again."""
        with self.world.workshop.reading() as work:
            page = queries.task_page(work, self.at(element))
            assert page is not None
            stands = resubmitting.not_asked_again(page.trail)
            return [(line.element_id, line.id in stands) for line in page.trail]

    def told(self) -> dict[str, object]:
        """What the audit says of the last completion."""
        with self.world.workshop.reading() as work:
            of = select(AuditRow).where(AuditRow.stream_id == self.instance, AuditRow.verb == "task:completed")
            row = work.session.scalars(of.order_by(AuditRow.sequence.desc())).first()
            assert row is not None
            assert not check_chains(work)
            return dict(row.details)

    def sound(self) -> bool:
        return verify(self.world.application) == []


def _is(instance_id: UUID) -> ColumnElement[bool]:
    return ProcessInstance.id == instance_id


def proof(scene: Scene, name: str) -> str:
    with scene.world.workshop.writing() as work:
        added = evidence.add(scene.liaison, work, scene.unit.id, None, io.BytesIO(name.encode()), f"{name}.txt")
        return str(added.id)


def test_straight_opens_who_returned_it_and_nobody_between(any_world: World) -> None:
    scene = Scene(any_world)
    scene.returned()
    assert scene.open == ["Submit"]
    done = scene.do(scene.liaison, "Submit", STRAIGHT, **FIRST)
    assert done.way is not None
    assert done.way.key == "tasks-went-straight"
    assert scene.open == ["Judge"]
    assert scene.world.inbox(scene.verifier) == []
    assert [len(scene.world.inbox(each)) for each in scene.judges] == [1, 1]
    told = scene.told()
    assert (told["way"], told["to"], told["stands"]) == (STRAIGHT, "Judge", ["Check"])
    assert scene.trail("Judge") == [("Submit", False), ("Check", True), ("Judge", False), ("Submit", False)]
    for judge in scene.judges:
        scene.do(judge, "Judge", verdict="approve")
    assert scene.open == []
    assert scene.sound()


def test_what_stands_is_nobodys_own_word_where_other_eyes_are_wanted(world: World) -> None:
    """Who approved in between does not hand in for the unit and go straight past themselves."""
    scene = Scene(world)
    scene.returned()
    entering = replace(scene.office, person_id=scene.verifier.person_id, on_behalf=OnBehalf("某人", Source.PHONE))
    assert scene.refused(entering, "Submit", STRAIGHT, **FIRST) == "task-straight-own"
    assert scene.open == ["Submit"]


def test_all_steps_again_is_what_happens_when_nothing_is_chosen(world: World) -> None:
    scene = Scene(world)
    scene.returned()
    done = scene.do(scene.liaison, "Submit", **FIRST)
    assert (done.way, scene.open) == (None, ["Check"])
    assert scene.told()["way"] == ALL
    assert scene.trail("Check") == [("Submit", False), ("Check", False), ("Judge", False), ("Submit", False)]


def test_what_may_be_chosen_is_known_before_and_by_whom_it_was_returned(world: World) -> None:
    scene = Scene(world)
    assert scene.offer() is None
    scene.returned()
    offered = scene.offer()
    assert offered is not None
    assert (offered.by.id, offered.is_choice, offered.why) == ("Judge", True, None)
    assert [each.name for each in offered.stands] == ["审核材料"]


@pytest.mark.parametrize(
    "again",
    [
        {"summary": "新做法"},
        {"staff": 8},
        {"staff": None},
        {"steps": []},
        {"steps": [{"what": "总结"}, {"what": "摸底"}]},
    ],
)
def test_a_change_of_what_was_approved_is_refused_where_straight_was_chosen(
    world: World, again: dict[str, object]
) -> None:
    scene = Scene(world)
    scene.returned()
    values = {key: value for key, value in {**FIRST, **again}.items() if value is not None}
    assert scene.refused(scene.liaison, "Submit", STRAIGHT, **values) == "task-straight-changed"
    assert scene.open == ["Submit"]
    assert scene.do(scene.liaison, "Submit", ALL, **values).way is None
    assert scene.open == ["Check"]
    assert scene.sound()


@pytest.mark.parametrize("again", [{"more": "补充"}, {"steps": [{"what": "摸底"}, {"what": "总结"}]}])
def test_what_is_only_added_goes_straight(world: World, again: dict[str, object]) -> None:
    scene = Scene(world)
    scene.returned()
    scene.do(scene.liaison, "Submit", STRAIGHT, **{**FIRST, **again})
    assert scene.open == ["Judge"]


def test_a_further_file_goes_straight_and_one_taken_away_does_not(world: World) -> None:
    scene = Scene(world)
    first, second = proof(scene, "甲"), proof(scene, "乙")
    scene.returned(proof=[first])
    assert scene.refused(scene.liaison, "Submit", STRAIGHT, **FIRST, proof=[second]) == "task-straight-changed"
    scene.do(scene.liaison, "Submit", STRAIGHT, **FIRST, proof=[first, second])
    assert scene.open == ["Judge"]


def test_without_a_choice_a_change_goes_through_all_and_says_why(world: World) -> None:
    scene = Scene(world, "brisk")
    scene.returned()
    done = scene.do(scene.liaison, "Submit", ALL, **FIRST)
    assert scene.open == ["Judge"], "the diagram leaves no choice"
    scene.do(scene.judges[1], "Judge", verdict="return", reason="再改")
    done = scene.do(scene.liaison, "Submit", **{**FIRST, "summary": "改了", "staff": 9})
    assert scene.open == ["Check"]
    assert done.way is not None
    assert done.way.key == "tasks-went-through-all"
    assert [text(done.way, language) != "" for language in LANGUAGES] == [True, True]
    assert (scene.told()["way"], scene.told()["because"]) == (ALL, "task-straight-changed")


def test_what_those_between_saw_is_compared_and_not_what_went_past_them(world: World) -> None:
    scene = Scene(world)
    scene.returned()
    scene.do(scene.liaison, "Submit", STRAIGHT, **FIRST, more="补充一")
    scene.do(scene.judges[1], "Judge", verdict="return", reason="再补")
    scene.do(scene.liaison, "Submit", STRAIGHT, **FIRST, more="补充二，重写")
    assert scene.open == ["Judge"]


def test_after_all_steps_again_the_new_content_is_what_counts(world: World) -> None:
    scene = Scene(world)
    scene.returned()
    changed = {**FIRST, "summary": "新做法"}
    scene.do(scene.liaison, "Submit", ALL, **changed)
    scene.do(scene.verifier, "Check", verdict="approve")
    scene.do(scene.judges[0], "Judge", verdict="return", reason="再看")
    assert scene.refused(scene.liaison, "Submit", STRAIGHT, **FIRST) == "task-straight-changed"
    scene.do(scene.liaison, "Submit", STRAIGHT, **changed)
    assert scene.open == ["Judge"]


def test_sent_back_by_who_operates_it_is_the_same(world: World) -> None:
    scene = Scene(world)
    scene.to_judge()
    with world.workshop.writing() as work:
        operations.return_to(scene.office, work, scene.at("Judge"), "Submit", "缺佐证")
    scene.do(scene.liaison, "Submit", STRAIGHT, **FIRST)
    assert scene.open == ["Judge"]
    assert scene.sound()


def test_who_did_not_return_it_straight_is_asked_by_all(world: World) -> None:
    """The check sends back without saying how the work comes again: only the next step, which is itself."""
    scene = Scene(world)
    scene.do(scene.liaison, "Submit", **FIRST)
    with world.workshop.writing() as work:
        operations.return_to(scene.office, work, scene.at("Check"), "Submit", "缺佐证")
    assert scene.offer() is None
    scene.do(scene.liaison, "Submit", STRAIGHT, **FIRST)
    assert scene.open == ["Check"]


def test_taken_back_it_may_go_straight_again(world: World) -> None:
    scene = Scene(world)
    scene.returned()
    first = scene.at("Submit")
    scene.do(scene.liaison, "Submit", STRAIGHT, **FIRST)
    with world.workshop.writing() as work:
        taking_back.take_back(scene.liaison, work, first)
    assert scene.open == ["Submit"]
    assert scene.trail("Submit")[1] == ("Check", False)
    scene.do(scene.liaison, "Submit", STRAIGHT, **FIRST)
    assert scene.open == ["Judge"]
    assert scene.trail("Judge")[1] == ("Check", True)
    assert scene.sound()


def test_out_of_a_branch_the_other_one_keeps_its_decision_and_the_barrier_opens_once(any_world: World) -> None:
    scene = Scene(any_world, "forks")
    scene.do(scene.liaison, "Submit", **FIRST)
    scene.do(scene.verifier, "Check", verdict="approve")
    with scene.world.workshop.writing() as work:
        operations.return_to(scene.office, work, scene.at("Judge"), "Submit", "缺佐证")
    scene.do(scene.liaison, "Submit", STRAIGHT, **FIRST)
    assert scene.open == ["Judge"]
    assert ("Check", True) in scene.trail("Judge")
    scene.do(scene.leader, "Judge", verdict="approve")
    assert scene.open == ["Close"]
    scene.do(scene.liaison, "Close", verdict="approve")
    assert (scene.open, scene.sound()) == ([], True)


def test_what_several_had_done_together_goes_through_all(world: World) -> None:
    scene = Scene(world, "pair")
    for judge in scene.judges:
        scene.do(judge, "Submit", **FIRST)
    scene.do(scene.verifier, "Check", verdict="approve")
    with world.workshop.writing() as work:
        operations.return_to(scene.office, work, scene.at("Judge"), "Submit", "缺佐证")
    offered = scene.offer()
    assert offered is not None
    assert offered.why is not None
    assert offered.why.key == "task-straight-several"
    assert scene.refused(scene.judges[0], "Submit", STRAIGHT, **FIRST) == "task-straight-several"
    for judge in scene.judges:
        scene.do(judge, "Submit", ALL, **FIRST)
    assert scene.open == ["Check"]


def test_a_kind_that_cannot_tell_what_changed_goes_through_all(world: World) -> None:
    scene = Scene(world)
    scene.returned()
    with world.workshop.reading() as work:
        task, running = work.session.get_one(Task, scene.at("Submit")), commands.read(work, _is(scene.instance))
        offered = resubmitting.offer(work, running, task, work.part(TaskKinds)["gate"])
    assert offered is not None
    assert offered.why is not None
    assert offered.why.key == "task-straight-kind"


def test_strangers_and_those_between_cannot_send_it_on(world: World) -> None:
    scene = Scene(world)
    scene.returned()
    stranger = world.actor(world.units[1], "liaison")
    for actor in (stranger, scene.verifier, scene.judges[0]):
        assert scene.refused(actor, "Submit", STRAIGHT, **FIRST) == "error-not-found"
    assert scene.open == ["Submit"]


@pytest.mark.parametrize("way", ["", "sideways", "STRAIGHT", "x" * 500])
def test_a_way_that_there_is_not_is_all_steps_again(world: World, way: str) -> None:
    scene = Scene(world)
    scene.returned()
    scene.do(scene.liaison, "Submit", way, **FIRST)
    assert scene.open == ["Check"]


def test_straight_where_nothing_was_sent_back_is_the_usual_way(world: World) -> None:
    scene = Scene(world)
    scene.do(scene.liaison, "Submit", STRAIGHT, **FIRST)
    assert scene.open == ["Check"]


def test_children_of_a_campaign_go_straight_and_the_barrier_opens_once(world: World) -> None:
    world.install("loops")
    world.open_campaign(world.units[:2], "loops")
    scene = Scene(world)
    for unit in world.units[:2]:
        with world.workshop.reading() as work:
            of = select(ProcessInstance.id).where(ProcessInstance.unit_id == unit.id)
            child = work.session.scalars(of.where(ProcessInstance.parent_fan_out_id.is_not(None))).one()
        scene.instance, scene.liaison = child, world.actor(unit, "liaison")
        scene.returned()
        scene.do(scene.liaison, "Submit", STRAIGHT, **FIRST)
        for judge in scene.judges:
            scene.do(judge, "Judge", verdict="approve")
    with world.workshop.reading() as work:
        assert work.session.scalars(select(FanOut.state)).all() == ["closed"]
        closing = select(Task.attempt).where(Task.element_id == "Close")
        assert work.session.scalars(closing).all() == [1]
    assert scene.sound()


@pytest.mark.parametrize(
    ("kind", "before", "after", "changed"),
    [
        (FieldKind.TEXT, "a", "a", False),
        (FieldKind.TEXT, None, "", False),
        (FieldKind.TEXT, None, "a", True),
        (FieldKind.INTEGER, 0, None, True),
        (FieldKind.CHECKS, ["a"], ["a", "b"], True),
        (FieldKind.FILES, ["a"], ["b", "a"], False),
        (FieldKind.FILES, ["a", "b"], ["a"], True),
        (FieldKind.FILES, None, ["a"], False),
        (FieldKind.TABLE, None, [{"x": "1"}], False),
        (FieldKind.TABLE, [{"x": "1"}], [{"x": "1"}, {"x": "2"}], False),
        (FieldKind.TABLE, [{"x": "1"}], [{"x": "2"}], True),
        (FieldKind.TABLE, [{"x": "1"}], None, True),
        (FieldKind.TEXTAREA, "", "a", False),
        (FieldKind.TEXTAREA, "a", "ab", True),
        (FieldKind.CHECK, False, True, True),
    ],
)
def test_additions_are_told_from_changes(kind: FieldKind, before: object, after: object, changed: bool) -> None:
    assert is_changed(kind, before, after) is changed

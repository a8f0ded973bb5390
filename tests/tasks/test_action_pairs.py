"""Every action on a task after every other, as one table: done, or refused with which message.

Made of what happens, compared with docs/actions.md. After a change that is meant: GREENGATE_WRITE_ACTIONS=1 pytest …
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from server.actor import Actor
from server.audit.verbs import Verb
from server.campaigns import operations as campaigns
from server.campaigns.models import Participant
from server.db.work import Work
from server.errors import Conflict, GreengateError
from server.i18n import text
from server.organisation.models import Holding, Person
from server.processes import commands
from server.processes import operations as processes
from server.tasks import batch, claims, copies, dates, operations, queries, seats, taking_back, urging
from server.tasks.models import Seat, SeatState, Task
from tests.world import World

PAGE = Path(__file__).parents[2] / "docs" / "actions.md"
DONE = "done"


@dataclass
class Scene:
    """A check that is open, with who is around it. task_id: follows what was taken back to the task that is open."""

    world: World
    actors: dict[str, Actor]
    campaign_id: UUID
    participant_id: UUID
    task_id: UUID
    posts: dict[str, UUID] = field(default_factory=dict)


Play = Callable[[Work, Scene, Actor], object]


@dataclass(frozen=True)
class Action:
    """Something done with a task. by: whose it usually is. before: actions without which there is nothing to do it to.

    undone_until, undone_by: for the table, None where nothing undoes it; undo: the action that does.
    """

    name: str
    by: str
    play: Play
    before: tuple[str, ...] = ()
    undone_until: str = ""
    undone_by: str = ""
    undo: str = ""


def decide(verdict: str) -> Play:
    def play(work: Work, scene: Scene, actor: Actor) -> object:
        values = {"verdict": verdict, "reason": "说明"}
        return operations.complete(actor, work, scene.task_id, values, work.ids.new().hex)

    return play


def decide_several(work: Work, scene: Scene, actor: Actor) -> None:
    """With one ticked; what it was refused with is raised, as it is said."""
    page = queries.task_page(work, scene.task_id)
    assert page is not None
    shown, values = {scene.task_id: batch.fingerprint(page)}, {"verdict": "approve", "reason": "说明"}
    (result,) = batch.decide(actor, work, page.task, shown, values, work.ids.new().hex)
    if result.refused is not None:
        raise Conflict(result.refused)


def take_back(work: Work, scene: Scene, actor: Actor) -> None:
    scene.task_id = taking_back.take_back(actor, work, scene.task_id)


def add(work: Work, scene: Scene, actor: Actor) -> None:
    seats.add(actor, work, scene.task_id, scene.posts["added"], "一同办理")


def hand_on(work: Work, scene: Scene, actor: Actor) -> None:
    key = f"post:{scene.posts['sitter']}"
    seats.hand_on(actor, work, scene.task_id, seat_of(work, scene, key), scene.posts["handed"], "出差")


def hand_back(work: Work, scene: Scene, actor: Actor) -> None:
    key = f"post:{scene.posts['handed']}"
    seats.hand_on(actor, work, scene.task_id, seat_of(work, scene, key), scene.posts["sitter"], "已回单位")


def add_again(work: Work, scene: Scene, actor: Actor) -> None:
    seats.add(actor, work, scene.task_id, scene.posts["other"], "仍需审核")


def remove(work: Work, scene: Scene, actor: Actor) -> None:
    key = f"post:{scene.posts['other']}"
    seats.remove(actor, work, scene.task_id, seat_of(work, scene, key), "不再需要")


def seat_of(work: Work, scene: Scene, key: str) -> UUID:
    found = select(Seat.id).where(Seat.task_id == scene.task_id, Seat.key == key, Seat.state == SeatState.OPEN)
    return work.session.scalars(found).one_or_none() or UUID(int=0)


def copy(work: Work, scene: Scene, actor: Actor) -> None:
    copies.send(actor, work, scene.task_id, [f"post:{scene.posts['informed']}"], "供参考")


def ask_for_time(work: Work, scene: Scene, actor: Actor) -> None:
    dates.ask_for_time(actor, work, scene.task_id, work.now + timedelta(days=300), "材料未齐")


def extend(work: Work, scene: Scene, actor: Actor) -> None:
    due_at = work.session.get_one(Task, scene.task_id).due_at
    dates.extend(actor, work, scene.task_id, (due_at or work.now) + timedelta(days=10), "情况特殊")


def withdraw(work: Work, scene: Scene, actor: Actor) -> None:
    campaigns.withdraw(actor, work, scene.campaign_id, scene.participant_id, "单位撤并")


def cancel(work: Work, scene: Scene, actor: Actor) -> None:
    """As the background does with children that are not waited for any more; nobody is asked."""
    instance_id = work.session.get_one(Task, scene.task_id).instance_id
    assert instance_id is not None
    running = commands.lock_by_id(work, instance_id)
    processes.cancel(actor, work, running, Verb.INSTANCE_CANCELLED, "不再等待")


GONE = "somebody acts on what followed, or the process goes on"
CLOSED = "the task is closed"
ACTIONS = (
    Action("approve", "sitter", decide("approve"), (), GONE, "who decided", "take back"),
    Action("return", "sitter", decide("return"), (), GONE, "who decided", "take back"),
    Action("reject", "sitter", decide("reject"), (), GONE, "who decided", "take back"),
    Action("approve as another", "other", decide("approve"), (), GONE, "who decided"),
    Action("approve several", "sitter", decide_several, (), GONE, "who decided", "take back"),
    Action("take back", "sitter", take_back, ("approve",), CLOSED, "who sits there, by deciding again", "approve"),
    Action("add a seat", "sitter", add, (), CLOSED, "who operates processes, by taking a seat away", "remove a seat"),
    Action("hand on", "sitter", hand_on, (), CLOSED, "who got it, who operates processes", "hand back"),
    Action("hand back", "handed", hand_back, ("hand on",), CLOSED, "who got it, who operates processes", "hand on"),
    Action("remove a seat", "office", remove, (), CLOSED, "who sits there, who operates processes", "add it again"),
    Action("add it again", "office", add_again, ("remove a seat",), CLOSED, "who operates processes", "remove a seat"),
    Action("claim", "sitter", lambda work, scene, actor: claims.claim(actor, work, scene.task_id), (),
           "it lapses with the next working day, or the task is closed", "who claimed it, who manages", "release"),
    Action("release", "office", lambda work, scene, actor: claims.release(actor, work, scene.task_id), ("claim",),
           CLOSED, "who sits there", "claim"),
    Action("copy", "sitter", copy),
    Action("urge", "office", lambda work, scene, actor: urging.urge(actor, work, scene.task_id, "请尽快")),
    Action("ask for time", "sitter", ask_for_time),
    Action("extend", "office", extend),
    Action("send back", "office", lambda work, scene, actor: operations.return_to(
        actor, work, scene.task_id, "Submit", "重新报送")),
    Action("withdraw the unit", "office", withdraw, (), "the phase is over",
           "who manages, by taking the unit in again"),
    Action("cancel", "office", cancel),
)  # fmt: skip
BY_NAME = {action.name: action for action in ACTIONS}
VISITORS = ("sitter", "colleague", "other", "handed", "office", "unit", "stranger")


@pytest.fixture
def scene(world: World) -> Scene:
    """A unit's paper that is being checked: two seats, one of which two people hold; either settles it."""
    world.install("papers")
    for kind, key in (("member", "added"), ("member", "handed"), ("member", "informed")):
        world.post(world.authority, kind, key)
    unit = world.units[0]
    campaign = world.open_campaign([unit, world.units[1]], "papers")
    liaison = world.actor(unit, "liaison")
    world.do(liaison, world.inbox(liaison)[0].id, summary="做法")
    office, sitter = world.actor(world.authority, "office"), world.actor(world.authority, "verifier")
    task = world.inbox(sitter)[0]
    actors = {
        "sitter": sitter,
        "colleague": colleague(world, sitter),
        "other": world.actor(world.authority, "member2"),
        "handed": world.actor(world.authority, "handed"),
        "office": office,
        "unit": liaison,
        "stranger": world.actor(world.units[1], "liaison"),
    }
    posts = {key: world.posts[world.authority.id, key] for key in ("added", "handed", "informed")}
    posts |= {
        "sitter": world.posts[world.authority.id, "verifier"],
        "other": world.posts[world.authority.id, "member2"],
    }
    with world.workshop.writing() as work:
        seats.add(office, work, task.id, posts["other"], "两人均可审核")
        of_unit = select(Participant.id).where(Participant.campaign_id == campaign.id, Participant.unit_id == unit.id)
        participant_id = work.session.scalars(of_unit).one()
    return Scene(world, actors, campaign.id, participant_id, task.id, posts)


def colleague(world: World, sitter: Actor) -> Actor:
    """Somebody else who holds the same post."""
    kept = world.people[world.authority.id, "verifier"]
    with world.workshop.writing() as work:
        person = Person(id=work.ids.new(), name="同岗")
        work.session.add(person)
        work.session.flush()
        work.session.add(
            Holding(id=work.ids.new(), post_id=sitter.post_id, person_id=person.id, from_on=date(2026, 1, 1))
        )
        world.people[world.authority.id, "verifier"] = (person.id, person.name)
    found = world.actor(world.authority, "verifier")
    world.people[world.authority.id, "verifier"] = kept
    return found


@contextmanager
def tried(work: Work, scene: Scene) -> Iterator[None]:
    """What happens within did not happen afterwards."""
    task_id = scene.task_id
    savepoint = work.session.begin_nested()
    yield
    savepoint.rollback()
    work.session.expunge_all()
    scene.task_id = task_id


def outcome(work: Work, scene: Scene, action: Action, by: str = "") -> str:
    """What comes of an action: done, or the key of what is said."""
    savepoint = work.session.begin_nested()
    try:
        action.play(work, scene, scene.actors[by or action.by])
        work.session.flush()
        savepoint.commit()
    except GreengateError as error:
        savepoint.rollback()
        work.session.expunge_all()
        return error.message.key
    return DONE


def prepare(work: Work, scene: Scene, action: Action) -> None:
    for name in action.before:
        assert outcome(work, scene, BY_NAME[name]) == DONE, name


def pairs(work: Work, scene: Scene) -> dict[str, dict[str, str]]:
    """For each action, what comes of each other one after it, by whoever usually does them."""
    found: dict[str, dict[str, str]] = {}
    for first in ACTIONS:
        with tried(work, scene):
            prepare(work, scene, first)
            assert outcome(work, scene, first) == DONE, first.name
            found[first.name] = {}
            for second in ACTIONS:
                with tried(work, scene):
                    found[first.name][second.name] = outcome(work, scene, second)
    return found


def doers(work: Work, scene: Scene) -> dict[str, dict[str, str]]:
    """For each action, what comes of it by each visitor."""
    found: dict[str, dict[str, str]] = {}
    for action in ACTIONS:
        with tried(work, scene):
            prepare(work, scene, action)
            found[action.name] = {}
            for visitor in VISITORS:
                with tried(work, scene):
                    found[action.name][visitor] = outcome(work, scene, action, visitor)
    return found


def grouped(outcomes: dict[str, str]) -> str:
    """What is refused, by the key of what is said."""
    keys = sorted(set(outcomes.values()) - {DONE})
    named = {key: ", ".join(name for name, each in outcomes.items() if each == key) for key in keys}
    return "; ".join(f"`{key}`: {names}" for key, names in named.items()) or "–"


def done(outcomes: dict[str, str]) -> str:
    return ", ".join(name for name, each in outcomes.items() if each == DONE) or "–"


HEAD = """# What is done with a task, and what undoes it

Made by `tests/tasks/test_action_pairs.py` from what happens in a small world, and compared with it by every run of the
tests. The task is a check with two seats, either of which settles it; the *sitter*'s post is held by a *colleague* as
well, *other* holds the second seat, *handed* gets the sitter's when it is handed on, *office* manages the campaign,
*unit* is the liaison whose paper it is, *stranger* that of another unit. After it a leader signs, the unit takes note
of a refusal, or it begins anew. Entering for a unit and gates have rules of their own
([record 23](adr/0023-who-acts-and-for-whom.md)); a gate is never taken back.
"""


def page(who: dict[str, dict[str, str]], after: dict[str, dict[str, str]]) -> str:
    lines = [HEAD, "## Who, and until when it is undone\n", "| action | done by | refused | undone until | undone by |"]
    lines.append("|---|---|---|---|---|")
    for action in ACTIONS:
        of = {name: each for name, each in who[action.name].items() if action.name != "cancel"}
        by = done(of) if of else "the system, when a child is not waited for any more"
        until, undone_by = action.undone_until or "never", action.undone_by or "nobody"
        lines.append(f"| {action.name} | {by} | {grouped(of)} | {until} | {undone_by} |")
    lines += [
        "\n## After each action, every other\n",
        "Done by whoever usually does them; *take back* leads on with the task that is open again.\n",
    ]
    lines += ["| after | done | refused |", "|---|---|---|"]
    lines += [f"| {name} | {done(outcomes)} | {grouped(outcomes)} |" for name, outcomes in after.items()]
    keys = sorted({key for table in (who, after) for each in table.values() for key in each.values()} - {DONE})
    lines += ["\n## What is said\n", "| key | words |", "|---|---|"]
    lines += [f"| `{key}` | {text(key, 'en', **SAMPLES)} |" for key in keys]
    return "\n".join(lines) + "\n"


SAMPLES = {"name": "…", "when": "…", "limit": "…"}


@pytest.fixture
def played(scene: Scene) -> Iterator[tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]]:
    work = scene.world.workshop.open(read_only=False)
    yield doers(work, scene), pairs(work, scene)
    work.session.rollback()
    work.session.close()


def test_every_pair_of_actions_comes_out_as_the_page_says(
    played: tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]],
) -> None:
    who, after = played
    found = page(who, after)
    if os.environ.get("GREENGATE_WRITE_ACTIONS"):
        PAGE.write_text(found, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8").splitlines() == found.splitlines()
    for action in ACTIONS:
        assert not action.undo or after[action.name][action.undo] == DONE, action.name

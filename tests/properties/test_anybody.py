"""Random people do random things, allowed and not, and what must be true stays true.

`GREENGATE_PROPERTIES=night` plays many more and longer games, each time others, `GREENGATE_PROPERTIES_GAMES` of them;
`shrink` also looks for the shortest that fails.
"""

import os
import shutil
import sys
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, select

from server.actor import Actor
from server.campaigns import operations as campaigns
from server.campaigns.models import Participant
from server.deadlines.models import ScheduleEntry
from server.evidence import operations as evidence
from server.evidence.models import Evidence
from server.ports import VirtualClock
from server.processes import incidents
from server.processes.models import Incident
from server.supervision import drafts
from server.supervision import operations as supervision
from server.supervision.models import SupervisionOrder
from server.supervision.rules import Wording
from server.tasks import confirmations, dates, operations, returned, seats, urging
from server.tasks import queries as task_queries
from server.tasks.models import Decision, Seat, TimeRequest
from tests.conftest import START
from tests.databases import open_database
from tests.properties import laws
from tests.properties.conftest import Beginning
from tests.properties.town import Town
from tests.world import copy_of

MODE = os.environ.get("GREENGATE_PROPERTIES", "")
NIGHT = MODE in ("night", "shrink")
AT_NIGHT = int(os.environ.get("GREENGATE_PROPERTIES_GAMES", "400"))
PROFILE = settings(
    max_examples=AT_NIGHT if NIGHT else 10,
    stateful_step_count=60 if NIGHT else 25,
    derandomize=not NIGHT,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, *([Phase.shrink] if MODE == "shrink" else [])],
    print_blob=NIGHT,
)
NUMBER = st.integers(min_value=0, max_value=2**16)
SEASON = {"grace": "10", "share": "25", "day": "2026-04-01", "place": "礼堂", "scale": "small"}
ALONE = ("panel", "seated", "solemn", "fragile", "forked")
WRONG = ("", "", "", "Submit", "Nowhere")


def dice(number: int) -> Random:
    return Random(number)  # noqa: S311 - repeatability is the point


class Games(RuleBasedStateMachine):
    """One game on a copy of the world. Numbers say who, on what and how; they are taken modulo what there is."""

    beginnings: ClassVar[dict[str, Beginning]]
    seen: ClassVar[dict[str, int]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp(prefix="greengate-game-"))
        self.known: dict[object, str] = {}
        self.steps = 0

    def teardown(self) -> None:
        if hasattr(self, "town"):
            laws.nothing_is_wrong(self.town)
            for what, times in self.town.seen.items():
                self.seen[what] = self.seen.get(what, 0) + times
            self.engine.dispose()
        shutil.rmtree(self.folder)

    @initialize(scheme=st.sampled_from(["rounds", "gaoping", "seasons", "alone"]), number=NUMBER)
    def begin(self, scheme: str, number: int) -> None:
        beginning = self.beginnings["gaoping" if scheme == "gaoping" else "packages"]
        shutil.copy(beginning.file, self.folder / "greengate.sqlite")
        self.engine: Engine = open_database(f"sqlite:///{self.folder / 'greengate.sqlite'}")
        world = copy_of(beginning.world, self.engine, self.folder, VirtualClock(START))
        self.town = Town(world, beginning.campaign_id)
        self.town.settle_in()
        if scheme == "alone":
            for key in ALONE:
                world.start(key, f"{key} {number}", world.units[number % 3], scheme="seasons")
        elif scheme == "gaoping":
            self.town.learn(world.versions["gaoping"])
            self._work_on(number, 0, number % (60 if NIGHT else 20), number)
        else:
            self.town.campaign_id = world.open_campaign(
                world.units[:2], scheme, SEASON if scheme == "seasons" else None
            ).id

    # --- tasks --------------------------------------------------------------------------------------------------------

    @rule(who=NUMBER, what=NUMBER, choice=NUMBER)
    def hand_in(self, who: int, what: int, choice: int) -> None:
        if task := self.town.task(what):
            self.town.hand_in(self.town.somebody(who), task, choice)

    @rule(what=NUMBER, choice=NUMBER, times=st.integers(1, 8), order=NUMBER)
    def a_day_of_work(self, what: int, choice: int, times: int, order: int) -> None:
        """By those who sit there: most games would end at the first task otherwise."""
        self._work_on(what, choice, times, order)

    @rule(who=NUMBER, what=NUMBER, choice=NUMBER)
    def enter_on_behalf(self, who: int, what: int, choice: int) -> None:
        actor = self.town.office if who % 3 else self.town.somebody(who)
        if task := self.town.task(what):
            self.town.hand_in(self.town.behalf(actor, choice), task, choice)

    @rule()
    def again(self) -> None:
        self.town.again()

    @rule(who=NUMBER, what=NUMBER, agreed=st.booleans())
    def say_whether_it_is_right(self, who: int, what: int, agreed: bool) -> None:
        decision_id = self._any(select(Decision.id).order_by(Decision.source == "self", Decision.decided_at), what)
        actor = self.town.somebody(who)
        if decision_id:
            self.town.ask(
                "confirm", lambda work: confirmations.confirm(actor, work, decision_id, agreed=agreed, note="不符")
            )

    @rule(who=NUMBER, what=NUMBER, seat=NUMBER, post=NUMBER, how=st.sampled_from(["add", "hand on", "remove"]))
    def change_seats(self, who: int, what: int, seat: int, post: int, how: str) -> None:
        task, actor = self.town.task(what), self._who(who)
        if task is None:
            return
        seat_id = self._any(select(Seat.id).where(Seat.task_id == task.id).order_by(Seat.position), seat)
        posts = list(self.town.world.posts.values())
        post_id, reason = posts[post % len(posts)], "调整" if seat % 9 else " "
        assert seat_id is not None
        if how == "add":
            self.town.ask(how, lambda work: seats.add(actor, work, task.id, post_id, reason))
        elif how == "remove":
            self.town.ask(how, lambda work: seats.remove(actor, work, task.id, seat_id, reason))
        else:
            self.town.ask(how, lambda work: seats.hand_on(actor, work, task.id, seat_id, post_id, reason))

    @rule(who=NUMBER, what=NUMBER, wrong=st.sampled_from(WRONG))
    def send_back(self, who: int, what: int, wrong: str) -> None:
        """To where the diagram allows it, and where not."""
        task, actor = self.town.task(what), self._who(who)
        if task is not None and task.instance_id is not None:
            with self.town.world.workshop.reading() as work:
                choices = [target for target, _ in operations.return_choices(work, task)]
            to = choices[what % len(choices)] if choices and not wrong else wrong
            self.town.ask("send back", lambda work: operations.return_to(actor, work, task.id, to, "重报"))

    @rule(what=NUMBER, who=NUMBER)
    def draft_and_spreadsheet(self, what: int, who: int) -> None:
        """A draft is saved, or a task's own spreadsheet comes back as it was made."""
        task, actor = self.town.task(what), self._who(who)
        if task is None:
            return
        with self.town.world.workshop.reading() as work:
            page = task_queries.task_page(work, task.id)
            assert page is not None
            if not task_queries.may_see(actor, page):
                return
            sheet = returned.make(work, page, "zh-CN", "") if returned.has_sheet(work, page, "zh-CN") else None
        if sheet is None or who % 4 == 1:
            self.town.ask("draft", lambda work: operations.save_draft(actor, work, task.id, {"summary": "草稿"}))
            return
        name, content = sheet
        self.town.ask("sheet", lambda work: returned.take(actor, work, task.id, returned.look(work, name, content)))

    # --- dates --------------------------------------------------------------------------------------------------------

    @rule(who=NUMBER, what=NUMBER, days=st.integers(-3, 40), how=st.sampled_from(["ask", "extend", "urge"]))
    def more_time(self, who: int, what: int, days: int, how: str) -> None:
        task, actor = self.town.task(what), self._who(who)
        if task is None:
            return
        until = (task.due_at or self.town.world.clock.now()) + timedelta(days=days)
        if how == "ask":
            self.town.ask("ask for time", lambda work: dates.ask_for_time(actor, work, task.id, until, "材料不齐"))
        elif how == "extend":
            self.town.ask("extend", lambda work: dates.extend(actor, work, task.id, until, "统一延期"))
        else:
            self.town.ask("urge", lambda work: urging.urge(actor, work, task.id, "请抓紧"))

    @rule(who=NUMBER, what=NUMBER)
    def ask_for_time_for_ones_own(self, who: int, what: int) -> None:
        actor = self.town.somebody(who)
        mine = self.town.world.inbox(actor)
        if mine:
            task = mine[what % len(mine)]
            until = (task.due_at or self.town.world.clock.now()) + timedelta(days=60)
            self.town.ask("ask for time", lambda work: dates.ask_for_time(actor, work, task.id, until, "材料不齐"))

    @rule(who=NUMBER, which=NUMBER, days=st.integers(-10, 60), unit=NUMBER)
    def move_a_date(self, who: int, which: int, days: int, unit: int) -> None:
        actor, campaign_id = self._who(who), self.town.campaign_id
        if campaign_id is None:
            return
        with self.town.world.workshop.reading() as work:
            keys = [*work.session.scalars(select(ScheduleEntry.key).order_by(ScheduleEntry.key)), "nothing"]
        key = keys[which % len(keys)]
        until = self.town.world.clock.now() + timedelta(days=days)
        participant = self._any(select(Participant.id).order_by(Participant.number), unit)
        if unit % 2 and participant:
            self.town.ask(
                "own date",
                lambda work: campaigns.override_deadline(actor, work, campaign_id, participant, key, until, "特殊情况"),
            )
        else:
            self.town.ask(
                "move date", lambda work: campaigns.move_deadline(actor, work, campaign_id, key, until, "顺延")
            )

    @rule(who=NUMBER)
    def urge_all(self, who: int) -> None:
        actor, campaign_id = self._who(who), self.town.campaign_id
        if campaign_id is not None:
            self.town.ask("urge all", lambda work: urging.urge_overdue(actor, work, campaign_id))

    @rule(days=st.integers(0, 20), seconds=st.integers(0, 86_399), order=NUMBER)
    def time_passes(self, days: int, seconds: int, order: int) -> None:
        self.town.world.clock.advance(timedelta(days=days, seconds=seconds))
        self.town.tick(dice(order))

    @rule(order=NUMBER)
    def drain(self, order: int) -> None:
        self.town.drain(dice(order))

    # --- units, posts, files ------------------------------------------------------------------------------------------

    @rule(who=NUMBER, what=NUMBER, how=st.sampled_from(["join", "withdraw", "reopen"]))
    def units_come_and_go(self, who: int, what: int, how: str) -> None:
        actor, campaign_id = self._who(who), self.town.campaign_id
        if campaign_id is None:
            return
        if how == "join":
            unit = self.town.world.units[what % 3]
            self.town.ask(how, lambda work: campaigns.join(actor, work, campaign_id, unit.id))
            return
        participant = self._any(select(Participant.id).order_by(Participant.number), what)
        assert participant is not None
        change = getattr(campaigns, how)
        self.town.ask(how, lambda work: change(actor, work, campaign_id, participant, "机构调整"))

    @rule(what=NUMBER, leave=st.booleans())
    def mend_an_incident(self, what: int, leave: bool) -> None:
        found = self._any(select(Incident.id).order_by(Incident.raised_at), what)
        if found is None:
            return
        if leave:
            self.town.ask("leave out", lambda work: incidents.leave_out(self.town.office, work, found, "不再办理"))
        else:
            self.town.ask("retry", lambda work: incidents.retry(self.town.office, work, found))

    @rule(number=NUMBER, leaves=st.booleans())
    def holders_change(self, number: int, leaves: bool) -> None:
        self.town.leaves(number) if leaves else self.town.comes(number)

    @rule(who=NUMBER, what=NUMBER, adds=st.booleans())
    def files(self, who: int, what: int, adds: bool) -> None:
        actor = self.town.somebody(who)
        if adds:
            self.town.upload(actor, what)
        elif found := self._any(select(Evidence.id).order_by(Evidence.added_at), what):
            self.town.ask("withdraw file", lambda work: evidence.withdraw(actor, work, found, "传错了"))

    # --- supervision --------------------------------------------------------------------------------------------------

    @rule(who=NUMBER, what=NUMBER, days=st.integers(-2, 30))
    def order_is_written_and_sent(self, who: int, what: int, days: int) -> None:
        actor, campaign_id = self._who(who), self.town.campaign_id
        if campaign_id is None:
            return
        unit = self.town.world.units[what % 3]
        self.town.ask("write order", lambda work: drafts.write(actor, work, campaign_id, unit.id))
        if order := self._any(select(SupervisionOrder.id).order_by(SupervisionOrder.drafted_at), what):
            words = Wording("督办", "逾期未报", "请按期报送", self.town.now_on + timedelta(days=days))
            self.town.ask("send order", lambda work: supervision.send(actor, work, order, words))

    @rule(who=NUMBER, what=NUMBER, how=st.sampled_from(["receive", "ask_again", "close", "withdraw", "discard"]))
    def order_goes_on(self, who: int, what: int, how: str) -> None:
        order = self._any(select(SupervisionOrder.id).order_by(SupervisionOrder.drafted_at), what)
        if order is None:
            return
        actor = self._who(who) if how != "receive" else self.town.somebody(who)
        more: tuple[Any, ...] = () if how == "receive" else ("办结",)
        if how == "ask_again":
            more = ("请再报", self.town.now_on + timedelta(days=what % 9))
        change = getattr(supervision, how)
        self.town.ask(f"order {how}", lambda work: change(actor, work, order, *more))

    @rule(who=NUMBER, what=NUMBER, grant=st.booleans())
    def answer_a_request(self, who: int, what: int, grant: bool) -> None:
        """By hand of the operation itself, whoever asks it: answered is answered."""
        request = self._any(select(TimeRequest.id).where(TimeRequest.state != "open"), what)
        until = self.town.world.clock.now() + timedelta(days=30) if grant else None
        if request is not None:
            done = self.town.ask(
                "answer again", lambda work: dates.decide_request(self.town.office, work, request, until, "否")
            )
            assert not done

    # --- what must be true --------------------------------------------------------------------------------------------

    @invariant()
    def laws_hold(self) -> None:
        self.steps += 1
        laws.all_laws(self.town, self.known, self.steps * 31)
        if self.town.reminded:
            laws.the_unread_is_open(self.town)
            self.town.reminded = False
        if self.steps % 5 == 0:
            laws.nothing_is_wrong(self.town)

    def _work_on(self, what: int, choice: int, times: int, order: int) -> None:
        for turn in range(times):
            pairs = [
                (actor, task)
                for actor in dict.fromkeys(self.town.somebody(number) for number in range(12))
                for task in self.town.world.inbox(actor)
            ]
            if pairs:
                actor, task = pairs[(what + turn) % len(pairs)]
                self.town.hand_in(actor, task, choice if turn == 0 else 0)
                laws.decisions_are_the_trail(self.town)
            self.town.drain(dice(order))

    def _who(self, number: int) -> Actor:
        """The office half the time: others are refused most of what is done here."""
        return self.town.office if number % 2 else self.town.somebody(number // 2)

    def _any(self, wanted: Any, number: int) -> UUID | None:
        with self.town.world.workshop.reading() as work:
            found = work.session.scalars(wanted).all()
        return found[number % len(found)] if found else None


@pytest.fixture
def games(beginnings: dict[str, Beginning]) -> type[Games]:
    Games.beginnings, Games.seen = beginnings, {}
    return Games


def test_whatever_anybody_does_the_laws_hold(games: type[Games]) -> None:
    run_state_machine_as_test(games, settings=PROFILE)
    done = {what for what in games.seen if ":" not in what}
    assert {"hand in form", "urge"} & done, games.seen
    if NIGHT:
        sys.stdout.write(f"{dict(sorted(games.seen.items()))}\n")

"""The demo: an invented city with one campaign in mid-flight, played up to this morning by the rehearsal's driver.

Everything is done by the real operations. A fill that was stopped goes on where it stood; a finished one is left alone.
"""

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from server.actor import SYSTEM
from server.audit.models import AuditRow
from server.bootstrap import Application
from server.campaigns import operations as campaigns
from server.campaigns.models import Campaign
from server.campaigns.rules import Opening
from server.config import Settings
from server.db.jobs import InlineJobQueue
from server.db.work import Work
from server.deadlines.operations import end_of_day
from server.deadlines.queries import calendar_of
from server.deadlines.rules import next_worked
from server.errors import NotFound
from server.i18n import DEFAULT_LANGUAGE, Message, text
from server.identity.accounts import create_account
from server.identity.grants import grant
from server.identity.models import Account
from server.identity.permissions import ADMINISTRATORS, Permission
from server.identity.rules import password_faults
from server.organisation import operations as organisation
from server.organisation.models import DEFAULT_ZONE, Unit
from server.organisation.rules import PostKind
from server.ports import Ids, VirtualClock
from server.rehearsal import acts, course, people
from server.rehearsal.chance import Chance
from server.rehearsal.driver import MORNING, Driver, Play, Stage
from server.rehearsal.run import open_campaign, stage_of, title_of
from server.rehearsal.script import Behaviour, Course, Part, Script, part_for
from server.schemes import queries as schemes
from server.schemes.commands import install_shipped
from server.schemes.definition import Role, SchemeDefinition
from server.supervision import drafts
from server.supervision import operations as supervision
from server.supervision.models import SupervisionOrder
from server.supervision.rules import Wording
from server.tasks import operations as tasks
from server.tasks.models import Task, TaskState

SCHEME = "gaoping-2020"
SEED = "demo"
ACCOUNTS_FILE = "demo-accounts.json"
PRIVATE = 0o600
ZONE = ZoneInfo(DEFAULT_ZONE)

RUNS_FOR = 58
"""Days from the opening to the day on which the demo is filled."""
DAYS = {
    "plan": -44,
    "filing": -34,
    "completion": -9,
    "self_assessment": 6,
    "verification": 16,
    "second_verification": 50,
    "summary": 54,
    "gate": 60,
}
"""Dates of the campaign, in days from the day on which the demo is filled."""
PARAMETERS = {"rectification_days": "30", "not_applicable": "full"}

PLAN, REPORT, SCORE, VERIFY, REVIEW = "Plan", "CarryOut", "SelfAssess", "Verify", "Review"
MEND = "Mend"
LIAISONS_UNIT, FINDINGS_UNIT, RETURNED_UNIT, EMPTY_UNIT = 1, 6, 8, 10
MENDED_SO_FAR = 4
ORDER_TITLE = "关于报送节约型机关创建自评进展的通知"
ORDER_CAUSE = "你单位的创建完成情况报送较晚，自评表已开始填写，尚未报送。"
ORDER_DEMAND = "请抓紧填报自评表，并回复目前进展和预计报送时间。"
ORDER_DAYS = 12
"""Days from the filling to the day by which the order asks for a reply, or the next that is worked."""
RETURN_REASON = "部分佐证材料无法打开，且第二大项缺少盖章文件，请补充后重新报送。"
DRAFTED_ROWS = 15

SCHEME_MANAGER = people.PostPlan("scheme_manager", "方案管理员", "scheme", "苏文略")
SECRETARY = people.PostPlan("secretary", "办公室秘书", "secretary", "顾文澜")
ADMINISTRATOR_NAMES = {"system": "安启明", "security": "鲁守正", "audit": "程鉴清"}


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the demo. about: unit, post and person."""

    login: str
    password: str
    about: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is kept in a file that only its owner may read. campaign: its id once the demo is complete."""

    starts_on: date
    accounts: tuple[DemoAccount, ...]
    campaign: str = ""


def fill(application: Application) -> tuple[DemoAccount, ...]:
    """Fill an empty installation with the demo and return its accounts; later calls change nothing.

    Returns no accounts where there is an organisation that is not the demo's, or where their file was taken away.
    """
    kept = _read(application.settings)
    with application.workshop.reading() as work:
        if kept is not None and kept.campaign and work.session.get(Campaign, UUID(kept.campaign)) is not None:
            return kept.accounts
        root = work.session.scalar(select(Unit.code).where(Unit.parent_id.is_(None)))
        last = work.session.scalar(select(func.max(AuditRow.at)))
    if root is not None and (root != people.CITY_CODE or kept is None):
        return ()
    now = application.workshop.clock.now()
    if root is None:
        last = None
    starts_on = kept.starts_on if kept and last else now.astimezone(ZONE).date() - timedelta(days=RUNS_FOR)
    clock = VirtualClock(last or datetime.combine(starts_on, MORNING, ZONE))
    stage = stage_of(application, clock, InlineJobQueue())
    install_shipped(stage.workshop)
    with stage.workshop.reading() as work:
        story = _story(work)
    kept = _kept(application, story.city, starts_on, kept)
    campaign_id = _play(stage, story, kept, now)
    _write(application.settings, replace(kept, campaign=str(campaign_id)))
    return kept.accounts


# --- the story -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Story:
    """Who takes part in what, and how."""

    version_id: UUID
    scheme: SchemeDefinition
    city: people.City
    script: Script


def _story(work: Work) -> _Story:
    version = schemes.newest(work, SCHEME)
    if version is None:
        raise NotFound(Message("error-not-found"))
    scheme = schemes.scheme_of(work, version.id)
    written = _script(course.course_of(work, version.id, PARAMETERS))
    return _Story(version.id, scheme, _city(scheme.roles, written), written)


def _script(way: Course) -> Script:
    """Twelve units, each at another point of the way."""
    chance = Chance(SEED)
    quick = {PLAN: 2, REPORT: 8, SCORE: 10}
    steady = {PLAN: 6, REPORT: 20, SCORE: 18}
    plots: dict[int, tuple[Behaviour, dict[str, Any]]] = {
        LIAISONS_UNIT: (Behaviour.PASSES, {"days": {PLAN: 5, REPORT: 33}, "stops_at": {SCORE}}),
        2: (Behaviour.PASSES, {"days": steady, "stops_at": {VERIFY}}),
        3: (Behaviour.PASSES, {"days": steady | {SCORE: 22}, "stops_at": {VERIFY}}),
        4: (Behaviour.PASSES, {"days": quick}),
        5: (Behaviour.RETURNED, {"days": {REPORT: 10, SCORE: 14}}),
        FINDINGS_UNIT: (Behaviour.MENDED, {"days": steady | {SCORE: 12, VERIFY: 2, MEND: 4}, "stops_at": {REVIEW}}),
        7: (Behaviour.PASSES, {"days": {PLAN: 9}, "stops_at": {REPORT}}),
        RETURNED_UNIT: (Behaviour.PASSES, {"days": steady, "stops_at": {VERIFY}}),
        9: (Behaviour.WITHDRAWN, {}),
        EMPTY_UNIT: (Behaviour.EMPTY_POST, {"days": {REPORT: 30}, "stops_at": {SCORE}}),
        11: (Behaviour.LATE, {"late_at": PLAN, "days": {REPORT: 25}, "stops_at": {SCORE}}),
        12: (Behaviour.MENDED, {"days": quick | {MEND: 5}}),
    }
    parts = {}
    for number, (behaviour, changes) in plots.items():
        stops = frozenset(changes.get("stops_at", ()))
        parts[number] = replace(part_for(chance, number, behaviour, way), **{**changes, "stops_at": stops})
    parts[FINDINGS_UNIT] = _mending_few(parts[FINDINGS_UNIT])
    return Script(parts, {}, chance)


def _mending_few(part: Part) -> Part:
    """Only some of its findings have been worked on so far."""
    tried = [key for key, row in part.rows.items() if row.mending][:MENDED_SO_FAR]
    return replace(part, rows={key: replace(row, mending=key in tried) for key, row in part.rows.items()})


def _city(roles: Sequence[Role], written: Script) -> people.City:
    """The city; people whose accounts are shown bear short logins."""
    city = people.invent(Chance(SEED), roles, len(written.parts), empty=written.empty, verifiers=2)
    own = city.units[LIAISONS_UNIT - 1]
    authority = _shortened(city.authority, (people.OFFICE, people.VERIFIER, "leader"))
    units = [_shortened(unit, ("liaison", people.HEAD)) if unit is own else unit for unit in city.units]
    return people.City(replace(authority, posts=(*authority.posts, SCHEME_MANAGER, SECRETARY)), tuple(units))


def _shortened(unit: people.UnitPlan, kinds: Sequence[str]) -> people.UnitPlan:
    """The first post of each of these kinds gives its holder the kind as login."""
    first = {kind: next(post for post in unit.posts if post.kind == kind) for kind in kinds}
    posts = [replace(post, code=post.kind) if post is first.get(post.kind) else post for post in unit.posts]
    return replace(unit, posts=tuple(posts))


# --- playing ---------------------------------------------------------------------------------------------------------


def _play(stage: Stage, story: _Story, kept: _Kept, now: datetime) -> UUID:
    with stage.workshop.writing() as work:
        _enter(work, story.city, kept)
    with stage.workshop.reading() as work:
        cast = people.cast_of(work, story.city, kept.starts_on)
        waiting = campaigns.waiting_keys(work, story.version_id)
    day = kept.starts_on + timedelta(days=RUNS_FOR)
    opening = Opening(
        scheme_version_id=story.version_id,
        unit_id=cast.authority_id,
        year=day.year,
        title=f"{title_of(story.scheme, day.year)}（演示）",
        starts_on=kept.starts_on,
        participants=tuple(cast.units[number] for number in sorted(cast.units)),
        dates={
            entry.key: None if entry.key in waiting else end_of_day(day + timedelta(days=DAYS[entry.key]), DEFAULT_ZONE)
            for entry in story.scheme.deadlines
        },
        parameters=PARAMETERS,
    )
    campaign_id = open_campaign(stage, cast, opening, SEED)
    play = Play(campaign_id, opening.title, story.scheme, story.city, cast, story.script, ZONE)
    driver = Driver(stage, play)
    driver.go_on()
    driver.run(until=now)
    if driver.failures:
        raise RuntimeError(f"the demo could not be played: {driver.failures[0]}")
    _send_back(stage, play)
    _begin_draft(stage, play)
    _supervise(stage, play)
    return campaign_id


def _enter(work: Work, city: people.City, kept: _Kept) -> None:
    """The city with its accounts, the scheme's manager, and the three administrators; safe to repeat."""
    passwords = {account.login: account.password for account in kept.accounts}
    since = kept.starts_on - timedelta(days=365)
    people.enter(work, city, since, passwords)
    root = work.session.scalars(select(Unit).where(Unit.parent_id.is_(None))).one()
    authority = work.session.scalars(select(Unit).where(Unit.code == city.authority.code)).one()
    kind = SCHEME_MANAGER.kind
    grant(SYSTEM, work, kind, Permission.UNIT_WORK)
    grant(SYSTEM, work, kind, Permission.SCHEME_MANAGE, unit_id=root.id, holder_unit_id=authority.id)
    for post_kind in ADMINISTRATORS:
        login = _login(post_kind)
        if work.session.scalar(select(Account.id).where(Account.login == login)) is None:
            post = organisation.place_post(SYSTEM, work, root, post_kind, _title(post_kind), rank=900)
            person = organisation.place_person(SYSTEM, work, name=ADMINISTRATOR_NAMES[login], code=login)
            organisation.place_holding(SYSTEM, work, (root, post), person.id, since)
            create_account(SYSTEM, work, person.id, login, password=passwords[login], must_change=False)


def _send_back(stage: Stage, play: Play) -> None:
    """The office has one unit add to its self-assessment before it is verified."""
    with stage.workshop.writing() as work:
        task_id = _open_task(work, play, RETURNED_UNIT, VERIFY)
        if task_id is not None:
            office = people.actor_of(work, play.cast.of_authority(people.OFFICE), _today(work))
            tasks.return_to(office, work, task_id, SCORE, RETURN_REASON)


def _begin_draft(stage: Stage, play: Play) -> None:
    """The liaison whose account is shown has filled in the first rows."""
    with stage.workshop.writing() as work:
        task_id = _open_task(work, play, LIAISONS_UNIT, SCORE)
        if task_id is not None:
            unit_id = play.cast.units[LIAISONS_UNIT]
            liaison = people.actor_of(work, play.cast.first(unit_id, "liaison"), _today(work))
            rows = list(play.script.parts[LIAISONS_UNIT].rows.items())[:DRAFTED_ROWS]
            answers = {key: {"answer": row.claimed, "on_paper": acts.ON_PAPER} for key, row in rows}
            tasks.save_draft(liaison, work, task_id, {"rows": answers})


def _supervise(stage: Stage, play: Play) -> None:
    """One order as the system has drafted it, for who has owed something too long; another that the office has sent."""
    with stage.workshop.writing() as work:
        if work.session.scalar(select(SupervisionOrder.id).limit(1)) is not None:
            return
        drafts.draft_overdue(work, play.campaign_id, 0, len(play.cast.units))
        office = people.actor_of(work, play.cast.of_authority(people.OFFICE), _today(work))
        order = drafts.write(office, work, play.campaign_id, play.cast.units[LIAISONS_UNIT])
        reply_on = next_worked(calendar_of(work).works, _today(work) + timedelta(days=ORDER_DAYS))
        supervision.send(office, work, order.id, Wording(ORDER_TITLE, ORDER_CAUSE, ORDER_DEMAND, reply_on))


def _open_task(work: Work, play: Play, number: int, element: str) -> UUID | None:
    return work.session.scalar(
        select(Task.id).where(
            Task.campaign_id == play.campaign_id,
            Task.unit_id == play.cast.units[number],
            Task.element_id == element,
            Task.state == TaskState.OPEN,
        )
    )


def _today(work: Work) -> date:
    return work.now.astimezone(ZONE).date()


# --- accounts --------------------------------------------------------------------------------------------------------


def _login(kind: PostKind) -> str:
    return kind.value.removesuffix("_administrator")


def _title(kind: PostKind) -> str:
    return text(f"identity-post-{kind.value.replace('_', '-')}", DEFAULT_LANGUAGE)


def _kept(application: Application, city: people.City, starts_on: date, before: _Kept | None) -> _Kept:
    """The accounts that are shown, with the passwords they have or new ones, written down before anything uses them."""
    known = {account.login: account.password for account in before.accounts} if before else {}
    abouts = {
        post.code: f"{unit.name} {post.title} {post.holder}"
        for unit in (city.units[LIAISONS_UNIT - 1], city.authority)
        for post in unit.posts
        if post.code and "." not in post.code
    }
    for kind in ADMINISTRATORS:
        abouts[_login(kind)] = f"{people.CITY} {_title(kind)} {ADMINISTRATOR_NAMES[_login(kind)]}"
    ids = application.workshop.ids
    accounts = [DemoAccount(login, known.get(login) or _password(ids, login), about) for login, about in abouts.items()]
    kept = _Kept(starts_on, tuple(accounts))
    _write(application.settings, kept)
    return kept


def _password(ids: Ids, login: str) -> str:
    """Three groups of four letters and digits that are not mistaken for one another: 60 bits."""
    while True:
        letters = base64.b32encode(hashlib.sha256(ids.secret().encode()).digest()).decode().lower()
        password = "-".join(letters[start : start + 4] for start in (0, 4, 8))
        if not password_faults(password, login=login):
            return password


def _read(settings: Settings) -> _Kept | None:
    """What was kept by an earlier fill; None when there is nothing, or nothing that can be read."""
    try:
        found = json.loads((settings.data / ACCOUNTS_FILE).read_text(encoding="utf-8"))
        accounts = tuple(DemoAccount(**account) for account in found["accounts"])
        return _Kept(date.fromisoformat(found["starts_on"]), accounts, found["campaign"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _write(settings: Settings, kept: _Kept) -> None:
    """Written whole or not at all, readable by its owner alone."""
    path: Path = settings.data / ACCOUNTS_FILE
    beside = path.with_suffix(".new")
    content = json.dumps(asdict(kept), ensure_ascii=False, indent=2, default=str)
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)

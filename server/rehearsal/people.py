"""An invented city: an authority, units, posts and people, made by the same import and grants as a real one."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from server.actor import SYSTEM, Actor
from server.db.work import Work
from server.errors import NotFound
from server.i18n import Message
from server.identity.accounts import create_account
from server.identity.grants import seed_grants
from server.identity.models import Account
from server.identity.queries import load_actor
from server.organisation.import_files import ImportFile
from server.organisation.imports import import_rows
from server.organisation.models import Holding, Person, Post, Unit
from server.organisation.queries import held_on
from server.rehearsal.chance import Chance
from server.schemes.definition import Role, RoleUnit

CITY = "示例市"
CITY_CODE = "DEMO"
AUTHORITY = "示例市机关事务管理局"
AUTHORITY_CODE = "DEMO-00"


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


ORGANS = _listed(
    "档案馆 统计局 文化和旅游局 农业农村局 水务局 体育局 司法局 审计局 民政局 交通运输局 卫生健康局 教育局 "
    "林业局 气象局 应急管理局 市场监督管理局 医疗保障局 城市管理局 自然资源局 生态环境局 住房和城乡建设局 商务局 "
    "科学技术局 信访局 退役军人事务局 人力资源和社会保障局 行政审批服务局 地方志办公室 图书馆 博物馆 "
    "总工会 妇女联合会 残疾人联合会 科学技术协会 红十字会 工商业联合会 供销合作社 公共资源交易中心 地震局 粮食局"
)
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = _listed(
    "明 华 敏 静 磊 洋 艳 勇 涛 娟 杰 丽 强 芳 军 平 秀英 建国 晓东 海燕 志强 雪梅 文博 思远 佳宁 雨晴 "
    "国庆 春生 玉兰 振华 立新 少云 子涵 嘉禾 念慈 景行 知远 若谷"
)
TITLES = {
    "head": "单位主要负责人",
    "liaison": "联络员",
    "office": "创建工作办公室经办",
    "verifier": "核查员",
    "leader": "主管领导",
}
RANKS = {"leader": 10, "head": 20, "office": 30, "verifier": 40, "liaison": 50}
UNITS_A_VERIFIER = 8
VERIFIERS_AT_MOST = 20
HEAD, OFFICE, VERIFIER = "head", "office", "verifier"


@dataclass(frozen=True, slots=True)
class PostPlan:
    """A post and who is on it. code: staff number, which is the login too; no holder: the post is empty."""

    kind: str
    title: str
    code: str = ""
    holder: str = ""


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """number: the participant's, 0 for the authority."""

    number: int
    code: str
    name: str
    posts: tuple[PostPlan, ...]

    def holder_of(self, kind: str) -> str:
        """Who holds the first post of a kind; empty when nobody does."""
        return next((post.holder for post in self.posts if post.kind == kind and post.holder), "")


@dataclass(frozen=True, slots=True)
class City:
    authority: UnitPlan
    units: tuple[UnitPlan, ...]

    @property
    def everybody(self) -> tuple[UnitPlan, ...]:
        return (self.authority, *self.units)


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody on a post who can log in."""

    account_id: UUID
    person_id: UUID
    name: str
    post_id: UUID
    post_kind: str
    post_title: str
    unit_id: UUID
    unit_name: str


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody of a city once it has been entered. by_post: holders of each post that is held."""

    authority_id: UUID
    units: Mapping[int, UUID]
    by_post: Mapping[UUID, tuple[Player, ...]]

    @property
    def players(self) -> tuple[Player, ...]:
        return tuple(player for players in self.by_post.values() for player in players)

    def of_authority(self, kind: str) -> Player:
        """The first holder of a post of this kind in the authority. Raises LookupError."""
        return self.first(self.authority_id, kind)

    def first(self, unit_id: UUID, kind: str) -> Player:
        for player in self.players:
            if player.unit_id == unit_id and player.post_kind == kind:
                return player
        raise LookupError(f"{kind} of {unit_id}")


def invent(
    chance: Chance, roles: Iterable[Role], count: int, *, empty: frozenset[int] = frozenset(), verifiers: int = 0
) -> City:
    """A city with so many units, and the posts that a scheme's roles name.

    empty: numbers of units whose own post of each role nobody holds; the head's is always held. verifiers: how many,
    by default as many as so many units need.
    """
    roles = tuple(roles)
    names = _names(chance)
    own = _kinds((HEAD,), (role for role in roles if role.unit is RoleUnit.PARTICIPANT))
    central = _kinds((OFFICE,), (role for role in roles if role.unit is RoleUnit.AUTHORITY))
    titles = {role.post: TITLES.get(role.post, role.title) for role in roles}
    first_choice = {role.post for role in roles if role.unit is RoleUnit.PARTICIPANT} - {HEAD}
    wanted = verifiers or min(VERIFIERS_AT_MOST, max(2, -(-count // UNITS_A_VERIFIER)))
    posts = [
        _post(kind, titles, "a00", next(names), place if kind == VERIFIER else 0)
        for kind in central
        for place in range(1, (wanted if kind == VERIFIER else 1) + 1)
    ]
    authority = UnitPlan(0, AUTHORITY_CODE, AUTHORITY, tuple(posts))
    units = []
    for number, name in enumerate(_unit_names(chance, count), start=1):
        held = [
            _post(kind, titles, f"u{number:02d}", "" if number in empty and kind in first_choice else next(names))
            for kind in own
        ]
        units.append(UnitPlan(number, f"{CITY_CODE}-{number:02d}", name, tuple(held)))
    return City(authority, tuple(units))


def _kinds(always: Sequence[str], roles: Iterable[Role]) -> list[str]:
    return list(dict.fromkeys([*always, *(kind for role in roles for kind in role.posts)]))


def _post(kind: str, titles: Mapping[str, str], prefix: str, holder: str, place: int = 0) -> PostPlan:
    title = TITLES.get(kind, titles.get(kind, kind))
    code = f"{prefix}.{kind}{place or ''}" if holder else ""
    return PostPlan(kind, f"{title}{place or ''}", code, holder)


def _names(chance: Chance) -> Iterator[str]:
    """Names that do not repeat before some thousand; then with a number, so that nobody is mistaken."""
    every = chance.shuffled([surname + given for given in GIVEN for surname in SURNAMES], "names")
    number = 0
    while True:
        yield from (name if not number else f"{name}{number}" for name in every)
        number += 1


def _unit_names(chance: Chance, count: int) -> list[str]:
    found: list[str] = []
    district = 0
    while len(found) < count:
        prefix = CITY if not district else f"{CITY}第{district}区"
        found += [prefix + organ for organ in chance.shuffled(ORGANS, "units", district)]
        district += 1
    return found[:count]


def enter(work: Work, city: City, since: date, passwords: Mapping[str, str] | None = None) -> None:
    """Import units, posts and people, seed the grants, and give everybody an account; safe to repeat.

    passwords: by login. Nobody else can log in until a password is set: the one-time tokens are thrown away.
    """
    import_rows(SYSTEM, work, _files(city, since))
    root = work.session.scalars(select(Unit).where(Unit.code == CITY_CODE)).one()
    authority = work.session.scalars(select(Unit).where(Unit.code == city.authority.code)).one()
    seed_grants(SYSTEM, work, authority_id=authority.id, over_id=root.id)
    without = (
        select(Person)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(Account.id.is_(None), Person.code.is_not(None))
        .order_by(Person.code)
    )
    for person in work.session.scalars(without).all():
        password = (passwords or {}).get(person.code or "")
        create_account(SYSTEM, work, person.id, person.code or "", password=password, must_change=False)


def _files(city: City, since: date) -> tuple[ImportFile, ...]:
    units = [("unit_code", "parent_code", "unit_kind", "unit_name"), (CITY_CODE, "", "city", CITY)]
    units += [(unit.code, CITY_CODE, "department", unit.name) for unit in city.everybody]
    posts: list[tuple[str, ...]] = [("unit_code", "post_kind", "post_title", "rank")]
    people: list[tuple[str, ...]] = [("unit_code", "login", "person_name", "post_kind", "post_title", "from")]
    for unit in city.everybody:
        for post in unit.posts:
            posts.append((unit.code, post.kind, post.title, str(RANKS.get(post.kind, 100))))
            if post.holder:
                people.append((unit.code, post.code, post.holder, post.kind, post.title, since.isoformat()))
    return tuple(
        ImportFile(f"{name}.csv", _csv(rows)) for name, rows in (("units", units), ("posts", posts), ("people", people))
    )


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def actor_of(work: Work, player: Player, on: date) -> Actor:
    """Somebody on their post, as after logging in. Raises NotFound."""
    found = load_actor(work.session, player.account_id, player.post_id, on)
    if found is None:
        raise NotFound(Message("error-not-found"))
    return found


def cast_of(work: Work, city: City, on: date) -> Cast:
    """Who is who, as the database has it on a day."""
    codes = {unit.code: unit.number for unit in city.everybody}
    units = {
        codes[code]: unit_id
        for code, unit_id in work.session.execute(select(Unit.code, Unit.id).where(Unit.code.in_(codes)))
    }
    rows = work.session.execute(
        select(Account.id, Person.id, Person.name, Post.id, Post.kind, Post.title, Unit.id, Unit.name)
        .select_from(Holding)
        .join(Post, Post.id == Holding.post_id)
        .join(Unit, Unit.id == Post.unit_id)
        .join(Person, Person.id == Holding.person_id)
        .join(Account, Account.person_id == Person.id)
        .where(held_on(on), Unit.code.in_(codes))
        .order_by(Unit.code, Post.rank, Post.title, Person.code)
    )
    by_post: dict[UUID, tuple[Player, ...]] = {}
    for row in rows:
        player = Player(*row)
        by_post[player.post_id] = (*by_post.get(player.post_id, ()), player)
    return Cast(units.pop(0), units, by_post)

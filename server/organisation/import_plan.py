"""What an import would do to the organisation as it stands: a plan and findings. Pure; nothing is ever deleted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from server.i18n import DEFAULT_LANGUAGE, has_text, text
from server.organisation.import_files import Finding, Line, Rows, finding, post_kind, read_day
from server.organisation.rules import ADMINISTRATOR_KINDS, MAX_DEPTH, overlap

PLACEHOLDER = "ROOT"
"""Code of the root that stands before anybody has entered the organisation."""
RANKS = {"head": 10, "leader": 10, "deputy": 20, "office": 30, "verifier": 40, "liaison": 50}
DEFAULT_RANK = 100

PostKey = tuple[str, str, str]
"""Unit code, kind, title."""


@dataclass(frozen=True, slots=True)
class KnownUnit:
    id: UUID
    code: str
    parent_code: str
    kind: str
    name: str
    short_name: str
    path: str
    closed: bool


@dataclass(frozen=True, slots=True)
class KnownPerson:
    id: UUID
    code: str
    name: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class KnownHolding:
    id: UUID
    post: PostKey
    person_id: UUID
    from_on: date
    until_on: date | None


@dataclass(frozen=True, slots=True)
class Standing:
    """The organisation before the import. may: whether the actor manages a path; may_root: may they set a root."""

    units: Mapping[str, KnownUnit]
    people: Mapping[UUID, KnownPerson]
    posts: Mapping[PostKey, UUID]
    holdings: tuple[KnownHolding, ...]
    today: date
    may: Callable[[str], bool]
    may_root: bool


@dataclass(frozen=True, slots=True)
class NewUnit:
    code: str
    parent_code: str
    kind: str
    name: str
    short_name: str


@dataclass(frozen=True, slots=True)
class ChangedUnit:
    """A unit that stands, as it will be. before: as it was."""

    before: KnownUnit
    after: KnownUnit


@dataclass(frozen=True, slots=True)
class NewPost:
    key: PostKey
    rank: int


@dataclass(frozen=True, slots=True)
class NewPerson:
    """ref: how holdings of this plan name the person until there is an id."""

    ref: str
    code: str
    name: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class NewHolding:
    post: PostKey
    person: UUID | str
    from_on: date
    until_on: date | None


@dataclass(slots=True)
class Plan:
    """New units stand after their parents. ended: holdings that get another last day."""

    findings: list[Finding] = field(default_factory=list)
    new_units: list[NewUnit] = field(default_factory=list)
    changed_units: list[ChangedUnit] = field(default_factory=list)
    same_units: int = 0
    new_posts: list[NewPost] = field(default_factory=list)
    new_people: list[NewPerson] = field(default_factory=list)
    changed_people: list[KnownPerson] = field(default_factory=list)
    same_people: int = 0
    new_holdings: list[NewHolding] = field(default_factory=list)
    ended: list[tuple[KnownHolding, date]] = field(default_factory=list)

    @property
    def errors(self) -> int:
        return sum(each.fatal for each in self.findings)

    @property
    def empty(self) -> bool:
        changes = (self.new_units, self.changed_units, self.new_posts, self.new_people, self.changed_people)
        return not (any(changes) or self.new_holdings or self.ended)


def make_plan(rows: Rows, standing: Standing) -> Plan:
    plan = Plan(findings=list(rows.findings))
    units = _Units(rows.units, standing, plan)
    units.plan_all()
    posts = _Posts(standing, plan, units.closed)
    people = _People(standing, plan)
    for line in rows.posts:
        _post_of(line, units, posts, plan)
    peopled = {holding.post[0] for holding in standing.holdings}
    for line in rows.people:
        key = _post_of(line, units, posts, plan)
        if key is not None and line["person_name"]:
            peopled.add(key[0])
            people.plan_one(line, key)
    for code, line in units.lines.items():
        if code not in peopled:
            plan.findings.append(finding(line, "unit_code", "no-people", fatal=False, code=code))
    plan.findings.sort(key=lambda each: (not each.fatal, each.file, each.row))
    return plan


class _Units:
    """Rows of units against the tree: doubles, parents, circles, authority; parents come before children."""

    def __init__(self, lines: list[Line], standing: Standing, plan: Plan) -> None:
        self.standing, self.plan = standing, plan
        self.known: dict[str, KnownUnit] = dict(standing.units)
        self.lines: dict[str, Line] = {}
        for line in lines:
            code = line["unit_code"]
            if code in self.lines:
                first = self.lines[code].row
                plan.findings.append(finding(line, "unit_code", "double-code", code=code, first=first))
            elif code:
                self.lines[code] = line
        self._adopt_placeholder()

    def _adopt_placeholder(self) -> None:
        """The first real root takes the place of the one made at installation, with all that already refers to it."""
        roots = [code for code, line in self.lines.items() if not line["parent_code"]]
        if set(self.known) == {PLACEHOLDER} and roots and PLACEHOLDER not in self.lines:
            self.known = {roots[0]: self.known[PLACEHOLDER]}

    def exists(self, code: str) -> bool:
        return code in self.known or code in self.lines

    def closed(self, code: str) -> bool:
        return code in self.known and self.known[code].closed

    def parent(self, code: str) -> str:
        return self.lines[code]["parent_code"] if code in self.lines else self.known[code].parent_code

    def may(self, code: str) -> bool:
        """Whether the actor manages the nearest unit above (or this one) that stands already."""
        seen: set[str] = set()
        while code and code not in seen and self.exists(code):
            if code in self.known:
                return self.standing.may(self.known[code].path)
            seen.add(code)
            code = self.parent(code)
        return self.standing.may_root

    def plan_all(self) -> None:
        roots = [code for code, unit in self.known.items() if not unit.parent_code]
        good = {code for code, line in self.lines.items() if self._check(code, line, roots)}
        depth: dict[str, int] = {}
        for code in good:
            depth[code] = len(self._above(code))
        for code in sorted(good, key=lambda each: (depth[each], self.lines[each].row)):
            if depth[code] >= MAX_DEPTH:
                self.plan.findings.append(finding(self.lines[code], "parent_code", "too-deep", limit=MAX_DEPTH))
                continue
            self._plan_one(code, self.lines[code])

    def _check(self, code: str, line: Line, roots: list[str]) -> bool:
        parent = line["parent_code"]
        wrong: Finding | None = None
        if parent == code or code in self._above(code):
            wrong = finding(line, "parent_code", "circle", code=code)
        elif parent and not self.exists(parent):
            wrong = finding(line, "parent_code", "unknown-parent", code=parent)
        elif not parent and not roots:
            roots.append(code)
        elif not parent and code not in roots:
            wrong = finding(line, "parent_code", "second-root", code=roots[0])
        if wrong is None and self.closed(code):
            wrong = finding(line, "unit_code", "closed-unit", code=code)
        if wrong is None and parent and self.closed(parent):
            wrong = finding(line, "parent_code", "closed-unit", code=parent)
        if wrong is None and not (self.may(code) and (not parent or self.may(parent))):
            wrong = finding(line, "unit_code", "not-yours", code=code)
        if wrong is not None:
            self.plan.findings.append(wrong)
        return wrong is None

    def _above(self, code: str) -> list[str]:
        """Codes from the parent to the root; ends with the code itself when it stands in a circle."""
        above: list[str] = []
        step = self.parent(code)
        while step and self.exists(step) and step not in above:
            above.append(step)
            if step == code:
                break
            step = self.parent(step)
        return above

    def _plan_one(self, code: str, line: Line) -> None:
        before = self.known.get(code)
        if before is None:
            kind = line["unit_kind"] or "unit"
            unit = NewUnit(code, line["parent_code"], kind, line["unit_name"], line["unit_short_name"])
            self.plan.new_units.append(unit)
            return
        after = replace(
            before,
            code=code,
            parent_code=line["parent_code"],
            kind=line["unit_kind"] or before.kind,
            name=line["unit_name"],
            short_name=line["unit_short_name"] or before.short_name,
        )
        if after == before:
            self.plan.same_units += 1
            return
        self.plan.changed_units.append(ChangedUnit(before, after))
        if after.parent_code != before.parent_code:
            self.plan.findings.append(
                finding(line, "parent_code", "moves", fatal=False, code=code, after=after.parent_code)
            )
        if after.name != before.name:
            self.plan.findings.append(
                finding(line, "unit_name", "renames", fatal=False, before=before.name, after=after.name)
            )


class _Posts:
    """Posts by unit, kind and title; a row that names one that does not stand sets it up."""

    def __init__(self, standing: Standing, plan: Plan, closed: Callable[[str], bool]) -> None:
        self.plan, self.closed = plan, closed
        self.known: set[PostKey] = set(standing.posts)

    def ensure(self, key: PostKey, rank: str) -> None:
        if key not in self.known:
            self.known.add(key)
            self.plan.new_posts.append(NewPost(key, int(rank) if rank else RANKS.get(key[1], DEFAULT_RANK)))


def _post_of(line: Line, units: _Units, posts: _Posts, plan: Plan) -> PostKey | None:
    """The post that a row speaks of, set up if need be; None, with a finding, when there is no place for it."""
    code, kind = line["unit_code"], post_kind(line["post_kind"])
    if not code or kind is None:
        if line["person_name"] and not line["post_kind"]:
            plan.findings.append(finding(line, "post_kind", "required"))
        return None
    wrong: Finding | None = None
    if not units.exists(code):
        wrong = finding(line, "unit_code", "unknown-unit", code=code)
    elif kind in ADMINISTRATOR_KINDS:
        wrong = finding(line, "post_kind", "administrator")
    elif posts.closed(code):
        wrong = finding(line, "unit_code", "closed-unit", code=code)
    elif not units.may(code):
        wrong = finding(line, "unit_code", "not-yours", code=code)
    if wrong is not None:
        plan.findings.append(wrong)
        return None
    key = (code, kind, line["post_title"] or title_of(kind))
    posts.ensure(key, line["rank"])
    return key


def title_of(kind: str) -> str:
    """The usual title of a kind, where a row gives none."""
    words = f"organisation-kind-{kind.replace('_', '-')}"
    return text(words, DEFAULT_LANGUAGE) if has_text(words) else kind


class _People:
    """Who a row speaks of: by login, else by name within the unit, else by name and phone, else somebody new."""

    def __init__(self, standing: Standing, plan: Plan) -> None:
        self.standing, self.plan = standing, plan
        self.by_code = {person.code: person for person in standing.people.values() if person.code}
        self.by_place: dict[tuple[str, str], set[UUID]] = {}
        self.holdings: dict[UUID, list[KnownHolding]] = {}
        for holding in standing.holdings:
            name = standing.people[holding.person_id].name
            self.by_place.setdefault((name, holding.post[0]), set()).add(holding.person_id)
            self.holdings.setdefault(holding.person_id, []).append(holding)
        self.by_phone: dict[tuple[str, str], list[UUID]] = {}
        for person in standing.people.values():
            if person.phone:
                self.by_phone.setdefault((person.name, person.phone), []).append(person.id)
        self.new: dict[str, NewPerson] = {}
        self.updated: dict[UUID, KnownPerson] = {}
        self.seen: set[tuple[UUID | str, PostKey]] = set()

    def plan_one(self, line: Line, key: PostKey) -> None:
        who = self._find(line, key[0])
        if who is None:
            return
        if (who, key) in self.seen:
            self.plan.findings.append(finding(line, "person_name", "double-person", name=line["person_name"]))
            return
        self.seen.add((who, key))
        if isinstance(who, UUID):
            self._update(line, who)
        self._hold(line, key, who)

    def _find(self, line: Line, unit_code: str) -> UUID | str | None:
        name, login, phone = line["person_name"], line["login"], line["phone"]
        if login:
            if login in self.by_code:
                return self.by_code[login].id
            return self._new(f"login:{login}", line)
        here = self.by_place.get((name, unit_code), set())
        if len(here) > 1:
            self.plan.findings.append(finding(line, "login", "namesakes", name=name))
            return None
        if here:
            return next(iter(here))
        if phone and len(elsewhere := self.by_phone.get((name, phone), [])) == 1:
            return elsewhere[0]
        return self._new(f"phone:{name}:{phone}" if phone else f"name:{name}:{unit_code}", line)

    def _new(self, ref: str, line: Line) -> str | None:
        known = self.new.get(ref)
        if known is None:
            person = NewPerson(ref, line["login"], line["person_name"], line["phone"], line["email"])
            self.new[ref] = person
            self.plan.new_people.append(person)
        elif known.name != line["person_name"]:
            self.plan.findings.append(finding(line, "login", "login-of-another", login=line["login"], name=known.name))
            return None
        return ref

    def _update(self, line: Line, person_id: UUID) -> None:
        before = self.updated.get(person_id, self.standing.people[person_id])
        after = replace(
            before,
            code=line["login"] or before.code,
            name=line["person_name"],
            phone=line["phone"] or before.phone,
            email=line["email"] or before.email,
        )
        if after == before:
            self.plan.same_people += person_id not in self.updated
        elif person_id in self.updated:
            self.plan.findings.append(finding(line, "person_name", "person-differs", name=before.name))
        else:
            self.plan.changed_people.append(after)
            if after.name != before.name:
                self.plan.findings.append(
                    finding(line, "person_name", "renames", fatal=False, before=before.name, after=after.name)
                )
        self.updated[person_id] = after

    def _hold(self, line: Line, key: PostKey, who: UUID | str) -> None:
        from_on, until_on = read_day(line["from"]), read_day(line["until"])
        held = self.holdings.get(who, []) if isinstance(who, UUID) else []
        span = (from_on or self.standing.today, until_on)
        if any(each.post[1] in ADMINISTRATOR_KINDS and overlap(span, (each.from_on, each.until_on)) for each in held):
            self.plan.findings.append(finding(line, "person_name", "holds-administrator", name=line["person_name"]))
            return
        running = [each for each in held if each.post == key and overlap(span, (each.from_on, each.until_on))]
        if not running:
            if until_on is not None and until_on < span[0]:
                self.plan.findings.append(finding(line, "until", "until-before-from"))
                return
            self.plan.new_holdings.append(NewHolding(key, who, *span))
            return
        standing = running[0]
        if until_on is not None and until_on != standing.until_on:
            if until_on < standing.from_on:
                self.plan.findings.append(finding(line, "until", "until-before-from"))
            else:
                self.plan.ended.append((standing, until_on))
        if from_on is not None and from_on != standing.from_on:
            told = finding(line, "from", "from-differs", fatal=False, name=line["person_name"], day=standing.from_on)
            self.plan.findings.append(told)

"""`[ladder]`, a deadline's own `ladder`, and `[[sprint]]` in scheme.toml, and whether they fit the rest."""

from collections.abc import Iterable

from server.organisation.rules import PostKind
from server.schemes import ladder
from server.schemes.definition import LadderSaid, RoleUnit, SchemeDefinition, Sprint
from server.schemes.findings import Finding
from server.schemes.toml_tables import Table

FILE = "scheme.toml"
SPRINT_DAYS = 60
OF_UNITS = (PostKind.HEAD, PostKind.DEPUTY, PostKind.LIAISON)
"""Kinds of post that any unit may have, whether the scheme gives them a role or not."""


def read_ladder(holder: Table) -> LadderSaid | None:
    table = holder.table("ladder")
    if table is None:
        return None
    before = _days(table)
    said = LadderSaid(
        remind_before=before,
        head_after=table.integer("head_after", 0, ladder.DAYS_AT_MOST, needed=False),
        order_after=table.integer("order_after", 0, ladder.DAYS_AT_MOST, needed=False),
        order_to=table.texts("order_to"),
        source=table.source(),
    )
    table.done()
    return said


def _days(table: Table) -> tuple[int, ...]:
    """Days before, the furthest first; a single number is a list of one."""
    value = table.raw("remind_before")
    if value is None:
        return ()
    given = value if isinstance(value, list) else [value]
    if not 1 <= len(given) <= ladder.STEPS_AT_MOST:
        table.refuse("ladder-steps", "remind_before", most=ladder.STEPS_AT_MOST)
        return ()
    found = [table.check_integer("remind_before", each, 1, ladder.DAYS_AT_MOST) for each in given]
    days = tuple(each for each in found if each is not None)
    if len(days) < len(found):
        return ()
    if not ladder.falls(days):
        table.refuse("ladder-falls", "remind_before")
        return ()
    return days


def read_sprint(table: Table) -> Sprint | None:
    key, title, deadline = table.key(), table.text("title"), table.key("deadline")
    days, yellow = table.integer("days", 1, SPRINT_DAYS), table.integer("yellow", 1, SPRINT_DAYS)
    source = table.source()
    if days is None or yellow is None:
        return None
    return Sprint(key, title, deadline, days, yellow, source)


def check_ladder(scheme: SchemeDefinition) -> Iterable[Finding]:
    """Steps that do not rise, posts that no unit has, numbers said twice, and windows that lead nowhere."""
    posts = {post for role in scheme.roles if role.unit is RoleUnit.PARTICIPANT for post in role.posts} | set(OF_UNITS)
    keys: list[tuple[str | None, str, LadderSaid | None]] = [(None, "ladder", scheme.ladder)]
    keys += [(each.key, f"deadline.{each.key}.ladder", each.ladder) for each in scheme.deadlines]
    for key, place, said in keys:
        if said is None:
            continue
        for post in said.order_to:
            if post not in posts:
                yield _finding("ladder-post", f"{place}.order_to", post=post[:60])
        if len(set(said.order_to)) != len(said.order_to):
            yield _finding("ladder-post-twice", f"{place}.order_to")
        if not ladder.rises(found := ladder.ladder_of(scheme, key, {})):
            yield _finding("ladder-rises", place, head=found.head_after, order=found.order_after)
    says_order = scheme.ladder is not None and scheme.ladder.order_after is not None
    if says_order and any(each.key == ladder.PARAMETER for each in scheme.parameters):
        yield _finding("ladder-twice", "ladder.order_after", parameter=ladder.PARAMETER)
    yield from _sprints(scheme)


def _sprints(scheme: SchemeDefinition) -> Iterable[Finding]:
    deadlines, taken = {each.key for each in scheme.deadlines}, set()
    for sprint in scheme.sprints:
        place = f"sprint.{sprint.key}.deadline"
        if sprint.deadline and sprint.deadline not in deadlines:
            yield _finding("deadline-unknown", place, deadline=sprint.deadline)
        elif sprint.deadline in taken:
            yield _finding("sprint-twice", place, deadline=sprint.deadline)
        taken.add(sprint.deadline)


def _finding(rule: str, element: str, **params: str | int) -> Finding:
    return Finding(FILE, rule, "error", element=element, params=params)

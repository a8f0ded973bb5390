"""Who sits on a task that opens now: the posts of its role, or what the diagram says itself, else whom it turns to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select

from server.campaigns import named_seats
from server.campaigns.named_seats import RowUnits
from server.campaigns.registry import CampaignParts
from server.db.together import UNTOUCHED
from server.db.work import Work
from server.engine.contract import Approval, Element, SeatRule
from server.organisation.models import Post, Unit
from server.organisation.rules import PostKind, ids_in
from server.processes.registry import Running, SeatPlace
from server.schemes import queries as schemes
from server.schemes.definition import RoleUnit
from server.tasks.models import Decision, Task

WHEN_EMPTY = frozenset({"rescue", "skip"})
AUTHORITY = "authority"


def find_seats(work: Work, running: Running, element: Element) -> tuple[SeatPlace, ...]:
    """The seats of a task in their order, each key once; empty when nobody is named, not even as a fallback."""
    approval = element.approval or Approval()
    rules = approval.seats or ((SeatRule("role", element.role),) if element.role else ())
    found = _distinct(SeatPlace(key, rule.weight) for rule in rules for key in _keys(work, running, rule))
    if not found and approval.when_empty not in WHEN_EMPTY:
        found = _distinct(SeatPlace(key) for key in _of_role(work, running, approval.when_empty))
    return found


def _distinct(places: Iterable[SeatPlace]) -> tuple[SeatPlace, ...]:
    found: dict[str, SeatPlace] = {}
    for place in places:
        found.setdefault(place.key, place)
    return tuple(found.values())


def _keys(work: Work, running: Running, rule: SeatRule) -> Iterable[str]:
    unit_id = running.instance.owner_unit_id if rule.unit == AUTHORITY else running.instance.unit_id
    if rule.by == "role":
        return _of_role(work, running, rule.of or "")
    if rule.by == "post":
        return _of_posts(work, running, unit_id, (rule.of or "",))
    if rule.by == "head":
        return _of_posts(work, running, unit_id, (PostKind.HEAD,))
    if rule.by == "head_above":
        return _of_posts(work, running, _above(work, unit_id, rule.levels), (PostKind.HEAD,))
    if rule.by == "initiator":
        person_id = running.instance.started_by
        return named_seats.of_person(work, person_id)
    if rule.by == "doer":
        return _doer(work, running, rule.of or "")
    if rule.by == "form_field":
        return named_seats.of_form_field(work, running, rule)
    return _of_row(work, running, rule)


def _of_row(work: Work, running: Running, rule: SeatRule) -> Iterable[str]:
    """The unit that leads a row, or those that assist; of a row that names no unit, the role that leads it."""
    reading = work.part(CampaignParts).row_units
    row: RowUnits | None = reading(work, running, rule.row) if reading is not None else None
    if row is None:
        return ()
    if rule.by == "assisting_units":
        units = named_seats.assisting_units(work, running, row)
        return [key for unit_id in units for key in named_seats.posts_in(work, unit_id, rule.post)]
    if not row.lead and row.lead_role:
        return _of_role(work, running, row.lead_role)
    leading = named_seats.lead_unit(work, running, row)
    return () if leading is None else named_seats.posts_in(work, leading, rule.post)


def _of_role(work: Work, running: Running, key: str) -> Iterable[str]:
    scheme = schemes.scheme_of(work, running.scheme_version_id)
    role = next((each for each in scheme.roles if each.key == key), None)
    if role is None:
        return ()
    of_participant = role.unit is RoleUnit.PARTICIPANT
    unit_id = running.instance.unit_id if of_participant else running.instance.owner_unit_id
    return _of_posts(work, running, unit_id, role.posts)


def _of_posts(work: Work, running: Running, unit_id: UUID | None, kinds: Sequence[str]) -> Iterator[str]:
    """The posts of the first of these kinds that the unit has."""
    posts = _posts(work, running, unit_id) if unit_id is not None else {}
    first = next((posts[kind] for kind in kinds if posts.get(kind)), ())
    return (f"post:{post_id}" for post_id in first)


def _posts(work: Work, running: Running, unit_id: UUID) -> Mapping[str, Sequence[UUID]]:
    """The posts of a unit by kind, first by rank; those of both units of an instance are read at once."""
    memo: dict[UUID, dict[str, list[UUID]]] = running.memo.setdefault("posts", {})
    if unit_id not in memo:
        units = {each for each in (unit_id, running.instance.unit_id, running.instance.owner_unit_id) if each}
        memo.update({each: {} for each in units})
        for of_unit, kind, post_id in work.session.execute(_POSTS, {"units": list(units)}):
            memo[of_unit].setdefault(kind, []).append(post_id)
    return memo[unit_id]


_POST = Post.__table__.c
_POSTS = (
    select(_POST.unit_id, _POST.kind, _POST.id)
    .where(_POST.unit_id.in_(bindparam("units", expanding=True)))
    .order_by(_POST.rank, _POST.title)
    .execution_options(**UNTOUCHED)
)


def _above(work: Work, unit_id: UUID | None, levels: int) -> UUID | None:
    """The unit that many levels above; None when the tree is not that deep."""
    path = work.session.scalar(select(Unit.path).where(Unit.id == unit_id))
    line = ids_in(path) if path else ()
    return line[-1 - levels] if len(line) > levels else None


def _doer(work: Work, running: Running, element_id: str) -> Iterable[str]:
    key = work.session.scalar(_DOER, {"instance_id": running.instance.id, "element_id": element_id})
    return named_seats.of_person(work, key)


_DOER = (
    select(Decision.person_id)
    .join(Task, Task.id == Decision.task_id)
    .where(
        Task.instance_id == bindparam("instance_id", type_=Uuid()),
        Task.element_id == bindparam("element_id"),
        Decision.taken_back_at.is_(None),
        Decision.person_id.is_not(None),
    )
    .order_by(Decision.decided_at.desc())
    .limit(1)
)

"""How the people on a user task decide: read from its attributes, and checked before publishing."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from server.engine import xml
from server.engine.draft import Draft
from server.engine.shapes import Approval, Element, ElementKind, SeatRule
from server.engine.xml import Node, ours

POLICIES = ("one", "all", "count", "percent", "sequence", "weighted")
WITH_NUMBER = frozenset({"count", "percent", "weighted"})
VOTES = ("veto", "majority", "collect")
SIGNATURES = ("optional", "required")
WHEN_EMPTY = ("rescue", "skip")
"""What may stand in `gg:whenEmpty` besides the key of a role."""
SEAT_NEEDS: Mapping[str, frozenset[str]] = {
    "role": frozenset({"of"}),
    "post": frozenset({"of"}),
    "head": frozenset(),
    "head_above": frozenset({"levels"}),
    "initiator": frozenset(),
    "doer": frozenset({"of"}),
    "lead_unit": frozenset(),
    "assisting_units": frozenset(),
    "form_field": frozenset({"of"}),
}
"""What a seat may be found by, and which attributes that needs."""
WITH_POST = frozenset({"lead_unit", "assisting_units", "form_field"})
"""Seats that find a unit, and then this kind of post in it."""
OF_A_ROW = frozenset({"lead_unit", "assisting_units"})
UNITS = ("participant", "authority")
MOST = 999_999
PERCENT = 100
WEIGHT_MOST = 1000
LEVELS_MOST = 10


def read_approval(draft: Draft, node: Node) -> Approval:
    """What a user task says of its seats; nonsense is refused and read as the default."""
    return Approval(
        policy=ours(node, "policy") or "one",
        at=_number(draft, node, ours(node, "policyAt")),
        votes=ours(node, "votes") or "veto",
        seats=tuple(_seats(draft, node)),
        when_empty=ours(node, "whenEmpty") or "rescue",
        not_same_as=tuple((ours(node, "notSameAs") or "").split()),
        batch=ours(node, "batch") or "false",
        signature=ours(node, "signature") or "",
    )


def _number(draft: Draft, node: Node, value: str | None) -> int | None:
    if value is None:
        return None
    if re.fullmatch(r"[0-9]{1,6}", value):
        return int(value)
    draft.refuse("policy-at", node, value=value[:20])
    return None


def _seats(draft: Draft, node: Node) -> Iterable[SeatRule]:
    extensions = xml.child(node, "extensionElements")
    for seat in [] if extensions is None else extensions.iter(f"{{{xml.GG}}}seat"):
        by, unit = seat.get("by") or "", seat.get("unit") or "participant"
        levels, weight = _whole(seat.get("levels"), LEVELS_MOST), _whole(seat.get("weight"), WEIGHT_MOST)
        lacking = [name for name in sorted(SEAT_NEEDS.get(by, ())) if not seat.get(name)]
        if by not in SEAT_NEEDS or lacking or unit not in UNITS or levels is None or weight is None:
            draft.refuse("seat-form", node, by=by[:40] or "–")
        else:
            yield SeatRule(by, seat.get("of"), unit, levels, weight, seat.get("post"), seat.get("row"))


def _whole(value: str | None, most: int) -> int | None:
    """A number from 1 to the most, 1 when it is not given; None for anything else."""
    if value is None:
        return 1
    number = int(value) if re.fullmatch(r"[0-9]{1,4}", value) else 0
    return number if 1 <= number <= most else None


def check_approval(draft: Draft, element: Element, earlier: frozenset[str], roles: frozenset[str] | None) -> None:
    """Everything about one user task's seats that cannot be run as it stands.

    earlier: ids of tasks from which a way leads here. roles: those of the scheme; None when they are not known.
    """
    approval = element.approval
    if element.kind is not ElementKind.USER or approval is None:
        return
    _check_policy(draft, element, approval)
    _check_when_empty(draft, element, approval, roles)
    _check_batch(draft, element, approval)
    _check_signature(draft, element, approval)
    for name in approval.not_same_as:
        if name not in earlier:
            draft.refuse("not-same-as", element, task=name[:80])
    for seat in approval.seats:
        if seat.by == "role" and roles is not None and seat.of not in roles:
            draft.refuse("unknown-role", element, value=seat.of or "", suggestion=_nearest(seat.of or "", roles))
        if seat.by == "doer" and seat.of not in earlier:
            draft.refuse("not-same-as", element, task=(seat.of or "")[:80])
        if seat.by == "form_field" and (not seat.field or seat.task not in earlier):
            draft.refuse("seat-field-earlier", element, value=(seat.of or "")[:80])
        if (seat.post and seat.by not in WITH_POST) or (seat.row and seat.by not in OF_A_ROW):
            draft.refuse("seat-post-row", element, by=seat.by)


def _check_policy(draft: Draft, element: Element, approval: Approval) -> None:
    if approval.policy not in POLICIES:
        draft.refuse("policy-unknown", element, policy=approval.policy[:40])
    elif (approval.policy in WITH_NUMBER) != (approval.at is not None):
        draft.refuse("policy-at", element, value=approval.at if approval.at is not None else "–")
    elif approval.at is not None and not 1 <= approval.at <= (MOST if approval.policy == "count" else PERCENT):
        draft.refuse("policy-at", element, value=approval.at)
    if approval.votes not in VOTES:
        draft.refuse("votes-unknown", element, value=approval.votes[:20])
    elif approval.policy == "one" and approval.votes != "veto":
        draft.refuse("votes-one", element)
    if approval.policy != "weighted" and any(seat.weight != 1 for seat in approval.seats):
        draft.warn("seat-weight", element)


def _check_when_empty(draft: Draft, element: Element, approval: Approval, roles: frozenset[str] | None) -> None:
    if approval.when_empty == "skip" and element.task_kind == "gate":
        draft.refuse("gate-skip", element)
    elif approval.when_empty not in WHEN_EMPTY and roles is not None and approval.when_empty not in roles:
        suggestion = _nearest(approval.when_empty, roles)
        draft.refuse("when-empty", element, value=approval.when_empty[:40], suggestion=suggestion)


def _check_batch(draft: Draft, element: Element, approval: Approval) -> None:
    """A gate is decided on its own card, and other kinds ask for more than an opinion."""
    if approval.batch not in ("true", "false"):
        draft.refuse("batch-value", element, value=approval.batch[:20])
    elif approval.batch == "true" and (element.task_kind != "form" or not element.form):
        draft.refuse("batch-kind", element)


def _check_signature(draft: Draft, element: Element, approval: Approval) -> None:
    """A signature goes with a verdict; and several tasks cannot be signed with one."""
    if not approval.signature:
        return
    if approval.signature not in SIGNATURES:
        draft.refuse("signature-value", element, value=approval.signature[:20])
    elif element.task_kind != "gate" and (element.task_kind != "form" or not element.form):
        draft.refuse("signature-kind", element)
    elif approval.signature == "required" and approval.batch == "true":
        draft.refuse("signature-batch", element)


def _nearest(word: str, words: frozenset[str]) -> str:
    close = get_close_matches(word, sorted(words), 1, 0.6)
    return close[0] if close else "none"

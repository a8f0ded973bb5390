"""A campaign's own ladder of supervision: earlier or more often than its scheme says, never later or less."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from server.actor import Actor
from server.audit import operations as audit
from server.audit.models import StreamKind
from server.audit.rules import Stream
from server.audit.verbs import Verb
from server.campaigns import operations
from server.campaigns.models import Campaign
from server.db.work import Work
from server.deadlines.models import ScheduleEntry
from server.errors import Invalid, NotFound
from server.i18n import Message
from server.schemes import ladder
from server.schemes import queries as schemes
from server.schemes.ladder import Ladder

REASON_AT_MOST = 500
SEPARATORS = re.compile(r"[^\w.+<>-]+")
"""Whatever stands between numbers in any language; signs and points stay, so that they are refused."""
DIGITS = 4
STEPS = ("remind_before", "head_after", "order_after")


@dataclass(frozen=True, slots=True)
class Ladders:
    """What the scheme says for a deadline, and what holds in the campaign."""

    said: Ladder
    now: Ladder


def ladders(work: Work, campaign: Campaign) -> Mapping[str, Ladders]:
    """By deadline."""
    scheme = schemes.scheme_of(work, campaign.scheme_version_id)
    rows = work.session.execute(
        select(ScheduleEntry.key, ScheduleEntry.ladder).where(ScheduleEntry.campaign_id == campaign.id)
    )
    found = {}
    for key, kept in rows:
        said = ladder.ladder_of(scheme, key, campaign.parameters)
        found[key] = Ladders(said, ladder.from_stored(kept) if kept else said)
    return found


def tighten(actor: Actor, work: Work, campaign_id: UUID, key: str, typed: Mapping[str, str], reason: str) -> None:
    """Tell people earlier or more often than the scheme does; for those who manage the campaign.

    typed: `remind_before` (days, in any order), `head_after`, `order_after`, in working days; what is empty stays. To
    whom an order goes is the scheme's alone. Raises NotFound, NotAllowed, Invalid for what is later, rarer, no number.
    """
    campaign, _ = operations.for_manager(actor, work, campaign_id)
    operations.need(reason)
    wanted = select(ScheduleEntry).where(ScheduleEntry.campaign_id == campaign_id, ScheduleEntry.key == key)
    entry = work.session.scalars(wanted.with_for_update()).one_or_none()
    if entry is None:
        raise NotFound(Message("error-not-found"))
    scheme = schemes.scheme_of(work, campaign.scheme_version_id)
    said = ladder.ladder_of(scheme, key, campaign.parameters)
    now = ladder.from_stored(entry.ladder) if entry.ladder else said
    chosen = _read(typed, now)
    errors = {name: [Message("campaigns-ladder-looser")] for name in ladder.loosened(said, chosen)}
    if not errors and not ladder.rises(chosen):
        errors["head_after"] = [Message("campaigns-ladder-rises")]
    if errors:
        raise Invalid(next(iter(errors.values()))[0], errors)
    if chosen == now:
        return
    entry.ladder = chosen.stored()
    audit.record(
        actor,
        work,
        Stream(StreamKind.CAMPAIGN, str(campaign_id), campaign_id),
        Verb.LADDER_TIGHTENED,
        {"campaign": str(campaign_id), "deadline": key},
        {"from": now.stored(), "to": chosen.stored(), "reason": reason.strip()[:REASON_AT_MOST]},
    )
    work.session.flush()


def _read(typed: Mapping[str, str], now: Ladder) -> Ladder:
    """What was typed; what was left empty stays. Raises Invalid for what is no number, and for nothing at all."""
    if not any(typed.get(name, "").strip() for name in STEPS):
        nothing = Message("campaigns-ladder-nothing")
        raise Invalid(nothing, {STEPS[0]: [nothing]})
    errors: dict[str, list[Message]] = {}
    days = _numbers(typed, "remind_before", 1, ladder.STEPS_AT_MOST, errors) or now.remind_before
    head = _numbers(typed, "head_after", 0, 1, errors) or (now.head_after,)
    order = _numbers(typed, "order_after", 0, 1, errors) or (now.order_after,)
    if errors:
        raise Invalid(next(iter(errors.values()))[0], errors)
    return Ladder(tuple(sorted(set(days), reverse=True)), head[0], order[0], now.order_to)


def _numbers(
    typed: Mapping[str, str], name: str, least: int, at_most: int, errors: dict[str, list[Message]]
) -> tuple[int, ...]:
    words = typed.get(name, "").strip()
    parts = SEPARATORS.split(words) if words else []
    found = tuple(int(each) for each in parts if each.isascii() and each.isdigit() and len(each) < DIGITS)
    in_bounds = all(least <= each <= ladder.DAYS_AT_MOST for each in found)
    if len(found) < len(parts) or len(found) > at_most or not in_bounds:
        errors[name] = [Message("campaigns-ladder-number", {"least": least, "most": ladder.DAYS_AT_MOST})]
    return found

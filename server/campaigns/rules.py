"""Pure checks of what is needed to open a campaign."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from server.i18n import Message
from server.schemes.definition import Parameter, ParameterKind

NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,4})?")

YEAR_FIRST, YEAR_LAST = 2000, 2100
TITLE_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Opening:
    """What is asked for to open a campaign.

    dates: deadline key to instant, None for those that wait for an event. parameters: by key, as typed.
    """

    scheme_version_id: UUID
    unit_id: UUID
    year: int
    title: str
    starts_on: date
    participants: tuple[UUID, ...]
    dates: Mapping[str, datetime | None] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something in the way of opening. field: the input that mends it; blocking ones must be mended first."""

    field: str
    text: Message
    blocking: bool = True


def check_dates(
    keys: Sequence[str],
    dates: Mapping[str, datetime | None],
    waits: Sequence[str],
    order: Sequence[tuple[str, str]],
    starts_at: datetime,
) -> list[Trouble]:
    """Dates that are missing, lie before the start, or stand in the wrong order.

    keys: all deadlines of the scheme. waits: keys whose date follows from an event. order: pairs of keys; the first
    must not come after the second.
    """
    found = [
        Trouble(f"date.{key}", Message("campaign-date-missing", {"key": key}))
        for key in keys
        if dates.get(key) is None and key not in waits
    ]
    found += [
        Trouble(f"date.{key}", Message("campaign-date-before-start", {"key": key}))
        for key, due_at in dates.items()
        if due_at is not None and due_at < starts_at
    ]
    for earlier, later in order:
        first, second = dates.get(earlier), dates.get(later)
        if first is not None and second is not None and first > second:
            found.append(Trouble(f"date.{later}", Message("campaign-date-order", {"key": later, "before": earlier})))
    return found


def check_basics(opening: Opening) -> list[Trouble]:
    """Title, year and participants."""
    found = []
    if not opening.title.strip() or len(opening.title) > TITLE_AT_MOST:
        found.append(Trouble("title", Message("campaign-title-needed", {"most": TITLE_AT_MOST})))
    if not YEAR_FIRST <= opening.year <= YEAR_LAST:
        found.append(
            Trouble("year", Message("campaign-year-wrong", {"first": str(YEAR_FIRST), "last": str(YEAR_LAST)}))
        )
    if not opening.participants:
        found.append(Trouble("participants", Message("campaign-participants-needed")))
    if len(set(opening.participants)) != len(opening.participants):
        found.append(Trouble("participants", Message("campaign-participants-twice")))
    return found


def parameters_of(definitions: Sequence[Parameter], given: Mapping[str, Any]) -> tuple[dict[str, Any], list[Trouble]]:
    """Typed parameters as plain JSON, and what is wrong with them. A default fills in only where the scheme has one."""
    values: dict[str, Any] = {}
    found: list[Trouble] = []
    for definition in definitions:
        raw = str(given.get(definition.key, "") or "").strip() or (definition.default or "")
        problem = _problem(definition, raw)
        if problem is not None:
            found.append(Trouble(f"parameter.{definition.key}", problem))
        else:
            values[definition.key] = _typed(definition.kind, raw)
    return values, found


def _typed(kind: ParameterKind, raw: str) -> Any:
    if kind is ParameterKind.INTEGER:
        return int(raw)
    return raw == "true" if kind is ParameterKind.BOOLEAN else raw


def _problem(definition: Parameter, raw: str) -> Message | None:
    title = {"title": definition.title}
    if not raw:
        return Message("campaign-parameter-needed", title)
    if definition.kind is ParameterKind.CHOICE and raw not in definition.choices:
        return Message("campaign-parameter-choice", title)
    if definition.kind is ParameterKind.BOOLEAN and raw not in ("true", "false"):
        return Message("campaign-parameter-choice", title)
    if definition.kind is ParameterKind.DATE:
        return None if _is_date(raw) else Message("campaign-parameter-date", title)
    if definition.kind in (ParameterKind.INTEGER, ParameterKind.DECIMAL):
        return _number_problem(definition, raw)
    return None


def _is_date(raw: str) -> bool:
    try:
        date.fromisoformat(raw)
    except ValueError:
        return False
    return True


def _number_problem(definition: Parameter, raw: str) -> Message | None:
    whole = definition.kind is ParameterKind.INTEGER
    if not NUMBER.fullmatch(raw) or (whole and "." in raw):
        return Message("campaign-parameter-number", {"title": definition.title})
    number = Decimal(raw)
    too_small = definition.minimum is not None and number < definition.minimum
    too_large = definition.maximum is not None and number > definition.maximum
    if too_small or too_large:
        bounds = {"least": str(definition.minimum or ""), "most": str(definition.maximum or "")}
        return Message("campaign-parameter-range", {"title": definition.title, **bounds})
    return None

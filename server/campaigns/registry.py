"""What higher floors add to a campaign's pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from server.actor import Actor
from server.campaigns.named_seats import RowUnits
from server.db.work import Work
from server.i18n import Message
from server.processes.registry import Running


@dataclass(frozen=True, slots=True)
class Result:
    """How a participant stands, in words ready to show. verdict: met, not_met, undecided or empty."""

    self_total: str = ""
    verified_total: str = ""
    verdict: str = ""
    recognised: bool = False
    findings_open: int = 0


@dataclass(frozen=True, slots=True)
class Target:
    """Recognised against in scope, as exact shares in percent with at most two decimals; aim None where none is set."""

    recognised: int
    in_scope: int
    percent: str
    aim: str | None
    reached: bool | None


Results = Callable[[Work, UUID, Sequence[UUID]], Mapping[UUID, Result]]
"""Campaign id and participant ids to results."""

Rows = Callable[[Work, Running, str | None], RowUnits | None]
"""Which units look after a row: the one named, or the one that the instance's finding is about."""

Left = Callable[[Actor, Work, UUID, UUID], None]
"""Hears of a unit that was taken out: campaign and unit."""

Notes = Callable[[Actor, Work, UUID], tuple[str, Message, str] | None]
"""One line on a campaign's page for who reads it: tone, words, address; None when there is nothing to say."""

Targets = Callable[[Work, UUID], Target | None]


@dataclass(slots=True)
class CampaignParts:
    """Registered by the doors."""

    results: Results | None = None
    target: Targets | None = None
    row_units: Rows | None = None
    links: list[Callable[[UUID], tuple[str, str]]] = field(default_factory=list)
    """Catalogue key and address of further pages of a campaign."""
    left: list[Left] = field(default_factory=list)
    notes: list[Notes] = field(default_factory=list)

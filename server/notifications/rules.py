"""When something may be sent, how often it is tried, and what a mail says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from server.i18n import text
from server.i18n.dates import day_words

FIRST_HOUR, LAST_HOUR = 8, 20
"""Nobody is written to before the first or from the last hour on, by the clock of their place."""
AGAIN_AFTER = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)
"""Pauses between attempts. When the last is over, the delivery is given up and shown."""
LOST_AFTER = timedelta(minutes=15)
"""What is still being sent after that was lost with its process, and is sent again."""
LINES_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One matter in a mail: its words and the address of its page, empty when ours is not known."""

    words: str
    address: str


def may_go_at(now: datetime, zone: ZoneInfo) -> datetime:
    """The first instant from now on at which somebody may be written to."""
    local = now.astimezone(zone)
    if local.hour < FIRST_HOUR:
        return datetime.combine(local.date(), time(FIRST_HOUR), zone).astimezone(now.tzinfo)
    if local.hour >= LAST_HOUR:
        return datetime.combine(local.date() + timedelta(days=1), time(FIRST_HOUR), zone).astimezone(now.tzinfo)
    return now


def next_attempt(now: datetime, attempts: int) -> datetime | None:
    """When to try again after so many attempts that failed; None when it is given up."""
    return now + AGAIN_AFTER[attempts - 1] if attempts <= len(AGAIN_AFTER) else None


def told_words(message: str, values: Mapping[str, Any], language: str) -> str:
    """What somebody is told, in one language. values: as they were kept; a `day` is an ISO date."""
    said = dict(values)
    if said.get("day"):
        said["day"] = day_words(date.fromisoformat(str(said["day"])), language)
    return text(message, language, **said)


def mail_subject(lines: Sequence[Line], language: str) -> str:
    """The matter itself when it is one, else how many there are; always one line."""
    said = lines[0].words if len(lines) == 1 else text("notifications-mail-several", language, count=len(lines))
    return " ".join(text("notifications-mail-subject", language, said=said).split())


def mail_body(name: str, lines: Sequence[Line], language: str) -> str:
    """Plain text: a greeting, the matters with their addresses, and who writes."""
    parts = [text("notifications-mail-greeting", language, name=name), ""]
    for number, line in enumerate(lines[:LINES_AT_MOST], start=1):
        parts.append(f"{number}. {line.words}" if len(lines) > 1 else line.words)
        parts += [line.address, ""] if line.address else [""]
    if len(lines) > LINES_AT_MOST:
        parts += [text("notifications-mail-more", language, count=len(lines) - LINES_AT_MOST), ""]
    return "\n".join([*parts, "-- ", text("notifications-mail-foot", language), ""])

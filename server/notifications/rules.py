"""When something may be sent, how often it is tried, and what a mail says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from server.i18n import Message, text
from server.i18n.dates import day_words

FIRST_HOUR, LAST_HOUR = 8, 20
"""Nobody is written to before the first or from the last hour on, by the clock of their place.

Who wishes narrows that for themselves.
"""
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
LINES_IN_A_CHAT, WORDS_IN_A_TEXT = 5, 60
"""A chat shows so many matters with their addresses; a text message one, with so many signs of it."""
MAIL, SMS = "mail", "sms"
_MOBILE = re.compile(r"(?:\+?86)?(1[3-9][0-9]{9})")
_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")


class Digest(StrEnum):
    """Each matter at once; all in one mail a day; or what is urgent at once and the rest in one mail a day."""

    EACH = "each"
    DAILY = "daily"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class Choice:
    """How somebody wishes to be written to; as it stands, how everybody is who never chose. hour: of the daily mail."""

    by_mail: bool = True
    digest: str = Digest.EACH
    hour: int = 9
    first_hour: int = FIRST_HOUR
    last_hour: int = LAST_HOUR


@dataclass(frozen=True, slots=True)
class Line:
    """One matter in a mail: its words and the address of its page, empty when ours is not known."""

    words: str
    address: str


def may_go_at(now: datetime, zone: ZoneInfo, choice: Choice = Choice()) -> datetime:
    """The first instant from now on at which somebody may be written to."""
    local = now.astimezone(zone)
    if choice.first_hour <= local.hour < choice.last_hour:
        return now
    return _next(now, zone, choice.first_hour)


def due_at(now: datetime, zone: ZoneInfo, choice: Choice, *, urgent: bool) -> datetime:
    """When somebody is written to about what they are told now."""
    if choice.digest == Digest.EACH or (urgent and choice.digest == Digest.URGENT):
        return may_go_at(now, zone, choice)
    return _next(now, zone, choice.hour)


def _next(now: datetime, zone: ZoneInfo, hour: int) -> datetime:
    """The next time that it is so late at a place, now included."""
    local = now.astimezone(zone)
    at = datetime.combine(local.date(), time(hour), zone)
    if at < local:
        at = datetime.combine(local.date() + timedelta(days=1), time(hour), zone)
    return at.astimezone(now.tzinfo)


def choice_faults(choice: Choice) -> dict[str, list[Message]]:
    """What is wrong with a choice, by field; empty when it will do."""
    faults: dict[str, list[Message]] = {}
    if choice.digest not in set(Digest):
        faults["digest"] = [Message("notifications-settings-digest-unknown")]
    allowed = {"from": FIRST_HOUR, "until": LAST_HOUR}
    if not FIRST_HOUR <= choice.first_hour < LAST_HOUR:
        faults["first_hour"] = [Message("notifications-settings-hours-allowed", allowed)]
    if not FIRST_HOUR < choice.last_hour <= LAST_HOUR:
        faults["last_hour"] = [Message("notifications-settings-hours-allowed", allowed)]
    if not faults and choice.first_hour >= choice.last_hour:
        faults["last_hour"] = [Message("notifications-settings-hours-order")]
    elif not faults and not choice.first_hour <= choice.hour < choice.last_hour:
        faults["hour"] = [Message("notifications-settings-hour-quiet")]
    return faults


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


def address_of(channel: str, typed: str) -> str:
    """An address as it is kept; empty when it is none. Never one for several people: no signs that part a list."""
    if channel == SMS:
        number = _MOBILE.fullmatch(re.sub(r"[ -]", "", typed))
        return number[1] if number else ""
    return typed if _USER.fullmatch(typed) else ""


def masked_address(channel: str, address: str) -> str:
    """Enough to know it again, too little to use. A mail's address is shown whole, as everywhere."""
    if channel == MAIL:
        return address
    shown = 4 if channel == SMS else 2
    return f"{address[: shown - 1]}****{address[-shown:]}" if len(address) >= 3 * shown - 1 else "****"


def chat_words(lines: Sequence[Line], language: str, overview: str) -> str:
    """The matters, each with its address. overview: the address of the page of all, empty when ours is unknown."""
    parts = [mail_subject(lines, language)]
    if len(lines) == 1:
        return "\n".join([*parts, *filter(None, [lines[0].address])])
    for number, line in enumerate(lines[:LINES_IN_A_CHAT], start=1):
        parts += [f"{number}. {line.words}", *filter(None, [line.address])]
    if len(lines) > LINES_IN_A_CHAT:
        parts += [text("notifications-mail-more", language, count=len(lines) - LINES_IN_A_CHAT), overview]
    return "\n".join(filter(None, parts))


def text_words(lines: Sequence[Line], language: str, overview: str) -> str:
    """One short line and one address."""
    words = mail_subject(lines, language)
    short = words if len(words) <= WORDS_IN_A_TEXT else f"{words[: WORDS_IN_A_TEXT - 1]}…"
    return f"{short} {lines[0].address if len(lines) == 1 else overview}".rstrip()


def group_words(counts: Mapping[str, int], language: str, overview: str) -> str:
    """What a group is told: how many, and where to look. Never whose."""
    return f"{text('notifications-group', language, **counts)}\n{overview}".rstrip()

"""Dates, deadlines and numbers in words, as a Chinese office writes them, or in English."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from server.i18n.dates import day_words
from server.organisation.models import DEFAULT_ZONE
from server.tasks.rules import Light
from server.web import language, say

END_OF_DAY = (23, 59, 59)
KINDS = {Light.RED: "bad", Light.YELLOW: "warn", Light.GREEN: "ok", Light.NONE: "mute"}


def day(value: date | None) -> str:
    """`2026年3月2日`, `2 Mar 2026`; empty for None."""
    if value is None:
        return ""
    return day_words(value, language())


def day_of(instant: datetime | None, zone: str = DEFAULT_ZONE) -> str:
    return day(instant.astimezone(ZoneInfo(zone)).date()) if instant is not None else ""


def day_and_time(instant: datetime | None, zone: str | None = DEFAULT_ZONE) -> str:
    """`2026年3月2日 18:05` in the zone."""
    if instant is None:
        return ""
    local = instant.astimezone(ZoneInfo(zone or DEFAULT_ZONE))
    if language() == "zh-CN":
        return f"{day(local.date())} {local:%H:%M}"
    return str(format_datetime(local, "d MMM y, HH:mm", locale="en"))


def due_on(instant: datetime | None, zone: str = DEFAULT_ZONE) -> str:
    """A deadline in words: `2026年8月15日前` where it ends with its day, else day and time; empty for None."""
    if instant is None:
        return ""
    local = instant.astimezone(ZoneInfo(zone))
    if (local.hour, local.minute, local.second) == END_OF_DAY:
        return say("tasks-due-by-day", day=day(local.date()))
    return day_and_time(instant, zone)


def due_words(light: Light, due_at: datetime | None, now: datetime, zone: str = DEFAULT_ZONE) -> tuple[str, str]:
    """Kind of pill and words for a deadline: how many days are left, or have passed."""
    if due_at is None:
        return "mute", say("tasks-due-none")
    days = (due_at.astimezone(ZoneInfo(zone)).date() - now.astimezone(ZoneInfo(zone)).date()).days
    if light is Light.RED:
        return "bad", say("tasks-due-overdue", days=max(-days, 0))
    if days < 0:
        return "warn", say("tasks-due-rest")
    if days == 0:
        return "warn", say("tasks-due-today")
    return KINDS[light], say("tasks-due-left", days=days)


def points(value: Decimal | None) -> str:
    """Points without trailing zeros: `80`, `79.5`, `0.25`."""
    if value is None:
        return ""
    plain = f"{value:.2f}".rstrip("0").rstrip(".")
    return plain or "0"

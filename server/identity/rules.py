"""Pure rules of login: when an account locks, when a session is over, what a password must be, which grants stand."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.i18n import Message

FAILURES = 5
WINDOW = timedelta(minutes=15)
LOCKED_FOR = timedelta(minutes=30)
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
TOUCH_AFTER = timedelta(seconds=60)
FIRST_TOKEN_FOR = timedelta(days=7)
KEEP_FORM_FOR = timedelta(hours=24)
KEEP_FORM_BYTES = 200_000
KEPT_FORMS_OF_NOBODY = 1000
PASSWORD_LENGTH = (10, 128)
LOGIN = re.compile(r"[a-z0-9_.@\-\u4e00-\u9fff]{2,60}")
CLASSES = 3
DISTINCT = 5
BROWSERS = (
    *(("DingTalk", "DingTalk"), ("wxwork", "WeCom"), ("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("OPR/", "Opera")),
    *(("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")),
)
"""Marks in the order to look for them: most browsers also claim to be those further down."""
SYSTEMS = (
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("HarmonyOS", "HarmonyOS")),
    *(("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux")),
)
COMMON = frozenset(
    {"password12", "password123", "password1234", "passw0rd123", "p@ssw0rd123", "p@ssword123", "admin12345"}
    | {"admin@12345", "admin123456", "administrator1", "1qaz2wsx3edc", "1qaz@wsx3edc", "qwertyuiop1", "qwer1234!@#$"}
    | {"qwer1234asdf", "abc1234567", "abcd123456", "abcd1234!@#$", "a123456789", "aa123456789", "aa12345678"}
    | {"zaq12wsxcde3", "welcome123", "welcome@123", "letmein1234", "iloveyou123", "woaini1314", "woaini520520"}
    | {"test123456", "huawei@123", "changeme123", "root123456", "1234567890a", "greengate123", "admin@1234"}
)
"""Passwords of ten characters and more that everybody tries first; compared in lower case."""


@dataclass(frozen=True, slots=True)
class Failures:
    """Wrong passwords in the running window, and until when the account is locked, if it is."""

    count: int
    first_at: datetime | None
    locked_until_at: datetime | None


def hash_secret(secret: str) -> str:
    """What is stored of a random secret (cookie, token); it has 256 bits, so a plain hash keeps it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def login_key(login: str) -> str:
    """Logins are the same whatever their case and the spaces around them."""
    return login.strip().lower()


def after_failure(before: Failures, now: datetime) -> Failures:
    """Five wrong passwords within 15 minutes lock an account for 30; a failure while it is locked changes nothing."""
    if before.locked_until_at is not None and now < before.locked_until_at:
        return before
    fresh = before.first_at is None or now - before.first_at > WINDOW or before.locked_until_at is not None
    count, first_at = (1, now) if fresh else (before.count + 1, before.first_at)
    return Failures(count, first_at, now + LOCKED_FOR if count >= FAILURES else None)


def session_over(seen_at: datetime, expires_at: datetime, now: datetime) -> bool:
    return now - seen_at > IDLE or now >= expires_at


def password_faults(password: str, *, login: str, names: Iterable[str] = ()) -> list[Message]:
    """All that is wrong with a new password; empty when it will do."""
    shortest, longest = PASSWORD_LENGTH
    faults = []
    if not shortest <= len(password) <= longest:
        faults.append(Message("identity-password-length", {"shortest": shortest, "longest": longest}))
    if character_classes(password) < CLASSES:
        faults.append(Message("identity-password-classes", {"classes": CLASSES}))
    lowered = password.lower()
    if any(word and word.lower() in lowered for word in (login, *names)):
        faults.append(Message("identity-password-has-name"))
    if lowered in COMMON or len(set(lowered)) < DISTINCT:
        faults.append(Message("identity-password-common"))
    return faults


def character_classes(password: str) -> int:
    """How many of lower case, upper case, digits and all others occur."""
    kinds = {
        "lower" if each.islower() else "upper" if each.isupper() else "digit" if each.isdigit() else "other"
        for each in password
    }
    return len(kinds)


def device(agent: str) -> str:
    """A browser's own description, shortened to what people know: `Chrome · Windows`."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return " · ".join(part for part in (browser, system) if part) or agent[:40]

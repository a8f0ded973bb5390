"""The doors through which time and randomness come in."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Protocol
from uuid import UUID


class Clock(Protocol):
    """Tells the time; always aware and in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class VirtualClock:
    """A clock that stands still until it is moved; for rehearsals, the demo and tests."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a virtual clock starts at an aware instant")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def move_to(self, instant: datetime) -> None:
        """Move forward to `instant`; time never runs backwards."""
        self._now = max(self._now, instant.astimezone(UTC))

    def advance(self, step: timedelta) -> None:
        self.move_to(self._now + step)


class Ids:
    """Makes identifiers (RFC 9562 UUID version 7) and secrets.

    Ids rise with time so that indexes stay compact; nothing may rest on their order.
    """

    def __init__(self, clock: Clock, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._clock = clock
        self._random_bytes = random_bytes

    def new(self) -> UUID:
        milliseconds = int(self._clock.now().timestamp() * 1000)
        random = int.from_bytes(self._random_bytes(10))
        value = (milliseconds & (1 << 48) - 1) << 80 | random
        value = value & ~(0xF << 76) | 7 << 76
        value = value & ~(0x3 << 62) | 0x2 << 62
        return UUID(int=value)

    def secret(self) -> str:
        """A URL-safe secret of 256 bits, for links, tokens and first passwords."""
        return secrets.token_urlsafe(32)


def seeded_ids(clock: Clock, seed: int) -> Ids:
    """Ids that repeat with the same seed; for rehearsals only, never for secrets."""
    return Ids(clock, Random(seed).randbytes)  # noqa: S311 - repeatability is the point

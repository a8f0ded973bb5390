"""Password hashing: argon2id with 19 MiB, at most two at a time, so that a flood of logins cannot eat the memory."""

from dataclasses import dataclass
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.errors import Unavailable
from server.i18n import Message

WAIT_SECONDS = 10
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_turns = BoundedSemaphore(2)
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$" + "A" * 22 + "$" + "A" * 43
"""A hash that no password has, so that an unknown login takes as long as a known one."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A password was compared with this stored hash, outside of any transaction."""

    stored: str | None
    good: bool


def hash_password(password: str) -> str:
    with _Turn():
        return _hasher.hash(password)


def prove(stored: str | None, password: str) -> Proof:
    """Compare a password with a stored hash; takes the same time when there is none."""
    with _Turn():
        return Proof(stored, _matches(stored or _NOBODY, password) and stored is not None)


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


class _Turn:
    """One of two places; raises Unavailable when none becomes free in time."""

    def __enter__(self) -> None:
        if not _turns.acquire(timeout=WAIT_SECONDS):
            raise Unavailable(Message("error-unavailable"))

    def __exit__(self, *_: object) -> None:
        _turns.release()

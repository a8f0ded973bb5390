"""Pure deciders of barriers."""

from dataclasses import dataclass
from enum import StrEnum

from server.processes.models import ItemState

PERCENT = 100


class Opens(StrEnum):
    """When a fan-out opens the way."""

    ALL = "all"
    COUNT = "count"
    PERCENT = "percent"
    DEADLINE = "deadline"


class OpenChildren(StrEnum):
    """What happens to children that still run when the way opens."""

    CONTINUE = "continue"
    CANCEL = "cancel"
    CARRY_OVER = "carry_over"


@dataclass(frozen=True, slots=True)
class Counts:
    """How the items of one fan-out stand."""

    waiting: int = 0
    running: int = 0
    done: int = 0
    failed: int = 0
    withdrawn: int = 0
    left_out: int = 0

    @property
    def counted(self) -> int:
        """Items that the barrier counts by: neither withdrawn nor left out."""
        return self.waiting + self.running + self.done + self.failed

    @property
    def unfinished(self) -> int:
        return self.waiting + self.running + self.failed

    @classmethod
    def of(cls, by_state: dict[str, int]) -> "Counts":
        return cls(**{state.value: by_state.get(state.value, 0) for state in ItemState})


def opens(policy: str, at: int | None, counts: Counts, *, deadline_passed: bool) -> str | None:
    """Why the way opens now, or None while it stays shut.

    `all`: nothing unfinished (a failed child keeps it shut). `count`, `percent`: that many are done, of those not
    withdrawn; or nothing is left that could still be done. `deadline`: the instant has passed, or all is finished.
    """
    if counts.unfinished == 0:
        return Opens.ALL
    if policy == Opens.COUNT and at is not None and counts.done >= at:
        return Opens.COUNT
    if policy == Opens.PERCENT and at is not None and counts.done * PERCENT >= at * counts.counted:
        return Opens.PERCENT
    if policy == Opens.DEADLINE and deadline_passed:
        return Opens.DEADLINE
    return None

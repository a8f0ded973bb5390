"""Pure rules of supervision: how late is too late, what may follow what, and the seal over the wording."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from server.i18n import Message
from server.schemes.schedule_rules import Works, after_working_days
from server.supervision.models import OrderState

REPLY_WITHIN = 5
"""Working days for the reply, where nobody sets another day: a week is what offices give each other."""
REPLY_AT_MOST = 180
"""Days ahead that a reply may be due."""
TITLE_AT_MOST, TEXT_AT_MOST, WORDS_AT_MOST = 200, 2000, 500
ITEMS_AT_MOST = 50

OPEN = (OrderState.SENT, OrderState.RECEIVED, OrderState.REPLIED)
"""Sent and not ended."""
UNSEEN = (OrderState.DRAFT, OrderState.DISCARDED)
"""What never left is seen by those who could send it, and by nobody else."""
ENDED = (OrderState.CLOSED, OrderState.WITHDRAWN, OrderState.DISCARDED)
MINE = {
    "to_send": (OrderState.DRAFT,),
    "waiting": (OrderState.SENT, OrderState.RECEIVED),
    "to_close": (OrderState.REPLIED,),
    "ended": ENDED,
}
"""The parts of the list, by what is to be done next."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What a person may change of a draft. reply_on: the last day for the reply."""

    title: str
    cause: str
    demand: str
    reply_on: date


def days_late(works: Works, due_on: date, today: date) -> int:
    """How many working days have begun since a day passed, today among them."""
    return sum(works(due_on + timedelta(days=step)) for step in range(1, (today - due_on).days + 1))


def reply_day(works: Works, today: date) -> date:
    """The last day for a reply to what is sent today."""
    return after_working_days(works, today, REPLY_WITHIN)


def faults(wording: Wording, works: Works, today: date, *, sending: bool) -> dict[str, list[Message]]:
    """What is wrong with a wording, by field. What is only kept may still lack something."""
    found: dict[str, list[Message]] = {}
    for name, limit in (("title", TITLE_AT_MOST), ("cause", TEXT_AT_MOST), ("demand", TEXT_AT_MOST)):
        words = getattr(wording, name)
        if len(words) > limit:
            found[name] = [Message("supervision-too-long", {"limit": limit})]
        elif sending and not words.strip():
            found[name] = [Message("supervision-words-needed")]
    wrong = wrong_day(wording.reply_on, works, today) if sending else None
    return found | ({"reply_on": [wrong]} if wrong is not None else {})


def wrong_day(day: date, works: Works, today: date) -> Message | None:
    """What is wrong with the last day for a reply."""
    if day <= today:
        return Message("supervision-day-past")
    if (day - today).days > REPLY_AT_MOST:
        return Message("supervision-day-far", {"limit": REPLY_AT_MOST})
    return None if works(day) else Message("supervision-day-rests", {"next": after_working_days(works, day, 1)})


def seal(wording: Mapping[str, Any], items: Sequence[Sequence[Any]]) -> str:
    """sha256 over the whole document: head, words, addressee, the tasks it names, who sent it and when."""
    content = {"wording": dict(wording), "items": [list(item) for item in items]}
    written = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()

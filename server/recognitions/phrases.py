"""Words that are tapped instead of typed: those shipped with the catalogues, and everybody's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from server.actor import Actor
from server.db.work import Work
from server.errors import Conflict, Invalid, NotAllowed, NotFound
from server.i18n import Message, text
from server.recognitions.models import OpinionPhrase
from server.tasks.rules import CONDITIONAL

DECIDE = "gate.decide"
SHIPPED: Mapping[str, tuple[str, ...]] = {
    "approve": ("recognitions-phrase-agreed", "recognitions-phrase-proceed"),
    CONDITIONAL: ("recognitions-phrase-mend",),
    "return": ("recognitions-phrase-check", "recognitions-phrase-proof", "recognitions-phrase-complete"),
}
WORDS_AT_MOST = 100
OWN_AT_MOST = 20


@dataclass(frozen=True, slots=True)
class PhraseRow:
    """id: None for one that is shipped."""

    id: UUID | None
    verdict: str
    words: str


def offered(work: Work, person_id: UUID | None, language: str) -> Sequence[PhraseRow]:
    """What is offered to somebody: their own first, then those shipped, each in the order of the verdicts."""
    own = of_person(work, person_id)
    shipped = [PhraseRow(None, verdict, text(key, language)) for verdict, keys in SHIPPED.items() for key in keys]
    mine = {(row.verdict, row.words) for row in own}
    return [*own, *[row for row in shipped if (row.verdict, row.words) not in mine]]


def of_person(work: Work, person_id: UUID | None) -> Sequence[PhraseRow]:
    if person_id is None:
        return []
    rows = work.session.scalars(
        select(OpinionPhrase)
        .where(OpinionPhrase.person_id == person_id)
        .order_by(OpinionPhrase.verdict, OpinionPhrase.added_at, OpinionPhrase.words)
        .limit(OWN_AT_MOST)
    ).all()
    return [PhraseRow(row.id, row.verdict, row.words) for row in rows]


def add(actor: Actor, work: Work, verdict: str, words: str) -> None:
    """Keep a phrase of one's own. The same again is no second one."""
    person_id = _person(actor)
    words = " ".join(words.split())
    if verdict not in SHIPPED:
        raise Invalid(Message("error-invalid"), {"verdict": [Message("recognitions-verdict-missing")]})
    if not words or len(words) > WORDS_AT_MOST:
        wrong = Message("recognitions-phrase-wrong", {"limit": WORDS_AT_MOST})
        raise Invalid(wrong, {"words": [wrong]})
    mine = select(OpinionPhrase).where(OpinionPhrase.person_id == person_id)
    if work.session.scalar(mine.where(OpinionPhrase.verdict == verdict, OpinionPhrase.words == words)) is not None:
        return
    if (work.session.scalar(select(func.count()).select_from(mine.subquery())) or 0) >= OWN_AT_MOST:
        raise Conflict(Message("recognitions-phrases-many", {"limit": OWN_AT_MOST}))
    work.session.add(
        OpinionPhrase(id=work.ids.new(), person_id=person_id, verdict=verdict, words=words, added_at=work.now)
    )
    work.session.flush()


def remove(actor: Actor, work: Work, phrase_id: UUID) -> None:
    """Take a phrase of one's own away; somebody else's is not found."""
    found = work.session.get(OpinionPhrase, phrase_id)
    if found is None or found.person_id != _person(actor):
        raise NotFound(Message("error-not-found"))
    work.session.delete(found)
    work.session.flush()


def _person(actor: Actor) -> UUID:
    if actor.person_id is None or not actor.may_anywhere(DECIDE):
        raise NotAllowed(Message("error-not-allowed"))
    return actor.person_id

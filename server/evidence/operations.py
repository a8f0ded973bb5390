"""Adding and withdrawing evidence."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from server.actor import Actor, ActorKind
from server.audit import operations as audit
from server.audit.models import StreamKind
from server.audit.rules import snapshot
from server.audit.verbs import Verb
from server.config import Settings
from server.db.work import Work
from server.errors import Conflict, Invalid, NotFound
from server.evidence import queries, rules
from server.evidence.looking import look_into
from server.evidence.models import Blob, Evidence, EvidenceKind
from server.evidence.queries import EvidenceRow
from server.evidence.store import BlobStore, Readable, Received
from server.i18n import Message
from server.identity.permissions import Permission
from server.organisation.queries import unit_path

NOTE_LIMIT = 500
KEY_LIMIT = 100
MAY_ADD = (
    Permission.UNIT_WORK,
    Permission.TASK_ON_BEHALF,
    Permission.VERIFICATION_DO,
    Permission.GATE_DECIDE,
    Permission.CAMPAIGN_MANAGE,
)
MAY_WITHDRAW = (Permission.UNIT_WORK, Permission.TASK_ON_BEHALF, Permission.CAMPAIGN_MANAGE)


@dataclass(frozen=True, slots=True)
class About:
    """What is said of a piece of evidence. key: of the request, so that a repeated one adds nothing."""

    note: str = ""
    proves_on: date | None = None
    key: str | None = None


def add(
    actor: Actor,
    work: Work,
    unit_id: UUID,
    campaign_id: UUID | None,
    stream: Readable,
    name: str,
    about: About = About(),
    *,
    expected: int | None = None,
) -> EvidenceRow:
    """Store an upload as evidence of a unit. expected: its size in bytes, where the sender has said so.

    Raises Invalid with the reason when the file may not be taken, TooLarge, Unavailable when the disk is full, NotFound
    when the actor has nothing to do with the unit.
    """
    _require_hand(actor, work, unit_id)
    name, about = rules.clean_name(name), _checked(about)
    with work.part(BlobStore).receive(
        stream, limit=work.part(Settings).max_upload_bytes, expected=expected
    ) as received:
        known = _known(work, unit_id, about.key)
        if known is not None:
            if known.sha256 != received.sha256:
                raise Conflict(Message("evidence-key-used"))
            return queries.row(work, known.id)
        media_type = rules.media_type(name, look_into(received.path))
        received.keep()
        store_blob(work, received, media_type)
        return _insert(actor, work, unit_id, campaign_id, EvidenceKind.FILE, name, about, received.sha256)


def note_paper(
    actor: Actor,
    work: Work,
    unit_id: UUID,
    campaign_id: UUID | None,
    name: str,
    about: About,
    kind: EvidenceKind = EvidenceKind.PAPER,
) -> EvidenceRow:
    """Say that an original lies on paper, or may not be uploaded; the note says where it lies, or why."""
    _require_hand(actor, work, unit_id)
    about = _checked(about)
    problems: dict[str, list[Message]] = {}
    if not name.strip():
        problems["name"] = [Message("evidence-name-missing")]
    if not about.note:
        problems["note"] = [Message("evidence-note-missing")]
    if kind is EvidenceKind.FILE:
        problems["kind"] = [Message("evidence-file-missing")]
    if problems:
        raise Invalid(Message("error-invalid"), problems)
    known = _known(work, unit_id, about.key)
    if known is not None:
        return queries.row(work, known.id)
    return _insert(actor, work, unit_id, campaign_id, kind, rules.clean_name(name), about, None)


def withdraw(actor: Actor, work: Work, evidence_id: UUID, reason: str) -> None:
    """Take a piece of evidence out of use. What was decided on it keeps it; withdrawing again changes nothing."""
    found = work.session.get(Evidence, evidence_id, with_for_update=True)
    if found is None:
        raise NotFound(Message("error-not-found"))
    if not may_withdraw(actor, unit_path(work.session, found.unit_id), found.added_by_person_id):
        raise NotFound(Message("error-not-found"))
    reason = reason.strip()
    if not reason or len(reason) > NOTE_LIMIT:
        raise Invalid(Message("error-invalid"), {"reason": [Message("evidence-reason-missing")]})
    if found.withdrawn_at is not None:
        return
    found.withdrawn_at = work.now
    details = {"name": found.name, "reason": reason}
    audit.record(actor, work, _stream(found.unit_id), Verb.EVIDENCE_WITHDRAWN, {"evidence": found.id}, details)


def may_withdraw(actor: Actor, path: str, added_by: UUID | None) -> bool:
    """A unit's own people and who acts for it; others only what they have added themselves.

    Who verifies or decides shall not be able to take away what is decided on.
    """
    if actor.kind is ActorKind.SYSTEM or any(actor.may(permission, path) for permission in MAY_WITHDRAW):
        return True
    return added_by is not None and added_by == actor.person_id and may_add(actor, path)


def may_add(actor: Actor, path: str) -> bool:
    """path: of the unit whose evidence it would be."""
    return actor.kind is ActorKind.SYSTEM or any(actor.may(permission, path) for permission in MAY_ADD)


def _require_hand(actor: Actor, work: Work, unit_id: UUID) -> None:
    """Others shall not even learn that the unit exists."""
    if not may_add(actor, unit_path(work.session, unit_id)):
        raise NotFound(Message("error-not-found"))


def _checked(about: About) -> About:
    note = about.note.strip()
    if len(note) > NOTE_LIMIT:
        raise Invalid(Message("error-invalid"), {"note": [Message("evidence-note-long", {"limit": NOTE_LIMIT})]})
    if about.key is not None and not 0 < len(about.key) <= KEY_LIMIT:
        raise Invalid(Message("error-invalid"))
    return About(note, about.proves_on, about.key)


def _known(work: Work, unit_id: UUID, key: str | None) -> Evidence | None:
    if key is None:
        return None
    if work.session.connection().dialect.name == "postgresql":
        # two at once with one key: the second waits for the first, and then finds it
        lock = func.pg_advisory_xact_lock(func.hashtextextended(f"evidence {unit_id} {key}", 0))
        work.session.execute(select(lock))
    wanted = select(Evidence).where(Evidence.unit_id == unit_id, Evidence.request_key == key)
    return work.session.scalars(wanted).one_or_none()


def add_stored(
    actor: Actor, work: Work, unit_id: UUID, campaign_id: UUID | None, sha256: str, name: str
) -> EvidenceRow:
    """Evidence of a unit whose content is in the store already. Raises NotFound when the unit is not the actor's."""
    _require_hand(actor, work, unit_id)
    return _insert(actor, work, unit_id, campaign_id, EvidenceKind.FILE, name, About(), sha256)


def store_blob(work: Work, received: Received, media_type: str) -> None:
    """The content's row, new or there already; its bytes have just been written anew, so no problem is left."""
    insert = insert_postgresql if work.session.connection().dialect.name == "postgresql" else insert_sqlite
    row = {
        "sha256": received.sha256,
        "size_bytes": received.size_bytes,
        "media_type": media_type,
        "stored_at": work.now,
        "problem": None,
    }
    work.session.execute(
        insert(Blob).values(row).on_conflict_do_update(index_elements=["sha256"], set_={"problem": None})
    )


def _insert(
    actor: Actor,
    work: Work,
    unit_id: UUID,
    campaign_id: UUID | None,
    kind: EvidenceKind,
    name: str,
    about: About,
    sha256: str | None,
) -> EvidenceRow:
    added = Evidence(
        id=work.ids.new(),
        unit_id=unit_id,
        campaign_id=campaign_id,
        sha256=sha256,
        kind=kind,
        name=name,
        note=about.note,
        proves_on=about.proves_on,
        added_at=work.now,
        added_by_person_id=actor.person_id,
        added_by_name=actor.name,
        actor=snapshot(actor),
        request_key=about.key,
    )
    work.session.add(added)
    work.session.flush()
    subject = {"evidence": added.id, "kind": kind, "sha256": sha256, "campaign": campaign_id}
    details = {"name": name, "note": about.note, "proves_on": about.proves_on}
    audit.record(actor, work, _stream(unit_id), Verb.EVIDENCE_ADDED, subject, details)
    return queries.row(work, added.id)


def _stream(unit_id: UUID) -> audit.Stream:
    return audit.Stream(StreamKind.UNIT, str(unit_id))

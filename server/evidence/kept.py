"""Files that came with a form after its session had ended: kept for its account until they are handed in, or old."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, func, select

from server.actor import Actor
from server.config import Settings
from server.db.work import Work, rows_changed
from server.errors import Conflict, Invalid, NotFound, TooLarge, Unavailable
from server.evidence import operations, rules
from server.evidence.looking import look_into
from server.evidence.models import Blob, Evidence, KeptFile
from server.evidence.queries import EvidenceRow
from server.evidence.store import BlobStore, Readable
from server.i18n import Message
from server.identity.rules import KEEP_FORM_FOR

AT_MOST = 40
"""Files kept for one account at a time."""
FIELD_LIMIT = 200


def keep(work: Work, account_id: UUID, files: Iterable[tuple[str, str, Readable]]) -> list[tuple[UUID, str, str]]:
    """Keep files, given as field, name and bytes; returns id, field and name of those that could be kept.

    A file that would be refused as evidence is left out: after login its owner chooses it again and hears why.
    """
    waiting = work.session.scalar(select(func.count()).where(KeptFile.account_id == account_id)) or 0
    kept: list[tuple[UUID, str, str]] = []
    for field, name, stream in files:
        if waiting + len(kept) >= AT_MOST or len(field) > FIELD_LIMIT:
            break
        try:
            row = _store(work, account_id, field, rules.clean_name(name), stream)
        except (Invalid, TooLarge, Unavailable):
            continue
        kept.append((row.id, row.field, row.name))
    return kept


def _store(work: Work, account_id: UUID, field: str, name: str, stream: Readable) -> KeptFile:
    limit = work.part(Settings).max_upload_bytes
    with work.part(BlobStore).receive(stream, limit=limit, expected=None) as received:
        media_type = rules.media_type(name, look_into(received.path))
        received.keep()
        operations.store_blob(work, received, media_type)
        row = KeptFile(
            id=work.ids.new(),
            account_id=account_id,
            field=field,
            name=name,
            sha256=received.sha256,
            created_at=work.now,
        )
        work.session.add(row)
        work.session.flush()
        return row


def hand_in(actor: Actor, work: Work, kept_id: UUID, unit_id: UUID, campaign_id: UUID | None) -> EvidenceRow:
    """Make a kept file evidence of a unit, once. Raises Conflict when it is not there, or not this account's."""
    row = work.session.get(KeptFile, kept_id, with_for_update=True)
    if row is None or actor.account_id is None or row.account_id != actor.account_id:
        raise Conflict(Message("evidence-kept-gone"))
    try:
        added = operations.add_stored(actor, work, unit_id, campaign_id, row.sha256, row.name)
    except NotFound as error:
        raise Conflict(Message("evidence-kept-gone")) from error
    work.session.delete(row)
    work.session.flush()
    return added


def purge(work: Work, now: datetime) -> int:
    """Forget files nobody came back for, with contents that nothing else names; returns how many files went."""
    old = work.session.scalars(select(KeptFile.sha256).where(KeptFile.created_at < now - KEEP_FORM_FOR)).all()
    if not old:
        return 0
    gone = work.session.execute(delete(KeptFile).where(KeptFile.created_at < now - KEEP_FORM_FOR))
    named = exists().where(Evidence.sha256 == Blob.sha256) | exists().where(KeptFile.sha256 == Blob.sha256)
    unnamed = delete(Blob).where(Blob.sha256.in_(set(old)), ~named).execution_options(synchronize_session=False)
    work.session.execute(unnamed)
    return rows_changed(gone)

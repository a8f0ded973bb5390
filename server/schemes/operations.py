"""Writing schemes: install a package as a new version, whole or not at all."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session

from server.actor import Actor, ActorKind
from server.audit import operations as audit
from server.audit.verbs import Verb
from server.db.work import Work
from server.errors import NotAllowed
from server.i18n import Message
from server.schemes import queries
from server.schemes.definition import SchemeDefinition
from server.schemes.findings import errors_of
from server.schemes.models import FileContent, Scheme, SchemeFile, SchemeVersion
from server.schemes.package import WORDS_FOLDER, Files, Read, sha256, version_hash
from server.schemes.parts import SchemeParts
from server.schemes.queries import VersionRow
from server.schemes.rules import SchemeRejected, check_package
from server.schemes.scheme_toml import parse_scheme
from server.schemes.words import check_words

MANAGE = "scheme.manage"
NOTE_AT_MOST = 500


def require_manager(actor: Actor) -> None:
    """Schemes belong to the installation: whoever manages them anywhere may. Raises NotAllowed."""
    if actor.kind is not ActorKind.SYSTEM and not actor.may_anywhere(MANAGE):
        raise NotAllowed(Message("error-not-allowed"))


def install(actor: Actor, work: Work, package: Read | Files, note: str = "") -> VersionRow:
    """Publish a package as the newest version of its scheme.

    A package whose bytes are already a version is not checked or written again: that version is returned, its words
    replaced by the package's. Raises SchemeRejected with all findings, and then nothing is written.
    """
    require_manager(actor)
    read = package if isinstance(package, Read) else Read(dict(package))
    known = _same(work, read)
    if known is not None:
        return _refresh_words(actor, work, known, read.files)
    checked = check_package(read.files, work.part(SchemeParts), read.findings)
    if checked.definition is None or checked.errors:
        raise SchemeRejected(checked.findings)
    scheme = _locked_scheme(work, checked.definition)
    known = _same(work, read)
    if known is not None:
        return _refresh_words(actor, work, known, read.files)
    version_id = _publish(actor, work, scheme, read.files, note)
    for part in work.part(SchemeParts).parts:
        part.install(work, version_id, read.files, checked.definition)
    work.session.flush()
    row = queries.version(work, version_id)
    details = {"number": row.number, "hash": row.version_hash, "files": len(read.files), "note": row.note}
    _record(actor, work, row, details)
    return row


def _same(work: Work, read: Read) -> VersionRow | None:
    """The version that has the very same files, if any."""
    definition = parse_scheme(read.files).definition
    if definition is None or not definition.key or read.findings:
        return None
    version_id = work.session.scalar(
        select(SchemeVersion.id)
        .join(Scheme, Scheme.id == SchemeVersion.scheme_id)
        .where(Scheme.key == definition.key, SchemeVersion.version_hash == version_hash(read.files))
    )
    return queries.version(work, version_id) if version_id is not None else None


def _locked_scheme(work: Work, definition: SchemeDefinition) -> Scheme:
    """The scheme's row, locked, so that two installations take numbers one after the other."""
    values = {"id": work.ids.new(), "key": definition.key, "title": definition.title.value[:300]}
    _insert_missing(work.session, Scheme, values, "key")
    scheme = work.session.scalars(select(Scheme).where(Scheme.key == definition.key).with_for_update()).one()
    scheme.title = definition.title.value[:300]
    return scheme


def _publish(actor: Actor, work: Work, scheme: Scheme, files: Files, note: str) -> UUID:
    last = work.session.scalar(select(func.max(SchemeVersion.number)).where(SchemeVersion.scheme_id == scheme.id))
    version = SchemeVersion(
        id=work.ids.new(),
        scheme_id=scheme.id,
        number=(last or 0) + 1,
        version_hash=version_hash(files),
        published_at=work.now,
        published_by=actor.name[:200],
        note=note.strip()[:NOTE_AT_MOST],
    )
    work.session.add(version)
    work.session.flush()
    for path in sorted(files):
        _keep_content(work, files[path])
        work.session.add(SchemeFile(version_id=version.id, path=path, sha256=sha256(files[path])))
    work.session.flush()
    return version.id


def _refresh_words(actor: Actor, work: Work, known: VersionRow, files: Files) -> VersionRow:
    """Replace the words of the screen of a version that is there already."""
    wrong = errors_of(check_words(files))
    if wrong:
        raise SchemeRejected(wrong)
    rows = work.session.scalars(
        select(SchemeFile)
        .where(SchemeFile.version_id == known.id, SchemeFile.path.like(f"{WORDS_FOLDER}%"))
        .with_for_update()
    ).all()
    before = {row.path: row for row in rows}
    after = {path: content for path, content in files.items() if path.startswith(WORDS_FOLDER)}
    changed = _changed(before, after)
    if not changed:
        return known
    for path in changed:
        if path not in after:
            work.session.delete(before[path])
            continue
        _keep_content(work, after[path])
        if path in before:
            before[path].sha256 = sha256(after[path])
        else:
            work.session.add(SchemeFile(version_id=known.id, path=path, sha256=sha256(after[path])))
    work.session.flush()
    work.session.info.pop(queries.WORDS_MEMO, None)
    _record(actor, work, known, {"number": known.number, "words": changed})
    return known


def _changed(before: Mapping[str, SchemeFile], after: Mapping[str, bytes]) -> list[str]:
    hashes = {path: sha256(content) for path, content in after.items()}
    return sorted(path for path in {*before, *after} if path not in before or before[path].sha256 != hashes.get(path))


def _keep_content(work: Work, content: bytes) -> None:
    _insert_missing(work.session, FileContent, {"sha256": sha256(content), "content": content}, "sha256")


def _insert_missing(
    session: Session, table: type[Scheme] | type[FileContent], values: Mapping[str, object], key: str
) -> None:
    """Insert unless a row with this key is there, also when somebody else inserts it now."""
    insert = insert_postgresql if session.get_bind().dialect.name == "postgresql" else insert_sqlite
    session.execute(insert(table).values(**values).on_conflict_do_nothing(index_elements=[key]))


def _record(actor: Actor, work: Work, row: VersionRow, details: Mapping[str, object]) -> None:
    subject = {"scheme": row.scheme_key, "version": str(row.id)}
    audit.record(actor, work, audit.Stream("scheme", row.scheme_key), Verb.SCHEME_INSTALLED, subject, details)

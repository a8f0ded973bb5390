"""Reads of schemes. Versions never change, so what is made of their files is kept."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Select, func, select
from sqlalchemy.pool import Pool

from server.db.work import Work
from server.engine.contract import Definition, Element, compile_process
from server.errors import NotFound
from server.i18n import Message
from server.schemes.definition import SchemeDefinition
from server.schemes.forms import Form
from server.schemes.models import FileContent, Scheme, SchemeFile, SchemeVersion
from server.schemes.package import WORDS_FOLDER
from server.schemes.scheme_toml import parse_scheme
from server.schemes.words import Words, words_of_files

PAGE = 50
VERSIONS_KEPT = 50
WORDS_MEMO = "scheme_words"
"""Where a session keeps the words it has looked up."""


@dataclass(frozen=True, slots=True)
class SchemeRow:
    """A scheme and its newest version."""

    id: UUID
    key: str
    title: str
    archived_at: datetime | None
    version_id: UUID
    number: int
    published_at: datetime
    published_by: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    id: UUID
    scheme_id: UUID
    scheme_key: str
    title: str
    number: int
    version_hash: str
    state: str
    published_at: datetime
    published_by: str
    note: str


@dataclass(frozen=True, slots=True)
class SchemePage:
    rows: tuple[SchemeRow, ...]
    total: int
    number: int
    pages: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """A version's files without its words, and what they say."""

    files: dict[str, bytes]
    scheme: SchemeDefinition


class _Kept:
    """Loaded versions of one database, the last used ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: OrderedDict[UUID, Loaded] = OrderedDict()

    def get(self, version_id: UUID) -> Loaded | None:
        with self._lock:
            if version_id in self._loaded:
                self._loaded.move_to_end(version_id)
            return self._loaded.get(version_id)

    def put(self, version_id: UUID, loaded: Loaded) -> Loaded:
        with self._lock:
            self._loaded[version_id] = loaded
            if len(self._loaded) > VERSIONS_KEPT:
                self._loaded.popitem(last=False)
        return loaded


_kept_lock = threading.Lock()
_kept: WeakKeyDictionary[Pool, _Kept] = WeakKeyDictionary()
"""By connection pool: ids repeat between the scratch databases of rehearsals, and must not be confused."""


def page(work: Work, number: int = 1, *, archived: bool = False) -> SchemePage:
    """Schemes with their newest versions, by title."""
    kept = Scheme.archived_at.is_(None) if not archived else Scheme.archived_at.is_not(None)
    newest = (
        select(SchemeVersion.scheme_id, func.max(SchemeVersion.number).label("number"))
        .group_by(SchemeVersion.scheme_id)
        .subquery()
    )
    total = work.session.scalar(select(func.count()).select_from(Scheme).where(kept)) or 0
    rows = work.session.execute(
        select(Scheme, SchemeVersion)
        .join(newest, newest.c.scheme_id == Scheme.id)
        .join(SchemeVersion, (SchemeVersion.scheme_id == Scheme.id) & (SchemeVersion.number == newest.c.number))
        .where(kept)
        .order_by(Scheme.title, Scheme.key)
        .offset((number - 1) * PAGE)
        .limit(PAGE)
    ).all()
    found = tuple(
        SchemeRow(
            scheme.id,
            scheme.key,
            scheme.title,
            scheme.archived_at,
            version.id,
            version.number,
            version.published_at,
            version.published_by,
        )
        for scheme, version in rows
    )
    return SchemePage(found, total, number, max(1, -(-total // PAGE)))


def version(work: Work, version_id: UUID) -> VersionRow:
    """One version; raises NotFound."""
    row = work.session.execute(_versions().where(SchemeVersion.id == version_id)).one_or_none()
    if row is None:
        raise NotFound(Message("error-not-found"))
    return _version_row(*row)


def versions(work: Work, scheme_id: UUID) -> Sequence[VersionRow]:
    """The last versions of a scheme, newest first."""
    wanted = _versions().where(SchemeVersion.scheme_id == scheme_id).order_by(SchemeVersion.number.desc())
    return [_version_row(*row) for row in work.session.execute(wanted.limit(PAGE))]


def newest(work: Work, scheme_key: str) -> VersionRow | None:
    """The newest published version of a scheme."""
    row = work.session.execute(
        _versions()
        .where(Scheme.key == scheme_key, SchemeVersion.state == "published")
        .order_by(SchemeVersion.number.desc())
        .limit(1)
    ).one_or_none()
    return _version_row(*row) if row is not None else None


def _versions() -> Select[SchemeVersion, Scheme]:
    return select(SchemeVersion, Scheme).join(Scheme, Scheme.id == SchemeVersion.scheme_id)


def _version_row(found: SchemeVersion, scheme: Scheme) -> VersionRow:
    return VersionRow(
        found.id,
        scheme.id,
        scheme.key,
        scheme.title,
        found.number,
        found.version_hash,
        found.state,
        found.published_at,
        found.published_by,
        found.note,
    )


def loaded(work: Work, version_id: UUID) -> Loaded:
    """A version with its files; kept. Raises NotFound."""
    kept = _kept_for(work)
    found = kept.get(version_id)
    if found is not None:
        return found
    rows = work.session.execute(
        select(SchemeFile.path, FileContent.content)
        .join(FileContent, FileContent.sha256 == SchemeFile.sha256)
        .where(SchemeFile.version_id == version_id, SchemeFile.path.not_like(f"{WORDS_FOLDER}%"))
    ).all()
    files = {str(row.path): bytes(row.content) for row in rows}
    parsed = parse_scheme(files)
    if parsed.definition is None:
        raise NotFound(Message("error-not-found"))
    return kept.put(version_id, Loaded(files, parsed.definition))


def _kept_for(work: Work) -> _Kept:
    pool = work.session.get_bind().engine.pool
    with _kept_lock:
        return _kept.setdefault(pool, _Kept())


def scheme_of(work: Work, version_id: UUID) -> SchemeDefinition:
    """What a version says. Raises NotFound."""
    return loaded(work, version_id).scheme


def form_of(work: Work, version_id: UUID, form_key: str) -> Form:
    """One form of a version. Raises NotFound."""
    try:
        return loaded(work, version_id).scheme.form(form_key)
    except LookupError as error:
        raise NotFound(Message("error-not-found")) from error


def file(work: Work, version_id: UUID, path: str) -> bytes:
    """The stored bytes of one file. Raises NotFound."""
    content = work.session.scalar(
        select(FileContent.content)
        .join(SchemeFile, SchemeFile.sha256 == FileContent.sha256)
        .where(SchemeFile.version_id == version_id, SchemeFile.path == path)
    )
    if content is None:
        raise NotFound(Message("error-not-found"))
    return content


def paths(work: Work, version_id: UUID) -> Sequence[str]:
    """Paths of all files of a version, sorted."""
    return work.session.scalars(
        select(SchemeFile.path).where(SchemeFile.version_id == version_id).order_by(SchemeFile.path)
    ).all()


def definition_of(work: Work, version_id: UUID, process_key: str) -> Definition:
    """A version's process, compiled; kept. Costs no statement once it is warm. Raises NotFound."""
    found = loaded(work, version_id)
    try:
        path = found.scheme.process(process_key).file
    except LookupError as error:
        raise NotFound(Message("error-not-found")) from error
    return compile_process(found.files[path], decisions_of(found.files))


def decisions_of(files: dict[str, bytes]) -> dict[str, bytes]:
    """The DMN files of a package, by path."""
    return {path: content for path, content in files.items() if path.endswith(".dmn")}


def words_of(work: Work, version_id: UUID, language: str) -> Words:
    """The version's words in a language; they may be replaced at any time, so each call looks (one statement)."""
    path = f"{WORDS_FOLDER}{language}.toml"
    content = work.session.scalar(
        select(FileContent.content)
        .join(SchemeFile, SchemeFile.sha256 == FileContent.sha256)
        .where(SchemeFile.version_id == version_id, SchemeFile.path == path)
    )
    files = {path: content} if content is not None else {}
    return words_of_files(files, language, scheme_of(work, version_id).language)


def word(work: Work, version_id: UUID | None, element_id: str | None, original: str, language: str) -> str:
    """The name of an element in a language, else the original."""
    if version_id is None or element_id is None:
        return original
    return _words_once(work, version_id, language).element(element_id, original)


def help_of(work: Work, version_id: UUID | None, element_id: str | None, element: Element | None, language: str) -> str:
    """What an element asks for, in words; empty when the scheme says nothing."""
    original = element.documentation if element is not None else ""
    if version_id is None or element_id is None:
        return original
    return _words_once(work, version_id, language).help(element_id, original)


def phase_rail(work: Work, version_id: UUID | None, phase: str | None, language: str) -> list[dict[str, str]]:
    """The scheme's phases for the rail: label and state (done, now, todo); empty without a phase."""
    if version_id is None or phase is None:
        return []
    scheme, words = scheme_of(work, version_id), _words_once(work, version_id, language)
    keys = [entry.key for entry in scheme.phases]
    if phase not in keys:
        return []
    at = keys.index(phase)
    return [
        {
            "label": words.get(f"phase.{entry.key}.title", entry.title),
            "state": "done" if place < at else "now" if place == at else "todo",
        }
        for place, entry in enumerate(scheme.phases)
    ]


def _words_once(work: Work, version_id: UUID, language: str) -> Words:
    """As `words_of`, looked up once in a unit of work, so that a page of many names costs one statement."""
    memo: dict[tuple[UUID, str], Words] = work.session.info.setdefault(WORDS_MEMO, {})
    key = (version_id, language)
    if key not in memo:
        memo[key] = words_of(work, version_id, language)
    return memo[key]

"""Pure parts of the audit: plain values, the canonical form, hashes, and no personal numbers."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from server.actor import Actor
from server.audit.models import StreamKind

START_HASH = "0" * 64
"""What the first row of a stream, and the first seal, name as their predecessor."""

SHORTEST_NUMBER = 11
_MACHINE_ID = re.compile(
    r"(\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\b[0-9a-f]{32}\b|\b[0-9a-f]{64}\b)", re.IGNORECASE
)
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")
_IDENTITY = re.compile(
    r"(?<!\d)[1-9]\d{5}[- ]?(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[- ]?\d{3}[\dXx](?!\d)"
)


@dataclass(frozen=True, slots=True)
class Stream:
    """Whose history. kind: one of StreamKind; key: id of the instance, scheme, unit, account or campaign, as text.

    campaign_id: the campaign it belongs to; not part of what is hashed, nor of what tells streams apart.
    """

    kind: str
    key: str
    campaign_id: UUID | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A seal as it is exported. heads: (stream kind, stream key, sequence, row hash) of each stream that moved."""

    sequence: int
    at: datetime
    heads: tuple[tuple[str, str, int, str], ...]
    previous_hash: str
    seal_hash: str


def plain(value: Any) -> Any:
    """The value as JSON holds it exactly; fractions become text. Raises ValueError for bytes and our own objects."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, str | UUID | Decimal):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, bytes | bytearray):
        return [plain(each) for each in value]
    raise ValueError(f"{type(value).__name__} has no exact form in the audit")


def instant(value: datetime) -> str:
    """An aware instant as one text for one moment, whatever zone it came in."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def canonical(value: Any) -> bytes:
    """One sequence of bytes for one value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def hash_of_row(
    stream: Stream,
    sequence: int,
    at: datetime,
    verb: str,
    content: tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]],
    previous_hash: str,
) -> str:
    """content: actor, subject, details, all plain."""
    actor, subject, details = content
    row = [
        str(StreamKind(stream.kind)),
        stream.key,
        sequence,
        instant(at),
        verb,
        actor,
        subject,
        details,
        previous_hash,
    ]
    return hashlib.sha256(canonical(row)).hexdigest()


def hash_of_seal(sequence: int, at: datetime, heads: Iterable[Iterable[Any]], previous_hash: str) -> str:
    seal = [sequence, instant(at), [list(head) for head in heads], previous_hash]
    return hashlib.sha256(canonical(seal)).hexdigest()


def snapshot(actor: Actor) -> dict[str, Any]:
    """Who acted and for whom, as they were; empty values are left out."""
    behalf = actor.on_behalf
    known: dict[str, Any] = {
        "kind": actor.kind,
        "name": actor.name,
        "key": actor.account_key,
        "person": actor.person_id,
        "post": actor.post_id,
        "post_title": actor.post_title,
        "unit": actor.unit_id,
        "unit_name": actor.unit_name,
    }
    if behalf is not None:
        for_whom = {
            "name": behalf.name,
            "source": behalf.source,
            "note": behalf.note,
            "person": behalf.person_id,
            "unit": behalf.unit_id,
            "scan": behalf.scan_evidence_id,
        }
        known["on_behalf"] = {name: value for name, value in for_whom.items() if value not in (None, "")}
    filled = {name: value for name, value in known.items() if value not in (None, "")}
    return dict(plain(filled))


def holds_personal_number(text: str) -> bool:
    """True when a mobile phone or identity number stands in the text; ids of our own making do not count."""
    return bool(masked(text) != text)


def masked(value: Any) -> Any:
    """The plain value with every phone and identity number in it made unreadable: `138****8000`, `******`."""
    if isinstance(value, Mapping):
        return {masked(name): masked(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [masked(each) for each in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if masked(str(value)) == str(value) else masked(str(value))
    return _mask_text(value)


def _mask_text(text: str) -> str:
    if len(text) < SHORTEST_NUMBER:
        return text
    readable = unicodedata.normalize("NFKC", text)
    hidden = "".join(
        part if _MACHINE_ID.fullmatch(part) else _MOBILE.sub(_mask_mobile, _IDENTITY.sub("******", part))
        for part in _MACHINE_ID.split(readable)
    )
    return text if hidden == readable else hidden


def _mask_mobile(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])[-11:]
    return f"{digits[:3]}****{digits[-4:]}"

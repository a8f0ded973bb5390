"""What may be uploaded, judged by content and name together; names as they are shown and sent."""

import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

from server.errors import Invalid
from server.i18n import Message

NAME_LIMIT = 120
NAME_BYTES = 240
SIZE_UNITS = ("B", "KB", "MB", "GB")
KILO = 1024

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "ofd": "application/ofd",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "wps": "application/vnd.ms-works",
    "et": "application/vnd.ms-excel",
    "dps": "application/vnd.ms-powerpoint",
    "txt": "text/plain",
    "csv": "text/csv",
}
"""By extension; anything else is refused. Archives are not taken: nobody could say what is in them."""

ACCEPT = ",".join(f".{extension}" for extension in MEDIA_TYPES)
"""For a file input."""

FORBIDDEN_IN_NAMES = frozenset('<>:"/\\|?*')
RESERVED_NAMES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{device}{number}" for device in ("com", "lpt") for number in "0123456789¹²³"}
)
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that are never part of a name: control, direction, surrogates, private, unassigned."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a look into the file found. families: extensions its bytes may bear, empty when they are not known."""

    families: frozenset[str]
    encrypted: bool = False
    macros: bool = False
    cut_off: bool = False


def media_type(name: str, content: Content) -> str:
    """The media type of an upload that may be kept; raises Invalid with the reason when it may not."""
    extension = extension_of(name)
    if extension not in MEDIA_TYPES:
        raise Invalid(Message("evidence-kind-refused", {"kind": f".{extension}" if extension else name}))
    if content.encrypted:
        raise Invalid(Message("evidence-encrypted"))
    if content.macros:
        raise Invalid(Message("evidence-macros"))
    if content.cut_off:
        raise Invalid(Message("evidence-cut-off"))
    if extension not in content.families:
        raise Invalid(Message("evidence-kind-mismatch", {"kind": f".{extension}"}))
    return MEDIA_TYPES[extension]


def extension_of(name: str) -> str:
    """The last extension in small letters, without its dot; empty when there is none."""
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem else ""


def clean_name(raw: str) -> str:
    """A name to show and to send: the last part of a path, in Unicode's composed form, without what cannot be seen.

    Chinese stays as it is. Characters and names that Windows refuses are replaced. Long names keep their extension.
    """
    last = unicodedata.normalize("NFC", raw).replace("\\", "/").rsplit("/", 1)[-1]
    seen = "".join(character for character in last if unicodedata.category(character) not in UNSEEN)
    safe = "".join("_" if character in FORBIDDEN_IN_NAMES else character for character in seen)
    name = " ".join(safe.split()).rstrip(" .")
    stem, dot, extension = name.rpartition(".")
    if not dot:
        stem, extension = name, ""
    stem = stem.strip(" .") or "file"
    if stem.split(".")[0].strip().lower() in RESERVED_NAMES:
        stem = f"_{stem}"
    suffix = f".{extension}" if extension else ""
    return _shortened(stem, suffix) + suffix


def disposition(name: str) -> str:
    """The Content-Disposition header that saves a file under its name (RFC 6266), and never opens it."""
    plain = "".join(character if _header_safe(character) else "_" for character in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def size_words(size_bytes: int) -> str:
    """`320 KB`, `1.8 MB`: three digits are enough."""
    size, unit = float(size_bytes), 0
    while size >= KILO and unit < len(SIZE_UNITS) - 1:
        size, unit = size / KILO, unit + 1
    number = f"{size:.1f}".removesuffix(".0") if size < 10 and unit else f"{size:.0f}"
    return f"{number} {SIZE_UNITS[unit]}"


def _shortened(stem: str, suffix: str) -> str:
    room = NAME_BYTES - len(suffix.encode())
    short = stem[: max(NAME_LIMIT - len(suffix), 1)]
    while len(short.encode()) > room and len(short) > 1:
        short = short[:-1]
    return short.rstrip(" .") or "file"


def _header_safe(character: str) -> bool:
    return character.isascii() and character.isprintable() and character not in '"\\%'

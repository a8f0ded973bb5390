"""A diagram with the names of another language in it, for looking at. Pure."""

import re
from xml.sax.saxutils import quoteattr

from server.schemes.words import Words

START_TAG = re.compile(r"<[A-Za-z_][\w:.-]*(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))+\s*/?>")
ATTRIBUTE = re.compile(r"(\s)(id|name|value)(\s*=\s*)(\"[^\"<]*\"|'[^'<]*')")


def in_language(bpmn: bytes, process_key: str, words: Words) -> bytes:
    """The same diagram, its elements named in another language where there are words for them.

    Works on the text, so that nothing else of the file changes; the file has passed the check before.
    """
    prefix = f"element.{process_key}."
    if not any(key.startswith(prefix) for key in words.entries):
        return bpmn

    def renamed(tag: re.Match[str]) -> str:
        ids = [part[4][1:-1] for part in ATTRIBUTE.finditer(tag[0]) if part[2] == "id"]
        said = words.entries.get(f"{prefix}{ids[0]}") if ids else None
        if not said:
            return tag[0]
        return ATTRIBUTE.sub(
            lambda part: part[0] if part[2] == "id" else f"{part[1]}{part[2]}{part[3]}{quoteattr(said)}", tag[0]
        )

    return START_TAG.sub(renamed, bpmn.decode("utf-8")).encode("utf-8")

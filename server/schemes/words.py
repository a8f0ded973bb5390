"""Words of the screen for a scheme: `i18n/<language>.toml`, by element, field and row id.

They lie outside the version's hash. Where a word is missing the original stands, and is marked as such.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from server.schemes.findings import Finding
from server.schemes.package import Files

FOLDER = "i18n/"
MAX_WORD = 4000
PATH = re.compile(r"i18n/([A-Za-z]{2}(?:-[A-Za-z]{2,4})?)\.toml")


@dataclass(frozen=True, slots=True)
class Word:
    """text to show, and whether it is the original because no translation was found."""

    text: str
    is_original: bool


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language by dotted key (`phase.apply.title`, `element.participant.Plan`, `row.2.2.3`).

    own: the scheme itself is written in this language, so that its original needs no translation. elements, helps:
    words by element id alone, for those who do not know the process; the first process in the file wins.
    """

    language: str
    own: bool
    entries: Mapping[str, str] = field(default_factory=dict)
    elements: Mapping[str, str] = field(default_factory=dict)
    helps: Mapping[str, str] = field(default_factory=dict)

    def get(self, key: str, original: str = "") -> str:
        """The words for a key, else the original."""
        return self.entries.get(key) or original

    def word(self, key: str, original: str) -> Word:
        """The words for a key, saying whether they are the untranslated original."""
        found = self.entries.get(key)
        return Word(found, False) if found else Word(original, not self.own)

    def element(self, element_id: str, original: str, process_key: str | None = None) -> str:
        """The words for an element of a diagram, else the original."""
        if process_key is not None:
            return self.get(f"element.{process_key}.{element_id}", original)
        return self.elements.get(element_id) or original

    def help(self, element_id: str, original: str) -> str:
        """What an element asks for, else the original."""
        return self.helps.get(element_id) or original


def words_of_files(files: Files, language: str, scheme_language: str) -> Words:
    """The words of one language in a package; empty when it has none."""
    return _words(files.get(f"{FOLDER}{language}.toml", b""), language, scheme_language)


@lru_cache(maxsize=64)
def _words(content: bytes, language: str, scheme_language: str) -> Words:
    try:
        data = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        data = {}
    entries = dict(_flat(data, ""))
    return Words(
        language,
        language == scheme_language,
        entries,
        elements=_by_element(entries, "element"),
        helps=_by_element(entries, "help"),
    )


def _by_element(entries: Mapping[str, str], kind: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, words in entries.items():
        first, _, rest = key.partition(".")
        _, _, element_id = rest.partition(".")
        if first == kind and words and element_id and "." not in element_id:
            found.setdefault(element_id, words)
    return found


def check_words(files: Files) -> list[Finding]:
    """Files of words that cannot be read. Whether a word is missing or has lost its element is no error."""
    findings: list[Finding] = []
    for path in sorted(files):
        if not path.startswith(FOLDER):
            continue
        if not PATH.fullmatch(path):
            findings.append(Finding(path, "words-language"))
            continue
        try:
            for key, value in _flat(tomllib.loads(files[path].decode("utf-8")), ""):
                if len(value) > MAX_WORD:
                    findings.append(Finding(path, "value-text", element=key, params={"limit": MAX_WORD}))
        except UnicodeDecodeError:
            findings.append(Finding(path, "not-utf8"))
        except (ValueError, RecursionError) as error:
            findings.append(Finding(path, "not-toml", params={"reason": str(error)[:200]}))
    return findings


def _flat(data: Mapping[str, Any], path: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in data.items():
        name = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            found.extend(_flat(value, name))
        elif isinstance(value, list):
            found.extend((f"{name}.{number}", str(entry)) for number, entry in enumerate(value))
        elif isinstance(value, str):
            found.append((name, value))
    return found

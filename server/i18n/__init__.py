"""Words of the screen: Fluent catalogues, one file per package and language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from fluent.runtime import FluentBundle, FluentResource

LANGUAGES = ("zh-CN", "en")
DEFAULT_LANGUAGE = "zh-CN"
LONGEST_VALUE = 900
"""Characters of a placeable; long texts are shown beside a message, not within it."""


class MissingText(LookupError):
    """A key that no catalogue has; a defect of ours, never of the user."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something to be said later, in the language of whoever reads it.

    key: a key of the catalogues. args: values for its placeables; a value may itself be a Message.
    """

    key: str
    args: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return text(self, DEFAULT_LANGUAGE)


@cache
def bundle(language: str) -> FluentBundle:
    """All catalogues of one language; raises LookupError for a language we do not have."""
    if language not in LANGUAGES:
        raise LookupError(language)
    result = FluentBundle([language], use_isolating=False)
    folder = files("server.i18n") / language
    for resource in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if resource.name.endswith(".ftl"):
            result.add_resource(FluentResource(resource.read_text(encoding="utf-8")))
    return result


def text(message: Message | str, language: str, /, **args: Any) -> str:
    """The words for a message or key in one language; raises MissingText when a catalogue lacks it."""
    key, values = (message.key, {**message.args, **args}) if isinstance(message, Message) else (message, args)
    catalogue = bundle(language)
    if not catalogue.has_message(key) or (pattern := catalogue.get_message(key).value) is None:
        raise MissingText(f"{language}: {key}")
    said = {name: _plain(value, language) for name, value in values.items()}
    words, errors = catalogue.format_pattern(pattern, said)
    if errors:
        raise MissingText(f"{language}: {key}: {errors[0]}")
    return str(words)


def has_text(key: str, language: str = DEFAULT_LANGUAGE) -> bool:
    return bool(bundle(language).has_message(key))


def _plain(value: Any, language: str) -> Any:
    """Numbers choose plural forms; everything else is shown as it is written, cut where Fluent would refuse it."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    words = text(value, language) if isinstance(value, Message) else str(value)
    return words if len(words) <= LONGEST_VALUE else f"{words[: LONGEST_VALUE - 1]}…"

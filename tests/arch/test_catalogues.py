"""The words of the screen: every key that is used exists in both languages, none is left over, none lies elsewhere."""

import ast
import re
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as fluent

from server.i18n import LANGUAGES
from tests.arch.sources import Module, called, modules, templates

KEY = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9_]+)*")
SAYING = {"Message", "say", "t", "has_text"}
"""Calls whose first argument is a key; `text` too where it is ours and not the database's."""
CJK = re.compile(r"[\u3400-\u9fff，。；：（）！？《》]")
"""Words and what stands between sentences; the comma of lists is chosen by language where a list is put together."""
OWN_NAMES = {"中文", "English"}
"""What each language calls itself is said in that language, whoever reads it."""
CHINESE_IN_CODE = {
    "server/recognitions/views.py": "full-width signs that could start a formula",
    "server/i18n/dates.py": "how a Chinese office writes dates",
    "server/words.py": "how a Chinese office writes dates and numbers",
}
CHINESE_PARTS = ("demo", "rehearsal")
"""Modules that invent people, units and texts: their content is data."""
EACH_ITS_OWN = {"rehearsal-cause"}
"""Messages that are handed the words of both languages, and each takes its own."""
SPOKEN = ("title", "alt", "placeholder", "aria-label", "aria-description", "label")


@cache
def catalogue(language: str) -> dict[str, fluent.Message]:
    """All messages of a language by key; refuses what does not parse and what is there twice."""
    found: dict[str, fluent.Message] = {}
    for resource in sorted((files("server.i18n") / language).iterdir(), key=lambda entry: entry.name):
        for entry in FluentParser().parse(resource.read_text(encoding="utf-8")).body:
            assert not isinstance(entry, fluent.Junk), f"{language}/{resource.name}: {entry.content}"
            if isinstance(entry, fluent.Message):
                assert entry.id.name not in found, f"{language}/{resource.name}: {entry.id.name} is there twice"
                assert entry.value is not None, entry.id.name
                found[entry.id.name] = entry
    return found


def placeables(node: object) -> set[str]:
    """Names of the variables of a message."""
    if isinstance(node, fluent.VariableReference):
        return {node.id.name}
    if isinstance(node, list):
        return {name for each in node for name in placeables(each)}
    if isinstance(node, fluent.BaseNode):
        return {name for each in vars(node).values() for name in placeables(each)}
    return set()


@cache
def said() -> dict[str, str]:
    """Keys written out in a call that says them, with the place."""
    found: dict[str, str] = {}
    for module in modules():
        ours = {"text"} if re.search(r"from server.i18n import .*\btext\b", module.text) else set()
        for name, node in called(module):
            if name.split(".")[-1] in SAYING | ours and node.args and isinstance(node.args[0], ast.Constant):
                key = node.args[0].value
                if isinstance(key, str):
                    found[key] = f"{module.name}:{node.lineno}"
    for name, text in templates():
        for key in re.findall(r"\bt\(\s*['\"]([^'\"]+)['\"]\s*[,)]", _code(text)):
            found[key] = name
    return found


@cache
def mentioned() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """All literals that could be keys, and patterns of those put together at run time."""
    literals: set[str] = set()
    patterns: set[str] = set()
    for module in modules():
        for node in module.nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                literals.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                patterns.add(_pattern(node))
            elif (
                isinstance(node, ast.BinOp) and isinstance(node.left, ast.Constant) and isinstance(node.left.value, str)
            ):
                patterns.add(re.escape(node.left.value) + ".+")
    for _, text in templates():
        code = _code(text)
        literals.update(re.findall(r"['\"]([a-z][a-z0-9-]*)['\"]", code))
        patterns.update(re.escape(start) + ".+" for start in re.findall(r"['\"]([a-z][a-z0-9-]*-)['\"]\s*~", code))
    useful = {pattern for pattern in patterns if re.search(r"[a-z]{3,}(?:\\-|-)|(?:\\-|-)[a-z]{3,}", pattern)}
    return frozenset(literals), tuple(re.compile(pattern) for pattern in sorted(useful))


def _pattern(node: ast.JoinedStr) -> str:
    parts = [re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z0-9_-]+" for part in node.values]
    return "".join(parts)


def _code(template: str) -> str:
    return re.sub(r"\{#.*?#\}", "", template, flags=re.DOTALL)


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogues_parse_and_keys_are_named_after_their_file(language: str) -> None:
    assert catalogue(language)
    for key in catalogue(language):
        assert KEY.fullmatch(key), key


def test_both_languages_say_the_same_things() -> None:
    chinese, english = (catalogue(language) for language in LANGUAGES)
    assert chinese.keys() ^ english.keys() == set()
    differing = {
        key: (sorted(one), sorted(other))
        for key in chinese
        if (one := placeables(chinese[key])) != (other := placeables(english[key])) and key not in EACH_ITS_OWN
    }
    assert differing == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_that_is_said_exists(language: str) -> None:
    assert {key: place for key, place in said().items() if key not in catalogue(language)} == {}


def test_no_key_is_left_over() -> None:
    literals, patterns = mentioned()
    unused = [
        key
        for key in catalogue(LANGUAGES[0])
        if key not in literals and not any(pattern.fullmatch(key) for pattern in patterns)
    ]
    assert unused == []


def test_chinese_words_lie_in_the_catalogues_alone() -> None:
    found = [
        f"{module.name}:{node.lineno}"
        for module in modules()
        if module.name not in CHINESE_IN_CODE and not any(part in module.name for part in CHINESE_PARTS)
        for node in _spoken_constants(module)
        if CJK.search(node.value) and node.value not in OWN_NAMES
    ]
    assert found == []


def _spoken_constants(module: Module) -> list[ast.Constant]:
    """Text constants that are no docstrings."""
    silent = {id(node.value) for node in module.nodes if isinstance(node, ast.Expr)}
    return [
        node
        for node in module.nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent
    ]


@pytest.mark.parametrize(("name", "text"), templates(), ids=[name for name, _ in templates()])
def test_pages_hold_no_words_of_their_own(name: str, text: str) -> None:
    plain = re.sub(r"\{% block \w+_class %\}.*?\{% endblock %\}", "", _code(text), flags=re.DOTALL)
    plain = re.sub(r"(</?)\{\{.*?\}\}", r"\1x", plain, flags=re.DOTALL)  # a tag chosen at run time
    reader = Words()
    reader.feed(re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " ", plain, flags=re.DOTALL))
    reader.close()
    assert reader.found == []
    inside = re.findall(r"\{\{.*?\}\}|\{%.*?%\}", _code(text), flags=re.DOTALL)
    assert [code for code in inside if CJK.search(code) and not any(own in code for own in OWN_NAMES)] == []


class Words(HTMLParser):
    """Collects what a page would say by itself: text, and attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self._look(data)

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in SPOKEN and value:
                self._look(value)

    def _look(self, words: str) -> None:
        plain = re.sub(r"&[a-z]+;|&#\d+;|[\w-]+=\"[^\"]*\"", " ", words)  # a macro may give attributes alone
        if re.search(r"[A-Za-z]{2,}", plain) or CJK.search(plain):
            self.found.append(words.strip())

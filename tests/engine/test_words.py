"""What the engine says when it refuses, in every language."""

import re
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest

from server.engine import state as codec
from server.engine.contract import DefinitionRejected, EngineError, compile_process, refusal
from server.i18n import LANGUAGES, has_text, text
from tests.engine.diagrams import ENGINE, NOW, Diagram, Facts, Run, line
from tests.engine.test_decisions import ruled
from tests.engine.test_lint import decision, dmn
from tests.engine.test_steps import choice


def source(language: str, name: str) -> str:
    return (files("server.i18n") / language / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["lint.ftl", "engine.ftl"])
def test_languages_say_the_same_things_with_the_same_values(name: str) -> None:
    def shape(language: str) -> dict[str, set[str]]:
        entries = re.split(r"^(?=[a-z])", source(language, name), flags=re.MULTILINE)
        return {e.split(" =")[0]: set(re.findall(r"\$(\w+)", e)) for e in entries if " = " in e}

    assert shape("zh-CN") == shape("en")


def test_every_reason_has_words() -> None:
    code = "".join(p.read_text(encoding="utf-8") for p in files("server.engine").iterdir() if p.name.endswith(".py"))
    reasons = set(re.findall(r'reason(?:: str)? ?= ?"([a-z-]+)"', code))
    reasons |= set(re.findall(r'return "(return-[a-z-]+)"', code))
    reasons |= {f"feel-{reason}" for reason in re.findall(r'FeelFailed\("([a-z-]+)"', code)}
    reasons |= {"not-boolean", "fact-not-plain", "decision-not-unique", "return-used-up"}
    assert len(reasons) > 25
    assert [reason for reason in sorted(reasons) for lang in LANGUAGES if not has_text(f"engine-{reason}", lang)] == []


def _complete(run: Run, values: Any) -> None:
    ENGINE.complete(run.definition, run.step.state, run.step.waiting[0].task_id, values, facts=Facts(), now=NOW)


def _fifty_returns() -> None:
    run = Run(line("a", "b").compiled())
    for _ in range(51):
        run.do("a").back("b", "a")


REFUSALS: dict[str, Callable[[], Any]] = {
    "definition": lambda: compile_process(b"<x/>"),
    "fact": lambda: Run(choice("unit.kind = 1").compiled()).do("a"),
    "null": lambda: Run(choice("form.a.x > 1").compiled()).do("a"),
    "feel": lambda: Run(choice("date(form.a.x) = null").compiled()).do("a", x="y"),
    "limit": lambda: Run(choice("count(for i in 1..100000000 return i) > 1").compiled()).do("a"),
    "large": lambda: Run(choice("unit.kind = 1").compiled(), Facts(unit__kind="x" * 200_001)).do("a"),
    "unique": lambda: ruled(dmn(decision(rows=(("-", "1"), ("-", "2"))))).do("a", x="a"),
    "message": lambda: Run(line("a").compiled()).catch("x"),
    "declared": lambda: Run(line("a", "b").compiled()).do("a").back("b", "a", undeclared=False),
    "passed": lambda: Run(line("a", "b").compiled()).back("a", "b"),
    "returns": _fifty_returns,
    "key": lambda: _complete(Run(line("a").compiled()), {"typename": 1}),
    "plain": lambda: _complete(Run(line("a").compiled()), {"a": NOW}),
    "size": lambda: _complete(Run(line("a").compiled()), {"a": "x" * 70_000}),
    "object": lambda: _complete(Run(line("a").compiled()), 1),
    "kind": lambda: Run(Diagram().start().deadline("d").end().way("s -> d -> e").compiled()).do("d"),
    "state": lambda: ENGINE.inspect(line("a").compiled(), b"x"),
    "damage": lambda: ENGINE.inspect(line("a").compiled(), codec.STAMP),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_every_refusal_can_be_said(name: str) -> None:
    with pytest.raises(EngineError) as refused:
        REFUSALS[name]()
    for language in LANGUAGES:
        assert text(refusal(refused.value), language)
    if not isinstance(refused.value, DefinitionRejected):
        assert refusal(refused.value).key == f"engine-{refused.value.reason}"

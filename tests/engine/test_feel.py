"""FEEL: the pitfalls of the language and of its machine, each kept shut."""

import importlib.metadata
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import quickjs

from server.engine import feel
from server.engine.shapes import JSON

NOW = datetime(2026, 5, 15, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    feel.answers.clear()
    yield
    feel.answers.clear()


def value(source: str, **facts: JSON) -> JSON:
    return feel.evaluate(source, {name.replace("__", "."): fact for name, fact in facts.items()}, NOW)


def rules(source: str, kind: str = "condition", types: dict[str, str] | None = None) -> set[str]:
    return {str(entry["rule"]) for entry in feel.inspect(kind, source, types).findings}


# language


@pytest.mark.parametrize("source", ["a.n == 80", "a.n = = 80", "a.n  ==  80", 'a.s == "x" and true'])
def test_two_equals_signs_are_found(source: str) -> None:
    assert rules(source) == {"feel-double-equals"}
    assert rules("a.n = 80") == set()


@pytest.mark.parametrize("source", ["a.n > 1", "a.n > 1 and true", "not(a.n)", "a.n = null and null"])
def test_null_is_never_true_or_false(source: str) -> None:
    assert value(source, a__n=None) is None


def test_null_in_an_if_does_not_mean_else() -> None:
    with pytest.raises(feel.FeelFailed, match="neither true nor false"):
        value("if a.n > 1 then true else false", a__n=None)
    assert value("if a.n > 1 then true else false", a__n=2) is True
    assert rules("some x in a.list satisfies (if x > 1 then true else false)") == {"feel-if-in-loop"}


@pytest.mark.parametrize(
    "source",
    ["a.unknown = 1", "unknown", "unknown.deep = 1", 'date("2026-02-30") = null', "nofunction(1)", "a.n.b.c"],
)
def test_what_feel_passes_over_as_null_raises(source: str) -> None:
    with pytest.raises(feel.FeelFailed, match="no-answer"):
        value(source, a__n=1)


def test_text_that_looks_like_a_number_is_reported_when_the_kind_is_known() -> None:
    assert value('"80" >= 80') is True  # FEEL's own view, hence the rule
    assert rules("a.s >= 80", types={"a.s": "string"}) == {"feel-type-mismatch"}
    assert rules('a.n = "80"', types={"a.n": "number"}) == {"feel-type-mismatch"}
    assert rules("a.n = 80", types={"a.n": "number"}) == set()


def test_names_with_signs_are_subtractions() -> None:
    assert value("a.x - a.y", a__x=3, a__y=1) == 2
    assert feel.inspect("value", "a.x-a.y").facts == ("a.x", "a.y")


@pytest.mark.parametrize("source", ["（a.b）", "a.b ＝ 1", "a.b = “x”", "count（a.b）> 1", 'a.b = "x"，', "a。b"])
def test_full_width_signs_are_named(source: str) -> None:
    assert rules(source) == {"feel-full-width"}


def test_full_width_signs_inside_a_text_are_text() -> None:
    assert rules('a.b = "通过（优秀）"') == set()
    assert value('a.b = "通过（优秀）"', a__b="通过（优秀）") is True


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("a.b and", "feel-syntax"),
        ("(a.b", "feel-syntax"),
        ("", "feel-syntax"),
        ("a.b + 1", "feel-not-boolean"),
        ('"yes"', "feel-not-boolean"),
        ("unknown", "feel-unknown-fact"),
        ("nofunction(a.b)", "feel-unknown-function"),
        ("a" * 4_001, "feel-too-long"),
    ],
)
def test_conditions_that_cannot_decide(source: str, found: str) -> None:
    assert rules(source) == {found}


@pytest.mark.parametrize(
    "source",
    [
        "result.total >= 80",
        "80 <= result.total",
        "result.total + 1 > 3",
        "score.self * 2 = 160",
        "result.total between 60 and 80",
        "result.total in [60..80]",
        "sum(result.total) > 3",
        "abs(score.a) = 1",
        "-(result.total) < 0",
        "(result.total) >= 80",
    ],
)
def test_points_are_not_calculated_with(source: str) -> None:
    assert "feel-points" in rules(source)


def test_verdicts_about_points_may_be_read() -> None:
    types = {"result.passed": "boolean", "result.grade": "string", "my.total": "points"}
    assert rules('result.passed and result.grade = "A"', types=types) == set()
    assert rules("result.passed = true") == set()
    assert rules("my.total >= my.other", types=types) == {"feel-points"}


def test_facts_are_read_from_any_place_of_an_expression() -> None:
    source = (
        "if u.a then (some x in l.m satisfies x.y = v.w) else "
        'count(r.rows[item.k = q.z and status = "x"]) > n.o and {k: c.d, m: k}.m = for i in f.g return i.h'
    )
    facts = feel.inspect("value", source).facts
    assert facts == ("c.d", "f.g", "l.m", "n.o", "q.z", "r.rows", "u.a", "v.w")


def test_unary_tests_in_cells() -> None:
    cells = ["[1..5]", "(1..5)", '"a","b"', 'not("a")', "< 5", "null", "? > 3 and ? < 8", 'contains(?,"x"), "b"']
    given: list[JSON] = [1, 1, "b", "b", 4, None, 5, "axe"]
    expected = [True, False, True, True, True, True, True, True]
    for cell, item, hit in zip(cells, given, expected, strict=True):
        table = feel.Table(("a.x",), (((cell,), ("1",)),), False)
        assert bool(feel.decide(table, {"a.x": item}, NOW)) is hit, cell


# time


def test_the_clock_is_the_callers() -> None:
    assert value("now()") == "2026-05-15T09:00:00@Asia/Shanghai"
    assert value("today()") == "2026-05-15"
    assert feel.evaluate("now()", {}, datetime(2030, 1, 2, tzinfo=UTC)) == "2030-01-02T00:00:00+00:00"
    assert value('now() < date and time("2026-05-15T09:00:01@Asia/Shanghai")') is True


def test_answers_are_kept_unless_they_read_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    real = feel._call
    monkeypatch.setattr(feel, "_call", lambda function, *a: calls.append(function) or real(function, *a))
    for _ in range(3):
        assert feel.evaluate("a.n > 1", {"a.n": 2}, NOW, reads_clock=False) is True
    assert calls == ["__feel"]
    assert feel.evaluate("a.n > 1", {"a.n": 1}, NOW, reads_clock=False) is False
    assert calls == ["__feel"] * 2
    assert feel.inspect("condition", "today() > date(a.d)").reads_clock
    for days in (0, 1):
        assert feel.evaluate("today()", {}, NOW + timedelta(days=days)) == f"2026-05-{15 + days}"


def test_kept_answers_cannot_be_changed_and_large_ones_are_not_kept() -> None:
    table = feel.Table(("a.x",), (((("-",), ("[a.x]",))),), False)
    first = feel.decide(table, {"a.x": 1}, NOW, reads_clock=False)[0].values[0]
    assert isinstance(first, list)
    first.append(2)
    assert feel.decide(table, {"a.x": 1}, NOW, reads_clock=False)[0].values[0] == [1]
    feel.answers.clear()
    feel.evaluate("a.x", {"a.x": "y" * 9_000}, NOW, reads_clock=False)
    assert not feel.answers._entries


def test_zones_come_from_the_host() -> None:
    summer = 'date and time("2026-07-01T09:00:00@America/New_York") = date and time("2026-07-01T13:00:00Z")'
    winter = 'date and time("2026-01-01T09:00:00@America/New_York") = date and time("2026-01-01T14:00:00Z")'
    shanghai = 'date and time("2026-01-01T08:00:00@Asia/Shanghai") = date and time("2026-01-01T00:00:00Z")'
    assert [value(source) for source in (summer, winter, shanghai)] == [True, True, True]
    with pytest.raises(feel.FeelFailed):
        value('date and time("2026-01-01T08:00:00@Mars/Olympus") = null')


def test_dates_add_up() -> None:
    assert value('date("2026-01-31") + duration("P1M")') == "2026-02-28"


# limits


@pytest.mark.parametrize(
    "source",
    [
        "for i in 1..1000000000 return i",
        "for i in 1..9999, j in 1..9999 return i * j",
        'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a+)+$")',
        "(" * 3_900,
        "[" * 3_900,
        "+".join(["1"] * 1_900) + "(",
        "{f: function(n) f(n + 1), r: f(1)}.r",
        "for i in 1..30 return if i = 1 then [1,1] else concatenate(partial[-1], partial[-1])",
    ],
)
def test_hostile_expressions_stop_and_leave_a_usable_machine(source: str) -> None:
    with pytest.raises(feel.FeelFailed):
        value(source)
    assert value("1 + 1") == 2


def test_a_context_that_hit_a_limit_is_thrown_away() -> None:
    value("1")
    before = feel._local.context
    with pytest.raises(feel.FeelFailed, match="limit"):
        value("for i in 1..1000000000 return i")
    assert feel._local.context is not before


def test_an_interrupted_expression_gets_one_more_try(monkeypatch: pytest.MonkeyPatch) -> None:
    class Flaky:
        failures = 1

        def get(self, _name: str) -> Any:
            def call(*_: str) -> str:
                if Flaky.failures:
                    Flaky.failures -= 1
                    raise quickjs.JSException("InternalError: interrupted")
                return '{"value": 7}'

            return call

    monkeypatch.setattr(feel, "_context", Flaky)
    assert feel._call("__feel", "x", "{}", "") == '{"value": 7}'
    Flaky.failures = 2
    with pytest.raises(feel.FeelFailed, match="interrupted"):
        feel._call("__feel", "x", "{}", "")


@pytest.mark.parametrize(
    "source",
    [
        "constructor",
        "{a: 1}.constructor",
        "{a: 1}.__proto__",
        'get value({a: 1}, "constructor")',
        'get value({a: 1}, "__proto__")',
        'context put({}, "__proto__", {polluted: 1}).polluted',
        "globalThis",
        "this",
        "now.constructor",
        'string.constructor("return 1")()',
    ],
)
def test_javascript_is_out_of_reach(source: str) -> None:
    try:
        answer = value(source)
    except feel.FeelFailed:
        answer = None
    assert answer is None
    with pytest.raises(feel.FeelFailed):
        value("{}.polluted")


def test_the_machine_has_no_doors() -> None:
    context = feel._context()
    for name in ("std", "os", "require", "process", "fetch", "console", "print", "python", "setTimeout"):
        assert context.eval(f"typeof {name}") == "undefined", name


def test_data_and_expressions_have_a_size() -> None:
    with pytest.raises(feel.FeelFailed, match="too-large"):
        value("a.x = 1", a__x="y" * 200_001)
    with pytest.raises(feel.FeelFailed, match="too-large"):
        value("1 + " * 2_000 + "1")


def test_each_thread_has_a_context_of_its_own() -> None:
    seen: dict[int, int] = {}

    def work(n: int) -> JSON:
        answer = feel.evaluate(f"a.n + {n}", {"a.n": n}, NOW)
        seen[threading.get_ident()] = id(feel._local.context)
        return answer

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(60))) == [2 * n for n in range(60)]
    assert len(set(seen.values())) == len(seen)


def test_the_right_machine_is_installed() -> None:
    assert importlib.metadata.version("quickjs-ng")
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.version("quickjs")


def test_facts_nest_and_a_name_below_a_scalar_is_left_out() -> None:
    assert feel.nest({"a.b.c": 1, "a.b.d": 2, "e": 3}) == {"a": {"b": {"c": 1, "d": 2}}, "e": 3}
    assert feel.nest({"a": 1, "a.b": 2}) == {"a": 1}

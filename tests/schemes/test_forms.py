import json
from typing import Any

import pytest

from server.i18n import LANGUAGES, text
from server.schemes.form_types import FieldKind, Form, FormRejected
from server.schemes.forms import parse_form, shown, validate_form


def form(properties: dict[str, Any], **more: Any) -> Form:
    return parse_form({"title": "F", "type": "object", "properties": properties, **more}, "f")


def text_field(**more: Any) -> dict[str, Any]:
    return {"type": "string", "title": "T", **more}


VERDICT = {
    "type": "string",
    "title": "Verdict",
    "oneOf": [{"const": "ok", "title": "OK"}, {"const": "no", "title": "No"}],
}
REASON_WHEN_NO = {
    "if": {"properties": {"verdict": {"const": "no"}}},
    "then": {"properties": {"reason": text_field(title="Reason")}, "required": ["reason"]},
}


def keys(errors: dict[str, list[Any]]) -> dict[str, str]:
    return {path: messages[0].key for path, messages in errors.items()}


def test_every_kind_of_field_is_read() -> None:
    found = form(
        {
            "a": text_field(),
            "b": text_field(**{"x-widget": "textarea"}),
            "c": {"type": "integer", "title": "C"},
            "d": {"type": "number", "title": "D"},
            "e": text_field(format="date"),
            "f": VERDICT,
            "g": {"type": "boolean", "title": "G"},
            "h": {"type": "array", "title": "H", "items": {"type": "string", "oneOf": VERDICT["oneOf"]}},
            "i": {"type": "array", "title": "I", "items": {"type": "string"}, "x-widget": "upload"},
            "j": {"type": "array", "title": "J", "items": {"type": "object", "properties": {"k": text_field()}}},
            "k": text_field(**{"x-widget": "unit"}),
            "l": text_field(**{"x-widget": "post"}),
            "m": text_field(**{"x-widget": "person"}),
        }
    )
    assert [field.kind for field in found.fields] == list(FieldKind)


def test_fields_stand_in_their_order_and_conditional_ones_where_they_belong() -> None:
    found = form(
        {"note": text_field(**{"x-order": 3}), "verdict": {**VERDICT, "x-order": 1}},
        allOf=[
            {
                "if": {"properties": {"verdict": {"const": "no"}}, "required": ["verdict"]},
                "then": {"properties": {"reason": text_field(**{"x-order": 2})}},
            }
        ],
    )
    assert [field.key for field in found.fields] == ["verdict", "reason", "note"]


def test_a_hidden_field_is_dropped_before_it_is_judged() -> None:
    found = form({"verdict": VERDICT}, required=["verdict"], allOf=[REASON_WHEN_NO])
    assert validate_form(found, {"verdict": "ok", "reason": "typed before"}) == ({"verdict": "ok"}, {})
    assert keys(validate_form(found, {"verdict": "no", "reason": "  "})[1]) == {"reason": "scheme-form-required"}
    assert validate_form(found, {"verdict": "no", "reason": " why "})[0] == {"verdict": "no", "reason": "why"}
    assert keys(validate_form(found, {})[1]) == {"verdict": "scheme-form-required"}


def test_a_field_behind_a_hidden_field_is_hidden_too() -> None:
    found = form(
        {"verdict": VERDICT},
        allOf=[
            {
                "if": {"properties": {"verdict": {"const": "no"}}},
                "then": {"properties": {"again": {"type": "boolean", "title": "Again"}}},
            },
            {
                "if": {"properties": {"again": {"const": True}}},
                "then": {"properties": {"when": text_field(format="date")}, "required": ["when"]},
            },
        ],
    )
    assert [field.key for field in shown(found, {"verdict": "ok", "again": True})] == ["verdict"]
    assert validate_form(found, {"verdict": "ok", "again": "1"})[1] == {}
    assert keys(validate_form(found, {"verdict": "no", "again": "1"})[1]) == {"when": "scheme-form-required"}


def test_an_empty_text_means_not_filled_in() -> None:
    found = form({"a": text_field(), "n": {"type": "integer", "title": "N"}})
    assert validate_form(found, {"a": "", "n": " "}) == ({}, {})


@pytest.mark.parametrize(
    ("raw", "value", "error"),
    [
        ("7", 7, None),
        (7, 7, None),
        ("seven", "seven", "scheme-form-integer"),
        ("7.5", "7.5", "scheme-form-integer"),
        (True, "True", "scheme-form-integer"),
        ("0", 0, "scheme-form-too-small"),
        ("11", 11, "scheme-form-too-big"),
        ("9" * 40, "9" * 40, "scheme-form-integer"),
    ],
)
def test_a_bad_number_stays_as_it_was_typed(raw: Any, value: Any, error: str | None) -> None:
    found = form({"n": {"type": "integer", "title": "N", "minimum": 1, "maximum": 10}})
    values, errors = validate_form(found, {"n": raw})
    assert values == {"n": value}
    assert keys(errors) == ({} if error is None else {"n": error})


@pytest.mark.parametrize("typed", ["-5.0", "0.10", "12"])
def test_a_decimal_is_kept_exactly_as_text(typed: str) -> None:
    found = form({"n": {"type": "number", "title": "N"}})
    assert validate_form(found, {"n": typed}) == ({"n": typed}, {})


@pytest.mark.parametrize("typed", ["1e3", "NaN", "Infinity", "1,5", "１２", "0x10", "1" * 31])
def test_what_is_no_plain_number_is_refused(typed: str) -> None:
    found = form({"n": {"type": "number", "title": "N"}})
    assert keys(validate_form(found, {"n": typed})[1]) == {"n": "scheme-form-number"}


@pytest.mark.parametrize("typed", ["2026-02-30", "2026-2-3", "0001-01-01", "20260203", "tomorrow", "2026-W01-1"])
def test_what_is_no_day_is_refused(typed: str) -> None:
    found = form({"d": text_field(format="date")})
    assert keys(validate_form(found, {"d": typed})[1]) == {"d": "scheme-form-date"}
    assert validate_form(found, {"d": "2024-02-29"}) == ({"d": "2024-02-29"}, {})


def test_texts_are_bounded_and_patterns_may_bring_their_own_words() -> None:
    found = form({"t": text_field(minLength=2, maxLength=5, pattern="^[a-z]+$", **{"x-message": "letters only"})})
    assert keys(validate_form(found, {"t": "a"})[1]) == {"t": "scheme-form-too-short"}
    assert keys(validate_form(found, {"t": "abcdef"})[1]) == {"t": "scheme-form-too-long"}
    errors = validate_form(found, {"t": "ABC"})[1]
    assert text(errors["t"][0], "en") == "letters only"
    assert keys(validate_form(form({"t": text_field()}), {"t": "x" * 4001})[1]) == {"t": "scheme-form-too-long"}


def test_a_choice_outside_the_list_is_refused() -> None:
    found = form(
        {"v": VERDICT, "h": {"type": "array", "title": "H", "items": {"type": "string", "oneOf": VERDICT["oneOf"]}}}
    )
    errors = validate_form(found, {"v": "maybe", "h": ["ok", "else"]})[1]
    assert keys(errors) == {"v": "scheme-form-choice", "h": "scheme-form-choice"}


def test_files_are_counted_and_kept_once() -> None:
    files = {
        "type": "array",
        "title": "I",
        "items": {"type": "string"},
        "minItems": 2,
        "maxItems": 2,
        "x-widget": "upload",
    }
    found = form({"i": files}, required=["i"])
    assert keys(validate_form(found, {"i": []})[1]) == {"i": "scheme-form-required"}
    assert keys(validate_form(found, {"i": ["a", "a", ""]})[1]) == {"i": "scheme-form-too-few"}
    assert validate_form(found, {"i": ["a", "b"]}) == ({"i": ["a", "b"]}, {})
    assert keys(validate_form(found, {"i": ["a", "b", "c"]})[1]) == {"i": "scheme-form-too-many"}


def test_rows_of_a_table_are_judged_cell_by_cell() -> None:
    items = {
        "type": "object",
        "properties": {"name": text_field(title="Name"), "count": {"type": "integer", "title": "Count"}},
        "required": ["name"],
    }
    found = form({"rows": {"type": "array", "title": "Rows", "items": items, "maxItems": 3}})
    values, errors = validate_form(
        found, {"rows": [{"name": "a", "count": "2"}, {"name": "", "count": "x"}, {"name": ""}]}
    )
    assert values == {"rows": [{"name": "a", "count": 2}, {"count": "x"}]}
    assert keys(errors) == {"rows.1.name": "scheme-form-required", "rows.1.count": "scheme-form-integer"}


@pytest.mark.parametrize("raw", [{"a": {"x": 1}}, {"a": [["b"]]}, {"a": None}, {"rows": "text"}, {"rows": [1, None]}])
def test_values_of_a_strange_shape_raise_nothing(raw: dict[str, Any]) -> None:
    items = {"type": "object", "properties": {"k": text_field()}}
    found = form({"a": text_field(), "rows": {"type": "array", "title": "R", "items": items}})
    values, _ = validate_form(found, raw)
    assert json.loads(json.dumps(values)) == values


BAD_FORMS: list[tuple[str, Any]] = [
    ("form-json", b"{"),
    ("form-json", b'{"title": "a", "title": "b"}'),
    ("form-json", b'{"a": NaN}'),
    ("form-json", b"\xff"),
    ("form-object", b"[]"),
    ("form-object", {"title": "F", "type": "array"}),
    ("form-text", {"type": "object", "properties": {"a": text_field()}}),
    ("form-fields", {"title": "F", "type": "object", "properties": {}}),
    ("form-fields", {"title": "F", "type": "object", "properties": {f"f{n}": text_field() for n in range(61)}}),
    ("form-keyword", {"title": "F", "type": "object", "properties": {"a": text_field(default="x")}}),
    ("form-keyword", {"title": "F", "type": "object", "properties": {"a": text_field()}, "patternProperties": {}}),
    ("form-key", {"title": "F", "type": "object", "properties": {"Größe": text_field()}}),
    ("form-key", {"title": "F", "type": "object", "properties": {"then": text_field()}}),
    ("form-type", {"title": "F", "type": "object", "properties": {"a": {"type": "null", "title": "A"}}}),
    ("form-type", {"title": "F", "type": "object", "properties": {"a": {"type": ["string"], "title": "A"}}}),
    ("form-type", {"title": "F", "type": "object", "properties": {"a": text_field(format="email")}}),
    ("form-type", {"title": "F", "type": "object", "properties": {"a": "text"}}),
    ("form-text", {"title": "F", "type": "object", "properties": {"a": {"type": "string"}}}),
    ("form-widget", {"title": "F", "type": "object", "properties": {"a": text_field(**{"x-widget": "editor"})}}),
    ("form-order", {"title": "F", "type": "object", "properties": {"a": text_field(**{"x-order": "1"})}}),
    ("form-bound", {"title": "F", "type": "object", "properties": {"a": text_field(minLength=5, maxLength=1)}}),
    ("form-bound", {"title": "F", "type": "object", "properties": {"a": text_field(maxLength=-1)}}),
    (
        "form-bound",
        {"title": "F", "type": "object", "properties": {"a": {"type": "integer", "title": "A", "minimum": True}}},
    ),
    ("form-choices", {"title": "F", "type": "object", "properties": {"a": text_field(oneOf=[])}}),
    (
        "form-choices",
        {"title": "F", "type": "object", "properties": {"a": text_field(oneOf=[{"const": 1, "title": "1"}])}},
    ),
    (
        "form-choices",
        {"title": "F", "type": "object", "properties": {"a": text_field(oneOf=[VERDICT["oneOf"][0]] * 2)}},
    ),
    ("form-pattern", {"title": "F", "type": "object", "properties": {"a": text_field(pattern="(a+)+$", maxLength=50)}}),
    ("form-pattern", {"title": "F", "type": "object", "properties": {"a": text_field(pattern="^a+$")}}),
    ("form-pattern", {"title": "F", "type": "object", "properties": {"a": text_field(pattern="[", maxLength=50)}}),
    (
        "form-pattern",
        {"title": "F", "type": "object", "properties": {"a": text_field(pattern="a*b*c*d*", maxLength=50)}},
    ),
    ("form-required-unknown", {"title": "F", "type": "object", "properties": {"a": text_field()}, "required": ["b"]}),
    ("form-list", {"title": "F", "type": "object", "properties": {"a": text_field()}, "required": "a"}),
    ("form-condition", {"title": "F", "type": "object", "properties": {"verdict": VERDICT}, "allOf": [{"if": {}}]}),
    (
        "form-condition",
        {
            "title": "F",
            "type": "object",
            "properties": {"verdict": VERDICT},
            "allOf": [
                {"if": {"properties": {"verdict": {"pattern": "n"}}}, "then": {"properties": {"a": text_field()}}}
            ],
        },
    ),
    (
        "form-condition-field",
        {"title": "F", "type": "object", "properties": {"a": text_field()}, "allOf": [REASON_WHEN_NO]},
    ),
    (
        "form-condition-value",
        {"title": "F", "type": "object", "properties": {"verdict": text_field()}, "allOf": [REASON_WHEN_NO]},
    ),
    (
        "form-field-twice",
        {
            "title": "F",
            "type": "object",
            "properties": {"verdict": VERDICT, "reason": text_field()},
            "allOf": [REASON_WHEN_NO],
        },
    ),
    (
        "form-columns",
        {
            "title": "F",
            "type": "object",
            "properties": {"a": {"type": "array", "title": "A", "items": {"type": "object", "properties": {}}}},
        },
    ),
]


@pytest.mark.parametrize(("rule", "schema"), BAD_FORMS, ids=[f"{n}-{rule}" for n, (rule, _) in enumerate(BAD_FORMS)])
def test_what_is_outside_the_subset_is_refused(rule: str, schema: Any) -> None:
    with pytest.raises(FormRejected) as caught:
        parse_form(schema)
    assert rule in [problem[0] for problem in caught.value.problems]


def test_a_form_that_leads_in_a_circle_is_refused() -> None:
    tick = {"type": "boolean", "title": "B"}
    with pytest.raises(FormRejected) as caught:
        form(
            {"x": text_field()},
            allOf=[
                {"if": {"properties": {"b": {"const": True}}}, "then": {"properties": {"a": tick}}},
                {"if": {"properties": {"a": {"const": True}}}, "then": {"properties": {"b": tick}}},
            ],
        )
    assert {problem[0] for problem in caught.value.problems} == {"form-condition-field"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_has_words(language: str) -> None:
    found = form({"a": text_field(minLength=2, maxLength=3), "n": {"type": "number", "title": "N"}}, required=["a"])
    for raw in ({}, {"a": "a"}, {"a": "abcd"}, {"a": "ab", "n": "x"}):
        for messages in validate_form(found, raw)[1].values():
            assert all(text(message, language) for message in messages)

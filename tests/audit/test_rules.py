"""Plain values, hashes and personal numbers."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.audit.rules import START_HASH, Stream, canonical, hash_of_row, holds_personal_number, masked, plain
from server.audit.verbs import Verb
from server.i18n import LANGUAGES, has_text


def test_plain_values_are_exact() -> None:
    at = datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=8)))
    value = {
        "at": at,
        "on": date(2026, 3, 2),
        "points": Decimal("78.50"),
        "id": UUID(int=1),
        "few": (1, None, True),
        "x": 0.1,
    }
    assert plain(value) == {
        "at": "2026-03-02T01:00:00.000000+00:00",
        "on": "2026-03-02",
        "points": "78.50",
        "id": "00000000-0000-0000-0000-000000000001",
        "few": [1, None, True],
        "x": "0.1",
    }
    assert plain(Verb.UNIT_ADDED) == "unit:added"


@pytest.mark.parametrize("value", [b"bytes", object(), {"deep": [b"x"]}])
def test_what_has_no_exact_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="no exact form"):
        plain(value)


def test_the_order_of_names_changes_no_hash() -> None:
    assert canonical({"b": 1, "a": "创"}) == canonical({"a": "创", "b": 1}) == b'{"a":"\\u521b","b":1}'


@settings(deadline=None)
@given(
    st.integers(1, 5),
    st.sampled_from(["unit", "scheme"]),
    st.text(max_size=5),
    st.dictionaries(st.text(max_size=3), st.text()),
)
def test_every_part_of_a_row_is_under_its_hash(sequence: int, kind: str, key: str, details: dict[str, str]) -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    hashes = {
        hash_of_row(Stream(kind, key), sequence, at, "unit:added", ({}, {}, details), START_HASH),
        hash_of_row(Stream("login", key), sequence, at, "unit:added", ({}, {}, details), START_HASH),
        hash_of_row(Stream(kind, key + "x"), sequence, at, "unit:added", ({}, {}, details), START_HASH),
        hash_of_row(Stream(kind, key), sequence + 1, at, "unit:added", ({}, {}, details), START_HASH),
        hash_of_row(
            Stream(kind, key), sequence, at + timedelta(microseconds=1), "unit:added", ({}, {}, details), START_HASH
        ),
        hash_of_row(Stream(kind, key), sequence, at, "unit:closed", ({}, {}, details), START_HASH),
        hash_of_row(Stream(kind, key), sequence, at, "unit:added", ({"name": "x"}, {}, details), START_HASH),
        hash_of_row(Stream(kind, key), sequence, at, "unit:added", ({}, {"unit": "x"}, details), START_HASH),
        hash_of_row(Stream(kind, key), sequence, at, "unit:added", ({}, {}, {**details, "more": 1}), START_HASH),
        hash_of_row(Stream(kind, key), sequence, at, "unit:added", ({}, {}, details), "1" * 64),
    }
    assert len(hashes) == 10


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("请联系13800138000", "请联系138****8000"),
        ("+86 138 0013 8000转2", "138****8000转2"),
        ("tel:8613912345678", "tel:139****5678"),
        ("身份证11010119900307851X。", "身份证******。"),
        ("110101 19900307 8515", "******"),
        ("１３８００１３８０００", "138****8000"),
    ],
)
def test_personal_numbers_are_masked(text: str, shown: str) -> None:
    assert holds_personal_number(text)
    assert masked(text) == shown
    assert not holds_personal_number(shown)


@pytest.mark.parametrize(
    "text",
    [
        "80",
        "2026-03-02T01:00:00.000000+00:00",
        "0371-65506666",
        "23800138000",
        "138001380001",
        "aaaaaaaaaaaaaaaaaaaa13912345678baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "01890000-0000-7000-8000-013800138000",
        "（２０２０）高平发改",
    ],
)
def test_other_numbers_are_left_as_they_are(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verb_has_words(language: str) -> None:
    assert [verb for verb in Verb if not has_text(f"audit-verb-{verb.replace(':', '-')}", language)] == []

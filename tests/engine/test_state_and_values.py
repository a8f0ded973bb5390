"""What is stored, and what may be put into it."""

import importlib.metadata
import zlib
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest

from server.engine import state as codec
from server.engine.contract import StateUnreadable, ValuesRefused
from tests.engine.diagrams import ENGINE, NOW, Facts, Run, line


def test_the_stamp_tells_the_version_that_is_installed() -> None:
    assert importlib.metadata.version("SpiffWorkflow") == codec.ENGINE


def test_stamp_names_codec_and_engine_version() -> None:
    assert Run(line("a").compiled()).step.state.startswith(b"greengate-state 1 spiff 3.2.0\n")


def test_state_is_small_and_holds_no_definition() -> None:
    state = Run(line("a", "b", "c").compiled()).step.state
    assert len(state) < 300
    assert b"userTask" not in zlib.decompress(state[len(codec.STAMP) :])


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda _: b"", "state-version"),
        (lambda s: b"greengate-state 1 spiff 3.1.0\n" + s[len(codec.STAMP) :], "state-version"),
        (lambda s: b"greengate-state 9 spiff 3.2.0\n" + s[len(codec.STAMP) :], "state-version"),
        (lambda s: s[:-7], "state-damaged"),
        (lambda s: s + b"x", "state-damaged"),
        (lambda _: codec.STAMP, "state-damaged"),
        (lambda _: codec.STAMP + zlib.compress(b"[]"), "state-damaged"),
        (lambda _: codec.STAMP + zlib.compress(b"{"), "state-damaged"),
        (lambda _: codec.STAMP + zlib.compress(b" " * (3 << 20)), "state-damaged"),
        (lambda _: codec.STAMP + zlib.compress(b"{}"), "state-of-another-definition"),
    ],
)
def test_damaged_states_are_refused(damage: Any, reason: str) -> None:
    run = Run(line("a").compiled())
    with pytest.raises(StateUnreadable) as failure:
        ENGINE.inspect(run.definition, damage(run.step.state))
    assert failure.value.reason == reason


@pytest.mark.parametrize("flip", range(31, 200, 13))
def test_a_flipped_byte_is_noticed(flip: int) -> None:
    run = Run(line("a").compiled())
    state = bytearray(run.step.state)
    state[flip % len(state)] ^= 0x41
    with pytest.raises(StateUnreadable):
        ENGINE.inspect(run.definition, bytes(state))


@pytest.mark.parametrize("change", [{"tokens": [[1, "nobody", 16, {}]]}, {"tokens": [[1, "a", 7, {}]]}, {"seed": "x"}])
def test_a_state_of_the_wrong_shape_is_refused(change: dict[str, Any]) -> None:
    run = Run(line("a").compiled())
    body = orjson.loads(zlib.decompress(run.step.state[len(codec.STAMP) :])) | change
    with pytest.raises(StateUnreadable, match="state-damaged"):
        ENGINE.inspect(run.definition, codec.STAMP + zlib.compress(orjson.dumps(body)))


def test_a_state_of_another_definition_is_refused() -> None:
    state = Run(line("a").compiled()).step.state
    with pytest.raises(StateUnreadable, match="another-definition"):
        ENGINE.inspect(line("a", "b").compiled(), state)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"typename": "x"}, "values-key"),
        ({"a": [{"b": {"typename": "timedelta", "days": 1}}]}, "values-key"),
        ({"a": {1: 2}}, "values-key"),
        ({"得分-扣分": 1}, "values-key"),
        ({"a b": 1}, "values-key"),
        ({"": 1}, "values-key"),
        ({"a": float("nan")}, "values-not-plain"),
        ({"a": float("inf")}, "values-not-plain"),
        ({"a": 1 << 63}, "values-not-plain"),
        ({"a": -(1 << 63) - 1}, "values-not-plain"),
        ({"a": Decimal("1.5")}, "values-not-plain"),
        ({"a": date(2026, 1, 1)}, "values-not-plain"),
        ({"a": datetime.now(NOW.tzinfo)}, "values-not-plain"),
        ({"a": b"x"}, "values-not-plain"),
        ({"a": {1, 2}}, "values-not-plain"),
        ({"a": "\ud800"}, "values-not-plain"),
        ({"a": "x" * (65 << 10)}, "values-too-large"),
    ],
)
def test_values_that_could_not_be_read_back_are_refused(values: dict[str, Any], reason: str) -> None:
    run = Run(line("a").compiled())
    with pytest.raises(ValuesRefused) as failure:
        ENGINE.complete(run.definition, run.step.state, run.at("a").task_id, values, facts=Facts(), now=NOW)
    assert failure.value.reason == reason
    assert failure.value.element_id == "a"


def test_values_nested_without_end_are_refused() -> None:
    nested: list[Any] = []
    nested.append(nested)
    with pytest.raises(ValuesRefused, match="values-too-deep"):
        Run(line("a").compiled()).do("a", x=nested)


def test_values_that_are_no_object_are_refused() -> None:
    run = Run(line("a").compiled())
    values: Any = ["x"]
    with pytest.raises(ValuesRefused, match="not-an-object"):
        ENGINE.complete(run.definition, run.step.state, run.at("a").task_id, values, facts=Facts(), now=NOW)


def test_plain_values_are_taken_as_they_are() -> None:
    values = {
        "文字": "通过",
        "n": -(1 << 63),
        "f": 0.5,
        "yes": True,
        "none": None,
        "list": [1, {"a": "b"}],
        "pair": (1, 2),
    }
    run = Run(line("a", "b").compiled()).do("a", **values)
    body = orjson.loads(zlib.decompress(run.step.state[len(codec.STAMP) :]))
    assert body["own"]["form"]["a"] == values | {"pair": [1, 2]}


def test_a_state_that_grows_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "MAX_STATE", 4_000)
    run = Run(line("a", "b").compiled())
    with pytest.raises(ValuesRefused, match="state-too-large"):
        run.do("a", x="y" * 5_000)

"""The stored state of an instance: a stamp, then compressed JSON. Only open tokens; no definition, no history."""

import zlib
from typing import Any
from uuid import UUID

import orjson
from SpiffWorkflow.util.task import TaskState

from server.engine.errors import StateUnreadable, ValuesRefused
from server.engine.shapes import Definition, FactPort
from server.engine.specs import Catch
from server.engine.token import Instance, Store, Token

CODEC = 1
ENGINE = "3.2.0"
STAMP = f"greengate-state {CODEC} spiff {ENGINE}\n".encode()
MAX_STATE = 2 << 20
_STATES = frozenset({TaskState.WAITING, TaskState.READY, TaskState.STARTED})


def dump(instance: Instance) -> bytes:
    """The same instance gives the same bytes."""
    store = instance.store
    body = {
        "definition": instance.definition.sha256,
        "seed": store.seed.hex,
        "number": store.number,
        "own": {name: values for name, values in store.own.items() if values},
        "entered": store.entered,
        "done": store.done,
        "returns": store.returns,
        "end": store.end_element,
        "tokens": [
            [token.number, token.task_spec.name, token.state, token.internal_data] for token in instance.open_tokens()
        ],
    }
    data = orjson.dumps(body)
    if len(data) > MAX_STATE:
        raise ValuesRefused(reason="state-too-large", size=len(data), limit=MAX_STATE)
    return STAMP + zlib.compress(data, 1)


def load(definition: Definition, state: bytes, facts: FactPort, now: Any) -> Instance:
    """Raises StateUnreadable for damaged bytes, another version, or a state of another definition."""
    body = _read(state)
    if body.get("definition") != definition.sha256:
        raise StateUnreadable(reason="state-of-another-definition")
    try:
        return _restore(definition, body, facts, now)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise StateUnreadable(reason="state-damaged", detail=type(error).__name__) from error


def _read(state: bytes) -> dict[str, Any]:
    stamp, newline, packed = bytes(state[:200]).partition(b"\n")
    if not newline or stamp + newline != STAMP:
        raise StateUnreadable(reason="state-version", stamp=stamp[:60].decode("ascii", "replace"))
    packed = state[len(STAMP) :]
    try:
        reader = zlib.decompressobj()
        data = reader.decompress(packed, MAX_STATE + 1)
        if len(data) > MAX_STATE or not reader.eof or reader.unused_data:
            raise StateUnreadable(reason="state-damaged", detail="length")
        body = orjson.loads(data)
    except (zlib.error, orjson.JSONDecodeError) as error:
        raise StateUnreadable(reason="state-damaged", detail=type(error).__name__) from error
    if not isinstance(body, dict):
        raise StateUnreadable(reason="state-damaged", detail="form")
    return body


def _restore(definition: Definition, body: dict[str, Any], facts: FactPort, now: Any) -> Instance:
    store = Store(UUID(hex=body["seed"]), number=body["number"])
    for name, values in body["own"].items():
        store.own[name] = values
    store.entered = body["entered"]
    store.done = [(name, scope) for name, scope in body["done"]]
    store.returns = body["returns"]
    store.end_element = body["end"]
    instance = Instance(definition, store, facts, now)
    for number, name, state, internal in body["tokens"]:
        if state not in _STATES:
            raise ValueError(state)
        token = Token(instance, instance.spec.task_specs[name], instance.task_tree, state, number)
        token.internal_data = internal
        if isinstance(token.task_spec, Catch) and state == TaskState.WAITING:
            instance.event_manager.add_task(token)
    return instance

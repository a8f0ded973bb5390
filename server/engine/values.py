"""What may enter the state of an instance: plain JSON, small, with keys that an expression can name."""

import math
import re
from collections.abc import Mapping
from typing import Any

import orjson

from server.engine.errors import ValuesRefused
from server.engine.shapes import JSON

MAX_VALUES = 64 << 10
MAX_DEPTH = 32
MAX_INTEGER = 1 << 63
_KEY = re.compile(r"\w{1,100}\Z")


def plain(values: Mapping[str, Any], element_id: str | None) -> dict[str, JSON]:
    """A copy that shares nothing with the caller; raises ValuesRefused naming the place."""
    if not isinstance(values, Mapping):
        raise ValuesRefused(element_id, reason="values-not-an-object")
    result = _object(values, "", element_id, 0)
    size = len(orjson.dumps(result))
    if size > MAX_VALUES:
        raise ValuesRefused(element_id, reason="values-too-large", size=size, limit=MAX_VALUES)
    return result


def fact(value: Any, name: str) -> JSON:
    """A copy of one fact; raises ValuesRefused when it is not plain JSON."""
    return _value(value, f"{name}.", None, 0)


def _object(values: Mapping[Any, Any], path: str, element_id: str | None, depth: int) -> dict[str, JSON]:
    result: dict[str, JSON] = {}
    for key, value in values.items():
        if not isinstance(key, str) or not _KEY.match(key) or key == "typename":
            raise ValuesRefused(element_id, reason="values-key", path=f"{path}{key!s}"[:100])
        result[key] = _value(value, f"{path}{key}.", element_id, depth + 1)
    return result


def _value(value: Any, path: str, element_id: str | None, depth: int) -> JSON:
    if depth > MAX_DEPTH:
        raise ValuesRefused(element_id, reason="values-too-deep", path=path[:100])
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, path, element_id)
    if isinstance(value, int) and -MAX_INTEGER <= value < MAX_INTEGER:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, Mapping):
        return _object(value, path, element_id, depth)
    if isinstance(value, list | tuple):
        return [_value(item, path, element_id, depth + 1) for item in value]
    raise ValuesRefused(element_id, reason="values-not-plain", path=path.rstrip(".")[:100])


def _text(value: str, path: str, element_id: str | None) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValuesRefused(element_id, reason="values-not-plain", path=path.rstrip(".")[:100]) from None
    return str(value)

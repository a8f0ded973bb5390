"""Pure parts of the interface: strict JSON, judged by its schema; telling requests apart; exact points."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from server.i18n import Message

FAULTS_AT_MOST = 50
NAME_AT_MOST = 60
Schema = Mapping[str, Any]
Faults = dict[str, list[Message]]

TYPE_WORDS = {
    "object": "api-type-object",
    "array": "api-type-array",
    "string": "api-type-string",
    "integer": "api-type-integer",
    "boolean": "api-type-boolean",
}
FORMATS = FormatChecker(formats=("date", "uuid"))
LENGTHS = {"minLength", "maxLength", "minItems", "maxItems"}
RANGES = {"minimum", "maximum"}


class NotJson(ValueError):
    """The bytes are no JSON text that we take."""


def read_json(raw: bytes) -> Any:
    """The value of a JSON text in UTF-8; raises NotJson.

    Decimals stay the text that was sent, so that no digit is lost. Refused: names that come twice, NaN and infinities,
    and texts that no database keeps (half of a surrogate pair, the character 0).
    """
    try:
        value = json.loads(
            raw.decode("utf-8"), parse_float=str, parse_constant=_refuse_constant, object_pairs_hook=_once_each
        )
        _refuse_unstorable(value)
    except (ValueError, RecursionError) as error:
        raise NotJson from error
    return value


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name comes twice")
    return made


def _refuse_unstorable(value: Any) -> None:
    if isinstance(value, str) and not storable(value):
        raise ValueError("text that cannot be kept")
    if isinstance(value, dict):
        for name, each in value.items():
            _refuse_unstorable(name)
            _refuse_unstorable(each)
    if isinstance(value, list):
        for each in value:
            _refuse_unstorable(each)


def storable(text: str) -> bool:
    """Whether every database keeps the text as it is."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def faults(schema: Schema, value: Any) -> Faults:
    """What is wrong with a value by its schema, by the path of the field (`participants.3`); empty when nothing is."""
    found: Faults = {}
    judge = Draft202012Validator(schema, format_checker=FORMATS)
    for number, error in enumerate(judge.iter_errors(value)):
        if number >= FAULTS_AT_MOST:
            break
        for path, message in _said(error):
            if message not in found.setdefault(path, []):
                found[path].append(message)
    return found


def _said(error: ValidationError) -> list[tuple[str, Message]]:
    path = ".".join(str(part)[:NAME_AT_MOST] for part in error.absolute_path)
    rule, schema = str(error.validator), cast(Schema, error.schema)
    if rule == "required":
        absent = [name for name in schema["required"] if name not in cast(Schema, error.instance)]
        return [(_below(path, name), Message("api-field-required")) for name in absent]
    if rule == "additionalProperties":
        unknown = [name for name in cast(Schema, error.instance) if name not in schema.get("properties", {})]
        return [(_below(path, name), Message("api-field-unknown")) for name in unknown[:FAULTS_AT_MOST]]
    return [(path, _message(rule, error.validator_value))]


def _below(path: str, name: str) -> str:
    return f"{path}.{name[:NAME_AT_MOST]}" if path else name[:NAME_AT_MOST]


def _message(rule: str, wanted: Any) -> Message:
    if rule == "type":
        first = wanted if isinstance(wanted, str) else wanted[0]
        return Message("api-field-type", {"wanted": Message(TYPE_WORDS[first])})
    if rule in LENGTHS:
        return Message("api-field-too-long" if rule.startswith("max") else "api-field-too-short", {"limit": wanted})
    if rule in RANGES:
        return Message("api-field-too-big" if rule.startswith("max") else "api-field-too-small", {"limit": wanted})
    if rule == "enum":
        return Message("api-field-choice", {"choices": ", ".join(str(each) for each in wanted)})
    if rule == "uniqueItems":
        return Message("api-field-twice")
    return Message("api-field-form")


def form_faults(schema: Schema, given: Mapping[str, str]) -> Faults:
    """What is wrong with the fields of a posted form."""
    unstorable = {
        name[:NAME_AT_MOST]: [Message("api-field-form")] for name, text in given.items() if not storable(text)
    }
    return unstorable or faults(schema, given)


def query_faults(schemas: Mapping[str, Schema], given: Mapping[str, list[str]]) -> Faults:
    """What is wrong with the parameters of an address; unknown ones and repeated ones are refused."""
    found: Faults = {}
    for name, values in given.items():
        short = name[:NAME_AT_MOST]
        if name not in schemas:
            found[short] = [Message("api-field-unknown")]
        elif len(values) > 1:
            found[short] = [Message("api-field-twice")]
        elif not storable(values[0]):
            found[short] = [Message("api-field-form")]
        else:
            wrong = faults(schemas[name], _number(values[0]) if schemas[name].get("type") == "integer" else values[0])
            if wrong:
                found[short] = [message for messages in wrong.values() for message in messages]
    return found


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def fingerprint(*parts: bytes | str) -> str:
    """sha256 over the parts of a request, hex; two requests that differ in any part differ here."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8))
        digest.update(content)
    return digest.hexdigest()


def canonical(value: Any) -> bytes:
    """One sequence of bytes for one JSON value, however it was spaced and ordered."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def points(value: Decimal | str | None) -> dict[str, Any] | None:
    """Points as the interface gives them; None where there are none yet."""
    if value is None or value == "":
        return None
    exact = Decimal(value)
    return {"value": float(exact), "exact": f"{exact:.2f}"}


def instant(value: datetime | None) -> str | None:
    """`2026-03-02T01:00:00Z`, with microseconds where there are any."""
    return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")

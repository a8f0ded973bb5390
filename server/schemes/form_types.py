"""What a form is: typed fields in their order, conditions, choices, bounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class FieldKind(StrEnum):
    TEXT = "text"
    TEXTAREA = "textarea"
    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    CHECK = "check"
    CHECKS = "checks"
    FILES = "files"
    TABLE = "table"
    UNIT = "unit"
    POST = "post"
    PERSON = "person"


NAMING = frozenset({FieldKind.UNIT, FieldKind.POST, FieldKind.PERSON})
"""Fields that name a unit, a post or a person of the organisation, by id; their choices are known when it is shown."""


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    title: str


@dataclass(frozen=True, slots=True)
class When:
    """The field shows only while another field holds one of these values."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    widget: `radio` or `select` for choices, else empty. minimum, maximum: of a number (inclusive), of a text's length,
    or of the number of files, checks or rows. message: words to show instead of ours when `pattern` does not match.
    columns: fields of a table's rows.
    """

    key: str
    title: str
    kind: FieldKind
    required: bool = False
    description: str = ""
    widget: str = ""
    choices: tuple[Choice, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    pattern: str = ""
    message: str = ""
    when: When | None = None
    columns: tuple["Field", ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """key: as the scheme names it. fields: in the order in which they are shown."""

    key: str
    title: str
    fields: tuple[Field, ...]

    def field(self, key: str) -> Field:
        """Raises LookupError."""
        for entry in self.fields:
            if entry.key == key:
                return entry
        raise LookupError(key)


class FormRejected(ValueError):
    """The JSON is not a form of our subset. problems: (rule, path in the document, parameters)."""

    def __init__(self, problems: Sequence[tuple[str, str, Mapping[str, str | int]]]) -> None:
        super().__init__(", ".join(f"{rule} at {path}" for rule, path, _ in problems))
        self.problems = tuple(problems)

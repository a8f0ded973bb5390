"""What a script needs to know of a scheme: its standard, how it counts, and which tasks may be sent back or be late."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from server.db.work import Work
from server.rehearsal.script import Course
from server.schemes import queries as schemes
from server.schemes.definition import ParameterKind, ProcessOf, SchemeDefinition
from server.standards import queries as standards
from server.tasks.rules import ADVERSE

USUAL_NUMBER = 20
"""A number where the scheme asks for one and proposes none: days, most often."""


def course_of(work: Work, version_id: UUID, parameters: Mapping[str, Any]) -> Course:
    """The course of a scheme version under the parameters of one campaign."""
    scheme = schemes.scheme_of(work, version_id)
    returned_at, late_at = _elements(work, version_id, scheme)
    return Course(
        standard=standards.standard_of(work, version_id).standard,
        policy=standards.policy(scheme, dict(parameters)),
        returned_at=returned_at,
        late_at=late_at,
    )


def _elements(work: Work, version_id: UUID, scheme: SchemeDefinition) -> tuple[str, str]:
    """The first task of a participant's way whose form can send back, and the one that may be late; empty for none."""
    own = next((process for process in scheme.processes if process.of is ProcessOf.PARTICIPANT), None)
    if own is None:
        return "", ""
    elements = schemes.definition_of(work, version_id, own.key).elements.values()
    sends_back = [element.id for element in elements if element.form and _can_send_back(scheme, element.form)]
    scored = [element.id for element in elements if element.task_kind == "assessments.self"]
    dated = [element.id for element in elements if element.task_kind and element.deadline]
    return next(iter(sends_back), ""), next(iter([*scored, *dated]), "")


def _can_send_back(scheme: SchemeDefinition, form_key: str) -> bool:
    return any(choice.value in ADVERSE for entry in scheme.form(form_key).fields for choice in entry.choices)


def parameters_for(scheme: SchemeDefinition, year: int) -> dict[str, str]:
    """What is entered at opening where the scheme asks: its own proposal, else something within its bounds."""
    given: dict[str, str] = {}
    for entry in scheme.parameters:
        if entry.default is not None:
            given[entry.key] = entry.default
        elif entry.kind is ParameterKind.CHOICE:
            given[entry.key] = entry.choices[0]
        elif entry.kind is ParameterKind.BOOLEAN:
            given[entry.key] = "true"
        elif entry.kind is ParameterKind.DATE:
            given[entry.key] = f"{year}-12-31"
        elif entry.kind is ParameterKind.TEXT:
            given[entry.key] = entry.title
        else:
            least, most = entry.minimum or 0, entry.maximum or USUAL_NUMBER
            given[entry.key] = str(min(max(USUAL_NUMBER, least), most))
    return given
